"""The ledger as files and back: one JSON file per collection, and four of its own. Nothing secret goes in."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from reconciler.errors import LedgerError
from reconciler.ledger.entries import (
    begin_in,
    begin_out,
    orphan_in,
    orphan_out,
    record_in,
    record_out,
    run_in,
    run_out,
)
from reconciler.ledger.state import LedgerState, RunRecord
from reconciler.model import Address, Recorded

T = TypeVar("T")
VERSION = 1
META, BEGIN, RUN, PROJECT = "ledger.json", "begin.json", "run.json", "project.json"
OWN = frozenset({META, BEGIN, RUN, PROJECT})
_RECORDS = ".records"  # tells the records of a collection `run` from run.json


def to_files(state: LedgerState) -> dict[str, bytes]:
    """Return the state as files. Equal states give equal bytes, whatever order they were built in."""
    files: dict[str, Any] = {}
    for address, record in sorted(state.records.items()):
        files.setdefault(_file_of(address.collection), {})[address.handle] = record_out(record)
    files[META] = {
        "version": VERSION,
        "salt": state.salt.hex(),
        "commit": state.commit,
        "run": state.run,
        "scopes": {name: dict(scope) for name, scope in state.scopes.items()},
        "held": sorted(state.held),
        "orphans": [orphan_out(o) for o in state.orphans],
    }
    if state.begin:
        files[BEGIN] = begin_out(state.begin)
    if state.last_run:
        files[RUN] = run_out(state.last_run)
    return {name: to_json(body) for name, body in files.items()}


def to_json(body: Mapping[str, Any]) -> bytes:
    """Return JSON as the ledger writes it: sorted, one value a line, readable in `git show`."""
    return (json.dumps(body, indent=1, sort_keys=True, default=_plain) + "\n").encode()


def _plain(value: Any) -> Any:
    """Backups hold live values as providers report them: what JSON does not know is kept as people read it."""
    if isinstance(value, set | frozenset):
        return sorted((_plain(v) if not isinstance(v, str) else v for v in value), key=str)
    if isinstance(value, Mapping):
        return dict(value)
    return value.isoformat() if isinstance(value, datetime) else str(value)


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
        if name not in OWN:
            collection = name.removesuffix(".json").removesuffix(_RECORDS)
            for handle, body in document.items():
                address = Address(collection, handle)
                records[address] = _guard(f"{name} ({handle})", record_in, address, body)
    return _guard(META, _state_in, meta, records, documents, head)


def _state_in(
    meta: Mapping[str, Any], records: dict[Address, Recorded], documents: Mapping[str, Any], head: str
) -> LedgerState:
    return LedgerState(
        records=records,
        scopes={str(k): {str(a): str(b) for a, b in v.items()} for k, v in (meta.get("scopes") or {}).items()},
        salt=bytes.fromhex(meta["salt"]),
        commit=str(meta.get("commit", "")),
        run=str(meta.get("run", "")),
        begin=_guard(BEGIN, begin_in, documents[BEGIN]) if BEGIN in documents else None,
        orphans=tuple(orphan_in(o) for o in meta.get("orphans") or ()),
        held=frozenset(str(d) for d in meta.get("held") or ()),
        last_run=_guard(RUN, run_in, documents[RUN]) if RUN in documents else None,
        head=head,
    )


def run_of(body: bytes, name: str = RUN) -> RunRecord:
    """Return the run record in a file. Raises LedgerError naming it."""
    return _guard(name, run_in, _document(name, body))


def project_of(files: Mapping[str, bytes]) -> str:
    """Return which project of the repository the ledger belongs to; "" when it does not say."""
    return str(_document(PROJECT, files[PROJECT]).get("path", "")) if PROJECT in files else ""


def _file_of(collection: str) -> str:
    name = f"{collection}.json"
    return f"{collection}{_RECORDS}.json" if name in OWN else name


def _document(name: str, body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body, parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError):
        raise _damaged(name, "it is not JSON") from None
    if not isinstance(document, dict):
        raise _damaged(name, "it is not an object")
    return document


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _finite(text: str) -> float:
    """Return a number; `spec_out` would refuse to write an endless one back."""
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


def _guard(name: str, convert: Callable[..., T], *arguments: Any) -> T:
    try:
        return convert(*arguments)
    except KeyError as error:
        raise _damaged(name, f"{error} is missing") from None
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise _damaged(name, str(error)) from None


def _damaged(name: str, why: str) -> LedgerError:
    return LedgerError(
        f"the ledger's {name} is damaged: {why}",
        fix="restore it from the ledger's history; it is written by this tool only",
    )
