"""The ledger's content as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from reconciler.model import Address, Identity, Lifecycle, Recorded

Name: TypeAlias = tuple[Address, str, Identity]


@dataclass(frozen=True, slots=True)
class Announced:
    """An object a run is about to create, or, with its `live_id`, one that exists and that it is about to take over.

    `lifecycle` is what git said of it then: it goes on being protected, or retained, if the run dies.
    """

    address: Address
    provider: str
    identity: Identity
    live_id: str = ""
    lifecycle: Lifecycle = field(default_factory=Lifecycle)

    @property
    def name(self) -> Name:
        """Which object is meant: of which address, in which instance, under which name."""
        return (self.address, self.provider, self.identity)


@dataclass(frozen=True, slots=True)
class Begin:
    """The begin record of a run: who is applying, and what it may be making. It is the lock.

    `ci_run` and `ci_attempt` identify a CI run ("" and 0 outside CI); `run_url` leads a person to it.
    """

    run: str
    holder: str
    host: str
    pid: int
    commit: str
    started_at: datetime
    renewed_at: datetime
    run_url: str = ""
    ci_run: str = ""
    ci_attempt: int = 0
    digests: tuple[str, ...] = ()
    creates: tuple[Announced, ...] = ()


@dataclass(frozen=True, slots=True)
class Orphan:
    """An announced create whose run ended without recording it: ours, if it exists and is not older than `since`."""

    announced: Announced
    run: str
    since: datetime
    commit: str = ""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What one run did. `results` and `backups` are plain JSON."""

    run: str
    commit: str
    started_at: datetime
    finished_at: datetime
    holder: str
    plan_digest: str = ""
    results: tuple[Mapping[str, Any], ...] = ()
    backups: tuple[Mapping[str, Any], ...] = ()
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class LedgerState:
    """Everything at one revision. `head` identifies it to the back end; a write replaces exactly that revision."""

    records: Mapping[Address, Recorded] = field(default_factory=dict)
    scopes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    salt: bytes = b""
    commit: str = ""  # the last applied one
    run: str = ""
    begin: Begin | None = None
    orphans: tuple[Orphan, ...] = ()
    held: frozenset[str] = frozenset()
    last_run: RunRecord | None = None
    head: str = ""
