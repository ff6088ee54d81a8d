"""The lock: taking it, renewing it, telling whether its holder is dead, and letting it go without losing anything.

Every function is pure on LedgerState except for the clock and the process table of the Runtime it is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from reconciler.errors import LedgerError, LockHeld
from reconciler.ledger.state import Announced, Begin, LedgerState, Name, Orphan, RunRecord
from reconciler.model import Address, Recorded
from reconciler.runtime import Runtime

LEASE = timedelta(minutes=10)
SKEW = timedelta(minutes=2)  # how far a vendor's clock may be behind ours; many round to seconds, too


def lease_is_over(begin: Begin, now: datetime) -> bool:
    """Return whether a holder has not renewed for so long that another may have taken over. It must not write then."""
    return now - begin.renewed_at > LEASE


def holder_is_dead(begin: Begin, runtime: Runtime) -> bool:
    """Return whether a run that never finished cannot be running any more.

    Its process is gone from this host, or it was an earlier attempt of this CI run, or its lease has run out.
    """
    if begin.host == runtime.host and (begin.pid == runtime.pid or not runtime.pid_alive(begin.pid)):
        return True  # our own number belongs to us now, so not to the process that began
    here, attempt = _ci(runtime.environ)
    if here and here == begin.ci_run and attempt > begin.ci_attempt:
        return True
    return lease_is_over(begin, runtime.now())


def interrupted(state: LedgerState, runtime: Runtime) -> tuple[Recorded, ...]:
    """Return what dead runs announced and never recorded, as records whose content is unknown.

    `applied_at` is the earliest time at which the vendor may say that the object was made, if the run did make it.
    """
    return tuple(
        Recorded(
            address=o.announced.address,
            provider=o.announced.provider,
            live_id=o.announced.live_id,
            identity=o.announced.identity,
            spec={},
            run=o.run,
            commit=o.commit,
            applied_at=o.since - SKEW,
            lifecycle=o.announced.lifecycle,
            interrupted=True,
        )
        for o in left_behind(state, runtime)
    )


def left_behind(state: LedgerState, runtime: Runtime) -> tuple[Orphan, ...]:
    """Return the orphans, with those of a begin record whose holder is dead."""
    begin = state.begin
    dead = begin is not None and holder_is_dead(begin, runtime)
    return _unsettled((*state.orphans, *(_announced(begin) if begin and dead else ())), state.records)


def _announced(begin: Begin) -> tuple[Orphan, ...]:
    return tuple(Orphan(announced, begin.run, begin.started_at, begin.commit) for announced in begin.creates)


def _unsettled(orphans: Iterable[Orphan], records: Mapping[Address, Recorded]) -> tuple[Orphan, ...]:
    """Return the orphans that no record explains. Of one that several runs announced the first stays: it may be its.

    A record from before the announcement explains nothing: its object was gone, and was about to be made again. Nor
    does one in another instance, or of another name.
    """
    kept: dict[Announced, Orphan] = {}
    for orphan in orphans:
        record = records.get(orphan.announced.address)
        same = record is not None and (record.address, record.provider, record.identity) == orphan.announced.name
        later = record is not None and (record.applied_at is None or record.applied_at > orphan.since)
        if record is None or not same or not (later or record.run == orphan.run):
            kept.setdefault(orphan.announced, orphan)
    return tuple(kept.values())


def take(
    state: LedgerState,
    runtime: Runtime,
    *,
    commit: str,
    digests: Iterable[str],
    creates: Iterable[Announced],
    backups: Iterable[Mapping[str, Any]] = (),
) -> LedgerState:
    """Return the state with our begin record. A dead run's creates become orphans. Raises LockHeld.

    `backups`, what the run is about to take away, are in the history before the first write; until it is finished the
    run stands there as interrupted.
    """
    if state.begin is not None:
        if not holder_is_dead(state.begin, runtime):
            raise LockHeld(
                f"another run is applying: {describe(state.begin)}",
                fix=f"wait for it. Unless renewed, the lock ends at {state.begin.renewed_at + LEASE:%H:%M}Z; "
                "if that run is dead for sure, `reconcile unlock`",
            )
        state = released(state)
    now = runtime.now()
    ci_run, attempt = _ci(runtime.environ)
    run = f"{now:%Y%m%dT%H%M%SZ}-{runtime.random.getrandbits(32):08x}"
    begin = Begin(
        run=run,
        holder=_user(runtime),
        host=runtime.host,
        pid=runtime.pid,
        commit=commit,
        started_at=now,
        renewed_at=now,
        run_url=_run_url(runtime.environ),
        ci_run=ci_run,
        ci_attempt=attempt,
        digests=tuple(digests),
        creates=tuple(creates),
    )
    record = RunRecord(run, commit, now, now, begin.holder, backups=tuple(backups), interrupted=True)
    return replace(state, begin=begin, last_run=record)


def renewed(state: LedgerState, runtime: Runtime) -> LedgerState:
    """Return the state with our lease renewed."""
    return replace(state, begin=replace(_held(state), renewed_at=runtime.now()))


def finished(
    state: LedgerState,
    *,
    records: Mapping[Address, Recorded],
    scopes: Mapping[str, Mapping[str, str]],
    held: frozenset[str],
    record: RunRecord,
    settled: Iterable[Name],
    uncertain: Iterable[Address],
) -> LedgerState:
    """Return the state after a run: records in, lock out.

    Announced creates that are `uncertain` (they failed half-way), or that `record` says nothing about, stay as orphans;
    what is `settled` (it was made, or found to be gone) or recorded is none any more.
    """
    begin = _held(state)
    told, unsure, known = {str(result.get("address")) for result in record.results}, set(uncertain), set(settled)
    own = (o for o in _announced(begin) if o.announced.address in unsure or str(o.announced.address) not in told)
    orphans = _unsettled((*state.orphans, *own), records)
    return replace(
        state,
        records=dict(records),
        scopes=scopes,
        commit=begin.commit or state.commit,
        run=begin.run,
        begin=None,
        orphans=tuple(o for o in orphans if o.announced.name not in known),
        held=held,
        last_run=record,
    )


def released(state: LedgerState) -> LedgerState:
    """Return the state with the lock taken away from its holder, and the run in the history as interrupted.

    What it announced stays ours, as orphans; its commit counts as applied, since part of it may be.
    """
    begin = state.begin
    if begin is None:
        return state
    orphans = _unsettled((*state.orphans, *_announced(begin)), state.records)
    unsure = {o.announced for o in orphans}
    known = state.last_run if state.last_run and state.last_run.run == begin.run else None
    record = RunRecord(
        run=begin.run,
        commit=begin.commit,
        started_at=begin.started_at,
        finished_at=begin.renewed_at,
        holder=begin.holder,
        backups=known.backups if known else (),
        results=tuple(
            {"address": str(a.address), "action": "create", "status": "interrupted" if a in unsure else "done"}
            for a in begin.creates
        ),
        interrupted=True,
    )
    commit = begin.commit or state.commit
    return replace(state, begin=None, orphans=orphans, last_run=record, commit=commit, run=begin.run)


def without(state: LedgerState, address: Address) -> LedgerState:
    """Return the state that has never heard of an address."""
    begin = state.begin
    if begin is not None:
        begin = replace(begin, creates=tuple(a for a in begin.creates if a.address != address))
    return replace(
        state,
        begin=begin,
        records={a: r for a, r in state.records.items() if a != address},
        orphans=tuple(o for o in state.orphans if o.announced.address != address),
    )


def describe(begin: Begin) -> str:
    """Return who holds the lock, where and since when, in one line."""
    url = f", {begin.run_url}" if begin.run_url else ""
    since = f"{begin.started_at:%Y-%m-%d %H:%M}Z, last seen {begin.renewed_at:%H:%M}Z"
    return f"run {begin.run} by {begin.holder} on {begin.host} (pid {begin.pid}), since {since}{url}"


def _held(state: LedgerState) -> Begin:
    if state.begin is None:
        raise LedgerError("the lock is not held", fix="run again")
    return state.begin


def _ci(environ: Mapping[str, str]) -> tuple[str, int]:
    run = environ.get("GITHUB_RUN_ID", "")
    attempt = environ.get("GITHUB_RUN_ATTEMPT", "")
    return run, int(attempt) if attempt.isdigit() else 0


def _run_url(environ: Mapping[str, str]) -> str:
    server, repository, run = (environ.get(f"GITHUB_{n}", "") for n in ("SERVER_URL", "REPOSITORY", "RUN_ID"))
    return f"{server}/{repository}/actions/runs/{run}" if server and repository and run else ""


def _user(runtime: Runtime) -> str:
    names = (runtime.environ.get(n, "") for n in ("GITHUB_ACTOR", "USER", "LOGNAME", "USERNAME"))
    return next(filter(None, names), runtime.user or "unknown")
