"""Headers in the application's own vercel.json: compared, reported with the JSON to put there, and never written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.testing import Sample
from reconciler.testing.site import Site

RULE = {"source": "/(.*)", "headers": {"X-Frame-Options": "SAMEORIGIN", "Referrer-Policy": "no-referrer"}}


def put(file: Path, text: str) -> None:
    file.write_text(text)


def text_of(file: Path) -> str:
    return file.read_text()


FILE = {"source": "/(.*)", "mode": "vercel_json", "file": "../app/vercel.json", "headers": RULE["headers"]}
WANTED = [{"key": "X-Frame-Options", "value": "SAMEORIGIN"}, {"key": "Referrer-Policy", "value": "no-referrer"}]


@pytest.fixture
def application(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    folder.mkdir()
    return folder / "vercel.json"


@pytest.fixture
def beside(account: Any, tmp_path: Path) -> Site:
    """Return a site in a folder beside the application's."""
    account.harness.root = tmp_path / "project"
    return Site(account.harness, tmp_path / "project")


@pytest.mark.trap("vercel", "8: headers of vercel.json are in the application; no API edits them")
@pytest.mark.trap("vercel", "8: headers of vercel.json act from the next deployment on")
async def test_what_the_file_does_not_say_is_pending_with_the_exact_json(
    account: Any, beside: Site, application: Path
) -> None:
    others = [{"source": "/(.*)", "headers": [{"key": "x-theirs", "value": "kept"}]}, {"source": "/a", "headers": []}]
    put(application, json.dumps({"headers": others, "crons": []}))
    beside.desire([Sample("headers/app", FILE)])
    plan = await beside.plan()
    assert plan.changes == ()
    (pending,) = plan.pending
    entry = {"source": "/(.*)", "headers": [{"key": "X-Theirs", "value": "kept"}, *WANTED]}
    assert str(pending.address) == "headers/app"
    assert json.dumps(entry) in pending.note
    assert "in the application's repository, and deployed" in pending.note
    before = text_of(application)
    outcome = await beside.apply()
    assert (outcome.results, text_of(application), account.project.versions) == ((), before, [])


async def test_what_the_file_says_is_neither_pending_nor_a_change(beside: Site, application: Path) -> None:
    there = [{"source": "/(.*)", "headers": [{**WANTED[0], "key": "x-frame-options"}, WANTED[1]]}]
    put(application, json.dumps({"headers": there}))
    beside.desire([Sample("headers/app", FILE)])
    plan = await beside.plan()
    assert (plan.changes, plan.pending) == ((), ())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(None, "there is no ../app/vercel.json now", id="missing"),
        pytest.param("{", "cannot be read as JSON", id="no-json"),
        pytest.param('{"headers": [{}]}', "not of the form that Vercel documents", id="another-form"),
        pytest.param("[]", "not of the form that Vercel documents", id="a-list"),
    ],
)
async def test_a_file_that_cannot_be_compared_is_pending_with_the_reason(
    beside: Site, application: Path, content: str | None, said: str
) -> None:
    if content is not None:
        put(application, content)
    beside.desire([Sample("headers/app", FILE)])
    (pending,) = (await beside.plan()).pending
    assert said in pending.note


async def test_a_file_that_is_full_is_pending_with_the_reason(beside: Site, application: Path) -> None:
    put(application, json.dumps({"headers": [{"source": f"/{n}", "headers": []} for n in range(2048)]}))
    beside.desire([Sample("headers/app", FILE)])
    (pending,) = (await beside.plan()).pending
    assert "cannot hold what /(.*) needs: it has 2048 other rules" in pending.note


async def test_an_entry_with_conditions_counts_for_nobody(beside: Site, application: Path) -> None:
    there = [{"source": "/(.*)", "headers": WANTED, "has": [{"type": "cookie", "key": "a"}]}]
    put(application, json.dumps({"headers": there}))
    beside.desire([Sample("headers/app", FILE)])
    assert len((await beside.plan()).pending) == 1


async def test_a_rule_does_not_become_an_entry_of_a_file(account: Any, beside: Site) -> None:
    beside.desire([Sample("headers/app", RULE)])
    await beside.apply()
    beside.desire([Sample("headers/app", FILE)])
    (change,) = (await beside.plan()).changes
    assert [h.gate for h in change.held] == ["immutable"]
    assert "remove this one, apply" in change.held[0].reason
