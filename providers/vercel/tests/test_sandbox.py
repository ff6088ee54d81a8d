"""The simulator: served, seeded, edited by hand, and as strict as the vendor where that hurts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler import Rate, Runtime, SandboxRequest
from reconciler.discover import Catalog
from reconciler.engine.options import Options
from reconciler.engine.session import Engine
from reconciler.ledger.memory import MemoryLedger
from reconciler.load.project import load_project
from reconciler.testing import write_project
from reconciler_vercel.models import Domain, HeaderRule, Hosting, Variable, VercelSettings
from reconciler_vercel.provider import Vercel
from reconciler_vercel.sandbox import VercelSandbox
from reconciler_vercel.sandbox.deploying import deploy, finish
from reconciler_vercel.sandbox.edits import Dashboard

CATALOG = Catalog.of((Variable, HeaderRule, Domain, Hosting), {"vercel": Vercel})
SETTINGS: dict[str, Any] = {"team": "acme", "project": "shop", "expect": {"project_id": "prj_shop1"}}
OBJECTS = {
    "env": {"RATE_LIMIT_IP_MAX": {"target": ["production"], "value": "100"}},
    "headers": {"all": {"source": "/(.*)", "headers": {"X-Frame-Options": "SAMEORIGIN", "X-A": "b"}}},
    "domains": {"shop.example.com": {}},
    "hosting": {"shop": {"redeploy": "auto"}},
}


@asynccontextmanager
async def served(**more: Any) -> AsyncIterator[tuple[VercelSandbox, Any]]:
    request = SandboxRequest("vercel", VercelSettings.model_validate(SETTINGS), **more)
    sandbox = VercelSandbox(request)
    async with sandbox as service:
        yield sandbox, service


async def test_it_is_served_with_what_the_settings_expect_and_can_be_edited_by_hand(tmp_path: Path) -> None:
    desired = write_project(tmp_path, OBJECTS, providers={"vercel": {**SETTINGS, "rate": "none"}})
    ledger = MemoryLedger()
    async with served() as (sandbox, service):
        runtime = replace(Runtime(), environ=service.exports, sleep=lambda _: asyncio.sleep(0))

        def engine() -> Engine:
            return Engine(load_project(desired, CATALOG), CATALOG, runtime, ledger=ledger)

        outcome = await engine().apply(Options(sandbox=True))
        assert {r.status for r in outcome.results} == {"done"}, outcome.results
        resources = load_project(desired, CATALOG).resources
        edits = sandbox.hand_edits(resources)
        assert len(edits) == 2
        for edit in edits:
            await edit.perform()
        drift = {str(d.address): [str(f.path[-1]) for f in d.fields] for d in (await engine().plan(Options())).drift}
        assert drift == {edit.mentions[0]: [edit.mentions[1]] for edit in edits}
        await engine().apply(Options(sandbox=True))
        plan = await engine().plan(Options(sandbox=True))
        assert plan.changes == ()
        reads = sandbox.expected_reads(tuple(OBJECTS))
        assert sum(p.requests for p in plan.providers.values()) == sum(reads.values())


async def test_a_reset_leaves_the_project_deployed_once() -> None:
    async with served() as (_, service):
        headers = {"authorization": f"Bearer {service.exports['VERCEL_TOKEN']}"}
        async with httpx.AsyncClient(base_url=service.exports["VERCEL_API_URL"], headers=headers) as client:
            body = {"key": "A", "value": "x", "type": "plain", "target": ["production"]}
            await client.post("/v10/projects/shop/env", params={"slug": "acme"}, json=body)
            assert len((await client.get("/_sandbox/state")).json()["env"]) == 1
            await client.post("/_sandbox/reset")
            state = (await client.get("/_sandbox/state")).json()
    assert (state["env"], len(state["deployments"])) == ([], 1)
    assert [p["id"] for p in state["projects"]] == ["prj_shop1"]
    assert "project shop" in service.title


async def test_a_rate_that_is_written_is_enforced_in_the_vendors_words() -> None:
    settings = VercelSettings.model_validate(SETTINGS).model_copy(update={"rate": Rate(per_second=0.01, burst=1)})
    async with VercelSandbox(SandboxRequest("vercel", settings)) as service:
        headers = {"authorization": f"Bearer {service.exports['VERCEL_TOKEN']}"}
        async with httpx.AsyncClient(base_url=service.exports["VERCEL_API_URL"], headers=headers) as client:
            assert (await client.get("/v2/user")).status_code == 200
            answer = await client.get("/v2/user")
    assert answer.status_code == 429
    assert answer.json()["error"]["code"] == "rate_limited"
    assert answer.json()["error"]["limit"]["remaining"] == 0
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("settings", "team", "project"),
    [
        pytest.param({"team": "acme"}, "acme", None, id="team-only"),
        pytest.param({"team": "team_1", "project": "prj_9"}, "ai-gurus", "prj_9", id="ids"),
        pytest.param({"project": "shop", "expect": {"team": "them", "team_id": "team_7"}}, "them", None, id="expected"),
    ],
)
def test_the_ids_that_settings_name_exist(settings: dict[str, Any], team: str, project: str | None) -> None:
    sandbox = VercelSandbox(SandboxRequest("vercel", VercelSettings.model_validate(settings)))
    assert sandbox.store.slug == team
    if project:
        assert list(sandbox.store.projects) == [project]
    if "project" not in settings:
        assert sandbox.expected_reads(("hosting",)) == {"whoami (team)": 1, "projects": 1, "their deployments": 0}
        assert sandbox.hand_edits(()) == ()


BASE = "/v10/projects/prj_lms"
ENV = {"key": "A", "value": "x", "type": "plain", "target": ["production"]}
RULE = {"name": "a", "route": {"src": "/a"}}
REFUSED = [
    pytest.param("POST", f"{BASE}/env", {**ENV, "colour": "red"}, 400, "additional property `colour`", id="x"),
    pytest.param("POST", f"{BASE}/env", {"key": "A"}, 400, "missing required property `value`", id="required"),
    pytest.param("POST", f"{BASE}/env", {**ENV, "value": 1}, 400, "`value` should be string", id="type"),
    pytest.param("POST", f"{BASE}/env", {**ENV, "type": "secret"}, 400, "allowed values", id="retired-type"),
    pytest.param("POST", f"{BASE}/env", {**ENV, "target": []}, 400, "At least one target", id="no-target"),
    pytest.param("POST", f"{BASE}/env", {**ENV, "target": ["x"]}, 400, "allowed values", id="unknown-target"),
    pytest.param("POST", f"{BASE}/env", {**ENV, "gitBranch": "b"}, 400, "only be set for the target preview", id="b"),
    pytest.param("POST", f"{BASE}/env", {**ENV, "comment": "c" * 501}, 400, "500", id="long-comment"),
    pytest.param(
        "POST", f"{BASE}/env", {**ENV, "type": "sensitive", "target": ["development"]}, 400, "development", id="dev"
    ),
    pytest.param("POST", f"{BASE}/env", {**ENV, "key": "VITE_A", "type": "sensitive"}, 400, "is public", id="public"),
    pytest.param("POST", f"{BASE}/env", "text", 400, "should be object", id="no-object"),
    pytest.param("DELETE", f"{BASE}/env/none", None, 404, "not found", id="no-variable"),
    pytest.param("GET", f"{BASE}/env?limit=x", None, 400, "`limit` should be number", id="limit"),
    pytest.param("PATCH", "/v9/projects/prj_lms", {"nodeVersion": "9.x"}, 400, "allowed values", id="node"),
    pytest.param("PATCH", "/v9/projects/prj_lms", {"buildCommand": "x" * 257}, 400, "256", id="long-command"),
    pytest.param("PATCH", "/v9/projects/prj_lms", {"name": "Up"}, 400, "lowercase", id="name"),
    pytest.param("PATCH", "/v9/projects/prj_lms", {"name": "docs"}, 409, "already being used", id="taken"),
    pytest.param("PATCH", "/v9/projects/prj_lms", {"ssoProtection": {}}, 400, "ssoProtection.deploymentType", id="in"),
    pytest.param(
        "PATCH", "/v9/projects/prj_lms", {"resourceConfig": {"functionDefaultRegions": []}}, 400, "regions", id="none"
    ),
    pytest.param("POST", "/v11/projects", {"name": "lms"}, 409, "already exists", id="second-project"),
    pytest.param("GET", "/v10/projects?from=x", None, 400, "no token of this listing", id="token"),
    pytest.param("GET", "/v2/teams/team_other", None, 404, "Team not found", id="team"),
    pytest.param("PATCH", f"{BASE}/protection-bypass", {}, 400, "Exactly one", id="bypass"),
    pytest.param("PATCH", f"{BASE}/protection-bypass", {"revoke": {"secret": "x"}}, 404, "Secret", id="no-bypass"),
    pytest.param("POST", f"{BASE}/domains", {"name": "a.example", "redirect": "b"}, 400, "is not valid", id="r"),
    pytest.param("POST", f"{BASE}/domains", {"name": "lms.vercel.app"}, 400, "already assigned to this", id="own"),
    pytest.param("GET", "/v9/projects/prj_lms/domains/a.example", None, 404, "Domain", id="no-domain"),
    pytest.param("POST", "/v9/projects/prj_lms/domains/a.example/verify", None, 404, "Domain", id="no-proof"),
    pytest.param("GET", "/v1/projects/lms/routes", None, 404, "Project", id="routes-take-the-id"),
    pytest.param("POST", "/v1/projects/prj_lms/routes", {"route": {"name": "a"}}, 400, "required", id="no-route"),
    pytest.param("POST", "/v1/projects/prj_lms/routes", {"route": {"name": "a", "route": {}}}, 400, "src", id="no-src"),
    pytest.param("POST", "/v1/projects/prj_lms/routes", {"route": {**RULE, "srcSyntax": "x"}}, 400, "Syntax", id="s"),
    pytest.param("PATCH", "/v1/projects/prj_lms/routes/x", {"route": RULE}, 404, "Route", id="no-rule"),
    pytest.param("GET", "/v1/projects/prj_lms/routes?versionId=x", None, 404, "Version", id="no-version"),
    pytest.param(
        "POST", "/v1/projects/prj_lms/routes/versions", {"id": "x", "action": "promote"}, 404, "Version", id="no-draft"
    ),
    pytest.param("POST", "/v13/deployments", {"name": "x"}, 400, "deploymentId", id="no-deployment"),
    pytest.param("GET", "/v13/deployments/x", None, 404, "Deployment", id="deployment"),
    pytest.param(
        "POST", "/v9/projects/prj_lms/custom-environments", {"slug": "production"}, 400, "slug", id="environment"
    ),
    pytest.param("GET", "/v9/projects/prj_lms/custom-environments/x", None, 404, "Environment", id="no-environment"),
]


@pytest.mark.trap("vercel", "1: unknown properties are rejected with 400, and errors have code and message")
@pytest.mark.parametrize(("method", "path", "body", "status", "said"), REFUSED)
async def test_what_the_vendor_refuses_the_simulator_refuses(
    account: Any, method: str, path: str, body: Any, status: int, said: str
) -> None:
    path, _, query = path.partition("?")
    more = dict([query.split("=")]) if query else {}
    answer = await account.dashboard(method, path, body, status, **more)
    assert said in answer["error"]["message"]
    assert answer["error"]["code"]


async def test_a_body_that_is_no_json_is_refused(account: Any) -> None:
    answer = await account.client.patch("/v9/projects/prj_lms", params={"slug": "ai-gurus"}, content=b"{")
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "Invalid JSON")


async def test_rules_are_placed_restored_and_thrown_away(account: Any) -> None:
    base = "/v1/projects/prj_lms/routes"

    async def add(name: str, **position: str) -> Any:
        return await account.dashboard("POST", base, {"route": {**RULE, "name": name}, "position": position})

    first = (await add("one"))["route"]["id"]
    await add("zero", placement="start")
    await add("half", placement="after", referenceId=first)
    last = await add("before", placement="before", referenceId=first)
    names = [r["name"] for r in (await account.dashboard("GET", base))["routes"]]
    assert names == ["zero", "before", "one", "half"]
    await account.dashboard("POST", base, {"route": RULE, "position": {"placement": "after", "referenceId": "x"}}, 404)
    version = last["version"]["id"]
    await account.dashboard("POST", f"{base}/versions", {"id": version, "action": "promote"})
    await account.dashboard("POST", f"{base}/versions", {"id": version, "action": "promote"}, 409)
    await account.dashboard("PATCH", f"{base}/{first}", {"route": {**RULE, "name": "changed"}})
    restored = await account.dashboard("PATCH", f"{base}/{first}", {"restore": True})
    assert restored["route"]["name"] == "one"
    await account.dashboard("POST", f"{base}/versions", {"id": restored["version"]["id"], "action": "discard"})
    await account.dashboard("POST", f"{base}/versions", {"id": version, "action": "other"}, 400)
    assert [v["isStaging"] for v in (await account.dashboard("GET", f"{base}/versions"))["versions"]] == [False]


async def test_builds_are_promoted_and_rolled_back_only_when_ready(account: Any) -> None:
    build = deploy(account.store, account.project)
    await account.dashboard("POST", f"/v10/projects/prj_lms/promote/{build['uid']}", status=409)
    await account.dashboard("POST", f"/v1/projects/prj_lms/rollback/{build['uid']}", status=422)
    finish(account.store, account.project)
    await account.dashboard("GET", f"/v13/deployments/{build['url']}")
    await account.dashboard("POST", f"/v1/projects/prj_lms/rollback/{build['uid']}", status=201)
    request = (await account.dashboard("GET", "/v9/projects/prj_lms"))["lastAliasRequest"]
    assert (request["type"], request["jobStatus"], request["toDeploymentId"]) == ("rollback", "succeeded", build["uid"])
    listed = await account.dashboard("GET", "/v6/deployments", state="READY")
    assert [d["uid"] for d in listed["deployments"]] == [build["uid"]]


async def test_a_hand_edit_of_what_is_not_there_says_so() -> None:
    sandbox = VercelSandbox(SandboxRequest("vercel", VercelSettings.model_validate(SETTINGS)))
    dashboard = Dashboard(sandbox.app, sandbox.store, "wrong", "shop")
    with pytest.raises(RuntimeError, match="refused with 401"):
        await dashboard._send("GET", "/v2/user", {})


@pytest.mark.trap("vercel", "3: the CLI says `visibility` where the documents say `type`")
async def test_what_official_clients_call_around_a_project_is_there(account: Any) -> None:
    base = "/v9/projects/prj_lms"
    linked = await account.dashboard("POST", f"{base}/link", {"type": "github", "repo": "acme/lms"})
    assert linked["link"]["productionBranch"] == "main"
    moved = await account.dashboard("PATCH", f"{base}/branch", {"branch": "stable"})
    assert (moved["link"]["productionBranch"], moved["link"]["repo"]) == ("stable", "lms")
    assert "link" not in await account.dashboard("DELETE", f"{base}/link")
    crons = await account.dashboard("PATCH", "/v1/projects/prj_lms/crons", {"enabled": False})
    assert crons["crons"]["disabledAt"] is not None
    kept = await account.dashboard("PATCH", f"{base}/deployment-expiration", {"expirationDays": 30})
    assert kept == {"expirationDays": 30}
    await account.dashboard("POST", "/v10/projects/prj_lms/domains", {"name": "a.example.com"})
    assert [d["name"] for d in (await account.dashboard("GET", "/v5/domains"))["domains"]] == ["example.com"]
    variables = [{"key": "A", "value": "x", "target": "production"}]
    made = await account.dashboard("POST", "/v10/projects", {"name": "new", "environmentVariables": variables})
    assert [(v["key"], v["type"]) for v in made["env"]] == [("A", "encrypted")]
    body = {**ENV, "visibility": "secret"}
    answer = await account.dashboard("POST", f"{BASE}/env", body, 201)
    assert answer["created"]["type"] == "sensitive"
    added = await account.dashboard("POST", "/projects/lms/alias", {"domain": "B.example.com", "target": "PRODUCTION"})
    assert [d["name"] for d in added] == ["b.example.com"]
    pulled = await account.dashboard("GET", "/v3/env/pull/new/production")
    assert pulled["env"] == {"A": "x"}
    for path in ("/teams/team_sandbox", "/v2/teams/ai-gurus"):
        assert (await account.dashboard("GET", path))["slug"] == "ai-gurus"
    await account.dashboard("PATCH", "/v2/teams/team_sandbox", {"sensitiveEnvironmentVariablePolicy": "on"})
    assert account.store.world.policy == "on"
