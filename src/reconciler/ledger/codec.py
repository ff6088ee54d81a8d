"""Ledger values as JSON and back. Nothing secret goes in; older schema versions are read leniently."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from reconciler.errors import LedgerError
from reconciler.ledger.state import Announced, Begin, LedgerState, Orphan, RunRecord
from reconciler.model import Address, Lifecycle, Recorded
from reconciler.values import Generated, OutputRef, SecretRef, Value

T = TypeVar("T")
VERSION = 1
META, BEGIN, RUN = "ledger.json", "begin.json", "run.json"
_OWN = {META, BEGIN, RUN}


def to_files(state: LedgerState) -> dict[str, bytes]:
    """Return the state as files: one per collection, and the ledger's own."""
    files: dict[str, Any] = {}
    for address, record in sorted(state.records.items()):
        name = f"{address.collection}.json"
        files.setdefault(name, {})[address.handle] = _record_out(record)
    files[META] = {
        "version": VERSION,
        "salt": state.salt.hex(),
        "commit": state.commit,
        "run": state.run,
        "scopes": {k: dict(v) for k, v in sorted(state.scopes.items())},
        "held": sorted(state.held),
        "orphans": [{**_announced_out(o.announced), "run": o.run, "since": _time_out(o.since)} for o in state.orphans],
    }
    if state.begin:
        files[BEGIN] = _begin_out(state.begin)
    if state.last_run:
        files[RUN] = _run_out(state.last_run)
    return {name: (json.dumps(body, indent=1, sort_keys=True) + "\n").encode() for name, body in files.items()}


def from_files(files: Mapping[str, bytes], head: str) -> LedgerState:
    """Return the state in files. Raises LedgerError naming the file that is damaged."""
    documents = {name: _document(name, body) for name, body in files.items() if name.endswith(".json")}
    if META not in documents:
        raise _damaged(META, "it is missing")
    meta = documents[META]
    if meta.get("version") != VERSION:
        raise LedgerError(
            f"the ledger has format {meta.get('version')!r}, and this version knows {VERSION}",
            fix="use a version of the tool that is not older than the one that wrote it",
        )
    records: dict[Address, Recorded] = {}
    for name, document in documents.items():
        if name not in _OWN:
            collection = name.removesuffix(".json")
            for handle, body in document.items():
                address = Address(collection, handle)
                records[address] = _guard(name, _record_in, address, body)
    return _guard(META, _state_in, meta, records, documents, head)


def _state_in(
    meta: Mapping[str, Any], records: dict[Address, Recorded], documents: Mapping[str, Any], head: str
) -> LedgerState:
    orphans = tuple(Orphan(_announced_in(o), str(o["run"]), _time_in(o["since"])) for o in meta.get("orphans") or ())
    return LedgerState(
        records=records,
        scopes={str(k): {str(a): str(b) for a, b in v.items()} for k, v in (meta.get("scopes") or {}).items()},
        salt=bytes.fromhex(meta["salt"]),
        commit=str(meta.get("commit", "")),
        run=str(meta.get("run", "")),
        begin=_guard(BEGIN, _begin_in, documents[BEGIN]) if BEGIN in documents else None,
        orphans=orphans,
        held=frozenset(str(d) for d in meta.get("held") or ()),
        last_run=_guard(RUN, run_in, documents[RUN]) if RUN in documents else None,
        head=head,
    )


def run_of(files: Mapping[str, bytes]) -> RunRecord | None:
    """Return the run record among files, if there is one."""
    return _guard(RUN, run_in, _document(RUN, files[RUN])) if RUN in files else None


def _record_out(record: Recorded) -> dict[str, Any]:
    life = record.lifecycle
    kept = {
        "protect": life.protect,
        "on_remove": life.on_remove,
        "on_drift": life.on_drift,
        "ignore": list(life.ignore),
        "id": life.id,
        "provider": life.provider,
    }
    default = Lifecycle()
    body: dict[str, Any] = {
        "provider": record.provider,
        "live_id": record.live_id,
        "identity": list(record.identity),
        "spec": spec_out(record.spec),
        "run": record.run,
        "commit": record.commit,
        "schema_version": record.schema_version,
        "lifecycle": {k: v for k, v in kept.items() if v not in (getattr(default, k), [])},
        "fingerprints": dict(record.fingerprints),
    }
    for name, time in (("applied_at", record.applied_at), ("changed_at", record.changed_at)):
        if time:
            body[name] = _time_out(time)
    return {k: v for k, v in body.items() if v not in ({}, "")}


def _record_in(address: Address, body: Mapping[str, Any]) -> Recorded:
    life = body.get("lifecycle") or {}
    return Recorded(
        address=address,
        provider=str(body["provider"]),
        live_id=str(body["live_id"]),
        identity=tuple(str(part) for part in body["identity"]),
        spec=_spec_in(body.get("spec") or {}),
        run=str(body.get("run", "")),
        commit=str(body.get("commit", "")),
        applied_at=_time_in(body["applied_at"]) if body.get("applied_at") else None,
        changed_at=_time_in(body["changed_at"]) if body.get("changed_at") else None,
        fingerprints={str(k): str(v) for k, v in (body.get("fingerprints") or {}).items()},
        lifecycle=Lifecycle(
            protect=bool(life.get("protect", False)),
            on_remove=life.get("on_remove"),
            on_drift=life.get("on_drift", "correct"),
            ignore=tuple(str(i) for i in life.get("ignore") or ()),
            id=life.get("id"),
            provider=life.get("provider"),
        ),
        schema_version=int(body.get("schema_version", 1)),
    )


def spec_out(value: Value) -> Any:
    """Return a spec as JSON. References are tagged with `$`; a key of the user's that begins so is escaped."""
    match value:
        case SecretRef(name, rotate):
            return {"$secret": name, "rotate": rotate}
        case OutputRef(address, output):
            return {"$from": address, "output": output}
        case Generated(size, rotate):
            return {"$generate": size, "rotate": rotate}
        case Mapping():
            return {(f"${k}" if k.startswith("$") else k): spec_out(v) for k, v in value.items()}
        case tuple() | list():
            return [spec_out(v) for v in value]
        case str() | int() | float() | None:
            return value
        case _:
            raise LedgerError(f"a {type(value).__name__} does not belong in the ledger", fix="this is a bug; report it")


def _spec_in(value: Any) -> Any:
    if isinstance(value, Mapping):
        if "$secret" in value:
            return SecretRef(str(value["$secret"]), int(value.get("rotate", 0)))
        if "$from" in value:
            return OutputRef(str(value["$from"]), str(value["output"]))
        if "$generate" in value:
            return Generated(int(value["$generate"]), int(value.get("rotate", 0)))
        return {(k[1:] if k.startswith("$") else k): _spec_in(v) for k, v in value.items()}
    return tuple(_spec_in(v) for v in value) if isinstance(value, list) else value


def _begin_out(begin: Begin) -> dict[str, Any]:
    return {
        "run": begin.run,
        "holder": begin.holder,
        "host": begin.host,
        "pid": begin.pid,
        "commit": begin.commit,
        "started_at": _time_out(begin.started_at),
        "renewed_at": _time_out(begin.renewed_at),
        "run_url": begin.run_url,
        "ci_run": begin.ci_run,
        "ci_attempt": begin.ci_attempt,
        "digests": list(begin.digests),
        "creates": [_announced_out(a) for a in begin.creates],
    }


def _begin_in(body: Mapping[str, Any]) -> Begin:
    return Begin(
        run=str(body["run"]),
        holder=str(body["holder"]),
        host=str(body["host"]),
        pid=int(body["pid"]),
        commit=str(body.get("commit", "")),
        started_at=_time_in(body["started_at"]),
        renewed_at=_time_in(body["renewed_at"]),
        run_url=str(body.get("run_url", "")),
        ci_run=str(body.get("ci_run", "")),
        ci_attempt=int(body.get("ci_attempt", 0)),
        digests=tuple(str(d) for d in body.get("digests") or ()),
        creates=tuple(_announced_in(a) for a in body.get("creates") or ()),
    )


def _announced_out(announced: Announced) -> dict[str, Any]:
    return {
        "address": str(announced.address),
        "provider": announced.provider,
        "identity": list(announced.identity),
    }


def _announced_in(body: Mapping[str, Any]) -> Announced:
    identity = tuple(str(part) for part in body["identity"])
    return Announced(Address.parse(str(body["address"])), str(body["provider"]), identity)


def _run_out(run: RunRecord) -> dict[str, Any]:
    return {
        "run": run.run,
        "commit": run.commit,
        "started_at": _time_out(run.started_at),
        "finished_at": _time_out(run.finished_at),
        "holder": run.holder,
        "plan_digest": run.plan_digest,
        "results": [dict(r) for r in run.results],
        "backups": [dict(b) for b in run.backups],
        "interrupted": run.interrupted,
    }


def run_in(body: Mapping[str, Any]) -> RunRecord:
    """Return a run record from its JSON."""
    return RunRecord(
        run=str(body["run"]),
        commit=str(body.get("commit", "")),
        started_at=_time_in(body["started_at"]),
        finished_at=_time_in(body["finished_at"]),
        holder=str(body.get("holder", "")),
        plan_digest=str(body.get("plan_digest", "")),
        results=tuple(dict(r) for r in body.get("results") or ()),
        backups=tuple(dict(b) for b in body.get("backups") or ()),
        interrupted=bool(body.get("interrupted", False)),
    )


def _time_out(time: datetime) -> str:
    return time.astimezone(UTC).isoformat()


def _time_in(text: Any) -> datetime:
    time = datetime.fromisoformat(str(text))
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _document(name: str, body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise _damaged(name, "it is not JSON") from None
    if not isinstance(document, dict):
        raise _damaged(name, "it is not an object")
    return document


def _guard(name: str, convert: Callable[..., T], *arguments: Any) -> T:
    try:
        return convert(*arguments)
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise _damaged(name, f"{type(error).__name__} at {error}") from None


def _damaged(name: str, why: str) -> LedgerError:
    return LedgerError(
        f"the ledger's {name} is damaged: {why}",
        fix="restore it from the ledger's history; it is written by this tool only",
    )
