"""Resources, live objects and records: the three states of one object, as frozen values.

Nothing here does I/O or knows a vendor. One word per idea (docs/how-it-works): *desired* is what the YAML says, *live*
what the API reports now, *recorded* what we last applied.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, TypeAlias

from reconciler.errors import Location
from reconciler.values import Path, Spec


class Absent(enum.Enum):
    """The value of a field that is not there, as opposed to one that is null."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent.ABSENT
WHOLE = "*"  # in `Recorded.undone`: the object itself was made, and not seen since
Identity: TypeAlias = tuple[str, ...]
OnRemove: TypeAlias = Literal["delete", "retain", "disable"]
OnDrift: TypeAlias = Literal["correct", "hold"]


class Address(NamedTuple):
    """`collection/handle`, as the user typed it."""

    collection: str
    handle: str

    def __str__(self) -> str:
        return f"{self.collection}/{self.handle}"

    @classmethod
    def parse(cls, text: str) -> Address:
        """Return the address that `collection/handle` names. Raises ValueError without a slash."""
        collection, slash, handle = text.partition("/")
        if not (slash and collection and handle):
            raise ValueError(f"{text!r} is not an address; write collection/handle, as in monitors/homepage")
        return cls(collection, handle)


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """What the user wrote under `lifecycle:`."""

    protect: bool = False
    on_remove: OnRemove | None = None  # None: the kind's own default
    on_drift: OnDrift = "correct"
    ignore: tuple[str, ...] = ()  # dotted paths
    adopt: bool = False
    id: str | None = None
    moved_from: str | None = None  # a handle of the same collection
    provider: str | None = None  # an instance name


@dataclass(frozen=True, slots=True)
class Resource:
    """One desired object. `spec` holds exactly the vendor fields the user wrote, sugar already expanded.

    `places` maps each path of the *written* YAML to where it stands; `origins` maps a vendor field that sugar produced
    to the text it came from (`confirmation_period` to `incident_after: 2 failures`).
    """

    address: Address
    provider: str  # instance name
    identity: Identity
    spec: Spec
    where: Location
    lifecycle: Lifecycle = Lifecycle()
    places: Mapping[Path, Location] = field(default_factory=dict, compare=False, repr=False)
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)  # said with every change of it

    def place(self, path: Path) -> Location:
        """Return where `path` is written, or the nearest enclosing place."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, self.where)


@dataclass(frozen=True, slots=True)
class Live:
    """One object as the provider reports it now, in the shape of the kind's YAML.

    `values` holds every readable field. Fields that name other objects (`RefTo`, `External`) carry live ids as strings
    (`collection/id` where several collections are possible). A value may be `Unknown` (with a reason); a field absent
    from `values` is absent live, except that fields marked `WriteOnly` count as `Unreadable`.
    Secret fields carry `SecretValue`. `private` is the provider's own (nested ids, revisions): never shown or stored.
    """

    kind: str  # collection
    id: str
    identity: Identity
    values: Spec
    outputs: Spec = field(default_factory=dict)
    name: str = ""  # for people; "" means the identity
    unknown: str = ""  # the object as a whole could not be read, and why
    pending: tuple[str, ...] = ()  # applied and not yet effective: who must act
    due_after: timedelta | None = None  # how long after it was applied what is pending may be so; None: not known
    created_at: datetime | None = None
    changed_at: datetime | None = None  # the API's own last-modified time, where unreadable fields need it
    inactive: bool = False  # out of service: counts as gone when nothing desires it
    private: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def title(self) -> str:
        return self.name or "/".join(self.identity)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the ledger holds for one address: what we last applied. Nothing secret.

    `spec` is as written (`SecretRef`, `OutputRef`, `Generated` unresolved). `fingerprints` maps a dotted path to a
    salted fingerprint of the value last sent there. `run` is the run that last wrote this record, its revision.
    An `interrupted` record is one that a dead run's begin record announced as a create: ours, content unknown.
    `undone` names the top-level fields that a run of ours began to write and did not see to be so; `*` stands for the
    object itself.
    """

    address: Address
    provider: str
    live_id: str
    identity: Identity
    spec: Spec
    run: str
    commit: str = ""
    applied_at: datetime | None = None
    changed_at: datetime | None = None  # the API's last-modified time after our write, where it has one
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    lifecycle: Lifecycle = Lifecycle()
    schema_version: int = 1
    interrupted: bool = False
    undone: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Scope:
    """The account behind a credential: comparable fields, such as `{"team": "ai-gurus"}`, and how people call it."""

    fields: Mapping[str, str]

    def __str__(self) -> str:
        return ", ".join(f"{k} {v}" for k, v in sorted(self.fields.items())) or "unknown"
