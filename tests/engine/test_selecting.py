"""What an apply runs, what it leaves, and what it remembers: held parents, saved plans, narrowed runs, deadlines."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.errors import InputError, ReconcilerError, Unavailable
from reconciler.report.exits import PARTIAL, apply_exit, plan_exit

SITE = "https://learn.example.test/"
TWO = {"widgets": {"a": {"url": SITE}, "b": {"url": SITE}}}


def statuses(outcome: Any) -> dict[str, str]:
    return {f"{r.action} {r.address}": r.status for r in outcome.results}


async def test_a_held_update_does_not_keep_others_from_referring_to_it(lab: Any) -> None:
    group = {"title": "Operations", "lifecycle": {"on_drift": "hold"}}
    lab.desire({"groups": {"g": group}})
    await lab.apply()
    lab.world.edit(lab.world.ids("groups")[0], title="by hand")
    lab.desire({"groups": {"g": group}, "widgets": {"a": {"url": SITE, "group": "g"}}})
    assert await lab.lines() == ["update groups/g held", "create widgets/a"]
    assert statuses(await lab.apply()) == {"update groups/g": "held", "create widgets/a": "done"}


async def test_what_could_not_be_read_is_not_called_already_so(lab: Any) -> None:
    lab.desire(TWO)
    saved = lab.saved(await lab.plan())
    lab.world.faults = lambda operation, phase: Unavailable("503") if operation.startswith("list widgets") else None
    outcome = await lab.apply(saved=saved)
    assert statuses(outcome) == {"create widgets/a": "failed", "create widgets/b": "failed"}
    assert "503" in outcome.results[0].reason
    assert apply_exit(outcome) == PARTIAL


async def test_a_narrowed_run_says_nothing_of_the_rest_of_a_saved_plan(lab: Any) -> None:
    lab.desire(TWO)
    saved = lab.saved(await lab.plan())
    assert statuses(await lab.apply(saved=saved, targets=("widgets/a",))) == {"create widgets/a": "done"}
    assert set(lab.shown("widgets")) == {"a"}


@pytest.mark.parametrize(
    ("target", "said"),
    [
        pytest.param("widgets/aa", "did you mean widgets/a", id="a-handle-misspelt"),
        pytest.param("home", "collection/handle", id="no-collection"),
        pytest.param("wigets/*", "--target wigets/*", id="a-collection-misspelt"),
    ],
)
async def test_a_target_that_can_select_nothing_is_refused_before_anything_is_read(
    lab: Any, target: str, said: str
) -> None:
    lab.desire({"widgets": {"a": {"url": SITE}}})
    reads: list[str] = []
    lab.world.faults = lambda operation, phase: reads.append(operation)
    with pytest.raises(InputError) as caught:
        await lab.plan(targets=("widgets/a", target))
    assert said in str(caught.value)
    assert len(caught.value.problems) == 1
    assert reads == []


async def test_a_target_may_be_what_was_removed_or_a_glob_of_a_collection_that_is_empty(lab: Any) -> None:
    lab.desire(TWO)
    await lab.apply()
    lab.desire({"widgets": {"a": {"url": SITE}}})
    assert await lab.lines(targets=("widgets/b", "groups/*")) == ["delete widgets/b"]


async def test_a_narrowed_run_does_not_forget_what_is_held(lab: Any) -> None:
    lab.world.add("widgets", name="a", url="https://other.example.test/")
    lab.desire(TWO)
    assert (await lab.apply()).newly_held
    lab.desire({"widgets": {"a": {"url": SITE}, "b": {"url": SITE, "notes": "x"}}})
    assert not (await lab.apply(targets=("widgets/b",))).newly_held
    assert not (await lab.apply()).newly_held


async def test_a_run_with_nothing_to_do_leaves_the_ledger_to_the_run_that_holds_it(lab: Any) -> None:
    class Crash(BaseException):
        pass

    lab.world.add("widgets", name="a", url="https://other.example.test/")
    lab.desire(TWO)
    lab.world.faults = lambda operation, phase: Crash() if operation == "create widgets/b" else None
    with pytest.raises(Crash):
        await lab.apply()
    lab.world.faults = lambda operation, phase: None
    lab.desire({"widgets": {"a": {"url": SITE, "notes": "held otherwise"}}})
    head = lab.store.state.head
    outcome = await lab.apply(runtime={"pid_alive": lambda pid: True})
    assert statuses(outcome) == {"adopt widgets/a": "held"}
    assert lab.store.state.head == head


async def test_a_journal_that_cannot_be_opened_leaves_no_lock_and_no_claim(lab: Any) -> None:
    lab.desire(TWO)
    (lab.root / ".reconciler").write_text("in the way")
    with pytest.raises(ReconcilerError, match="journal"):
        await lab.apply()
    assert (lab.store.state.begin, lab.store.state.orphans, lab.world.writes) == (None, (), [])


async def test_nothing_starts_after_the_deadline(lab: Any) -> None:
    lab.desire({"groups": {"g": {}}, "widgets": {"a": {"url": SITE, "group": "g"}}})
    lab.world.latency = 1.0
    lab.world.faults = lambda operation, phase: (
        lab.clock.advance(60) if operation == "create groups/g" and phase == "after" else None
    )
    outcome = await lab.apply(deadline=30)
    assert statuses(outcome) == {"create groups/g": "done", "create widgets/a": "failed"}
    assert "the deadline passed before it was sent" in outcome.results[1].reason
    assert lab.store.state.orphans == ()
    assert apply_exit(outcome) == PARTIAL


async def test_a_plugin_bug_when_writing_starts_stops_only_its_instance(lab: Any) -> None:
    asked: list[str] = []

    def fault(operation: str, phase: str) -> BaseException | None:
        if operation == "whoami" and phase == "before":
            asked.append(operation)
            return KeyError("x") if len(asked) == 2 else None
        return None

    lab.desire(TWO)
    lab.world.faults = fault
    outcome = await lab.apply()
    assert set(statuses(outcome).values()) == {"failed"}
    assert "KeyError" in outcome.results[0].reason
    assert lab.store.state.begin is None


async def test_an_instance_that_is_not_selected_is_not_missing(lab: Any) -> None:
    providers = {"one": {"type": "memory"}, "two": {"type": "memory"}}
    objects = {name: {"url": SITE, "name": name, "lifecycle": {"provider": name}} for name in ("one", "two")}
    lab.desire({"widgets": objects}, providers=providers)
    plan = await lab.plan(providers=("one",))
    assert [str(c.address) for c in plan.changes] == ["widgets/one"]
    assert plan.unknown == ()
    assert plan_exit(plan) == 0


async def test_a_kind_nobody_desires_that_could_not_be_listed_is_said(lab: Any) -> None:
    lab.desire(TWO)
    lab.world.faults = lambda operation, phase: Unavailable("503") if operation == "list people" else None
    plan = await lab.plan(coverage=True)
    assert [(u.subject, u.reason, u.needed) for u in plan.unknown] == [("people", "503", False)]


async def test_names_that_could_not_be_read_are_no_drift(lab: Any) -> None:
    lab.world.externals = {"channels": {"7": "#ops"}}
    wanted = {"a": {"url": SITE, "channel": "#ops"}}
    lab.desire({"widgets": wanted})
    await lab.apply()
    lab.world.faults = lambda operation, phase: Unavailable("503") if operation == "externals channels" else None
    plan = await lab.plan()
    assert (plan.changes, plan.drift) == ((), ())
    assert [(u.subject, u.needed) for u in plan.unknown] == [("widgets/a.channel", False)]
    lab.desire({"widgets": {"a": {"url": SITE, "channel": None}}})
    assert [(u.subject, u.needed) for u in (await lab.plan()).unknown] == []


async def test_taking_the_last_name_out_is_a_change_here_and_no_hand_edit(lab: Any) -> None:
    lab.world.externals = {"channels": {"7": "#ops"}}
    lab.desire({"widgets": {"a": {"url": SITE, "channel": "#ops"}}})
    await lab.apply()
    for moved in ({}, {"name": "a", "lifecycle": {"moved_from": "a"}}):
        lab.desire({"widgets": {"b" if moved else "a": {"url": SITE, "channel": None, **moved}}})
        plan = await lab.plan()
        assert [(d.before, d.cause) for c in plan.changes for d in c.fields] == [("#ops", "desired")]
        assert plan.drift == ()


async def test_what_was_left_alone_on_purpose_did_converge(lab: Any) -> None:
    lab.environ["KEY"] = "a secret that is long enough"
    life = {"on_drift": "hold"}
    widget = {"url": SITE, "notes": "ours", "password": {"secret": "KEY"}, "lifecycle": life}
    lab.desire({"widgets": {"a": widget}})
    await lab.apply()
    lab.environ["KEY"] = "another value, not asked for by git"
    lab.world.edit(lab.world.ids("widgets")[0], notes="by hand")
    lab.desire({"widgets": {"a": {**widget, "paused": True}}})
    outcome = await lab.apply()
    assert statuses(outcome) == {"update widgets/a": "done"}
    assert outcome.not_converged == ()
    assert lab.shown("widgets")["a"]["paused"] is True
    assert lab.shown("widgets")["a"]["notes"] == "by hand"


async def test_a_field_that_was_written_and_did_not_take_is_told_also_where_drift_is_held(lab: Any) -> None:
    life = {"on_drift": "hold"}
    lab.desire({"widgets": {"a": {"url": SITE, "notes": "x", "lifecycle": life}}})
    await lab.apply()
    (widget,) = lab.world.ids("widgets")
    lab.desire({"widgets": {"a": {"url": SITE, "notes": "y", "lifecycle": life}}})
    lab.world.faults = lambda operation, phase: (
        lab.world.edit(widget, notes="x") if operation.startswith("update") and phase == "after" else None
    )
    outcome = await lab.apply()
    assert [[f.path for f in n.fields] for n in outcome.not_converged] == [[("notes",)]]


async def test_a_target_that_selects_nothing_is_named_by_the_option_it_was_given_with(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": "https://learn.example.test/"}}})
    with pytest.raises(InputError, match="--if widgets/nope"):
        await lab.plan(targets=("widgets/nope",), flag="--if")
