"""What a plan consists of: one value per thing that can be done to an object. Taken apart with `match`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeAlias

from reconciler.errors import Location
from reconciler.model.body import with_kept
from reconciler.model.objects import ABSENT, Address, Live, Recorded, Resource
from reconciler.values import Path

Cause: TypeAlias = Literal[
    "desired", "drift", "conflict", "rotate", "unverified", "new", "released", "foreign", "undone"
]


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

    @property
    def owed(self) -> bool:
        """Whether git asks for it as before, and it has to be written again: nobody changed it here or outside."""
        return self.cause == "desired" and self.recorded is not ABSENT and self.recorded == self.after


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a change is not carried out. `digest` is what an approval must name; "" where none can help.

    `partial`: its digest covers more changes than the plan shows, so that nobody can approve it from this plan.
    """

    gate: str
    reason: str
    next: str = ""
    digest: str = ""
    partial: bool = False

    @property
    def offered(self) -> str:
        """The digest that a reader of the plan may approve; "" for none."""
        return "" if self.partial else self.digest


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
    """Desired, and neither live nor recorded."""

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
    """Ours, and live differs from desired in `fields`.

    `keeps` maps what must stay inside those fields (ignored, unknown, or generated: made once) to its live value, or to
    ABSENT where that cannot be read. Elements of lists are counted from 0 in its paths.
    """

    action: ClassVar[str] = "update"
    desired: Resource
    live: Live
    recorded: Recorded | None = None
    keeps: Mapping[Path, Any] = field(default_factory=dict)

    @property
    def conflict(self) -> bool:
        return any(f.cause == "conflict" for f in self.fields)

    @property
    def corrects_drift(self) -> bool:
        return any(f.cause in ("drift", "conflict") for f in self.fields)

    def changed(self) -> dict[str, Any]:
        """Return the top-level fields that differ, each with its whole desired value: the body of a PATCH.

        What stays as it is inside them (`keeps`) has its live value, or is left out where that cannot be read.
        """
        names = dict.fromkeys(str(f.path[0]) for f in self.fields if f.cause != "released")
        spec = self.desired.spec
        return {name: with_kept(spec[name], self.keeps, (name,)) for name in names if name in spec}


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopt(ChangeBase):
    """A foreign object with our identity. `unverified` names the unreadable fields when all readable ones agree.

    `recorded` is what we had at this address, gone since; `keeps` is that of the update which adopting amounts to.
    """

    action: ClassVar[str] = "adopt"
    desired: Resource
    live: Live
    unverified: tuple[str, ...] = ()
    recorded: Recorded | None = None
    keeps: Mapping[Path, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete(ChangeBase):
    """Ours, no longer desired, and gone for good when it is carried out."""

    action: ClassVar[str] = "delete"
    live: Live
    recorded: Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Disable(ChangeBase):
    """Ours, no longer desired, and taken out of service in a way that can be undone."""

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
