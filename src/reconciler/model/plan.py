"""A plan and what else was seen while making it: drift, what is unmanaged, unknown or pending, approvals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from reconciler.errors import Location
from reconciler.model.changes import Change, FieldDiff
from reconciler.model.objects import Address
from reconciler.model.policy import UNJUDGED, Judgement

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
    """A live object that no record and no YAML names.

    `alarm` says why it is alarming, `unimportable` why `import` cannot write it; "" where it is not, or can.
    """

    provider: str
    kind: str
    live_id: str
    title: str
    alarm: str = ""
    unimportable: str = ""


@dataclass(frozen=True, slots=True)
class UnknownState:
    """Something that could not be read. `needed` is true when a desired change depended on it (exit 5)."""

    provider: str
    subject: str  # an address, `kind`, or `address.field`
    reason: str
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Pending:
    """Applied and not yet effective: who must act. Before `due` it could not be; None: nobody knows."""

    address: Address
    note: str
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class ProviderStatus:
    """How reading one instance went. `credential` is true when it was skipped because its credential was rejected.

    `next` is what to do about a skipped one.
    """

    status: Literal["ok", "skipped"]
    reason: str = ""
    requests: int = 0
    account: str = ""
    credential: bool = False
    next: str = ""


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
    narrowed: bool = False  # by --target or --provider: of the rest it says nothing
    policies: Judgement = UNJUDGED
