"""The entries of the ledger as JSON and back: a record, an announced create, a begin record, a finished run.

The readers take what older versions wrote: a key that is missing has a default, an unknown one is passed over. They
raise KeyError, ValueError, TypeError or AttributeError for what no version wrote; `codec` says where.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from reconciler.ledger.spec import spec_in, spec_out
from reconciler.ledger.state import Announced, Begin, Orphan, RunRecord
from reconciler.model import Address, Lifecycle, Recorded

_LARGEST_PID = 2**31 - 1
_PLAIN_LIFE = Lifecycle()


def record_out(record: Recorded) -> dict[str, Any]:
    """Return a record as JSON, without what is empty or at its default."""
    body: dict[str, Any] = {
        "provider": record.provider,
        "live_id": record.live_id,
        "identity": list(record.identity),
        "spec": spec_out(record.spec),
        "run": record.run,
        "commit": record.commit,
        "schema_version": record.schema_version,
        "lifecycle": _life_out(record.lifecycle),
        "fingerprints": dict(record.fingerprints),
        "undone": sorted(record.undone) or None,
        "applied_at": time_out(record.applied_at),
        "changed_at": time_out(record.changed_at),
    }
    return {name: value for name, value in body.items() if value not in ({}, "", None)}


def record_in(address: Address, body: Mapping[str, Any]) -> Recorded:
    """Return the record of one address."""
    return Recorded(
        address=address,
        provider=str(body["provider"]),
        live_id=str(body.get("live_id", "")),
        identity=_texts(body["identity"]),
        spec=_mapping(spec_in(body.get("spec") or {})),
        run=str(body.get("run", "")),
        commit=str(body.get("commit", "")),
        applied_at=time_in(body["applied_at"]) if body.get("applied_at") else None,
        changed_at=time_in(body["changed_at"]) if body.get("changed_at") else None,
        fingerprints={str(k): str(v) for k, v in (body.get("fingerprints") or {}).items()},
        lifecycle=_life_in(body),
        schema_version=int(body.get("schema_version", 1)),
        undone=frozenset(_texts(body.get("undone") or [])),
    )


def begin_out(begin: Begin) -> dict[str, Any]:
    """Return a begin record as JSON."""
    return {
        "run": begin.run,
        "holder": begin.holder,
        "host": begin.host,
        "pid": begin.pid,
        "commit": begin.commit,
        "started_at": time_out(begin.started_at),
        "renewed_at": time_out(begin.renewed_at),
        "run_url": begin.run_url,
        "ci_run": begin.ci_run,
        "ci_attempt": begin.ci_attempt,
        "digests": list(begin.digests),
        "creates": [_announced_out(a) for a in begin.creates],
    }


def begin_in(body: Mapping[str, Any]) -> Begin:
    """Return a begin record."""
    pid = int(body["pid"])
    if not 0 < pid <= _LARGEST_PID:
        raise ValueError(f"{pid} is no process number")
    return Begin(
        run=str(body["run"]),
        holder=str(body["holder"]),
        host=str(body["host"]),
        pid=pid,
        commit=str(body.get("commit", "")),
        started_at=time_in(body["started_at"]),
        renewed_at=time_in(body["renewed_at"]),
        run_url=str(body.get("run_url", "")),
        ci_run=str(body.get("ci_run", "")),
        ci_attempt=int(body.get("ci_attempt", 0)),
        digests=_texts(body.get("digests") or []),
        creates=tuple(_announced_in(a) for a in body.get("creates") or ()),
    )


def orphan_out(orphan: Orphan) -> dict[str, Any]:
    """Return an orphan as JSON."""
    body = {**_announced_out(orphan.announced), "run": orphan.run, "since": time_out(orphan.since)}
    return {**body, **({"commit": orphan.commit} if orphan.commit else {})}


def orphan_in(body: Mapping[str, Any]) -> Orphan:
    """Return an orphan."""
    return Orphan(_announced_in(body), str(body["run"]), time_in(body["since"]), str(body.get("commit", "")))


def run_out(run: RunRecord) -> dict[str, Any]:
    """Return the record of a run as JSON."""
    return {
        "run": run.run,
        "commit": run.commit,
        "started_at": time_out(run.started_at),
        "finished_at": time_out(run.finished_at),
        "holder": run.holder,
        "plan_digest": run.plan_digest,
        "results": [dict(r) for r in run.results],
        "backups": [dict(b) for b in run.backups],
        "interrupted": run.interrupted,
    }


def run_in(body: Mapping[str, Any]) -> RunRecord:
    """Return the record of a run."""
    return RunRecord(
        run=str(body["run"]),
        commit=str(body.get("commit", "")),
        started_at=time_in(body["started_at"]),
        finished_at=time_in(body["finished_at"]),
        holder=str(body.get("holder", "")),
        plan_digest=str(body.get("plan_digest", "")),
        results=tuple(dict(r) for r in body.get("results") or ()),
        backups=tuple(dict(b) for b in body.get("backups") or ()),
        interrupted=bool(body.get("interrupted", False)),
    )


def _announced_out(announced: Announced) -> dict[str, Any]:
    return {
        "address": str(announced.address),
        "provider": announced.provider,
        "identity": list(announced.identity),
        **({"live_id": announced.live_id} if announced.live_id else {}),
        **({"lifecycle": life} if (life := _life_out(announced.lifecycle)) else {}),
    }


def _announced_in(body: Mapping[str, Any]) -> Announced:
    address, live_id = Address.parse(str(body["address"])), str(body.get("live_id", ""))
    return Announced(address, str(body["provider"]), _texts(body["identity"]), live_id, _life_in(body))


def _life_out(life: Lifecycle) -> dict[str, Any]:
    """Return what is not at its default. `adopt` and `moved_from` ask for one step; once recorded it is done."""
    kept = {name: getattr(life, name) for name in ("protect", "on_remove", "on_drift", "ignore", "id", "provider")}
    return {name: value for name, value in kept.items() if value != getattr(_PLAIN_LIFE, name)}


def _life_in(body: Mapping[str, Any]) -> Lifecycle:
    life = body.get("lifecycle") or {}
    return Lifecycle(
        protect=bool(life.get("protect", False)),
        on_remove=life.get("on_remove"),
        on_drift=life.get("on_drift", "correct"),
        ignore=_texts(life.get("ignore") or []),
        id=life.get("id"),
        provider=life.get("provider"),
    )


def time_out(time: datetime | None) -> str | None:
    """Return a time in UTC as text."""
    return time.astimezone(UTC).isoformat() if time else None


def time_in(text: Any) -> datetime:
    """Return the time, aware and in UTC."""
    time = datetime.fromisoformat(str(text))
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is not a list")
    return tuple(str(part) for part in value)


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{value!r} is not a mapping")
    return value
