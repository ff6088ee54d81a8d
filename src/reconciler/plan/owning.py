"""Which records a plan relies on as proof that an object is ours, and whether a record says what git said. Pure.

A record is not owned unless its object stood in `desired/` at the record's commit, as the record has it: whoever may
write to the ledger alone can make the tool change or remove nothing (docs/decisions/0017-owned-by-git.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from reconciler.model import (
    Address,
    Change,
    Delete,
    Disable,
    Lifecycle,
    Recorded,
    Resource,
    Retain,
    Update,
)
from reconciler.plan.digest import as_written, of_text


def relied_on(changes: Iterable[Change]) -> frozenset[Address]:
    """Return the addresses of the records by which these changes take an object for ours."""
    owned = (c.recorded for c in changes if isinstance(c, Update | Delete | Disable | Retain))
    return frozenset(record.address for record in owned if record is not None)


def unlike(record: Recorded, said: Resource | None) -> str:
    """Return how a record differs from what `desired/` said at its commit; "" when it does not.

    Of a create that a run announced and never recorded only who it is, and what becomes of it, can be told.
    """
    if said is None:
        return f"desired/ has no {record.address} there"
    if record.provider != said.provider:
        return f"there it is in {said.provider}, and the record says {record.provider}"
    if record.identity != said.identity:
        return f"there it is called {'/'.join(said.identity)}, and the record says {'/'.join(record.identity)}"
    both = {**record.spec, **said.spec} if not record.interrupted else {}
    names = [name for name in both if not _same(record.spec, said.spec, name)]
    if _kept(record.lifecycle) != _kept(said.lifecycle):
        names.append("lifecycle")
    return f"the record has another {', '.join(names)}" if names else ""


def _same(one: Mapping[str, Any], other: Mapping[str, Any], name: str) -> bool:
    return name in one and name in other and of_text(as_written(one[name])) == of_text(as_written(other[name]))


def _kept(lifecycle: Lifecycle) -> Lifecycle:
    return replace(lifecycle, moved_from=None, adopt=False)
