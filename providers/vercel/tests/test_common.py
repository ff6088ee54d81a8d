"""Whose token it is, what a refusal means, rates, and two projects at once."""

from __future__ import annotations

import email.utils
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler import CredentialRejected, NotFound, ProtocolError, Refused, Scope, Unavailable
from reconciler.discover import Catalog
from reconciler.engine.options import Options
from reconciler.engine.session import Engine
from reconciler.ledger.memory import MemoryLedger
from reconciler.load.project import load_project
from reconciler.testing import Sample, write_project
from reconciler.testing.site import Site
from reconciler_vercel.models import VercelSettings
from reconciler_vercel.sandbox.reads import expected_reads

LEVEL = {"target": ["production"], "value": "info"}
FULL = {
    "env": {"LOG_LEVEL": LEVEL},
    "headers": {"all": {"source": "/(.*)", "headers": {"X-A": "b"}}},
    "domains": {"learn.example.com": {}, "www.example.com": {"redirect": "learn.example.com"}},
    "hosting": {"lms": {"lifecycle": {"adopt": True}, "framework": "nextjs"}},
}


def samples() -> list[Sample]:
    return [Sample(f"{kind}/{handle}", fields) for kind, rows in FULL.items() for handle, fields in rows.items()]


# Who


@pytest.mark.parametrize("team", ["ai-gurus", "team_sandbox"])
async def test_whoami_names_team_and_project_by_slug_or_id(account: Any, team: str) -> None:
    other = await account.connect(team=team, project="prj_lms")
    names = {"team": "ai-gurus", "team_id": "team_sandbox", "project": "lms", "project_id": "prj_lms"}
    assert await other.whoami() == Scope(names)


async def test_whoami_of_a_personal_account_names_the_user(account: Any) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert "slug" not in request.url.params
        user = {"user": {"username": "robot", "id": "u"}}
        project = {"id": "prj_1", "name": "p", "accountId": "u"}
        return httpx.Response(200, json=user if request.url.path == "/v2/user" else project)

    transport = httpx.MockTransport(answer)
    alone = await account.connect(team=None, project="p", transport=transport)
    assert await alone.whoami() == Scope({"team": "robot", "project": "p", "project_id": "prj_1"})


@pytest.mark.trap("vercel", "1: a wrong or missing scope is 403 or 404 on an existing project")
@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        pytest.param({"team": "others"}, CredentialRejected, "another scope", id="other-team"),
        pytest.param({"team": None}, NotFound, "Project not found", id="no-team"),
        pytest.param({"project": "nothing"}, NotFound, "Project not found", id="no-project"),
        pytest.param({"environ": {"VERCEL_TOKEN": "wrong-token-of-somebody"}}, CredentialRejected, "401", id="token"),
    ],
)
async def test_a_wrong_account_is_told(account: Any, settings: dict[str, Any], error: type, said: str) -> None:
    other = await account.connect(**settings)
    with pytest.raises(error, match=said) as caught:
        await other.whoami()
    assert caught.value.fix


async def test_a_missing_token_says_how_to_get_one(account: Any) -> None:
    with pytest.raises(CredentialRejected, match="VERCEL_TOKEN is not set") as caught:
        await account.connect(environ={"VERCEL_TOKEN": ""})
    assert "a token whose scope is the team" in caught.value.fix


# What the token may do


async def test_a_token_that_only_reads_plans(account: Any, site: Site) -> None:
    account.store.world.rights = {"read"}
    site.desire(samples())
    plan = await site.plan()
    assert {s.status for s in plan.providers.values()} == {"ok"}
    assert len(plan.changes) == 5


@pytest.mark.parametrize(
    ("right", "kind", "said"),
    [
        pytest.param("env", "env", "environment variables, those of production too", id="env"),
        pytest.param("routes", "headers", "the right to change routing rules", id="routes"),
        pytest.param("domains", "domains", "the right to manage domains", id="domains"),
        pytest.param("projects", "hosting", "to change it, project role ADMIN", id="hosting"),
    ],
)
@pytest.mark.trap("vercel", "bad days: a missing right is named, with the call that needs it")
async def test_a_right_that_is_missing_is_named_with_the_call(
    account: Any, site: Site, right: str, kind: str, said: str
) -> None:
    account.store.world.rights.discard(right)
    site.desire(samples())
    outcome = await site.apply()
    failed = [r for r in outcome.results if r.status == "failed"]
    assert {r.address.collection for r in failed} == {kind}
    for result in failed:
        assert said in result.fix
        assert "VERCEL_TOKEN" in result.fix
        assert "needs it" in result.fix
        assert "403 on " in result.reason


@pytest.mark.trap("vercel", "12: a new build of production needs a right of its own")
async def test_the_right_to_deploy_is_named(account: Any, site: Site) -> None:
    account.deploy()
    account.store.world.rights.discard("deployments")
    site.desire([Sample("hosting/lms", {"lifecycle": {"adopt": True}, "redeploy": "auto"}), Sample("env/A", LEVEL)])
    outcome = await site.apply()
    (failed,) = [r for r in outcome.results if r.status == "failed"]
    assert "the right to deploy to production" in failed.fix


# Plan limits


@pytest.mark.trap("vercel", "2 and 7: 402 and 428 are limits of the plan")
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param({"resourceConfig": {"functionDefaultRegions": ["iad1", "fra1"]}}, "402", id="regions"),
        pytest.param({"speedInsights": True}, "402", id="speed-insights"),
        pytest.param(
            {"passwordProtection": {"deploymentType": "all", "password": {"secret": "P"}}}, "428", id="password"
        ),
    ],
)
async def test_what_the_plan_does_not_have_is_said_to_be_the_plan(
    account: Any, fields: dict[str, Any], said: str
) -> None:
    account.store.world.plan = "hobby"
    live = await account.one("hosting")
    with pytest.raises(Refused, match="the plan") as caught:
        await account.update(live, {"name": "lms", **fields}, list(fields))
    assert str(caught.value.status) == said


@pytest.mark.trap("vercel", "7: trusted addresses are for Enterprise, said with 400")
async def test_trusted_addresses_are_for_enterprise(account: Any) -> None:
    live = await account.one("hosting")
    wanted = {"deploymentType": "all", "protectionMode": "exclusive", "addresses": [{"value": "192.0.2.1"}]}
    with pytest.raises(Refused, match="only available on Enterprise plans"):
        await account.update(live, {"name": "lms", "trustedIps": wanted}, ["trustedIps"])


# Rates


@pytest.mark.trap("vercel", "15 #509: a 429 without Retry-After is tried again after a pause")
@pytest.mark.parametrize("headers", [{}, {"retry-after": "2"}], ids=["without", "with"])
async def test_a_refusal_for_rate_is_waited_out(account: Any, headers: dict[str, str]) -> None:
    left = [2]
    inner = account.wire.inner.handle_async_request

    async def limited(request: Any) -> Any:
        if left[0]:
            left[0] -= 1
            body = {"error": {"code": "rate_limited", "message": "Too many", "limit": {"remaining": 0, "reset": 1}}}
            return httpx.Response(429, json=body, headers=headers, request=request)
        return await inner(request)

    account.wire.inner.handle_async_request = limited
    live = await account.create("env", "A", LEVEL)
    assert live.values["value"] == "info"
    assert account.clock.elapsed > 0.5


@pytest.mark.trap("vercel", "1: Retry-After is in seconds or a date, and comes with 503 too")
@pytest.mark.parametrize("status", [429, 503])
async def test_a_date_to_wait_for_is_waited_for(account: Any, status: int) -> None:
    left = [1]
    inner = account.wire.inner.handle_async_request

    async def limited(request: Any) -> Any:
        if left[0]:
            left[0] -= 1
            until = email.utils.format_datetime(account.clock.now() + timedelta(seconds=9), usegmt=True)
            return httpx.Response(status, headers={"retry-after": until}, request=request)
        return await inner(request)

    account.wire.inner.handle_async_request = limited
    assert await account.provider.whoami()
    assert account.clock.elapsed >= 8


@pytest.mark.trap("vercel", "1: a body of 5xx may be no JSON")
async def test_a_page_of_html_from_a_proxy_is_an_outage(account: Any) -> None:
    page = httpx.Response(502, text="<html>bad gateway</html>", headers={"content-type": "text/html"})
    other = await account.connect(transport=httpx.MockTransport(lambda request: page))
    with pytest.raises(Unavailable, match="502"):
        await other.whoami()


@pytest.mark.trap("vercel", "1: a cursor that does not advance ends the listing as an error, never as a part of it")
async def test_a_cursor_that_stands_still_is_an_error(account: Any) -> None:
    async def stuck(request: Any) -> Any:
        answer = await account.wire.inner.handle_async_request(request)
        if request.url.path.endswith("/env"):
            body = {"envs": [], "pagination": {"count": 0, "next": 5, "prev": 5}}
            return httpx.Response(200, json=body, request=request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())

    other = await account.connect(transport=httpx.MockTransport(stuck))
    with pytest.raises(ProtocolError):
        _ = [live async for live in other.list("env")]


@pytest.mark.trap("vercel", "1: times are milliseconds since 1970")
async def test_times_are_read_as_milliseconds(account: Any) -> None:
    live = await account.create("env", "A", LEVEL)
    assert live.created_at is not None
    assert abs(live.created_at - account.clock.now()) < timedelta(minutes=1)


@pytest.mark.trap("vercel", "1: waits of minutes are refused")
async def test_a_wait_that_is_too_long_ends_the_call(account: Any) -> None:
    answer = httpx.Response(429, json={"error": {}}, headers={"retry-after": "9000"})
    other = await account.connect(transport=httpx.MockTransport(lambda request: answer))
    with pytest.raises(Unavailable, match="429"):
        await other.whoami()


# Two projects


async def test_two_projects_of_a_team_are_two_instances(account: Any, tmp_path: Path) -> None:
    settings = {"team": "ai-gurus", "rate": "none"}
    providers = {
        "lms": {**settings, "type": "vercel", "project": "lms", "expect": {"project_id": "prj_lms"}},
        "docs": {**settings, "type": "vercel", "project": "docs", "expect": {"project_id": "prj_docs"}},
    }
    objects = {
        "env": {
            "LEVEL": {**LEVEL, "lifecycle": {"provider": "lms"}},
            "LEVEL-docs": {"key": "LEVEL", **LEVEL, "value": "debug", "lifecycle": {"provider": "docs"}},
        },
        "headers": {
            name: {"source": "/", "headers": {"X-Name": name}, "lifecycle": {"provider": name}}
            for name in ("lms", "docs")
        },
        "domains": {f"{n}.example.com": {"lifecycle": {"provider": n}} for n in ("lms", "docs")},
    }
    desired = write_project(tmp_path, objects, providers=providers)
    catalog = Catalog.of(account.harness.kinds, {"vercel": account.harness.provider})
    ledger = MemoryLedger()

    def engine() -> Engine:
        return Engine(load_project(desired, catalog), catalog, account.runtime_with_token(), ledger=ledger)

    outcome = await engine().apply(Options(sandbox=True))
    assert {r.status for r in outcome.results} == {"done"}, outcome.results
    plan = await engine().plan(Options(sandbox=True), coverage=True)
    assert (plan.changes, plan.unknown) == ((), ())
    for name, value in (("lms", "info"), ("docs", "debug")):
        project = account.store.project(name)
        assert [r["value"] for r in project.env.values()] == [value]
        assert set(project.domains) == {f"{name}.vercel.app", f"{name}.example.com"}


# What a plan costs


@pytest.mark.parametrize("collections", [tuple(FULL), ("env",), ("headers", "hosting")], ids=["all", "env", "two"])
async def test_a_plan_with_nothing_to_do_makes_exactly_the_calls_that_are_unavoidable(
    account: Any, site: Site, collections: tuple[str, ...]
) -> None:
    account.harness.kinds = tuple(k for k in account.harness.kinds if k.collection in collections)
    for number in range(120):
        body = {"key": f"V{number}", "value": "x", "type": "plain", "target": ["production"]}
        await account.dashboard("POST", "/v10/projects/prj_lms/env", body, 201)
    site.desire([s for s in samples() if s.where.collection in collections])
    await site.apply()
    account.wire.sent.clear()
    plan = await site.plan()
    assert plan.changes == ()
    reads = expected_reads(account.store, collections, "lms")
    assert len(account.wire.sent) == sum(reads.values())
    assert sum(p.requests for p in plan.providers.values()) == sum(reads.values())


def test_the_settings_say_what_was_never_tried() -> None:
    assert any("live service" in sentence for sentence in VercelSettings.unproven)
    assert VercelSettings.rights_to_plan
    assert VercelSettings.rights_to_apply
