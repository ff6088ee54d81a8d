"""What the ledger learns from one finished change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reconciler.engine.verify import written
from reconciler.kind.base import Kind
from reconciler.kind.shape import Shape, shape_of
from reconciler.model import (
    LEDGER_ONLY,
    Address,
    Adopt,
    Change,
    Create,
    Delete,
    Disable,
    Forget,
    Live,
    Record,
    Recorded,
    Recreate,
    Release,
    Resource,
    Retain,
    Update,
)
from reconciler.plan.parts import by_key
from reconciler.values import Generated, OutputRef, Path, SecretRef, SecretValue, path_text


@dataclass(frozen=True, slots=True)
class Recorder:
    """Makes records for one run. `fingerprint` returns "" for a text too short to fingerprint."""

    run: str
    commit: str
    now: Callable[[], datetime]
    kinds: Mapping[str, type[Kind]]
    fingerprint: Callable[[str], str]

    def after(
        self, records: Mapping[Address, Recorded], change: Change, live: Live | None, sent: Mapping[str, str]
    ) -> dict[Address, Recorded]:
        """Return the records as they are once `change` is done. `sent` maps each path to the value sent there."""
        result = dict(records)
        match change:
            case Delete() | Disable() | Retain() | Forget():
                there, gone = result.get(change.recorded.address), change.recorded
                if there and (there.provider, there.live_id, gone.interrupted) == (gone.provider, gone.live_id, False):
                    del result[there.address]  # else another object has that address
            case Create(desired=desired):
                if live is not None:
                    result[desired.address] = self._record(desired, live, None, sent, self._undone(change, None))
            case Recreate(desired=desired, recorded=lost):
                if live is not None:
                    result.pop(lost.address, None)  # another one where the object was moved
                    result[desired.address] = self._record(desired, live, None, sent, self._undone(change, None))
            case (
                Update(desired=desired, recorded=before)
                | Adopt(desired=desired, recorded=before)
                | Record(desired=desired, recorded=before)
                | Release(desired=desired, recorded=before)
            ):
                if before is not None:
                    result.pop(before.address, None)
                record = self._record(desired, live or change.live, before, sent, self._undone(change, before))
                if isinstance(change, LEDGER_ONLY) and before and before.live_id == record.live_id:
                    # Nothing was sent: what the API changed since our last write was still not changed by us.
                    kept = None if before.undone else before.changed_at  # an unfinished write of ours changed it
                    record = replace(record, changed_at=kept or record.changed_at)
                result[desired.address] = record
        return result

    @staticmethod
    def _undone(change: Change, before: Recorded | None) -> frozenset[str]:
        """Return the fields that nobody has seen to be so yet: what was written now, or earlier and not since."""
        if isinstance(change, LEDGER_ONLY):
            return frozenset()
        earlier = before.undone if before else frozenset()
        return earlier | written([change]).get(change.address, frozenset())

    def _record(
        self,
        desired: Resource,
        live: Live,
        before: Recorded | None,
        sent: Mapping[str, str],
        undone: frozenset[str],
    ) -> Recorded:
        """Return the record of an object. What was not sent keeps its fingerprint, where the reference is the same."""
        kind = self.kinds[desired.address.collection]
        shape = shape_of(kind)
        carried: Mapping[str, str] = {}
        applied: dict[Path, Any] = {}
        if before is not None and before.live_id == live.id:
            carried, applied = before.fingerprints, dict(_special_paths(before.spec, shape, ()))
        prints: dict[str, str] = {}
        for path, reference in _special_paths(desired.spec, shape, ()):
            text = path_text(path)
            found = carried.get(text, "") if applied.get(path) == reference and text not in sent else ""
            value = sent.get(text) or _readable(live.values, shape, path)
            if not found and value:
                found = self.fingerprint(value)
            if found:
                prints[text] = found
        return Recorded(
            address=desired.address,
            provider=desired.provider,
            live_id=live.id,
            identity=desired.identity,
            spec=desired.spec,
            run=self.run,
            commit=self.commit,
            applied_at=self.now(),
            changed_at=live.changed_at,
            fingerprints=prints,
            lifecycle=replace(desired.lifecycle, moved_from=None, adopt=False),
            schema_version=kind.schema_version,
            undone=undone,
        )


def _special_paths(value: Any, shape: Shape, path: Path) -> list[tuple[Path, Any]]:
    """Return every path of a spec that holds a secret or an output."""
    if isinstance(value, SecretRef | Generated | OutputRef):
        return [(path, value)]
    found: list[tuple[Path, Any]] = []
    if isinstance(value, Mapping):
        for name, inner in value.items():
            found.extend(_special_paths(inner, shape.member(name), (*path, name)))
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            found.extend(_special_paths(inner, shape.item(), (*path, shape.step(inner, index))))
    return found


def _readable(values: Any, shape: Shape, path: Path) -> str:
    """Return the live text at a path, "" where it cannot be read."""
    for part in path:
        if isinstance(part, int):
            values = values[part] if isinstance(values, list | tuple) and part < len(values) else None
            shape = shape.item()
        elif shape.form == "keyed":
            values, shape = by_key(values, shape.key).get(part), shape.item()
        else:
            values, shape = values.get(part) if isinstance(values, Mapping) else None, shape.member(part)
    if isinstance(values, SecretValue):
        return values.reveal()
    return values if isinstance(values, str) else ""
