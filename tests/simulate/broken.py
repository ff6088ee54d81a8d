"""The engine with one thing deliberately broken, each: what the simulation has to notice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple, TypeAlias

import pytest

from reconciler.engine import again, applying, execute, lease, lost, observe, record, session
from reconciler.errors import ProviderError
from reconciler.ledger import lock
from reconciler.model import Delete, Update
from reconciler.plan import adopt, approve, compare, gates
from reconciler.plan.state import Listing
from reconciler.redact import Redactor
from reconciler.simulate import violation as v
from reconciler.simulate.script import Act, Step

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
    """A lock is taken over from a run that is alive. Nothing is looked at twice: that would prevent the worst."""
    patch.setattr(again.SecondLook, "hold_reappeared", _as_it_is)
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


def goes_without_another(patch: pytest.MonkeyPatch) -> None:
    from reconciler.plan import waiting

    patch.setattr(waiting, "second_halves", lambda changes: {})


def no_word_of_the_provider(patch: pytest.MonkeyPatch) -> None:
    from reconciler.plan import preview

    patch.setattr(preview, "_held", lambda change, seen: change)


class Case(NamedTuple):
    """What is broken, the invariants that this may violate, and the worlds of seed 0 of which one must show it.

    `steps`: what happens in them, where that is not to be left to chance.
    """

    apply: Break
    violates: frozenset[str]
    worlds: tuple[int, ...]
    steps: tuple[Step, ...] = ()


def case(apply: Break, *violates: str, worlds: tuple[int, ...], steps: tuple[Step, ...] = ()) -> Case:
    return Case(apply, frozenset(violates), worlds, steps)


TOO_LATE = (
    Step((), "apply", 1, ()),
    Step((Act("remove many", 4),), "plan", 2, ()),
    Step((Act("approve too late", 1), Act("approve too late", 2), Act("approve too late", 3)), "apply", 3, ()),
)


CASES: dict[str, Case] = {
    "a create is retried blindly": case(blind_retry, v.DOUBLES, worlds=(1,)),
    "a partial listing counts": case(partial_listing, v.DOUBLES, worlds=(34,)),
    "what one listing lacks is gone": case(no_second_look, v.DOUBLES, worlds=(34,)),
    "no protection": case(without_gate("protection"), v.GATES, worlds=(124,)),
    "no budget": case(without_gate("budget"), v.GATES, worlds=(3,)),
    "no gate for emptied collections": case(without_gate("desired_not_emptied"), v.GATES, worlds=(1,)),
    "no gate for data": case(without_gate("meaning"), v.GATES, worlds=(9,)),
    "no gate for listings": case(without_gate("plausible_listing"), v.GATES, worlds=(3,)),
    "no authority": case(without_gate("authority"), v.GATES, worlds=(32,)),
    "no begin record": case(no_begin_record, v.LEDGER, worlds=(207,)),
    "no redaction": case(no_redaction, v.SECRETS, worlds=(49,)),
    "a live lock is taken over": case(live_lock, v.DOUBLES, worlds=(22,)),
    "a plan writes": case(plan_writes, v.READ_ONLY, worlds=(0,)),
    "a secret is sent without rotate": case(secret_without_rotate, v.GATES, worlds=(5,)),
    "everything is adopted": case(adopts_all, v.OWNERSHIP, worlds=(3,)),
    "no commit gate": case(no_commit_gate, v.GATES, worlds=(6,)),
    "an approval approves anything": case(any_approval, v.GATES, v.OWNERSHIP, worlds=(12,)),
    "an approval has no end": case(expired_approval, v.GATES, worlds=(0, 1, 2, 3, 4), steps=TOO_LATE),
    "a record stays": case(record_stays, v.LEDGER, worlds=(8,)),
    "an update is never sent": case(update_not_sent, v.CONVERGES, worlds=(5,)),
    "what is replaced goes before that can be made": case(goes_without_another, v.GATES, worlds=(108,)),
    "the provider has no say": case(no_word_of_the_provider, v.GATES, worlds=(10,)),
}
