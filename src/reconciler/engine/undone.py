"""What a run has begun to write stays marked in its record until it has been seen to be so. Pure.

The marks (`Recorded.undone`) go into the ledger with the begin record, before the first write. So whatever happens to
the run, what it left half-way is never reported as somebody's hand edit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from reconciler.ledger.state import Name
from reconciler.model import (
    WHOLE,
    Address,
    Adopt,
    Change,
    Create,
    Delete,
    Disable,
    Record,
    Recorded,
    Recreate,
    Release,
    Update,
)
from reconciler.outcome import NotConverged, Result

WRITTEN = (Create, Recreate, Update, Adopt, Record, Release)


def marked(records: Mapping[Address, Recorded], changes: Iterable[Change]) -> dict[Address, Recorded]:
    """Return the records with the fields marked that updates are about to write. A create is announced instead."""
    result = dict(records)
    for change in changes:
        if isinstance(change, Update) and change.recorded and change.recorded.address in result:
            record = result[change.recorded.address]
            result[record.address] = replace(record, undone=record.undone | change.changed().keys())
    return result


def unmarked(
    records: Mapping[Address, Recorded],
    before: Mapping[Address, Recorded],
    results: Iterable[Result],
    uncertain: Collection[Address],
) -> dict[Address, Recorded]:
    """Return the records without the marks of changes that were not sent, or were refused and left nothing."""
    result = dict(records)
    for told in results:
        record, was = result.get(told.address), before.get(told.address)
        same = record is not None and was is not None and record.run == was.run
        if record and was and same and told.status not in ("done", "already") and told.address not in uncertain:
            result[told.address] = replace(record, undone=was.undone)
    return result


def confirmed(
    records: Mapping[Address, Recorded],
    removed: Mapping[Address, Recorded],
    touched: Collection[Address],
    left: Iterable[NotConverged],
    unread: Collection[Address],
) -> dict[Address, Recorded]:
    """Return the records as verification leaves them: marked is what did not converge, and what could not be read.

    `removed` are the records of what this run took away; one whose object is still there comes back.
    """
    result = dict(records)
    remaining = {item.address: item for item in left}
    for address in touched:
        item, record = remaining.get(address), records.get(address)
        if item and item.action in (Delete.action, Disable.action) and address in removed and record is None:
            result[address] = removed[address]
        elif record is not None and address not in unread:
            result[address] = replace(record, undone=_names(item))
    return result


def _names(item: NotConverged | None) -> frozenset[str]:
    if item is None:
        return frozenset()
    if item.action != Update.action:
        return frozenset({WHOLE})
    return frozenset(str(diff.path[0]) for diff in item.fields)


def removals(
    changes: Iterable[Change], results: Iterable[Result], records: Mapping[Address, Recorded]
) -> dict[Address, Recorded]:
    """Return the records that these changes took out of `records` because their objects were removed."""
    return {
        change.recorded.address: change.recorded
        for change, told in zip(changes, results, strict=True)
        if isinstance(change, Delete | Disable)
        and told.status == "done"
        and not change.recorded.interrupted
        and change.recorded.address not in records
    }


def settled(changes: Iterable[Change], results: Iterable[Result]) -> frozenset[Name]:
    """Return the names of announced objects of which it is known now what became of them.

    What was made or recorded is known by its record; what was removed or found to be gone, if it was announced, is no
    longer there. The removal of another object under the same address tells nothing.
    """
    done = [change for change, told in zip(changes, results, strict=False) if told.status == "done"]
    written = [c for c in done if isinstance(c, WRITTEN)]
    desired = ((c.address, c.provider, c.desired.identity) for c in written)
    renamed = ((c.address, c.provider, live.identity) for c in written if (live := getattr(c, "live", None)))
    recorded = (record for c in done if (record := getattr(c, "recorded", None)) is not None)
    announced = ((r.address, r.provider, r.identity) for r in recorded if r.interrupted)
    return frozenset((*desired, *renamed, *announced))
