"""A live text that came from a secret is not shown after an apply either, whatever its record says by now."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.report import html, markdown, text
from reconciler.report.document import outcome_document, plan_document

SITE = "https://learn.example.test/"
OLD = "hunter2-an-older-token"  # nothing that is live says any more that this was a token


async def test_what_an_api_keeps_of_a_secret_is_not_shown_as_not_converged(lab: Any) -> None:
    lab.desire({"groups": {"g": {}}, "widgets": {"a": {"url": SITE, "endpoint": {"from": "groups/g.token"}}}})
    await lab.apply()
    (widget,) = lab.world.ids("widgets")
    lab.world.edit(widget, endpoint=OLD)
    lab.desire({"groups": {"g": {}}, "widgets": {"a": {"url": SITE, "endpoint": "https://open.example.test/"}}})

    def ignore(operation: str, phase: str) -> None:
        if operation.startswith("update") and phase == "after":
            lab.world.edit(widget, endpoint=OLD)

    lab.world.faults = ignore
    outcome = await lab.apply()
    (left,) = outcome.not_converged
    assert [f.path for f in left.fields] == [("endpoint",)]
    for page in (
        json.dumps(outcome_document(outcome)),
        html.render_outcome(outcome),
        markdown.render_outcome(outcome),
        text.render_outcome(outcome),
    ):
        assert "endpoint" in page
        assert OLD not in page

    lab.world.faults = lambda *_: None
    plan = await lab.plan()  # its record says plain text by now, and that it was not seen to be so
    assert [f.path for c in plan.changes for f in c.fields] == [("endpoint",)]
    assert OLD not in text.render_plan(plan, full=True) + json.dumps(plan_document(plan))


class Crash(BaseException):
    """kill -9, as far as the engine can tell."""


async def test_a_secret_that_a_dead_run_was_sending_is_not_shown_when_git_asks_for_text(lab: Any) -> None:
    lab.desire({"groups": {"g": {}}, "widgets": {"a": {"url": SITE}}})
    await lab.apply()
    lab.desire({"groups": {"g": {}}, "widgets": {"a": {"url": SITE, "endpoint": {"from": "groups/g.token"}}}})
    lab.store.faults = lambda operation, phase: Crash() if "finish" in operation else None
    with pytest.raises(Crash):
        await lab.apply()
    lab.store.faults = lambda *_: None
    (widget,) = lab.world.ids("widgets")
    lab.world.edit(widget, endpoint=OLD)
    lab.desire({"groups": {"g": {}}, "widgets": {"a": {"url": SITE, "endpoint": "https://open.example.test/"}}})
    plan = await lab.plan()
    assert [f.path for c in plan.changes for f in c.fields] == [("endpoint",)]
    assert OLD not in text.render_plan(plan, full=True) + json.dumps(plan_document(plan))
