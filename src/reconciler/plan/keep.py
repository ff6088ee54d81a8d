"""What stays as it is inside a field that an update sends: the ignored, the unknown, and what is generated once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.kind.shape import Shape
from reconciler.model import ABSENT, FieldDiff
from reconciler.plan.parts import by_key, member
from reconciler.values import Generated, Path, SecretValue, Spec, Unknown, Unreadable, path_text


@dataclass(slots=True)
class Kept:
    """`values`: what stays, by position, with its live value (ABSENT: not readable).

    `remade`: the generated values that the update could only send by making new ones, although git asks for none.
    """

    values: dict[Path, Any] = field(default_factory=dict)
    remade: list[Path] = field(default_factory=list)


def kept(
    desired: Spec, live: Spec, recorded: Spec, shape: Shape, diffs: Iterable[FieldDiff], ignore: tuple[str, ...]
) -> Kept:
    """Return what the fields of an update hold beside its differences. `live` holds the values as the API gave them."""
    paths = frozenset(d.path for d in diffs if d.cause != "released")
    walk = _Walk(paths, frozenset(ignore), Kept())
    for name in dict.fromkeys(str(path[0]) for path in paths):
        if name in desired:
            here, was = (name,), recorded.get(name, ABSENT)
            walk.value(desired[name], live.get(name, ABSENT), was, shape.member(name), here, here, in_list=False)
    return walk.kept


@dataclass(frozen=True, slots=True)
class _Walk:
    paths: frozenset[Path]
    ignore: frozenset[str]
    kept: Kept

    def value(self, wanted: Any, live: Any, was: Any, shape: Shape, path: Path, spot: Path, *, in_list: bool) -> None:
        """`path` names elements of keyed lists by key, as differences do; `spot` counts them."""
        inside = len(spot) > 1
        if inside and (path_text(path) in self.ignore or isinstance(live, Unknown)):
            self.kept.values[spot] = ABSENT if isinstance(live, Unknown | Unreadable) else live
        elif isinstance(wanted, Generated):
            self._generated(wanted, live, was, path, spot, in_list=in_list)
        elif isinstance(wanted, Mapping):
            for name, inner in wanted.items():
                here = (member(live, name), member(was, name), shape.member(name), (*path, name), (*spot, name))
                self.value(inner, *here, in_list=in_list)
        elif isinstance(wanted, tuple) and shape.form == "keyed":
            have, had = by_key(live, shape.key), by_key(was, shape.key)
            for i, part in enumerate(wanted):
                key = str(member(part, shape.key))
                here = (have.get(key, ABSENT), had.get(key, ABSENT), shape.item(), (*path, key), (*spot, i))
                self.value(part, *here, in_list=True)
        elif isinstance(wanted, tuple):
            before = frozenset(_generated_in(was))
            self.kept.remade.extend(path for made in _generated_in(wanted) if made in before)

    def _generated(self, wanted: Generated, live: Any, was: Any, path: Path, spot: Path, *, in_list: bool) -> None:
        covering = [to for to in (path[: n + 1] for n in range(len(path))) if to in self.paths]
        if not covering:
            readable = isinstance(live, SecretValue | str)
            self.kept.values[spot] = live if readable else ABSENT
            if in_list and not readable:
                self.kept.remade.append(path)
        elif path not in covering and wanted == was:
            self.kept.remade.append(path)


def _generated_in(value: Any) -> Iterator[Generated]:
    if isinstance(value, Generated):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _generated_in(inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from _generated_in(inner)


def holds_generated(value: Any) -> bool:
    """Return whether a spec asks for a generated value anywhere."""
    return any(True for _ in _generated_in(value))
