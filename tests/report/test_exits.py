from __future__ import annotations

import pytest

from reconciler.model import Address, Drift, Hold, ProviderStatus, UnknownState, Unmanaged
from reconciler.outcome import NotConverged, Outcome, Result
from reconciler.report.exits import apply_exit, drift_exit, plan_exit, worst

HOLD = (Hold("budget", "too many"),)
REJECTED = {"betterstack": ProviderStatus("skipped", "no", credential=True)}
SKIPPED = {"betterstack": ProviderStatus("skipped", "down")}
NEEDED = (UnknownState("betterstack", "monitors", "down", True),)
UNNEEDED = (UnknownState("betterstack", "monitors", "down"),)
DRIFT = (Drift(Address("monitors", "homepage"), "changed"),)
ALARM = (Unmanaged("accounts", "accounts", "1", "x", "an ADMIN"),)
QUIET = (Unmanaged("accounts", "accounts", "1", "x"),)

PLANS = [
    # what the plan holds                        plan, --detailed-exitcode, drift
    pytest.param((), {}, 0, 0, 0, id="nothing"),
    pytest.param(("update",), {}, 0, 2, 0, id="a-change-counts-only-in-detail"),
    pytest.param(("record",), {}, 0, 0, 0, id="a-record-is-no-change"),
    pytest.param(("release",), {}, 0, 2, 0, id="a-release-is-one"),
    pytest.param(("held",), {}, 0, 3, 0, id="held"),
    pytest.param(("update", "held"), {}, 0, 3, 0, id="held-beats-changes"),
    pytest.param(("held",), {"providers": SKIPPED}, 5, 5, 5, id="skipped-beats-held"),
    pytest.param((), {"unknown": NEEDED}, 5, 5, 5, id="unknown-that-is-needed"),
    pytest.param((), {"unknown": UNNEEDED}, 0, 0, 0, id="unknown-that-nobody-needs"),
    pytest.param(("update",), {"providers": REJECTED, "unknown": NEEDED}, 1, 1, 1, id="a-credential-beats-all"),
    pytest.param(("update",), {"drift": DRIFT}, 0, 2, 2, id="drift"),
    pytest.param((), {"unmanaged": ALARM}, 0, 0, 2, id="alarming"),
    pytest.param((), {"unmanaged": QUIET}, 0, 0, 0, id="unmanaged-alone"),
    pytest.param((), {"drift": DRIFT, "providers": SKIPPED}, 5, 5, 5, id="partial-beats-drift"),
]


@pytest.mark.parametrize(("actions", "given", "plain", "detailed", "drift"), PLANS)
def test_reading_ends_with_the_least_trustworthy_code(make, actions, given, plain, detailed, drift):
    changes = [make.change("delete", held=HOLD) if a == "held" else make.change(a) for a in actions]
    plan = make.plan(*changes, **given)
    assert (plan_exit(plan), plan_exit(plan, detailed=True), drift_exit(plan)) == (plain, detailed, drift)


APPLIES = [
    pytest.param((), {}, {}, 0, id="nothing"),
    pytest.param(("done", "already"), {}, {}, 0, id="done"),
    pytest.param(("held",), {}, {}, 0, id="held-as-the-last-run-did"),
    pytest.param(("held",), {"newly_held": True}, {}, 3, id="newly-held"),
    pytest.param(("not in plan",), {}, {}, 0, id="not-in-plan-is-only-listed"),
    pytest.param(("stale",), {"newly_held": True}, {}, 4, id="stale-beats-held"),
    pytest.param(("failed", "stale"), {}, {}, 5, id="failed-beats-stale"),
    pytest.param(("done",), {"not_converged": (NotConverged(Address("a", "b"), "update"),)}, {}, 5, id="not-converged"),
    pytest.param(("done",), {}, {"providers": SKIPPED}, 5, id="skipped"),
    pytest.param(("failed",), {}, {"providers": REJECTED}, 1, id="rejected-beats-failed"),
    pytest.param(("failed",), {"interrupted": True}, {"providers": REJECTED}, 130, id="interrupted"),
    pytest.param(("done",), {"interrupted": True, "errors": ("the ledger was not pushed",)}, {}, 1, id="not-clean"),
]


@pytest.mark.parametrize(("statuses", "given", "seen", "code"), APPLIES)
def test_an_apply_ends_with_the_least_trustworthy_code(make, statuses, given, seen, code):
    results = tuple(Result(Address("monitors", "m"), "update", status) for status in statuses)
    assert apply_exit(Outcome(plan=make.plan(**seen), results=results, **given)) == code


def test_the_order_is_1_5_4_3_2_0():
    codes = [0, 2, 3, 4, 5, 1]
    assert [worst(codes[: n + 1]) for n in range(6)] == codes
