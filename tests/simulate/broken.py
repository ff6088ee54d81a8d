"""The engine with one thing deliberately broken, each: what the simulation has to notice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

import pytest

from reconciler.engine import again, applying, execute, lease, lost, observe, record, session
from reconciler.errors import ProviderError
from reconciler.ledger import lock
from reconciler.model import Delete, Update
from reconciler.plan import adopt, approve, compare, gates
from reconciler.plan.state import Listing
from reconciler.redact import Redactor
from reconciler.simulate import violation as v

Break: TypeAlias = Callable[[pytest.MonkeyPatch], None]


def blind_retry(patch: pytest.MonkeyPatch) -> None:
    """A create whose answer was lost is sent again without looking."""

    async def never(*_: Any) -> None:
        return None

    patch.setattr(lost.Lost, "_created", never)


def partial_listing(patch: pytest.MonkeyPatch) -> None:
    """A listing that broke off counts as complete."""

    async def listed(self: Any, provider: Any, name: str, kind: str) -> Listing:
        found = []
        try:
            async for live in provider.list(kind):
                found.append(live)
        except ProviderError:
            pass
        return Listing(name, kind, tuple(found))

    patch.setattr(observe.Observer, "_list", listed)
    patch.setattr(again.SecondLook, "hold_reappeared", _as_it_is)


async def _as_it_is(self: Any, plan: Any) -> Any:
    return plan


def no_second_look(patch: pytest.MonkeyPatch) -> None:
    """What one listing lacks is gone."""
    patch.setattr(again.SecondLook, "hold_reappeared", _as_it_is)


def without_gate(name: str) -> Break:
    """One gate is left out."""

    def apply(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(gates, "GATES", tuple(gate for gate in gates.GATES if gate.__name__ != name))

    return apply


def no_begin_record(patch: pytest.MonkeyPatch) -> None:
    """A run does not say what it is about to create."""
    take = lock.take

    def silent(*given: Any, **named: Any) -> Any:
        return take(*given, **{**named, "creates": ()})

    patch.setattr(lease.lock, "take", silent)


def no_redaction(patch: pytest.MonkeyPatch) -> None:
    """Nothing is taken out of any text."""
    patch.setattr(Redactor, "clean", lambda self, text: text)


def live_lock(patch: pytest.MonkeyPatch) -> None:
    """A lock is taken over from a run that is alive."""
    patch.setattr(lock, "holder_is_dead", lambda begin, runtime: True)


def plan_writes(patch: pytest.MonkeyPatch) -> None:
    """A plan keeps in the ledger what it holds."""
    plan = session.Engine.plan

    async def writing(self: Any, *given: Any, **named: Any) -> Any:
        made = await plan(self, *given, **named)
        self.ledger.write(replace(self.ledger.read(), held=frozenset({"0" * 16})), "held")
        return made

    patch.setattr(session.Engine, "plan", writing)


def secret_without_rotate(patch: pytest.MonkeyPatch) -> None:
    """A secret that has another value now is sent, whatever git says."""
    judge = compare.judge_secret

    def eager(*given: Any, **named: Any) -> Any:
        verdict = judge(*given, **named)
        return replace(verdict, cause="rotate", withheld="") if verdict.withheld else verdict

    patch.setattr(compare, "judge_secret", eager)


def adopts_all(patch: pytest.MonkeyPatch) -> None:
    """What has our identity is taken over without asking."""
    patch.setattr(adopt, "hold", lambda change, *given, **named: change)


def no_commit_gate(patch: pytest.MonkeyPatch) -> None:
    """Any commit may be applied."""
    patch.setattr(applying, "check_commit", lambda *given, **named: ())


def any_approval(patch: pytest.MonkeyPatch) -> None:
    """An approval approves whatever is held."""
    patch.setattr(approve, "_names", lambda approval, digest: True)


def expired_approval(patch: pytest.MonkeyPatch) -> None:
    """An approval has no end."""
    release = approve.release

    def undated(changes: Any, approvals: Any, today: Any, held: Any) -> Any:
        return release(changes, tuple(replace(a, until="9999-12-31") for a in approvals), today, held)

    from reconciler.plan import planner

    patch.setattr(planner, "release", undated)


def record_stays(patch: pytest.MonkeyPatch) -> None:
    """What was deleted stays in the ledger."""
    after = record.Recorder.after

    def forgetful(self: Any, records: Any, change: Any, live: Any, sent: Any) -> Any:
        return dict(records) if isinstance(change, Delete) else after(self, records, change, live, sent)

    patch.setattr(record.Recorder, "after", forgetful)


def update_not_sent(patch: pytest.MonkeyPatch) -> None:
    """An update is told as done and never sent, nor looked at afterwards."""
    send = execute._send

    async def lazy(provider: Any, change: Any, seen: Any) -> Any:
        return change.live if isinstance(change, Update) else await send(provider, change, seen)

    patch.setattr(execute, "_send", lazy)


CASES: dict[str, tuple[Break, frozenset[str]]] = {
    "a create is retried blindly": (blind_retry, frozenset({v.DOUBLES})),
    "a partial listing counts": (partial_listing, frozenset({v.DOUBLES})),
    "what one listing lacks is gone": (no_second_look, frozenset({v.DOUBLES})),
    "no protection": (without_gate("protection"), frozenset({v.GATES})),
    "no budget": (without_gate("budget"), frozenset({v.GATES})),
    "no gate for emptied collections": (without_gate("desired_not_emptied"), frozenset({v.GATES})),
    "no gate for data": (without_gate("meaning"), frozenset({v.GATES})),
    "no gate for listings": (without_gate("plausible_listing"), frozenset({v.GATES})),
    "no authority": (without_gate("authority"), frozenset({v.GATES})),
    "no begin record": (no_begin_record, frozenset({v.LEDGER, v.DOUBLES, v.OWNERSHIP})),
    "no redaction": (no_redaction, frozenset({v.SECRETS})),
    "a live lock is taken over": (live_lock, frozenset({v.DOUBLES, v.LEDGER, v.CONVERGES, v.OWNERSHIP})),
    "a plan writes": (plan_writes, frozenset({v.READ_ONLY})),
    "a secret is sent without rotate": (secret_without_rotate, frozenset({v.GATES})),
    "everything is adopted": (adopts_all, frozenset({v.OWNERSHIP})),
    "no commit gate": (no_commit_gate, frozenset({v.GATES})),
    "an approval approves anything": (any_approval, frozenset({v.GATES, v.OWNERSHIP})),
    "an approval has no end": (expired_approval, frozenset({v.GATES, v.OWNERSHIP})),
    "a record stays": (record_stays, frozenset({v.LEDGER})),
    "an update is never sent": (update_not_sent, frozenset({v.CONVERGES})),
}
