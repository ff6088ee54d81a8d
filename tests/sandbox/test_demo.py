from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path

import pytest

from reconciler.errors import Location
from reconciler.model import Address, Resource
from reconciler.sandbox import HandEdit
from reconciler.sandbox.calls import calls
from reconciler.sandbox.demo import DemoFailed, Stage, Step, chosen, perform, script
from reconciler.sandbox.shell import Finished, Shell


async def nothing() -> None:
    return None


HEALED = HandEdit("somebody slows a monitor down", nothing, ("monitors/homepage", "check_frequency"))
STAYING = HandEdit("somebody registers as ADMIN", nothing, ("rogue@example.org",), stays=True)


class ToldShell(Shell):
    """A shell whose tool has ended before it was asked."""

    def __init__(self, finished: Finished) -> None:
        super().__init__(Path(), {}, {})
        object.__setattr__(self, "finished", finished)

    async def reconcile(self, *arguments: str) -> Finished:
        return self.finished  # type: ignore[attr-defined,no-any-return]


def test_drift_must_name_every_edit_and_the_last_plan_has_nothing_to_do() -> None:
    before, after = script(7, [HEALED, STAYING])
    assert [(s.arguments[0], s.exit_code) for s in before] == [("plan", 2), ("apply", 0), ("plan", 0)]
    assert before[0].mentions == (" to create",)
    assert before[2].mentions == ("nothing to do. 7 objects unchanged",)
    drift, heal, again = after
    assert (drift.exit_code, drift.mentions) == (2, (*HEALED.mentions, *STAYING.mentions))
    assert (heal.exit_code, heal.mentions) == (0, HEALED.mentions)
    assert (again.exit_code, again.mentions) == (0, ("nothing to do. 7 objects unchanged", *STAYING.mentions))


def test_of_each_vendor_one_healed_edit_is_shown_and_what_stays_comes_last() -> None:
    other = HandEdit("somebody switches text messages off", nothing, ("urgencies/loud",))
    assert chosen([[STAYING, HEALED], [other, HEALED], []]) == (HEALED, other, STAYING)


STEP = Step("Look.", ("drift",), 2, mentions=("monitors/homepage",))


async def test_a_step_shows_the_command_its_output_and_its_exit_code() -> None:
    stage = Stage(lambda _: None)
    await perform(stage, ToldShell(Finished(2, "1 drifted\n  monitors/homepage\n", "")), STEP)
    assert stage.transcript == "# Look.\n$ reconcile drift\n1 drifted\n  monitors/homepage\n[exit 2]\n"


@pytest.mark.parametrize(
    ("finished", "message"),
    [
        pytest.param(Finished(0, "monitors/homepage", ""), "exit code 0; 2 was expected", id="exit-code"),
        pytest.param(Finished(1, "", "Traceback: boom"), "boom", id="its-own-error-is-shown"),
        pytest.param(Finished(2, "nothing", ""), "does not name 'monitors/homepage'", id="something-is-not-named"),
    ],
)
async def test_a_step_that_is_not_what_it_claims_ends_the_demonstration(finished: Finished, message: str) -> None:
    with pytest.raises(DemoFailed, match=message):
        await perform(Stage(lambda _: None), ToldShell(finished), STEP)


class Counting:
    def expected_reads(self, collections: Collection[str]) -> Mapping[str, int]:
        return {"whoami": 1, **dict.fromkeys(collections, 2)}


@pytest.mark.parametrize(("made", "right"), [(3, True), (4, False), (2, False)])
def test_the_calls_of_a_plan_are_set_beside_what_it_needs(made: int, right: bool) -> None:
    plan = json.dumps({"providers": {"a": {"requests": made}, "b": {"requests": 7}}})
    resource = Resource(Address("things", "x"), "a", ("x",), {}, Location("desired/things.yaml"))
    (count,) = calls(plan, {"a": Counting(), "b": object()}, [resource])
    assert count.right is right
    assert str(count) == f"a: {made} {'=' if right else '≠'} 3 (whoami 1, things 2)"
