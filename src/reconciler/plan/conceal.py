"""What of a live object is not shown, hashed or kept, although it is plain text there: where a secret stands or stood.

What is live may be what an earlier commit took from a secret, or from an output that holds one. So the places of a
secret in any record that the ledger has of an object count, also in one that is not ours or that is of another id. What
a run that died has sent is not known, so then every field counts that may hold a secret. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from reconciler.kind.base import Kind
from reconciler.kind.shape import Shape, shape_of
from reconciler.model import (
    Address,
    Adopt,
    Delete,
    Disable,
    FieldDiff,
    Live,
    Record,
    Recorded,
    Release,
    Resource,
    Retain,
    Update,
)
from reconciler.plan.inner import inner_differences
from reconciler.plan.match import made_since
from reconciler.plan.outputs import takes_secret
from reconciler.values import Generated, Path, SecretRef, SecretValue, leaves

OfLive: TypeAlias = Update | Adopt | Record | Release | Delete | Disable | Retain
Key: TypeAlias = tuple[str, Address] | tuple[str, str, str]  # an instance with an address, or with a live object in it
SOME_SECRET = SecretRef("")  # stands where any secret may have been written


@dataclass(frozen=True, slots=True)
class Concealing:
    """All records by which something is concealed, by address and by live object."""

    kinds: Mapping[str, type[Kind]]
    records: Mapping[Key, list[Recorded]]

    @classmethod
    def of(cls, kinds: Mapping[str, type[Kind]], records: Iterable[Recorded]) -> Concealing:
        """Return what these records conceal."""
        known: dict[Key, list[Recorded]] = defaultdict(list)
        for record in records:
            known[record.provider, record.address].append(record)
            if record.live_id:
                known[record.provider, record.address.collection, record.live_id].append(record)
        return cls(kinds, dict(known))

    def of_change(self, change: OfLive) -> Held:
        """Return what the live object of a change holds or held."""
        desired = None if isinstance(change, Delete | Disable | Retain) else change.desired
        return self.held(change.address, change.provider, change.live, desired)

    def held(self, address: Address, provider: str, live: Live, desired: Resource | None) -> Held:
        """Return what a live object holds or held, as far as it can be told."""
        keys: list[Key] = [(provider, address), (provider, address.collection, live.id)]
        if desired and desired.lifecycle.moved_from:
            keys.append((provider, Address(address.collection, desired.lifecycle.moved_from)))
        records = [record for key in keys for record in self.records.get(key, ())]
        untold = any(
            record.interrupted and (record.live_id == live.id or not live.created_at or made_since(record, live))
            for record in records
        )
        was = (*((desired.spec,) if desired else ()), *(record.spec for record in records))
        undone = frozenset(name for record in records for name in record.undone)
        return Held(was, shape_of(self.kinds[address.collection]), self.kinds, untold, undone)


@dataclass(frozen=True, slots=True)
class Held:
    """What one live object holds or held: the specs written for it, and (`untold`) maybe something nobody knows.

    `undone` are the fields that a run began to write and nobody has seen to be so: of those that is not known either.
    """

    was: tuple[Any, ...]
    shape: Shape
    kinds: Mapping[str, type[Kind]]
    untold: bool
    undone: frozenset[str] = frozenset()

    def concealed(self, value: Any, path: Path = ()) -> Any:
        """Return what is live at a path with a `SecretValue` wherever it may be a secret."""
        if self.undone and not path and isinstance(value, Mapping):
            return {name: self.concealed(inner, (name,)) for name, inner in value.items()}
        if path and path[0] in self.undone:
            return replace(self, untold=True, undone=frozenset()).concealed(value, path)
        was, shape = self._marked(self.was, self.shape), self.shape
        for part in path:
            was, shape = self._inside(was, part, shape)
        return self._walk(value, was, shape)

    def diff(self, diff: FieldDiff) -> FieldDiff:
        """Return a difference that shows no secret: one of a list or mapping says where, and shows the rest."""
        before = self.concealed(diff.before, diff.path)
        if isinstance(before, Mapping | tuple):
            if before == diff.before:
                return diff
            differing = {row[0] for row in diff.inner}
            inner = (row for row in inner_differences(before, diff.after) if row[0] in differing)
            return replace(diff, before=before, inner=tuple(inner))
        single = (value for value in (diff.after, diff.recorded) if not isinstance(value, Mapping | tuple))
        hidden = before is not diff.before or any(takes_secret(value, self.kinds) for value in single)
        return replace(diff, secret=diff.secret or hidden)

    def _walk(self, value: Any, was: tuple[Any, ...], shape: Shape) -> Any:
        if isinstance(value, Mapping):
            return {name: self._walk(inner, *self._inside(was, name, shape)) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return tuple(
                self._walk(part, *self._inside(was, shape.step(part, i), shape)) for i, part in enumerate(value)
            )
        plain = isinstance(value, str | int | float)
        return SecretValue(str(value)) if plain and any(self._secret(w) for w in was) else value

    def _inside(self, was: tuple[Any, ...], part: str | int, shape: Shape) -> tuple[tuple[Any, ...], Shape]:
        """Return what may have been written to one part of what `was` was written to, and the shape of that part.

        Of a list it is not known which element is which, but for those with a key. Where a single value was written
        for the whole, it may be in each part.
        """
        form: type[Any]
        if isinstance(part, int) or shape.form == "keyed":
            form, sub = tuple, shape.item()
            every = [element for whole in was if isinstance(whole, tuple) for element in whole]
            named = [e for e in every if isinstance(e, Mapping) and shape.key and str(e.get(shape.key)) == part]
            parts = named or every
        else:
            form, sub = Mapping, shape.member(part)
            parts = [whole[part] for whole in was if isinstance(whole, Mapping) and part in whole]
        return self._marked((*parts, *(whole for whole in was if not isinstance(whole, form))), sub), sub

    def _marked(self, was: tuple[Any, ...], shape: Shape) -> tuple[Any, ...]:
        """Return what was written, with some secret added where the field itself is one, or may have got one."""
        own = shape.secret and not shape.text
        return (*was, SOME_SECRET) if own or (self.untold and (shape.secret or shape.takes_output)) else was

    def _secret(self, written: Any) -> bool:
        return any(isinstance(v, SecretRef | Generated) or takes_secret(v, self.kinds) for v in leaves(written))
