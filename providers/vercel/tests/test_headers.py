"""Response headers: staged, promoted, never over somebody else's draft; or compared with a file, and never written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler import Busy, ProtocolError, Refused
from reconciler.testing import Fault, Sample
from reconciler.testing.site import Site
from reconciler_vercel.sandbox.routing import live_of, staged_of

BASE = "/v1/projects/prj_lms/routes"
RULE = {"source": "/(.*)", "headers": {"X-Frame-Options": "SAMEORIGIN", "Referrer-Policy": "no-referrer"}}


@pytest.fixture
def site(account: Any, tmp_path: Path) -> Site:
    return Site(account.harness, tmp_path)


def transform(name: str, value: str, op: str = "set") -> dict[str, Any]:
    return {"type": "response.headers", "op": op, "target": {"key": name}, "args": value}


async def by_hand(account: Any, name: str = "security", *, promote: bool = True, **route: Any) -> Any:
    """Make a rule in the dashboard, and publish it or leave it as a draft."""
    inner = {"src": "/(.*)", "transforms": [transform("x-frame-options", "DENY")], **route}
    body = {"route": {"name": name, "srcSyntax": "path-to-regexp", "route": inner}}
    answer = await account.dashboard("POST", BASE, body)
    if promote:
        sent = {"id": answer["version"]["id"], "action": "promote"}
        await account.dashboard("POST", f"{BASE}/versions", sent)
    return answer


def put(file: Path, text: str) -> None:
    file.write_text(text)


def text_of(file: Path) -> str:
    return file.read_text()


def live_rules(account: Any) -> list[Any]:
    version = live_of(account.project)
    return version.rules if version else []


@pytest.mark.trap("vercel", "8: every change of routes only stages; production changes at promote")
async def test_a_rule_is_staged_and_promoted(account: Any, site: Site) -> None:
    site.desire([Sample("headers/security", RULE)])
    outcome = await site.apply()
    assert {r.status for r in outcome.results} == {"done"}
    (rule,) = live_rules(account)
    assert rule["route"]["transforms"] == [
        transform("X-Frame-Options", "SAMEORIGIN"),
        transform("Referrer-Policy", "no-referrer"),
    ]
    assert staged_of(account.project) is None
    assert (await site.plan()).changes == ()


@pytest.mark.trap("vercel", "8: without a version id it is not known which rules are read")
async def test_what_is_live_is_read_while_a_draft_says_otherwise(account: Any) -> None:
    await by_hand(account)
    await account.dashboard("DELETE", BASE, {"routeIds": [live_rules(account)[0]["id"]]})
    assert (await account.dashboard("GET", BASE))["routes"] == []
    assert (await account.one("headers")).values["headers"] == {"X-Frame-Options": "DENY"}


@pytest.mark.trap("vercel", "8: one draft for each project; somebody else's is never written over or published")
@pytest.mark.parametrize("change", ["create", "update", "delete"])
async def test_nothing_is_written_over_somebody_elses_draft(account: Any, change: str) -> None:
    await by_hand(account)
    live = await account.one("headers")
    await by_hand(account, "theirs", promote=False)
    draft = staged_of(account.project)
    assert draft is not None
    before = [rule["name"] for rule in draft.rules]
    calls = {
        "create": lambda: account.create("headers", "ours", RULE),
        "update": lambda: account.update(live, {**RULE, "headers": {"X-A": "b"}}, ["headers"]),
        "delete": lambda: account.provider.delete(live),
    }
    with pytest.raises(Busy, match=r"by user_sandbox, last changed 2026-01-01 00:00Z") as caught:
        await calls[change]()
    assert "publish or discard it" in caught.value.fix
    assert [rule["name"] for rule in live_rules(account)] == ["security"]
    after = staged_of(account.project)
    assert after is not None
    assert [rule["name"] for rule in after.rules] == before


async def test_a_plan_says_that_a_draft_is_open(account: Any, site: Site) -> None:
    await by_hand(account, "theirs", promote=False)
    site.desire([Sample("headers/security", RULE)])
    (change,) = (await site.plan()).changes
    assert any("a draft of the routing rules is open, by user_sandbox" in note for note in change.notes)
    assert change.held == ()


async def test_a_draft_that_a_dead_run_left_is_taken_over(account: Any, site: Site) -> None:
    await by_hand(account, "security", promote=False, transforms=[transform("X-A", "b")])
    site.desire([Sample("headers/security", {"source": "/(.*)", "headers": {"x-a": "b"}})])
    outcome = await site.apply()
    assert {r.status for r in outcome.results} == {"done"}
    assert [rule["name"] for rule in live_rules(account)] == ["security"]
    assert (await site.plan()).changes == ()


async def test_a_draft_that_cannot_be_promoted_is_thrown_away(account: Any) -> None:
    wire = account.wire
    inner = wire.inner.handle_async_request

    async def refuse_promotion(request: Any) -> Any:
        if b'"promote"' in await request.aread():
            wire.arm(Fault.ECHO, times=1)
            return await wire.handle_async_request(request)
        return await inner(request)

    wire.inner.handle_async_request = refuse_promotion
    with pytest.raises(Refused):
        await account.create("headers", "ours", RULE)
    assert staged_of(account.project) is None
    assert live_rules(account) == []


async def test_two_changes_at_once_are_published_one_after_the_other(account: Any, site: Site) -> None:
    rules = [Sample(f"headers/r{n}", {**RULE, "source": f"/{n}"}) for n in range(4)]
    site.desire(rules)
    outcome = await site.apply()
    assert {r.status for r in outcome.results} == {"done"}
    assert sorted(rule["rawSrc"] for rule in live_rules(account)) == ["/0", "/1", "/2", "/3"]


@pytest.mark.trap("vercel", "8: a PATCH replaces the rule, so what is not ours in it is sent along")
async def test_what_is_not_managed_in_a_rule_stays(account: Any) -> None:
    await by_hand(
        account,
        transforms=[
            transform("x-frame-options", "DENY"),
            transform("X-Theirs", "kept"),
            {"type": "request.headers", "op": "set", "target": {"key": "x-in"}, "args": "y"},
        ],
        caseSensitive=True,
        has=[{"type": "host", "value": "learn.example"}],
    )
    live = await account.one("headers")
    fields = {"source": "/app", "headers": {"X-Frame-Options": "SAMEORIGIN", "X-New": "1"}}
    after = await account.update(live, fields, ["headers", "source"])
    assert after.id == live.id
    (rule,) = live_rules(account)
    route = rule["route"]
    assert (rule["rawSrc"], route["caseSensitive"], route["has"][0]["value"]) == ("/app", True, "learn.example")
    assert {t["target"]["key"]: t["args"] for t in route["transforms"]} == {
        "X-Theirs": "kept",
        "x-in": "y",
        "X-Frame-Options": "SAMEORIGIN",
        "X-New": "1",
    }


async def test_null_takes_a_header_away_and_leaving_it_out_does_not(account: Any, site: Site) -> None:
    site.desire([Sample("headers/security", RULE)])
    await site.apply()
    site.desire([Sample("headers/security", {"source": "/(.*)", "headers": {"X-Frame-Options": None}})])
    await site.apply()
    assert (await account.one("headers")).values["headers"] == {"Referrer-Policy": "no-referrer"}


@pytest.mark.trap("vercel", "8 and production.md 4: names compare without case, a policy as sets")
async def test_names_in_another_case_and_a_policy_in_another_order_are_no_differences(account: Any, site: Site) -> None:
    await by_hand(
        account,
        transforms=[
            transform("x-frame-options", "SAMEORIGIN"),
            transform("content-security-policy", "img-src data: 'self'; upgrade-insecure-requests; default-src 'self'"),
        ],
    )
    policy = {"default-src": ["'self'"], "img-src": ["'self'", "data:"], "upgrade-insecure-requests": []}
    headers = {"X-FRAME-OPTIONS": "SAMEORIGIN", "Content-Security-Policy": policy}
    site.desire([Sample("headers/security", {"source": "/(.*)", "headers": headers})])
    assert [c.action for c in (await site.plan()).changes] == ["record"]


async def test_a_changed_policy_is_told_directive_by_directive(account: Any, site: Site) -> None:
    policy = {"default-src": ["'self'"], "media-src": ["'self'"]}
    site.desire([Sample("headers/s", {"source": "/", "headers": {"Content-Security-Policy": policy}})])
    await site.apply()
    policy["media-src"].append("https://cdn.example")
    site.desire([Sample("headers/s", {"source": "/", "headers": {"Content-Security-Policy": policy}})])
    (change,) = (await site.plan()).changes
    assert change.notes == ("Content-Security-Policy: media-src gains https://cdn.example",)


async def test_rules_that_are_no_headers_are_not_listed_and_mixed_ones_not_imported(account: Any) -> None:
    await by_hand(account, "redirect", transforms=[], dest="https://x.example", status=308)
    assert [live async for live in account.provider.list("headers")] == []
    await by_hand(account, "mixed", dest="https://x.example", missing=[{"type": "cookie", "key": "a"}])
    live = await account.one("headers")
    assert account.harness.kind("headers").unimportable(live) == "the rule also has dest, missing"


async def test_a_rule_that_is_gone_is_not_found(account: Any) -> None:
    await by_hand(account)
    live = await account.one("headers")
    await account.provider.delete(live)
    await account.provider.delete(live)
    with pytest.raises(Refused, match="is gone"):
        await account.update(live, {**RULE, "headers": {"X-A": "b"}}, ["headers"])


async def test_a_rule_of_another_form_is_a_protocol_error(account: Any) -> None:
    await by_hand(account)
    del live_rules(account)[0]["name"]
    with pytest.raises(ProtocolError, match="a routing rule"):
        await account.one("headers")


# mode: vercel_json


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
    before = text_of(application)
    outcome = await beside.apply()
    assert (outcome.results, text_of(application), live_rules(account)) == ((), before, [])


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
