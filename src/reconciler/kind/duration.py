"""Durations: a bare number in the vendor's unit, or a text such as `3m` that is converted to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MILLIS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
UNITS = {"milliseconds": 1, "seconds": 1_000, "minutes": 60_000, "hours": 3_600_000, "days": 86_400_000}
LARGEST = 9_999_999_999  # the number in a duration text
_DURATION = re.compile(r"(0|[1-9][0-9]{0,9})(ms|s|m|h|d|w)")


def in_unit(value: object, unit: str) -> object:
    """Return `3m` as a whole number of `unit`; anything that is not a text comes back as it is.

    Raises ValueError when it is no duration, or does not divide: `90s` is no whole number of minutes.
    """
    if not isinstance(value, str):
        return value
    match = _DURATION.fullmatch(value)
    if not match:
        raise ValueError(f"{value!r} is not a duration")
    whole, rest = divmod(int(match[1]) * MILLIS[match[2]], UNITS[unit])
    if rest:
        raise ValueError(f"{value} is not a whole number of {unit}")
    return whole


def example(unit: str) -> str:
    """Return a duration that can be written in `unit`."""
    return "7d" if unit == "days" else "3h" if unit == "hours" else "3m"


def fix(unit: str) -> str:
    """Return what to write instead of a text that is no duration in `unit`: an example that works."""
    return f"write a number of {unit}, or a duration such as {example(unit)}"


def spellings(value: int, unit: str) -> list[str]:
    """Return every text that means `value` in `unit`: 60 seconds is `60000ms`, `60s` and `1m`."""
    total = value * UNITS[unit]
    counts = {suffix: divmod(total, size) for suffix, size in MILLIS.items()}
    return [f"{count}{suffix}" for suffix, (count, rest) in counts.items() if not rest and 0 <= count <= LARGEST]


@dataclass(frozen=True, slots=True)
class Duration:
    """Makes an `int` field take duration texts too. The JSON Schema keyword it leaves is made plain in `schema`."""

    unit: str

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], Any]) -> Any:
        from pydantic_core import PydanticCustomError, core_schema

        unit = self.unit

        def convert(value: object) -> object:
            try:
                return in_unit(value, unit)
            except ValueError as error:
                raise PydanticCustomError("duration", "{said}", {"said": str(error), "fix": fix(unit)}) from None

        return core_schema.no_info_before_validator_function(convert, handler(source))

    def __get_pydantic_json_schema__(self, core: Any, handler: Callable[[Any], Any]) -> dict[str, Any]:
        return {**{name: value for name, value in handler(core).items() if name != "type"}, "x-unit": self.unit}
