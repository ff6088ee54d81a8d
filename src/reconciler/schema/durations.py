"""Duration texts within bounds, as a pattern: a range of whole numbers is a regular language."""

from __future__ import annotations

from typing import Any

from reconciler.kind.duration import LARGEST, MILLIS, UNITS

_UNBOUNDED = 10**30


def duration_schemas(unit: str, constraints: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the schemas of a duration field: the bare number, and the texts that stand for an allowed number.

    `constraints` are those of the number (`minimum`, …). Where a pattern cannot say all of it (`36h` is no whole number
    of days) the keyword `x-duration` says the rest; our validator knows it, others ignore it.
    """
    low = max(constraints.get("minimum", 0), constraints.get("exclusiveMinimum", -1) + 1, 0)
    high = min(constraints.get("maximum", _UNBOUNDED), constraints.get("exclusiveMaximum", _UNBOUNDED) - 1)
    exact = "multipleOf" not in constraints
    suffixes: dict[str, list[str]] = {}  # by the pattern of the number before them
    for suffix, size in MILLIS.items():
        (larger, odd), smaller = divmod(size, UNITS[unit]), UNITS[unit] // size
        if not odd:
            suffixes.setdefault(_counts(-(-low // larger), high // larger), []).append(suffix)
        elif smaller == 1000:
            suffixes.setdefault(_counts(max(low, 1), min(high, LARGEST // 1000)), []).append("000" + suffix)
            if low == 0:
                suffixes.setdefault("0", []).append(suffix)
        else:
            exact = False
            suffixes.setdefault(_counts(0, LARGEST), []).append(suffix)
    shapes = [f"{count}{_either(ends)}" for count, ends in suffixes.items() if count]
    text: dict[str, Any] = {"type": "string", "pattern": f"^(?:{'|'.join(shapes) or '(?!)'})$"}
    if not exact:
        text["x-duration"] = {"unit": unit, **constraints}
    return [{"type": "integer", **constraints}, text]


def _counts(low: int, high: int) -> str:
    return _either(between(low, min(high, LARGEST))) if low <= min(high, LARGEST) else ""


def _either(patterns: list[str]) -> str:
    return patterns[0] if len(patterns) == 1 else f"(?:{'|'.join(patterns)})"


def between(low: int, high: int) -> list[str]:
    """Return patterns that together match exactly the whole numbers from `low` to `high`, without leading zeros."""
    if low == 0:
        return ["0", *(between(1, high) if high else [])]
    found: list[str] = []
    while low <= high:
        # The longest run low … low + 10^k - 1 that shares its leading digits and does not pass `high`.
        nines = 0
        while low % 10 ** (nines + 1) == 0 and low + 10 ** (nines + 1) - 1 <= high:
            nines += 1
        step = 10**nines
        head, last = divmod(low // step, 10)
        top = 9
        while (head * 10 + top) * step + step - 1 > high:
            top -= 1
        digit = str(last) if top == last else f"[{last}-{top}]"
        tail = "" if not nines else "[0-9]" if nines == 1 else f"[0-9]{{{nines}}}"
        found.append(f"{head or ''}{digit}{tail}")
        low = (head * 10 + top + 1) * step
    return _merged(found)


def _merged(patterns: list[str]) -> list[str]:
    """Join `[1-9]`, `[1-9][0-9]`, … `[1-9][0-9]{9}` into one, for the common case of no upper bound."""
    full = [p for p in patterns if p == "[1-9]" or p.startswith("[1-9][0-9]")]
    if len(full) < 3:
        return patterns
    sizes = [0 if p == "[1-9]" else 1 if p == "[1-9][0-9]" else int(p[11:-1]) for p in full]
    joined = f"[1-9][0-9]{{{min(sizes)},{max(sizes)}}}"
    rest = [p for p in patterns if p not in full]
    return [*rest, joined]
