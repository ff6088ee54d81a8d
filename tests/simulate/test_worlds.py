"""The simulation itself: the same seed gives the same world, and every promise holds in a few of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner

from reconciler.cli.main import main
from reconciler.simulate import batch, told
from reconciler.simulate.counters import Counters
from reconciler.simulate.leaks import check, forms
from reconciler.simulate.loop import LoopClock, StandsStill, simulated_loop
from reconciler.simulate.once import MEMORY, Result, flavours, live
from reconciler.simulate.script import STEPS, Script, draw
from reconciler.simulate.shrink import shrink
from reconciler.simulate.violation import DOUBLES, LEDGER, Violated

SEED = 11


@pytest.mark.parametrize("flavour", sorted(flavours()))
def test_a_world_lived_twice_is_the_same_to_the_byte(flavour: str) -> None:
    with batch.cheap_fingerprints():
        one, other = (live(draw(SEED, 3, {flavour: 1})) for _ in range(2))

    assert one.digest == other.digest
    assert one.trace == other.trace
    assert (one.invariant, one.facts) == ("", "")


def test_every_promise_holds_in_a_few_worlds() -> None:
    done = batch.run(SEED, 24, jobs=1)

    assert done.ok, told.text(done)
    assert done.worlds == 24
    assert done.counters.groups["faults"].total() > 24


def test_what_was_never_reached_counts_only_among_many_worlds() -> None:
    few, many = (batch.Batch(1, n, Counters.expecting(["widgets"], STEPS)) for n in (batch.JUDGED - 1, batch.JUDGED))

    assert few.ok
    assert not many.ok
    assert "kinds: widgets" in many.zeros
    assert "Too few worlds" in told.text(few)
    assert "Never reached: " in told.text(many)


def failing_while(needed: Callable[[Script], bool], invariant: str = DOUBLES) -> Callable[[Script], Result]:
    """Return what lives through scripts and fails in those that need it: for shrinking, without a world."""

    def fail(script: Script) -> Result:
        failed = needed(script)
        return Result(script, invariant if failed else "", "two of them" if failed else "", ("step 1",), "", {})

    return fail


def test_a_failing_world_shrinks_to_what_it_needs() -> None:
    def removes(script: Script) -> bool:
        return any(act.kind == "remove" for step in script.steps for act in step.acts)

    script = next(s for s in (draw(SEED, i, {MEMORY: 1}) for i in range(100)) if removes(s))
    run = failing_while(lambda s: removes(s) and len(s.objects) >= 2)

    small = shrink(run(script), run).script

    assert [[a.kind for a in t.acts] for t in small.steps] == [["remove"]]
    assert len(small.objects) == 2
    assert not small.steps[0].troubles
    assert small.seed == script.seed


def test_another_failure_is_not_taken_for_the_same_while_shrinking() -> None:
    script = draw(SEED, 1, {MEMORY: 1})

    small = shrink(failing_while(lambda s: True)(script), failing_while(lambda s: True, LEDGER))

    assert small.script == script


def test_a_failed_world_is_told_with_the_command_that_shows_it_again() -> None:
    failed = failing_while(lambda s: True)(draw(SEED, 5, {MEMORY: 1}))
    done = batch.Batch(SEED, 1, Counters.expecting([], []), [failed], failed)

    text, document = told.text(done), told.document(done)

    assert f"reconcile simulate --seed {SEED} --world 5" in text
    assert DOUBLES in text
    assert "two of them" in text
    assert document["failed"][0]["replay"] == f"reconcile simulate --seed {SEED} --world 5"
    assert not document["ok"]


def test_the_command_lives_through_one_world_and_tells_it_as_json() -> None:
    done = CliRunner().invoke(main, ["simulate", "--seed", "11", "--world", "2", "--format", "json"])

    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert (document["seed"], document["worlds"], document["ok"]) == (11, 1, True)


def test_a_fresh_seed_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def run(seed: int, worlds: int, **more: object) -> batch.Batch:
        seen.append(seed)
        return batch.Batch(seed, worlds, Counters.expecting([], []))

    monkeypatch.setattr(batch, "run", run)
    done = CliRunner().invoke(main, ["simulate"])

    assert done.exit_code == 0
    assert f"seed {seen[0]}" in done.stderr


def test_a_broken_promise_ends_the_command_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "live", failing_while(lambda s: True))
    done = CliRunner().invoke(main, ["simulate", "--seed", "1", "--worlds", "2"])

    assert done.exit_code == 1
    assert "Worlds that failed too: 1" in done.stdout


def test_time_jumps_to_the_next_timer() -> None:
    clock = LoopClock()
    with simulated_loop(clock) as loop:
        loop.run_until_complete(clock.sleep(3600))
        assert clock.elapsed == pytest.approx(3600)


def test_a_timeout_goes_by_simulated_time() -> None:
    clock = LoopClock()

    async def waits() -> None:
        async with asyncio.timeout(5):
            await clock.sleep(10)

    with simulated_loop(clock) as loop, pytest.raises(TimeoutError):
        loop.run_until_complete(waits())
    assert clock.elapsed == pytest.approx(5)


def test_waiting_for_what_cannot_happen_is_an_error() -> None:
    with simulated_loop(LoopClock()) as loop, pytest.raises(StandsStill):
        loop.run_until_complete(loop.create_future())


def test_work_for_a_thread_runs_in_the_loop() -> None:
    async def work() -> str:
        return await asyncio.to_thread(lambda: "done")

    with simulated_loop(LoopClock()) as loop:
        assert loop.run_until_complete(work()) == "done"


@pytest.mark.parametrize("form", sorted(forms("a secret/with=everything+in it")))
def test_a_secret_is_found_in_every_form(form: str) -> None:
    with pytest.raises(Violated, match="report"):
        check({"report": f"before {form} after"}, ["a secret/with=everything+in it"])


def test_a_text_without_the_secret_is_none() -> None:
    check({"report": "a secret without anything in it"}, ["a secret/with=everything+in it"])
