"""Secrets needed by the changes to run, resolved before the first write. A missing one holds its change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from reconciler.engine.execute import as_update
from reconciler.model import LEDGER_ONLY, Adopt, Change, Create, Hold, Plan, Recorded, Recreate, Resource, Update
from reconciler.values import SecretRef, SecretValue, secret_refs


def hold_missing(plan: Plan, get: Callable[[str], SecretValue | None], reason: Callable[[str], str]) -> Plan:
    """Return the plan with every change held whose secrets have no value here."""
    changes: list[Change] = []
    for change in plan.changes:
        missing = sorted({ref.name for ref in _sent(change) if get(ref.name) is None})
        if missing and not change.held:
            holds = tuple(Hold("secret", reason(name), f"set {name} and apply again") for name in missing)
            change = replace(change, held=holds)
        changes.append(change)
    return replace(plan, changes=tuple(changes))


def named_secrets(resources: Iterable[Resource | Recorded]) -> frozenset[str]:
    """Return the names of all secrets that resources, or records of them, refer to."""
    return frozenset(ref.name for resource in resources for ref in secret_refs(resource.spec))


def _sent(change: Change) -> Iterator[SecretRef]:
    """Yield the secrets that carrying out a change would send."""
    match change:
        case Create() | Recreate():
            yield from secret_refs(change.desired.spec)
        case Update():
            yield from secret_refs(change.changed())
        case Adopt():
            yield from secret_refs(as_update(change).changed())
        case _ if isinstance(change, LEDGER_ONLY):
            return
