"""Response headers: staged, promoted, never over somebody else's draft; or compared with a file, and never written."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import Busy, ProtocolError, Refused
from reconciler.testing import Fault, Sample
from reconciler.testing.site import Site
from reconciler_vercel.sandbox.routing import live_of, staged_of

BASE = "/v1/projects/prj_lms/routes"
RULE = {"source": "/(.*)", "headers": {"X-Frame-Options": "SAMEORIGIN", "Referrer-Policy": "no-referrer"}}


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


def live_rules(account: Any) -> list[Any]:
    version = live_of(account.project)
    return version.rules if version else []


@pytest.mark.trap("vercel", "8: every change of routes only stages; production changes at promote")
@pytest.mark.trap("vercel", "1: routes take the project's id, and not its name")
@pytest.mark.trap("vercel", "8: `src` comes back as a regular expression; what was written is in `rawSrc`")
async def test_a_rule_is_staged_and_promoted(account: Any, site: Site) -> None:
    site.desire([Sample("headers/security", RULE)])
    outcome = await site.apply()
    assert {r.status for r in outcome.results} == {"done"}
    (rule,) = live_rules(account)
    assert rule["route"]["transforms"] == [
        transform("X-Frame-Options", "SAMEORIGIN"),
        transform("Referrer-Policy", "no-referrer"),
    ]
    assert (rule["rawSrc"], rule["route"]["src"]) == ("/(.*)", "^/(.*)$")
    assert staged_of(account.project) is None
    assert (await site.plan()).changes == ()


@pytest.mark.trap("vercel", "8: how many rules a plan allows stands in `limit`")
async def test_a_plan_says_that_no_room_is_left_for_another_rule(account: Any, site: Site) -> None:
    await by_hand(account, "first")
    site.desire([Sample("headers/security", RULE)])
    assert (await site.plan()).changes[0].notes == ()
    account.store.world.most_routes = 1
    (change,) = (await site.plan()).changes
    assert change.notes == (
        "the project has 1 routing rules, and its plan allows 1: this is refused unless another goes first",
    )
    outcome = await site.apply()
    assert ["the plan does not have it" in r.reason for r in outcome.results] == [True]
    assert (len(live_rules(account)), staged_of(account.project)) == (1, None)


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


@pytest.mark.trap("vercel", "8: a draft of somebody else is told in the plan")
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


async def test_a_directive_that_is_not_known_goes_as_text_and_the_plan_says_so(account: Any, site: Site) -> None:
    text = "scirpt-src 'self'; quantum-entanglement on"
    site.desire([Sample("headers/s", {"source": "/", "headers": {"Content-Security-Policy": text}})])
    (change,) = (await site.plan()).changes
    assert change.notes == (
        "Content-Security-Policy: quantum-entanglement is no directive of CSP level 3, unless it is newer",
        "Content-Security-Policy: scirpt-src is no directive of CSP level 3: did you mean script-src?",
    )
    assert change.held == ()
    await site.apply()
    assert "quantum-entanglement on" in (await account.one("headers")).values["headers"]["Content-Security-Policy"]


@pytest.mark.trap("vercel", "8: rules also rewrite and redirect: those are not ours")
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


@pytest.mark.trap("vercel", "8: whether names of rules are unique is not known; two of one name are an error")
async def test_two_rules_of_one_name_are_unknown_and_nothing_is_done(account: Any, site: Site) -> None:
    await by_hand(account)
    await by_hand(account)
    site.desire([Sample("headers/security", RULE)])
    plan = await site.plan()
    (unknown,) = plan.unknown
    ids = [rule["id"] for rule in live_rules(account)]
    assert all(rule_id in unknown.reason for rule_id in ids)
    assert plan.changes == ()


@pytest.mark.trap("vercel", "8: a rule may also set headers by a plain map, which is not ours and stays")
async def test_headers_of_the_plain_map_stay_where_they_are(account: Any) -> None:
    await by_hand(account, headers={"x-old": "1"})
    live = await account.one("headers")
    assert "headers" in account.harness.kind("headers").unimportable(live)
    await account.update(live, {**RULE, "headers": {"X-A": "b"}}, ["headers"])
    (rule,) = live_rules(account)
    assert rule["route"]["headers"] == {"x-old": "1"}


@pytest.mark.trap(
    "vercel", "8: order matters and placement is not returned: a new rule goes to the end, and none moves"
)
async def test_a_new_rule_goes_to_the_end_and_no_other_moves(account: Any) -> None:
    await by_hand(account, "first")
    await by_hand(account, "second")
    await account.create("headers", "third", RULE)
    second = (await account.listed("headers"))["second"]
    await account.update(second, {"source": "/b", "headers": {"X-Frame-Options": "DENY"}}, ["source"])
    assert [rule["name"] for rule in live_rules(account)] == ["first", "second", "third"]
