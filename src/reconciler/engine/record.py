"""What the ledger learns from one finished change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reconciler.kind.base import Kind
from reconciler.kind.shape import Shape, shape_of
from reconciler.model import (
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
                result.pop(change.recorded.address, None)
            case Create(desired=desired) | Recreate(desired=desired):
                if live is not None:
                    result[desired.address] = self._record(desired, live, None, sent)
            case Update(desired=desired, recorded=before) | Record(desired=desired, recorded=before):
                result.update(self._kept(result, desired, live or change.live, before, sent))
            case Adopt(desired=desired):
                result[desired.address] = self._record(desired, live or change.live, None, sent)
            case Release(desired=desired, recorded=released):
                result.update(self._kept(result, desired, live or change.live, released, sent))
        return result

    def _kept(
        self,
        records: dict[Address, Recorded],
        desired: Resource,
        live: Live,
        before: Recorded | None,
        sent: Mapping[str, str],
    ) -> dict[Address, Recorded]:
        if before is not None and before.address != desired.address:
            records.pop(before.address, None)
        return {desired.address: self._record(desired, live, before, sent)}

    def _record(self, desired: Resource, live: Live, before: Recorded | None, sent: Mapping[str, str]) -> Recorded:
        kind = self.kinds[desired.address.collection]
        written = dict(_special_paths(desired.spec, shape_of(kind), ()))
        carried = before.fingerprints if before else {}
        prints: dict[str, str] = {}
        for path in written:
            text = path_text(path)
            value = sent.get(text) or _readable(live.values, path)
            found = self.fingerprint(value) if value else carried.get(text, "")
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
            keyed = shape.form == "keyed" and isinstance(inner, Mapping)
            step = str(inner.get(shape.key)) if keyed else index
            found.extend(_special_paths(inner, shape.item(), (*path, step)))
    return found


def _readable(values: Any, path: Path) -> str:
    """Return the live text at a path of mappings, "" where it cannot be read."""
    for part in path:
        values = values.get(part) if isinstance(values, Mapping) else None
    if isinstance(values, SecretValue):
        return values.reveal()
    return values if isinstance(values, str) else ""
