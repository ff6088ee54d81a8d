"""What became of an apply: one result per change, and what verification found afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from reconciler.model import Address, FieldDiff, Plan

ResultStatus: TypeAlias = Literal["done", "already", "failed", "held", "skipped", "stale", "not in plan", "interrupted"]


@dataclass(frozen=True, slots=True)
class Result:
    """`already` means true before we came; `skipped` that something it depends on failed, was held, or was stale.

    `credential`: it failed because the credential was rejected, or may not write.
    """

    address: Address
    action: str
    status: ResultStatus
    reason: str = ""
    fix: str = ""
    notes: tuple[str, ...] = ()
    credential: bool = False


@dataclass(frozen=True, slots=True)
class NotConverged:
    """Something that planning again after the apply still finds."""

    address: Address
    action: str
    fields: tuple[FieldDiff, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """An apply, finished. `plan` is what was carried out; `run` names it in the ledger ("": nothing was written)."""

    plan: Plan
    results: tuple[Result, ...] = ()
    not_converged: tuple[NotConverged, ...] = ()
    run: str = ""
    interrupted: bool = False
    newly_held: bool = False
    notices: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()  # what went wrong beside the changes: the ledger could not be pushed, ...
