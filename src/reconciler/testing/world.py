"""`MemoryWorld`: the state behind the in-memory provider, and every way a test can make it misbehave."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from reconciler.errors import NotFound, Refused
from reconciler.kind.base import Kind
from reconciler.kind.shape import Shape, shape_of
from reconciler.model import ABSENT
from reconciler.testing.kinds import MEMORY_KINDS
from reconciler.values import SecretValue

Phase: TypeAlias = Literal["before", "after"]
Faults: TypeAlias = Callable[[str, Phase], "BaseException | None"]
START = datetime(2026, 1, 1, tzinfo=UTC)


def no_faults(operation: str, phase: Phase) -> BaseException | None:
    """Let everything succeed."""
    return None


@dataclass(slots=True)
class Stored:
    """One object as the world keeps it: plain data, references as ids, secrets as text."""

    kind: str
    id: str
    values: dict[str, Any]
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Write:
    """One write that took effect. `fields` names what was sent."""

    operation: Literal["create", "update", "delete", "disable"]
    kind: str
    id: str
    fields: tuple[str, ...] = ()


@dataclass(slots=True)
class MemoryWorld:
    """A vendor with one account, shared by every connection that a test opens to it.

    Tests act as the dashboard does with `add`, `edit` and `drop`; these are not in `writes` and meet no faults.
    `faults` is asked around every effect, as `faults("create widgets/a", "before")`, and what it returns is raised:
    "before" nothing has happened yet, "after" it has. `lag` is how many listings of a kind after a write still show it
    as it was.
    """

    kinds: Iterable[type[Kind]] = MEMORY_KINDS
    now: Callable[[], datetime] = lambda: START
    account: str = "acme"
    token: str | None = None  # what a credential must be; None: anything goes
    page_size: int = 50
    lag: int = 0
    latency: float = 0.0  # seconds of virtual time per request
    faults: Faults = no_faults
    extras: Mapping[str, Any] = field(default_factory=dict)  # put into every payload: keys no model knows
    unreadable: dict[tuple[str, str], str] = field(default_factory=dict)  # (id, field) or (id, "") -> reason
    pending: dict[str, tuple[str, ...]] = field(default_factory=dict)  # id -> who must act
    objects: dict[str, dict[str, Stored]] = field(default_factory=dict)
    externals: dict[str, dict[str, str]] = field(default_factory=dict)  # kind -> id -> name
    writes: list[Write] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)  # one operation per request: "list widgets", "whoami"
    models: dict[str, type[Kind]] = field(init=False, default_factory=dict)
    _next: int = 1000
    _stale: dict[str, tuple[int, tuple[Stored, ...]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.models = {kind.collection: kind for kind in self.kinds}
        for collection in self.models:
            self.objects.setdefault(collection, {})

    # What a person does in the dashboard.

    def add(self, kind: str, /, *, created_at: datetime | None = None, **values: Any) -> str:
        """Make an object as if by hand, and return its id. References are ids, secrets plain text."""
        made = self.insert(kind, values)
        if created_at:
            made.created_at = made.changed_at = created_at
        return made.id

    def edit(self, object_id: str, /, **values: Any) -> None:
        """Change fields of an object as if by hand; None clears."""
        stored = self.find(object_id)
        stored.values.update(copy.deepcopy(values))
        stored.changed_at = self.now()
        self._owe(stored.kind)

    def drop(self, object_id: str, /) -> None:
        """Remove an object as if by hand."""
        del self.objects[self.find(object_id).kind][object_id]

    def add_external(self, kind: str, name: str) -> str:
        """Make something that is not managed and can be referred to by name, and return its id."""
        object_id = self._new_id()
        self.externals.setdefault(kind, {})[object_id] = name
        return object_id

    def state(self) -> dict[str, list[dict[str, Any]]]:
        """Return every object, by collection, oldest first, each as its stored values."""
        return {
            kind: [copy.deepcopy(stored.values) for stored in objects.values()]
            for kind, objects in self.objects.items()
            if objects
        }

    def find(self, object_id: str) -> Stored:
        """Return the object with an id. Raises NotFound."""
        for objects in self.objects.values():
            if object_id in objects:
                return objects[object_id]
        raise NotFound(f"there is no object {object_id}")

    def ids(self, kind: str, **values: Any) -> list[str]:
        """Return the ids of a collection's objects that have these values, oldest first."""
        wanted = values.items()
        return [o.id for o in self.objects[kind].values() if all(o.values.get(k) == v for k, v in wanted)]

    # What the API does.

    def listing(self, kind: str) -> tuple[Stored, ...]:
        """Return what a listing shows: for `lag` listings after a write, the state before it."""
        left, shown = self._stale.get(kind, (0, ()))
        if left:
            self._stale[kind] = (left - 1, shown)
            return shown
        self._stale.pop(kind, None)
        return tuple(self.objects[kind].values())

    def before_write(self, kind: str) -> None:
        """Keep what listings show for a while, when there is a lag."""
        if self.lag:
            _, shown = self._stale.get(kind, (0, tuple(copy.deepcopy(list(self.objects[kind].values())))))
            self._stale[kind] = (self.lag, shown)

    def insert(self, kind: str, values: Mapping[str, Any]) -> Stored:
        """Store a new object, with what the server fills in. Raises Refused for a reference to nothing."""
        shape = shape_of(self.models[kind])
        kept = filled(plain(values), shape)
        self._check_references(kept, shape)
        stored = Stored(kind, self._new_id(), kept, self.now(), self.now())
        self.objects[kind][stored.id] = stored
        self._owe(kind)
        return stored

    def patch(self, stored: Stored, changes: Mapping[str, Any]) -> None:
        """Change an object as a PATCH does: mappings merge, all else is replaced. Raises Refused."""
        shape = shape_of(self.models[stored.kind])
        for name, value in changes.items():
            if shape.member(name).mutable != "in place" and value != stored.values.get(name):
                raise Refused(f"{stored.kind} {stored.id}: {name} cannot be changed")
        self._check_references(plain(changes), shape)
        stored.values = merged(stored.values, plain(changes), shape)
        stored.changed_at = self.now()
        self._owe(stored.kind)

    def remove(self, stored: Stored) -> None:
        """Delete an object. Raises Refused while another one refers to it."""
        for other in (o for objects in self.objects.values() for o in objects.values()):
            for reference in references(other.values, shape_of(self.models[other.kind])):
                if reference == (stored.kind, stored.id) and other.id != stored.id:
                    raise Refused(f"{stored.kind} {stored.id} is in use by {other.kind} {other.id}")
        del self.objects[stored.kind][stored.id]
        self._owe(stored.kind)

    def _owe(self, kind: str) -> None:
        """Note on whatever follows a collection that something in it was written."""
        for collection, model in self.models.items():
            names = [name for name, member in shape_of(model).fields.items() if kind in member.follows]
            for stored in self.objects[collection].values() if names else ():
                stored.values |= {name: "owed" for name in names if name in stored.values}

    def _check_references(self, values: Mapping[str, Any], shape: Shape) -> None:
        for collection, object_id in references(values, shape):
            if object_id not in self.objects.get(collection, {}) and object_id not in self.externals.get(
                collection, {}
            ):
                raise Refused(f"there is no {collection} object {object_id}")

    def _new_id(self) -> str:
        self._next += 1
        return str(self._next)


def plain(value: Any) -> Any:
    """Return a value as the world keeps it: lists, dictionaries, and secrets as text."""
    if isinstance(value, SecretValue):
        return value.reveal()
    if isinstance(value, Mapping):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in value]
    return value


def filled(values: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """Return `values` with the server's defaults, inside parts too."""
    whole = {name: _filled_part(value, shape.member(name)) for name, value in values.items()}
    for name, member in shape.fields.items():
        if member.default is not ABSENT and name not in whole:
            whole[name] = plain(member.default)
    return whole


def _filled_part(value: Any, shape: Shape) -> Any:
    if isinstance(value, dict) and shape.fields:
        return filled(value, shape)
    if isinstance(value, list) and shape.fields:
        return [filled(part, shape.item()) for part in value]
    return value


def merged(old: Mapping[str, Any], new: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """Return `old` as a PATCH with `new` leaves it. Elements of a keyed list merge with their namesakes."""
    whole = dict(old)
    for name, value in new.items():
        member, before = shape.member(name), old.get(name)
        if isinstance(value, dict) and isinstance(before, dict) and member.form == "mapping":
            whole[name] = merged(before, value, member)
        elif isinstance(value, list) and isinstance(before, list) and member.form == "keyed":
            known = {part[member.key]: part for part in before}
            parts = [merged(known.get(part[member.key], {}), part, member.item()) for part in value]
            whole[name] = _filled_part(parts, member)
        else:
            whole[name] = _filled_part(value, member)
    return whole


def references(value: Any, shape: Shape) -> Iterable[tuple[str, str]]:
    """Yield (collection or external kind, id) for each reference in stored values."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from references(inner, shape.member(name))
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner, shape.item())
    elif isinstance(value, str) and shape.external:
        yield shape.external.kind, value
    elif isinstance(value, str) and len(shape.ref) == 1:
        yield shape.ref[0], value
    elif isinstance(value, str) and shape.ref:
        collection, _, object_id = value.partition("/")
        yield collection, object_id
