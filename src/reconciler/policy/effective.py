"""What an object would be: desired over live, as JSON data, with a `Gap` wherever that is not known. Pure.

It is merged as an apply would write it: mappings per member, keyed lists by key, other lists as a whole. What no
apply writes (ignored, sent at creation only, observed) stays as it is live. What is written nowhere has the documented
default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from reconciler.kind.shape import Shape
from reconciler.model import ABSENT
from reconciler.plan.parts import by_key
from reconciler.values import (
    Generated,
    KnownAfterApply,
    LiveId,
    OutputRef,
    Path,
    SecretRef,
    SecretValue,
    Unknown,
    Unreadable,
    path_text,
)

_PLAIN = frozenset({str, int, bool, float, type(None)})
UNWRITTEN = "it is not written, and no default is documented"
Resolve = Callable[[OutputRef], Any]


@dataclass(frozen=True, slots=True)
class Gap:
    """A value of a document that is not known, and why."""

    reason: str


class Named(dict[str, Any]):
    """What stands in place of a value that is only named: a secret, an id."""


def data_of(value: Any, resolve: Resolve | None = None) -> Any:
    """Return a value as JSON data. A secret is `{secret: NAME}`; with `resolve`, `{from: …}` is what it comes to."""
    match value:
        case str() | bool() | int() | float() | None:
            return value
        case Mapping():
            return {str(name): data_of(inner, resolve) for name, inner in value.items()}
        case tuple() | list():
            return [data_of(inner, resolve) for inner in value]
        case set() | frozenset():
            return sorted((data_of(inner, resolve) for inner in value), key=str)
        case SecretRef(name):
            return Named(secret=name)
        case Generated(size):
            return Named(generate={"bytes": size})
        case SecretValue(_, label):
            return Named(secret=label)
        case OutputRef():
            return data_of(resolve(value), resolve) if resolve else Named({"from": str(value)})
        case Unknown(reason) | Unreadable(reason):
            return Gap(reason)
        case KnownAfterApply(source):
            return Gap(f"{source} is known after apply")
        case LiveId(live_id):
            return Named(live_id=live_id)
        case _:
            return Gap(f"a {type(value).__name__} is no JSON")


@dataclass(frozen=True, slots=True)
class Merge:
    """How objects are merged. `missing` is why what nobody wrote is not known; "" where it is not there.

    `stays` are paths that are as they are live; with `observed` all are.
    """

    resolve: Resolve
    stays: frozenset[str] = frozenset()
    missing: str = ""
    observed: bool = False

    def whole(self, desired: Mapping[str, Any], live: Any, shape: Shape) -> dict[str, Any]:
        """Return an object; `live` is ABSENT for one that is still to be made."""
        return self._mapping(desired, live, shape, ())

    def _mapping(self, desired: Mapping[str, Any], live: Any, shape: Shape, path: Path) -> dict[str, Any]:
        there: Mapping[str, Any] = live if isinstance(live, Mapping) else {}
        made: dict[str, Any] = {}
        for name in dict.fromkeys((*desired, *there, *shape.fields)):
            sub, here = shape.member(name), (*path, name)
            wanted, value = desired.get(name, ABSENT), there.get(name, ABSENT)
            if wanted is not ABSENT and not (live is not ABSENT and self._stays(sub, here)):
                made[name] = wanted if wanted.__class__ in _PLAIN else self._value(wanted, value, sub, here)
            elif value is not ABSENT:
                made[name] = value if value.__class__ in _PLAIN else data_of(value, self.resolve)
            elif sub.write_only and live is not ABSENT:
                made[name] = Gap(Unreadable().reason)
            elif sub.default is not ABSENT:
                made[name] = data_of(sub.default)
            elif self.missing and not sub.sugar:
                made[name] = Gap(self.missing)
        return made

    def _stays(self, shape: Shape, path: Path) -> bool:
        """Return whether a field of a live object is never written again."""
        if self.observed or shape.mutable == "only at creation":
            return True
        return bool(self.stays) and path_text(path) in self.stays

    def _value(self, desired: Any, live: Any, shape: Shape, path: Path) -> Any:
        if isinstance(desired, Mapping) and shape.form == "mapping":
            return self._inside(live)._mapping(desired, live, shape, path)
        if isinstance(desired, tuple) and shape.fields:
            return self._elements(desired, live, shape, path)
        return data_of(desired, self.resolve)

    def _elements(self, desired: tuple[Any, ...], live: Any, shape: Shape, path: Path) -> list[Any]:
        there = live if isinstance(live, list | tuple) else ()
        if shape.form == "keyed":
            known = by_key(there, shape.key)
            beside = [known.get(str(part.get(shape.key)), ABSENT) for part in desired if isinstance(part, Mapping)]
        else:
            beside = list(there) if len(there) == len(desired) else []
        beside = beside if len(beside) == len(desired) else [ABSENT] * len(desired)
        return [
            self._inside(have)._mapping(want, have, shape.item(), (*path, shape.step(want, index)))
            if isinstance(want, Mapping)
            else data_of(want, self.resolve)
            for index, (want, have) in enumerate(zip(desired, beside, strict=True))
        ]

    def _inside(self, live: Any) -> Merge:
        """Return how to merge a part: of one that is not there yet, nobody knows what is not written."""
        if isinstance(live, Unknown):
            return replace(self, missing=live.reason)
        return self if self.missing or isinstance(live, Mapping) else replace(self, missing=UNWRITTEN)
