from __future__ import annotations

from reconciler.report.markdown import LIMIT, render_drift, render_outcome, render_plan


def test_a_plan_reads_as_agreed(make, golden):
    golden("plan.md", render_plan(make.busy_night(), unit=make.unit))


def test_a_drift_report_reads_as_agreed(make, golden):
    golden("drift.md", render_drift(make.drifted(), unit=make.unit))


def test_an_outcome_reads_as_agreed(make, golden):
    golden("outcome.md", render_outcome(make.mixed_outcome(), unit=make.unit))


def test_a_plan_of_any_size_fits_into_a_comment_and_says_what_was_cut(make):
    changes = [make.change("create", f"monitors/møøøøøøøøøøøøøøøøøøøøøøøøøøøøøøøøøøøm{i}") for i in range(3000)]
    text = render_plan(make.plan(*changes))
    assert len(text.encode()) <= LIMIT
    assert "**Cut here: " in text
    assert "lines did not fit" in text
    assert text.startswith("### Plan for production: 3000 to create")


def test_deletes_survive_the_cut(make):
    changes = [make.change("create", f"monitors/m{i}") for i in range(3000)]
    assert "- delete monitors/precious" in render_plan(make.plan(*changes, make.change("delete", "monitors/precious")))


def test_warnings_too_large_for_a_comment_are_cut_and_said(make):
    from reconciler.model import Unmanaged

    rows = tuple(Unmanaged("a", "accounts", str(i), f"rogue{i}@example.com", "an active ADMIN") for i in range(3000))
    text = render_drift(make.plan(unmanaged=rows))
    assert len(text.encode()) <= LIMIT
    assert "Cut" in text


def test_long_sections_are_folded_but_not_what_is_lost(make):
    held = [make.change("delete", f"monitors/m{i}") for i in range(20)]
    made = [make.change("create", f"monitors/n{i}") for i in range(20)]
    text = render_plan(make.plan(*held, *made))
    assert text.index("**Deletes or disables 20 objects**") < text.index("<details><summary>Changes")
