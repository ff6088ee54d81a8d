"""Policies on whole runs: what is denied is not applied, what cannot be told is not let through, and who judges."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.engine.options import Options
from reconciler.errors import InputError
from reconciler.git import SubprocessGit
from reconciler.report import markdown, text
from reconciler.report.clean import cleaned
from reconciler.report.document import outcome_document, plan_document
from reconciler.report.exits import apply_exit, drift_exit, plan_exit
from reconciler.report.saved import saved_document

OFTEN = """
rules:
  often:
    kind: widgets
    require: {interval: {maximum: 180}}
    message: Look at least every 3 minutes.
"""
NOTED = """
rules:
  noted:
    kind: widgets
    require: {notes: {type: string}}
    message: Say what it is for.
"""
URL = "https://a.example/"
TOKEN = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"


def rule(lab: Any, content: str) -> None:
    path = lab.root / "desired" / "policies" / "rules.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def denied(plan: Any) -> list[tuple[str, str]]:
    return [(f.rule, f.address) for f in plan.policies.denied]


async def test_a_denied_apply_writes_nothing_at_all(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": URL, "interval": 300}, "b": {"url": URL}}, "groups": {"g": {"title": "G"}}})
    rule(lab, OFTEN)
    before = repr(lab.store)
    outcome = await lab.apply()
    assert apply_exit(outcome) == 3
    assert denied(outcome.plan) == [("often", "widgets/a")]
    assert lab.world.writes == []
    assert repr(lab.store) == before
    assert {(str(r.address), r.status) for r in outcome.results} == {
        ("groups/g", "held"),
        ("widgets/a", "held"),
        ("widgets/b", "held"),
    }
    page = text.render_outcome(outcome)
    assert "Nothing was applied in test: denied by policy." in page
    assert "widgets/a: interval is 300 (desired/widgets.yaml:" in page


async def test_what_is_mended_is_applied(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": URL, "interval": 300}}})
    rule(lab, OFTEN)
    assert plan_exit(await lab.plan()) == 3
    lab.desire({"widgets": {"a": {"url": URL, "interval": 180}}})
    assert plan_exit(await lab.plan()) == 0
    assert apply_exit(await lab.apply()) == 0
    assert lab.shown("widgets")["a"]["interval"] == 180


async def test_a_saved_plan_does_not_get_around_a_policy(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": URL, "interval": 300}}})
    saved = lab.saved(await lab.plan())
    rule(lab, OFTEN)
    assert apply_exit(await lab.apply(saved=saved)) == 3
    assert lab.world.writes == []


async def test_a_target_does_not_get_around_a_policy(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": URL, "interval": 300}, "b": {"url": URL}}})
    rule(lab, OFTEN)
    assert apply_exit(await lab.apply(targets=("widgets/b",))) == 3
    assert lab.world.writes == []


async def test_a_warning_is_said_and_stops_nothing(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": URL, "interval": 300}}})
    rule(lab, OFTEN + "    severity: warn\n")
    plan = await lab.plan()
    assert plan_exit(plan) == 0
    assert "Policies warn of 1 thing" in text.render_plan(plan)
    assert apply_exit(await lab.apply()) == 0
    assert lab.shown("widgets")["a"]["interval"] == 300


@pytest.mark.parametrize(("more", "code"), [("", 3), ("    on_unknown: warn\n", 5)], ids=["fails", "warns"])
async def test_a_field_that_could_not_be_read_fails_a_deny_unless_the_rule_says_otherwise(
    lab: Any, more: str, code: int
) -> None:
    lab.desire({"widgets": {"a": {"url": URL, "notes": "first"}}})
    await lab.apply()
    lab.desire({"widgets": {"a": {"url": URL}, "b": {"url": URL, "notes": "why"}}})
    rule(lab, NOTED + more)
    (live_id,) = lab.world.ids("widgets", name="a")
    lab.world.unreadable[live_id, "notes"] = "no right to read it"
    plan = await lab.plan()
    (finding,) = plan.policies.findings
    assert finding.unknown
    assert "no right to read it" in finding.said
    outcome = await lab.apply()
    assert ("b" in lab.shown("widgets")) is (code != 3)
    assert (apply_exit(outcome) == 3) is (code == 3)


async def test_a_value_that_only_the_dashboard_has_is_judged_by_plan_and_drift(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": URL}}})
    rule(lab, OFTEN)
    await lab.apply()
    (live_id,) = lab.world.ids("widgets", name="a")
    lab.world.edit(live_id, interval=3600)
    plan = await lab.plan(coverage=True)
    assert plan.changes == ()
    assert plan_exit(plan) == 3
    assert drift_exit(plan) == 3
    assert "interval is 3600" in text.render_drift(plan)


async def test_what_desired_is_about_to_correct_is_not_denied(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": URL, "interval": 180}}})
    rule(lab, OFTEN)
    await lab.apply()
    (live_id,) = lab.world.ids("widgets", name="a")
    lab.world.edit(live_id, interval=3600)
    plan = await lab.plan()
    assert plan.policies.findings == ()
    assert drift_exit(plan) == 2
    assert apply_exit(await lab.apply()) == 0
    assert lab.shown("widgets")["a"]["interval"] == 180


LEFT_ALONE = [
    pytest.param({"lifecycle": {"ignore": ["interval"]}}, {}, id="ignored"),
    pytest.param({"lifecycle": {"on_drift": "hold"}}, {}, id="drift-is-held"),
    pytest.param({}, {"widgets": {"authority": "observe"}}, id="observed"),
]


@pytest.mark.parametrize(("more", "settings"), LEFT_ALONE)
async def test_what_no_apply_corrects_is_judged_as_it_is_live(lab: Any, more: Any, settings: Any) -> None:
    lab.desire({"widgets": {"a": {"url": URL, "interval": 180}}})
    rule(lab, OFTEN)
    assert apply_exit(await lab.apply()) == 0
    (live_id,) = lab.world.ids("widgets", name="a")
    lab.world.edit(live_id, interval=3600)
    lab.desire({"widgets": {"a": {"url": URL, "interval": 180, **more}}}, collections=settings)
    assert denied(await lab.plan()) == [("often", "widgets/a")]


async def test_a_vendor_that_is_down_does_not_deny_what_is_written(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": URL, "interval": 180}}})
    rule(lab, OFTEN)
    lab.world.token = "another"
    plan = await lab.plan()
    assert plan.providers["memory"].status == "skipped"
    assert plan.policies.findings == ()


async def test_a_secret_is_in_no_report_of_the_rule_that_found_it(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": URL, "notes": f"use {TOKEN}"}}})
    rule(lab, "rules: {plain: {kind: '*', check: no-plaintext-secrets, message: Name it.}}\n")
    plan = await lab.plan()
    (finding,) = plan.policies.denied
    assert (finding.address, finding.path, finding.where is not None) == ("widgets/a", "notes", True)
    shown = cleaned(plan, lab.last.runtime.redactor.clean)
    reports = (
        text.render_plan(shown, full=True),
        markdown.render_plan(shown),
        text.render_drift(shown),
        json.dumps(saved_document(shown, "0.1.0")),
    )
    assert all("a token of a known vendor" in " ".join(report.split()) for report in reports)
    assert all(TOKEN not in report for report in reports)
    assert TOKEN not in json.dumps(plan_document(plan)["policies"])


async def test_every_report_has_the_verdict_with_its_places(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": URL, "interval": 300}}})
    rule(lab, OFTEN)
    plan = await lab.plan()
    assert cleaned(plan, lambda said: said) == plan
    for page in (text.render_plan(plan), markdown.render_plan(plan), text.render_drift(plan)):
        flat = " ".join(page.replace("\\", "").split())
        assert "DENIED by policy (often)" in flat
        assert "Look at least every 3 minutes." in flat
        assert "widgets/a: interval is 300 (desired/widgets.yaml:" in flat
        assert "desired/policies/rules.yaml:3" in flat
        assert "`reconcile apply`" not in flat
    row = saved_document(plan, "0.1.0")["policies"]
    assert (row["denied"], row["rules"], row["judged_by"], row["changes"]) == (True, 1, "", [])
    (finding,) = row["findings"]
    assert (finding["address"], finding["path"], finding["severity"]) == ("widgets/a", "interval", "deny")
    assert (finding["file"], finding["rule_file"]) == ("desired/widgets.yaml", "desired/policies/rules.yaml")
    assert outcome_document(await lab.apply())["policies"] == row


@pytest.fixture
def based(lab: Any, run_git: Callable[..., str], git_environ: dict[str, str]) -> Any:
    """The lab in a repository whose one commit holds the rule, and plans judged by that commit."""
    lab.desire({"widgets": {"a": {"url": URL, "interval": 300}}})
    rule(lab, OFTEN)
    run_git(lab.root, "init", "-q")
    run_git(lab.root, "add", "desired")
    run_git(lab.root, "commit", "-qm", "base")

    async def plan(ref: str = "HEAD") -> Any:
        engine = lab.engine(git=lambda folder: SubprocessGit(folder, git_environ))
        return await engine.plan(Options(sandbox=True, policies_from=ref))

    lab.judged = plan
    return lab


WEAKENED = [
    pytest.param(OFTEN.replace("180", "600"), ["require.interval.maximum: 180 → 600"], "changed", id="bound"),
    pytest.param(OFTEN + "    severity: warn\n", ["severity: added: warn"], "changed", id="severity"),
    pytest.param(OFTEN.replace("interval: {maximum: 180}", "url: {type: string}"),
                 ["require.interval.maximum: removed, was 180", "require.url.type: added: string"], "changed",
                 id="another-field"),
    pytest.param("rules: {}\n", None, "removed", id="removed"),
]  # fmt: skip


@pytest.mark.parametrize(("proposed", "lines", "change"), WEAKENED)
async def test_a_pull_request_is_judged_by_the_rules_of_its_base(
    based: Any, proposed: str, lines: list[str] | None, change: str
) -> None:
    rule(based, proposed)
    assert plan_exit(await based.plan()) == 0  # by its own rules it would pass
    plan = await based.judged()
    assert plan_exit(plan) == 3
    assert denied(plan) == [("often", "widgets/a")]
    assert plan.policies.findings[0].rule_where.file == "desired/policies/rules.yaml at HEAD"
    (shown,) = plan.policies.changes
    assert (shown.rule, shown.change) == ("often", change)
    assert lines is None or list(shown.lines) == lines
    page = markdown.render_plan(plan)
    assert "Policies changed here: 1 rule" in page
    assert "judged by the policies of HEAD" in page
    assert all(line in page for line in lines or ["require.interval.maximum: 180"])


async def test_a_rule_taken_out_with_its_file_still_judges(based: Any) -> None:
    (based.root / "desired" / "policies" / "rules.yaml").unlink()
    assert denied(await based.judged()) == [("often", "widgets/a")]


async def test_a_rule_that_a_pull_request_adds_is_shown_and_does_not_judge_it_yet(based: Any) -> None:
    rule(based, OFTEN.replace("180", "300"))
    based.desire({"widgets": {"a": {"url": URL, "interval": 180}}})
    rule(based, OFTEN + NOTED.partition("rules:\n")[2])
    plan = await based.judged()
    assert plan.policies.findings == ()
    assert [(c.rule, c.change) for c in plan.policies.changes] == [("noted", "added")]


@pytest.mark.parametrize("ref", ["nowhere", "--output=x", "deadbeef"])
async def test_a_commit_that_is_not_here_is_refused_before_anything_is_read(based: Any, ref: str) -> None:
    with pytest.raises(InputError, match=f"there is no commit {ref} here"):
        await based.judged(ref)
    assert based.world.reads == []


async def test_outside_a_repository_no_other_policies_can_judge(lab: Any, git_environ: dict[str, str]) -> None:
    lab.desire({"widgets": {"a": {"url": URL}}})
    engine = lab.engine(git=lambda folder: SubprocessGit(Path(folder), git_environ))
    with pytest.raises(InputError, match="no git repository"):
        await engine.plan(Options(sandbox=True, policies_from="HEAD"))
