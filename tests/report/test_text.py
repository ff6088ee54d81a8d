from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from reconciler.errors import Location
from reconciler.model import Approval, ApprovalNote, FieldDiff, Hold, ProviderStatus, Unmanaged
from reconciler.outcome import Outcome
from reconciler.report.text import render_drift, render_outcome, render_plan


def test_a_plan_with_something_of_everything_reads_as_agreed(make, golden):
    golden("plan.txt", render_plan(make.busy_night(), unit=make.unit))


def test_a_plan_with_nothing_to_do_reads_as_agreed(make, golden):
    golden("plan-nothing.txt", render_plan(make.plan(unchanged=41)))


def test_a_narrowed_plan_says_nothing_of_the_rest(make):
    plan = make.plan(unchanged=1, narrowed=True)
    shown = render_plan(plan) + render_outcome(Outcome(plan)) + render_drift(plan)
    assert "production is as desired/ says" not in shown
    assert shown.count("in what was selected") == 2
    assert shown.count("what was selected is as desired/ says") == 2


def test_a_first_plan_of_only_creates_reads_as_agreed(make, golden):
    changes = [
        make.change("create", f"monitors/m{i}", 3 + i, why=(f"desired/monitors.yaml:{3 + i} added",)) for i in (1, 2)
    ]
    golden("plan-creates.txt", render_plan(make.plan(*changes), unit=make.unit, command="reconcile apply plan.json"))


def test_a_drift_report_reads_as_agreed(make, golden):
    golden("drift.txt", render_drift(make.drifted(), unit=make.unit))


def test_a_quiet_night_reads_as_agreed(make, golden):
    golden("drift-nothing.txt", render_drift(make.plan(unchanged=41)))


def test_an_outcome_with_something_of_everything_reads_as_agreed(make, golden):
    golden("outcome.txt", render_outcome(make.mixed_outcome(), unit=make.unit))


def test_an_outcome_without_a_change_says_so(make):
    assert render_outcome(Outcome(plan=make.plan())).startswith("Nothing to do in production")


def test_no_line_is_wider_than_80_columns_unless_it_is_to_be_copied_or_is_one_word(make):
    for text in (render_plan(make.busy_night()), render_drift(make.drifted()), render_outcome(make.mixed_outcome())):
        wide = [line for line in text.splitlines() if len(line) > 80]
        assert [line for line in wide if "digest:" not in line and " " in line.strip()] == []


def test_what_is_held_and_what_is_lost_come_before_all_other_changes(make):
    text = render_plan(make.busy_night())
    order = [text.index(word) for word in ("\nHeld:", "\nDeletes", "\nAlso reverts", "\nChanges", "\nAdopts")]
    assert order == sorted(order)


def test_the_summary_is_the_first_line_whatever_went_wrong(make):
    assert render_plan(make.busy_night()).startswith("Plan for production: ")
    assert render_drift(make.drifted()).splitlines()[0].startswith("DRIFT in production")


def test_colours_appear_only_when_asked_for(make):
    assert "\x1b[" not in render_plan(make.busy_night())
    coloured = render_plan(make.busy_night(), color=True)
    assert "\x1b[31m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render_plan(make.busy_night())


def test_a_set_digest_is_offered_once_for_all_its_changes(make):
    hold = Hold("budget", "too many", "", make.digest("set"))
    changes = [make.change("delete", f"monitors/m{i}", held=(hold,)) for i in range(6)]
    text = render_plan(make.plan(*changes))
    assert text.count("- {digest: ") == 1
    assert "# monitors/m0, monitors/m1, monitors/m2, monitors/m3 and 2 more" in text


def test_no_approval_is_offered_for_what_an_approval_cannot_release(make):
    both = (Hold("budget", "too many", "", make.digest("set")), Hold("meaning", "it is the last admin"))
    assert "digest:" not in render_plan(make.plan(make.change("delete", held=both)))


@pytest.mark.parametrize(
    ("value", "line"),
    [
        pytest.param("7f3a19c2d4e5a1b2ff", "- {digest: 7f3a19c2d4e5a1b2, ", id="hex-needs-no-quotes"),
        pytest.param("1234567890123456ff", '- {digest: "1234567890123456", ', id="digits-alone-would-be-a-number"),
        pytest.param("12345678e0123456ff", '- {digest: "12345678e0123456", ', id="an-exponent-would-be-a-number"),
    ],
)
def test_an_approval_line_is_yaml_whatever_the_digest(make, value, line):
    text = render_plan(make.plan(make.change("delete", held=(Hold("data", "holds data", "", value),))))
    assert line in text
    assert "until: 2026-12-07}" in text


@pytest.mark.parametrize("state", ["unused", "stale", "expired"])
def test_an_approval_without_effect_is_named_with_its_place(make, state):
    note = ApprovalNote(
        Approval("7f3a19c2d4e5", "cleaning", "2026-12-01", Location("desired/approvals.yaml", 4)), state
    )
    text = " ".join(render_plan(make.plan(approvals=(note,))).split())
    assert "desired/approvals.yaml:4: 7f3a19c2d4e5 (cleaning" in text
    assert f"): {state}: " in text


def test_the_place_is_shown_when_no_reason_names_it(make):
    text = render_plan(make.plan(make.change("update", why=("live drifted",))))
    assert "why: live drifted (desired/monitors.yaml:14)" in text


def test_an_adoption_of_an_unreadable_value_says_the_two_ways_out(make):
    text = " ".join(render_plan(make.plan(make.change("adopt", unverified=("value",)))).split())
    assert "< adopt (value unverified) monitors/homepage (id 812)" in text
    assert "adopt: true" in text
    assert "rotate: 1" in text


def test_a_skipped_provider_is_said_under_the_summary(make):
    status = {"betterstack": ProviderStatus("skipped", "the token was not accepted", credential=True)}
    assert "INCOMPLETE: betterstack was skipped: the token" in render_plan(make.plan(providers=status)).splitlines()[1]


def test_a_withheld_secret_says_it_is_not_sent(make):
    from reconciler.model import ABSENT

    diff = FieldDiff(("value",), ABSENT, ABSENT, "desired", secret=True)
    assert "value: not sent" in render_plan(make.plan(make.change("update", fields=(diff,))))


def test_texts_of_several_lines_differ_line_by_line(make: SimpleNamespace):
    diff = FieldDiff(("text",), "one\ntwo\nthree\n", "one\n2\nthree\n", "desired")
    text = render_plan(make.plan(make.change("update", fields=(diff,))))
    assert "          - two\n          + 2\n" in text


def test_long_texts_are_cut_where_they_part(make):
    diff = FieldDiff(("text",), "a" * 500 + "b" + "c" * 500, "a" * 500 + "d" + "c" * 500, "desired")
    text = render_plan(make.plan(make.change("update", fields=(diff,))))
    assert "text: (differs at character 501)" in text
    assert "ab" in text
    assert "ad" in text


def test_what_is_written_again_is_not_shown_as_a_difference(make):
    again = FieldDiff(("redeploy",), "auto", "auto", "desired", recorded="auto")
    text = render_plan(make.plan(make.change("update", "hosting/site", 3, fields=(again,))))
    assert "redeploy: auto (sent again)" in text
    assert "auto → auto" not in text


def test_what_import_cannot_write_is_said_apart(make):
    rows = (
        Unmanaged("neon", "roles", "r1", "reader"),
        Unmanaged("neon", "roles", "r2", "neon_superuser", unimportable="it is a system role of Neon"),
    )
    shown = " ".join(render_drift(make.plan(unmanaged=rows)).split())
    assert "roles in neon: reader (id r1) never touched; `reconcile import` writes them into desired/" in shown
    assert "neon_superuser (id r2: it is a system role of Neon) never touched, and `reconcile import` cannot" in shown
