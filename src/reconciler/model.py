"""The frozen values that deciding works on: resources, live objects, records, changes, plans.

Nothing here does I/O or knows a vendor. One word per idea (docs/how-it-works): *desired* is what the YAML says, *live*
what the API reports now, *recorded* what we last applied.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal, NamedTuple, TypeAlias

from reconciler.errors import Location
from reconciler.values import Path, Spec


class Absent(enum.Enum):
    """The value of a field that is not there, as opposed to one that is null."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent.ABSENT
NOTHING: Mapping[Any, Any] = {}
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


Cause: TypeAlias = Literal["desired", "drift", "conflict", "rotate", "unverified", "new", "released", "foreign"]


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """One managed field that differs. `before` is live, `after` desired; either may be ABSENT.

    `secret` fields render as names or fingerprints, never as values. `inner` details an atomic list: (path within the
    field, before, after) for each leaf that differs. `recorded` is what we last applied there.
    """

    path: Path
    before: Any
    after: Any
    cause: Cause = "desired"
    secret: bool = False
    recorded: Any = ABSENT
    origin: str = ""
    inner: tuple[tuple[str, Any, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a change is not carried out. `digest` is what an approval must name; "" where none can help."""

    gate: str
    reason: str
    next: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeBase:
    """What every change says about itself. `fields` is empty where the action has none."""

    action: ClassVar[str]

    address: Address
    provider: str
    why: tuple[str, ...]
    where: Location | None = None
    revision: str = ""
    depends_on: tuple[Address, ...] = ()
    fields: tuple[FieldDiff, ...] = ()
    held: tuple[Hold, ...] = ()
    notes: tuple[str, ...] = ()
    danger: str = ""  # what is lost, in a sentence; "" when nothing is
    digest: str = ""

    @property
    def kind(self) -> str:
        return self.address.collection


@dataclass(frozen=True, slots=True, kw_only=True)
class Create(ChangeBase):
    action: ClassVar[str] = "create"
    desired: Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Recreate(ChangeBase):
    """Recorded, desired, and gone from the live side."""

    action: ClassVar[str] = "recreate"
    desired: Resource
    recorded: Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Update(ChangeBase):
    action: ClassVar[str] = "update"
    desired: Resource
    live: Live
    recorded: Recorded | None = None

    @property
    def conflict(self) -> bool:
        return any(f.cause == "conflict" for f in self.fields)

    @property
    def corrects_drift(self) -> bool:
        return any(f.cause in ("drift", "conflict") for f in self.fields)

    def changed(self) -> dict[str, Any]:
        """Return the top-level fields that differ, each with its whole desired value: the body of a PATCH."""
        names = dict.fromkeys(str(f.path[0]) for f in self.fields if f.cause != "released")
        return {name: self.desired.spec.get(name) for name in names if name in self.desired.spec}


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopt(ChangeBase):
    """A foreign object with our identity. `unverified` names the unreadable fields when all readable ones agree."""

    action: ClassVar[str] = "adopt"
    desired: Resource
    live: Live
    unverified: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete(ChangeBase):
    action: ClassVar[str] = "delete"
    live: Live
    recorded: Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Disable(ChangeBase):
    action: ClassVar[str] = "disable"
    live: Live
    recorded: Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Retain(ChangeBase):
    """Removed from the YAML with `on_remove: retain`: the record goes, the object stays."""

    action: ClassVar[str] = "retain"
    live: Live
    recorded: Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(ChangeBase):
    """Already so: only the ledger learns of it."""

    action: ClassVar[str] = "record"
    desired: Resource
    live: Live
    recorded: Recorded | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(ChangeBase):
    """Fields that were recorded and are no longer written: no longer managed, not changed."""

    action: ClassVar[str] = "release"
    desired: Resource
    live: Live
    recorded: Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget(ChangeBase):
    """Gone on both sides: the record goes too."""

    action: ClassVar[str] = "forget"
    recorded: Recorded


Change: TypeAlias = Create | Recreate | Update | Adopt | Delete | Disable | Retain | Record | Release | Forget
LEDGER_ONLY: tuple[type[ChangeBase], ...] = (Retain, Record, Release, Forget)  # no write to the vendor

DriftType: TypeAlias = Literal["changed", "missing", "opaque", "duplicate"]


@dataclass(frozen=True, slots=True)
class Drift:
    """Live moved away from recorded."""

    address: Address
    type: DriftType
    fields: tuple[FieldDiff, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Unmanaged:
    """A live object that no record and no YAML names. `alarm` says why it is alarming; "" when it is not."""

    provider: str
    kind: str
    live_id: str
    title: str
    alarm: str = ""


@dataclass(frozen=True, slots=True)
class UnknownState:
    """Something that could not be read. `needed` is true when a desired change depended on it (exit 5)."""

    provider: str
    subject: str  # an address, `kind`, or `address.field`
    reason: str
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Pending:
    """Applied and not yet effective: who must act."""

    address: Address
    note: str


@dataclass(frozen=True, slots=True)
class Scope:
    """The account behind a credential: comparable fields, such as `{"team": "ai-gurus"}`, and how people call it."""

    fields: Mapping[str, str]

    def __str__(self) -> str:
        return ", ".join(f"{k} {v}" for k, v in sorted(self.fields.items())) or "unknown"


@dataclass(frozen=True, slots=True)
class ProviderStatus:
    """How reading one instance went. `credential` is true when it was skipped because its credential was rejected."""

    status: Literal["ok", "skipped"]
    reason: str = ""
    requests: int = 0
    account: str = ""
    credential: bool = False


@dataclass(frozen=True, slots=True)
class Approval:
    """One entry of `desired/approvals.yaml`."""

    digest: str
    reason: str
    until: str  # ISO date, inclusive
    where: Location | None = None


@dataclass(frozen=True, slots=True)
class ApprovalNote:
    """An approval that did nothing: unused, stale or expired."""

    approval: Approval
    state: Literal["unused", "stale", "expired"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done, in order, and what was seen. A plan is data: no secret, no live connection."""

    environment: str
    commit: str
    created_at: datetime
    changes: tuple[Change, ...]
    digest: str = ""
    unchanged: int = 0
    drift: tuple[Drift, ...] = ()
    unmanaged: tuple[Unmanaged, ...] = ()
    unknown: tuple[UnknownState, ...] = ()
    pending: tuple[Pending, ...] = ()
    providers: Mapping[str, ProviderStatus] = field(default_factory=dict)
    approvals: tuple[ApprovalNote, ...] = ()
    notices: tuple[str, ...] = ()  # said once per run: gates that are off, runs in progress
    order: tuple[tuple[Address, ...], ...] = ()
