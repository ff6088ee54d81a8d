"""Every operation that our client uses, against the vendor's documents: what is sent, and what is answered."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.sandbox import SimulatedApp
from reconciler.testing import Conforming, FakeClock, Harness, documents, virtual_runtime
from reconciler.testing.account import Account
from reconciler_vercel.models import Domain, HeaderRule, Hosting, Variable
from reconciler_vercel.provider import Vercel
from reconciler_vercel.sandbox.api import VercelApi
from reconciler_vercel.sandbox.deploying import deploy, finish
from reconciler_vercel.sandbox.store import Store

TOKEN = "conformance-token-0123456789abcdef"
SETTINGS = {"team": "ai-gurus", "project": "lms", "rate": "none"}

EXCUSED = {
    # By the section of the fact sheet that says so.
    "§3: env is paged by limit and until, as the vendor's Terraform provider does": (
        r"/env: request: query parameter (limit|until) is not documented"
    ),
    "§11: the CLI names the team when it turns a switch": r"(insights|speed-insights)/toggle: .*parameter slug is not",
    "§2: fields of September 2026, which the document of 2025 does not have": (
        r"PATCH /v9/projects/\{idOrName\}: request at /(resourceConfig)?: Additional properties .*"
        r"(buildMachineSelection|protectedSourcemaps|enableExternalRewriteCaching|previewDeploymentSuffix)"
    ),
    "§2, §6: null stands where there is none (framework, configuredBy), which the lists of values omit": (
        r"response 200 at /.*(framework|configuredBy): None is not one of"
    ),
    "§3: the answer is a union whose variants overlap: an object of one is one of another too": (
        r"(/env|/env/\{id\}|/domains|/v10/projects|idOrName\}): response 200 at /(pagination|trustedIps)?: "
        r"it is valid under several"
    ),
}
UNDOCUMENTED = {"POST /v13/deployments"}
"""§12: in neither document; the body is the CLI's."""

USED = """
GET /v2/user
GET /v2/teams/{teamId}
GET /v9/projects/{idOrName}
GET /v10/projects
POST /v11/projects
PATCH /v9/projects/{idOrName}
DELETE /v9/projects/{idOrName}
POST /web/insights/toggle
POST /speed-insights/toggle
GET /v6/deployments
GET /v10/projects/{idOrName}/env
POST /v10/projects/{idOrName}/env
PATCH /v9/projects/{idOrName}/env/{id}
DELETE /v9/projects/{idOrName}/env/{id}
GET /v9/projects/{idOrName}/domains
POST /v10/projects/{idOrName}/domains
PATCH /v9/projects/{idOrName}/domains/{domain}
DELETE /v9/projects/{idOrName}/domains/{domain}
GET /v6/domains/{domain}/config
GET /v1/projects/{projectId}/routes
POST /v1/projects/{projectId}/routes
DELETE /v1/projects/{projectId}/routes
PATCH /v1/projects/{projectId}/routes/{routeId}
GET /v1/projects/{projectId}/routes/versions
POST /v1/projects/{projectId}/routes/versions
"""


@pytest.fixture
async def checked() -> AsyncIterator[tuple[Account, Conforming, Store]]:
    """Yield an account whose every exchange is looked at."""
    docs = documents("vercel.json", "vercel-sdk-2026-09-supplement.json", beside=Path(__file__))
    clock = FakeClock()
    store = Store(now=clock.now, projects={"lms": "prj_lms"})
    store.world.addons = {"protection", "trusted_ips"}
    transport = httpx.ASGITransport(SimulatedApp(VercelApi(store, TOKEN)))
    conforming = Conforming(transport, docs, excused=EXCUSED)
    harness = Harness(
        Vercel,
        (Variable, HeaderRule, Domain, Hosting),
        settings=SETTINGS,
        environ={"VERCEL_TOKEN": TOKEN},
        transport=conforming,
        runtime=virtual_runtime(clock),
    )
    headers = {"authorization": f"Bearer {TOKEN}"}
    async with Account.open(harness, base_url="https://api.vercel.com", headers=headers) as account:
        yield account, conforming, store


def problems_of(conforming: Conforming) -> list[str]:
    """Return what is wrong, but for what no document has."""
    return [p for p in conforming.problems if not any(p == f"{name} is not documented" for name in UNDOCUMENTED)]


async def drive_env(account: Account) -> None:
    plain = await account.create(
        "env", "LOG_LEVEL", {"target": ["production"], "type": "plain", "value": "info", "comment": "c"}
    )
    secret = {"target": ["production", "preview"], "type": "sensitive", "value": {"secret": "S"}}
    hidden = await account.create("env", "SECRET", secret)
    branch = {"key": "B", "target": ["preview"], "gitBranch": "next", "value": "x"}
    await account.create("env", "B", branch)
    await account.create("env", "CUSTOM", {"customEnvironmentIds": ["env_1"], "value": "x"})
    wanted = {"target": ["production", "preview"], "type": "encrypted", "value": "debug", "comment": ""}
    await account.update(plain, wanted, list(wanted), handle="LOG_LEVEL")
    await account.update(hidden, {**secret, "value": {"secret": "S2"}}, ["value"], handle="SECRET")
    with pytest.raises(Exception, match="already exists"):
        await account.create("env", "LOG_LEVEL", {"target": ["preview"], "value": "x"})
    for live in (await account.listed("env")).values():
        await account.provider.delete(live)
        await account.provider.delete(live)


async def drive_headers(account: Account) -> None:
    fields = {"source": "/(.*)", "description": "d", "headers": {"X-A": "a", "Link": ["b", "c"]}}
    live = await account.create("headers", "all", fields)
    live = await account.update(live, {**fields, "enabled": False, "headers": {"X-A": "b"}}, ["headers", "enabled"])
    await account.listed("headers")
    await account.provider.delete(live)


async def drive_domains(account: Account) -> None:
    await account.create("domains", "example.com", {})
    www = await account.create("domains", "www.example.com", {"redirect": "example.com", "redirectStatusCode": 308})
    changed = {"redirect": None, "redirectStatusCode": None, "gitBranch": "next"}
    await account.update(www, changed, list(changed))
    for live in (await account.listed("domains")).values():
        await account.provider.delete(live)


HOSTING: dict[str, Any] = {
    "framework": "nextjs",
    "buildCommand": "make",
    "nodeVersion": "20.x",
    "resourceConfig": {"functionDefaultRegions": ["iad1"], "fluid": True, "functionDefaultTimeout": 60},
    "ssoProtection": {"deploymentType": "all"},
    "passwordProtection": {"deploymentType": "preview", "password": {"secret": "P"}},
    "trustedIps": {
        "deploymentType": "production",
        "protectionMode": "additional",
        "addresses": [{"value": "192.0.2.1", "note": "office"}],
    },
    "optionsAllowlist": {"paths": [{"value": "/api"}]},
    "oidcTokenConfig": {"issuerMode": "team"},
    "staticIps": {"enabled": True},
    "skewProtectionMaxAge": 3600,
    "gitLFS": True,
    "previewDeploymentsDisabled": None,
    "enablePreviewFeedback": False,
    "webAnalytics": True,
    "speedInsights": True,
}
CLEARED = dict.fromkeys(
    ("framework", "buildCommand", "ssoProtection", "passwordProtection", "trustedIps", "optionsAllowlist")
)


async def drive_hosting(account: Account, store: Store) -> None:
    team = await account.connect(project=None)
    await team.whoami()
    made = await team.create(account.sending("hosting", "new", HOSTING))
    await team.update(account.change(made, {**HOSTING, **CLEARED}, list(CLEARED)))
    newer = {"protectedSourcemaps": True, "enableExternalRewriteCaching": True, "previewDeploymentSuffix": "x.example"}
    newer["resourceConfig"] = {"buildMachineSelection": "elastic"}
    await team.update(account.change(made, {**HOSTING, **newer}, list(newer)))
    assert len([live async for live in team.list("hosting")]) == 2
    await team.delete(made)
    project = store.project("lms")
    deploy(store, project)
    finish(store, project)
    store.world.looks = 2
    lms = await account.provider.update(
        account.change((await account.listed("hosting"))["lms"], {"redeploy": "auto"}, ["redeploy"])
    )
    assert lms.values["redeploy"] == "auto"


async def test_every_operation_that_is_used_conforms_both_ways(
    checked: tuple[Account, Conforming, Store],
) -> None:
    account, conforming, store = checked
    await account.provider.whoami()
    await account.api("GET", "/v2/user")
    await drive_env(account)
    await drive_headers(account)
    await drive_domains(account)
    await drive_hosting(account, store)
    assert not problems_of(conforming), "\n".join(problems_of(conforming))
    assert conforming.seen == set(USED.split("\n")) - {""}
    assert conforming.used == set(EXCUSED), "an exception that is not needed any more"


async def test_what_our_client_does_not_use_conforms_too(checked: tuple[Account, Conforming, Store]) -> None:
    """Official clients are run against the simulator: the neighbouring operations answer as documented."""
    account, conforming, store = checked
    dashboard = {"slug": "ai-gurus"}

    async def ask(method: str, path: str, body: Any = None, status: int = 200) -> Any:
        return await account.api(method, path, body, status, params=dashboard)

    project = store.project("lms")
    build = deploy(store, project)
    finish(store, project)
    await account.api("GET", "/v2/teams")
    base = "/v10/projects/prj_lms"
    many = [
        {"key": "A", "value": "x", "type": "plain", "target": ["production"]},
        {"key": "A", "value": "y", "type": "plain", "target": ["production"]},
    ]
    answer = await ask("POST", f"{base}/env", many, 201)
    assert (len(answer["created"]), answer["failed"][0]["error"]["code"]) == (1, "ENV_CONFLICT")
    upserted = await account.api("POST", f"{base}/env", many[1], 201, params={**dashboard, "upsert": "true"})
    assert upserted["created"]["id"] == answer["created"][0]["id"]
    await ask("GET", f"/v1/projects/prj_lms/env/{upserted['created']['id']}")
    await ask("DELETE", "/v1/projects/prj_lms/env", {"ids": [upserted["created"]["id"]]})
    await ask("POST", f"{base}/domains", {"name": "example.com"})
    await ask("GET", "/v9/projects/prj_lms/domains/example.com")
    await ask("POST", "/v9/projects/prj_lms/domains/example.com/verify")
    await ask("POST", "/v9/projects/prj_lms/custom-environments", {"slug": "staging"}, 201)
    await ask("GET", "/v9/projects/prj_lms/custom-environments")
    await ask("GET", "/v9/projects/prj_lms/custom-environments/staging")
    await ask("DELETE", "/v9/projects/prj_lms/custom-environments/staging")
    await ask("PATCH", "/v1/projects/prj_lms/protection-bypass", {"generate": {}})
    await ask("GET", "/v7/deployments")
    await ask("GET", f"/v13/deployments/{build['uid']}")
    await ask("GET", "/v5/domains")
    await ask("POST", "/v1/projects/prj_lms/pause")
    await ask("POST", "/v1/projects/prj_lms/unpause")
    await ask("POST", f"/v1/projects/prj_lms/rollback/{build['uid']}", status=201)
    await ask("POST", f"{base}/promote/{build['uid']}", status=201)
    rule = {"id": "r1", "name": "a", "route": {"src": "/a", "dest": "/b"}}
    staged = await ask("PUT", "/v1/projects/prj_lms/routes", {"overwrite": True, "routes": [rule]})
    await account.api("GET", "/v1/projects/prj_lms/routes", params={**dashboard, "diff": "only"})
    version = {"id": staged["version"]["id"], "action": "discard"}
    await ask("POST", "/v1/projects/prj_lms/routes/versions", version)
    problems = [p for p in problems_of(conforming) if not re.search("custom-environments.*(domains|currentDeploy)", p)]
    assert not problems, "\n".join(problems)
