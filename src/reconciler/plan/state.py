"""What the planner is given: the desired, live and recorded state of one environment at one moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.kind.base import Kind
from reconciler.kind.settings import ProviderSettings
from reconciler.model import Address, Approval, Change, Live, ProviderStatus, Recorded, Resource, Scope
from reconciler.plan.facts import NoSecrets, SecretFacts
from reconciler.provider import Preview


@dataclass(frozen=True, slots=True)
class Listing:
    """All live objects of one collection of one instance, or the reason why they could not be read."""

    provider: str
    kind: str
    live: tuple[Live, ...] = ()
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """What was read. `externals`: (instance, external kind) to name to ids; a missing key was not asked for, or is in
    `unnamed`: those that could not be read.
    """

    listings: Mapping[tuple[str, str], Listing] = field(default_factory=dict)
    externals: Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    scopes: Mapping[str, Scope] = field(default_factory=dict)
    statuses: Mapping[str, ProviderStatus] = field(default_factory=dict)
    unnamed: frozenset[tuple[str, str]] = frozenset()

    def listing(self, provider: str, kind: str) -> Listing:
        status = self.statuses.get(provider)
        reason = status.reason if status and status.status == "skipped" else "it was not read"
        return self.listings.get((provider, kind)) or Listing(provider, kind, unknown=reason)


def _no_preview(_: Change) -> Preview:
    return Preview()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanInput:
    """Everything `make_plan` decides on. `records` already carries moves and a dead run's announced creates."""

    environment: str
    commit: str
    now: datetime
    resources: tuple[Resource, ...]
    records: Mapping[Address, Recorded]
    kinds: Mapping[str, type[Kind]]
    observation: Observation
    settings: Mapping[str, ProviderSettings] = field(default_factory=dict)
    authority: Mapping[str, str] = field(default_factory=dict)
    allow_empty: frozenset[str] = frozenset()
    approvals: tuple[Approval, ...] = ()
    held_before: frozenset[str] = frozenset()
    secrets: SecretFacts = field(default_factory=NoSecrets)
    preview: Callable[[Change], Preview] = _no_preview
    others: tuple[Recorded, ...] = ()  # what dead runs announced, beside the records of the same addresses
    former: tuple[Recorded, ...] = ()  # not ours, or not any more: they tell what was a secret, and nothing else
    targets: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def every(self) -> tuple[Recorded, ...]:
        """Every record that tells what was a secret."""
        return (*self.records.values(), *self.others, *self.former)
