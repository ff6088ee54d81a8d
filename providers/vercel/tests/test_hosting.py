"""Project settings: only what is managed and differs is sent, and what the plan lacks is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from reconciler import AnswerLost, ProtocolError, Refused, Scope, SecretValue, Unknown
from reconciler.testing import Sample
from reconciler.testing.site import Site
from reconciler_vercel.convert.hosting import is_on
from reconciler_vercel.sandbox.settings import PATCH

LEVEL = Sample("env/LOG_LEVEL", {"target": ["production"], "value": "info"})


def hosting(**fields: Any) -> Sample:
    return Sample("hosting/lms", {"lifecycle": {"adopt": True}, **fields})


async def level(account: Any, value: str = "debug") -> None:
    """Change the variable in the dashboard."""
    account.clock.advance(60)
    record = account.variable("LOG_LEVEL")
    await account.dashboard("PATCH", f"/v9/projects/prj_lms/env/{record['id']}", {"value": value})


def builds(account: Any) -> list[Any]:
    return [d for d in account.project.deployments if d["meta"].get("action") == "promote"]


# Settings


@pytest.mark.trap("vercel", "15 #488: a PATCH holds managed, changed fields only, no nulls for the others")
@pytest.mark.trap("vercel", "1: the body of a GET is never sent back whole")
async def test_only_what_differs_is_sent(account: Any, site: Site) -> None:
    config = {"functionDefaultRegions": ["iad1"], "functionDefaultTimeout": "1m"}
    site.desire([hosting(framework="nextjs", nodeVersion="22.x", resourceConfig=config)])
    outcome = await site.apply()
    assert {r.status for r in outcome.results} == {"done"}
    sent = [body for path, body in account.requests("PATCH") if path == "/v9/projects/prj_lms"]
    assert sent == [{"framework": "nextjs", "resourceConfig": {"functionDefaultTimeout": 60}}]
    assert account.project.settings["resourceConfig"]["fluid"] is True
    assert (await site.plan()).changes == ()


@pytest.mark.trap("vercel", "15 #524: `publicSource` and other retired fields are refused; there is an allow-list")
async def test_the_simulator_refuses_what_the_vendor_refuses_and_we_send_none_of_it(account: Any) -> None:
    told = await account.dashboard("PATCH", "/v9/projects/prj_lms", {"publicSource": None}, 400)
    assert told["error"]["message"] == "Invalid request: should NOT have additional property `publicSource`."
    fields = set(account.harness.kind("hosting").model_fields) - {"webAnalytics", "speedInsights", "redeploy"}
    assert fields <= set(PATCH)
    assert "publicSource" not in PATCH


@pytest.mark.trap("vercel", "15 #342: regions compare as a set, through one of the two fields")
@pytest.mark.trap("vercel", "15 #496: regions do not flap")
async def test_regions_in_another_order_are_no_difference(account: Any, site: Site) -> None:
    regions = {"functionDefaultRegions": ["iad1", "fra1"]}
    site.desire([hosting(resourceConfig=regions)])
    await site.apply()
    account.project.settings["resourceConfig"]["functionDefaultRegions"].reverse()
    assert (await site.plan()).changes == ()
    assert "serverlessFunctionRegion" not in account.harness.kind("hosting").model_fields


@pytest.mark.trap("vercel", "2: null clears, what is left out stays")
async def test_null_clears_a_command_and_protection(account: Any, site: Site) -> None:
    site.desire([hosting(buildCommand="make", installCommand="make deps")])
    await site.apply()
    site.desire([hosting(buildCommand=None, ssoProtection=None)])
    await site.apply()
    settings = account.project.settings
    assert (settings["buildCommand"], settings["ssoProtection"]) == (None, None)
    assert settings["installCommand"] == "make deps"
    assert (await site.plan()).changes == ()


@pytest.mark.trap("vercel", "7: protection of new projects is on, so it is stated")
async def test_protection_that_was_switched_on_by_hand_is_drift(account: Any, site: Site) -> None:
    site.desire([hosting(ssoProtection=None)])
    await site.apply()
    await account.dashboard("PATCH", "/v9/projects/prj_lms", {"ssoProtection": {"deploymentType": "all"}})
    (drift,) = (await site.plan()).drift
    assert drift.fields[0].path[0] == "ssoProtection"


@pytest.mark.trap("vercel", "7: a password of deployment protection is write-only")
async def test_a_password_is_sent_and_never_read(account: Any, site: Site) -> None:
    account.store.world.addons = {"protection"}
    wanted = {"deploymentType": "preview", "password": {"secret": "SITE_PASSWORD"}}
    site.desire([hosting(passwordProtection=wanted)])
    outcome = await site.apply()
    assert {r.status for r in outcome.results} == {"done"}
    sent = account.harness.secret("SITE_PASSWORD").reveal()
    assert account.project.settings["passwordProtection"]["password"] == sent
    assert (await account.one("hosting")).values["passwordProtection"] == {"deploymentType": "preview"}
    assert (await site.plan()).changes == ()


@pytest.mark.trap("vercel", "7: a password has at most 72 characters")
async def test_a_password_that_is_too_long_is_refused_before_anything_is_sent(account: Any) -> None:
    account.store.world.addons = {"protection"}
    live = await account.one("hosting")

    def wanted(size: int) -> dict[str, Any]:
        password = SecretValue("p" * size, "secret SITE_PASSWORD")
        return {"name": "lms", "passwordProtection": {"deploymentType": "preview", "password": password}}

    for size, refused in ((72, False), (73, True)):
        before = len(account.requests("PATCH"))
        change = account.change(live, {"name": "lms"}, ["passwordProtection"])
        change = replace(change, desired=replace(change.desired, spec=wanted(size)))
        if not refused:
            await account.provider.update(change)
            assert len(account.project.settings["passwordProtection"]["password"]) == 72
        else:
            with pytest.raises(Refused, match="has 73 characters, and Vercel takes 72"):
                await account.provider.update(change)
            assert len(account.requests("PATCH")) == before


@pytest.mark.trap("vercel", "7: some tokens are shown trusted addresses only in part")
async def test_addresses_that_are_hidden_are_unknown(account: Any, site: Site) -> None:
    account.store.world.addons = {"trusted_ips"}
    wanted = {"deploymentType": "production", "protectionMode": "additional", "addresses": [{"value": "192.0.2.1"}]}
    site.desire([hosting(trustedIps=wanted)])
    await site.apply()
    assert (await site.plan()).changes == ()
    account.project.settings["trustedIps"] = {"deploymentType": "production"}
    plan = await site.plan()
    assert (plan.changes, plan.drift) == ((), ())
    live = await account.one("hosting")
    assert isinstance(live.values["trustedIps"]["addresses"], Unknown)


@pytest.mark.trap("vercel", "7: the secret of a protection bypass is the key of a map in the project")
async def test_the_secret_of_a_bypass_is_redacted_wherever_it_could_show(account: Any) -> None:
    body = {"generate": {"note": "smoke tests"}}
    answer = await account.dashboard("PATCH", "/v1/projects/prj_lms/protection-bypass", body)
    (secret,) = answer["protectionBypass"]
    live = await account.one("hosting")
    assert secret not in repr(live)
    assert account.harness.runtime.redactor.clean(f"x {secret} y") == "x (protection bypass secret) y"


@pytest.mark.trap("vercel", "2: `env` in a project holds ciphertext: only its times are looked at")
async def test_variables_in_the_project_are_neither_read_nor_sent(account: Any, site: Site) -> None:
    site.desire([hosting(buildCommand="make"), LEVEL])
    await site.apply()
    project = await account.dashboard("GET", "/v9/projects/prj_lms")
    assert [v["key"] for v in project["env"]] == ["LOG_LEVEL"]
    assert "env" not in (await account.one("hosting")).values
    site.desire([hosting(buildCommand="make all"), LEVEL])
    await site.apply()
    sent = [body for path, body in account.requests("PATCH") if path == "/v9/projects/prj_lms"]
    assert sent[-1] == {"buildCommand": "make all"}
    assert account.variable("LOG_LEVEL")["value"] == "info"


@pytest.mark.trap("vercel", "2: the list of frameworks grows, and new values do not break a read")
@pytest.mark.trap("vercel", "2: what the server adds to a project (defaultResourceConfig, and more) is not compared")
async def test_unknown_values_are_read_and_unknown_fields_ignored(account: Any) -> None:
    account.project.settings |= {"framework": "brand-new", "nodeVersion": "99.x", "somethingNew": {"a": 1}}
    account.project.settings["defaultResourceConfig"] = {"fluid": False}
    live = await account.one("hosting")
    assert (live.values["framework"], live.values["nodeVersion"]) == ("brand-new", "99.x")
    assert not {"somethingNew", "defaultResourceConfig"} & set(live.values)


@pytest.mark.parametrize(
    ("product", "expected"),
    [
        pytest.param(None, False, id="never"),
        pytest.param({"id": "a", "enabledAt": 5}, True, id="on"),
        pytest.param({"id": "a", "enabledAt": 5, "disabledAt": 9}, False, id="off-later"),
        pytest.param({"id": "a", "enabledAt": 9, "disabledAt": 5}, True, id="on-again"),
        pytest.param({"id": "a", "enabledAt": 5, "canceledAt": 9}, False, id="cancelled"),
        pytest.param({"id": "a"}, True, id="there"),
    ],
)
@pytest.mark.trap("vercel", "11: analytics are on where the object is there and was not ended since")
def test_whether_a_product_is_on(product: Any, expected: bool) -> None:
    assert is_on(product) is expected


@pytest.mark.trap("vercel", "11: analytics have calls of their own, and measure once the application loads a script")
async def test_switches_are_turned_by_their_own_calls(account: Any, site: Site) -> None:
    site.desire([hosting(webAnalytics=True, speedInsights=True)])
    notes = [note for c in (await site.plan()).changes for note in c.notes]
    assert any("until the application loads @vercel/analytics" in note for note in notes)
    await site.apply()
    assert (await site.plan()).changes == ()
    site.desire([hosting(webAnalytics=False, speedInsights=True)])
    await site.apply()
    live = await account.one("hosting")
    assert (live.values["webAnalytics"], live.values["speedInsights"]) == (False, True)


@pytest.mark.trap("vercel", "2: build settings act from the next deployment on, and a vercel.json may override them")
async def test_build_settings_say_that_they_act_later(account: Any, site: Site) -> None:
    site.desire([hosting(nodeVersion="20.x", buildCommand="npm run build")])
    (change,) = (await site.plan()).changes
    assert change.notes == (
        "buildCommand, nodeVersion: for the next deployment, unless a vercel.json there says otherwise",
    )


@pytest.mark.trap("vercel", "2: a deleted project takes its variables and domains along, so it needs an approval")
async def test_a_project_leaves_with_an_approval_only(account: Any, site: Site) -> None:
    site.desire([hosting()])
    await site.apply()
    site.desire([])
    assert [c.action for c in (await site.plan()).changes] == ["retain"]
    site.desire([hosting(lifecycle={"on_remove": "delete", "adopt": True})])
    await site.apply()
    site.desire([])
    (change,) = (await site.plan()).changes
    assert (change.action, bool(change.held), "environment variables" in change.danger) == ("delete", True, True)


# Projects of a team


@pytest.mark.trap("vercel", "1: projects are paged by an opaque token in `from`")
async def test_every_page_of_projects_is_read(account: Any) -> None:
    for number in range(120):
        await account.dashboard("POST", "/v11/projects", {"name": f"p{number}"})
    team = await account.connect(project=None)
    assert len([live async for live in team.list("hosting")]) == 122
    assert await team.whoami() == Scope({"team": "ai-gurus", "team_id": "team_sandbox"})
    for collection in ("env", "domains", "headers"):
        assert [live async for live in team.list(collection)] == []


@pytest.mark.trap("vercel", "2: creating takes a part of the fields, and a PATCH follows for the rest")
async def test_a_project_that_is_half_made_says_so(account: Any) -> None:
    account.store.world.plan = "hobby"
    team = await account.connect(project=None)
    wanted = account.sending("hosting", "new", {"speedInsights": True})
    with pytest.raises(AnswerLost, match=r"the project was created, and then: .*the plan does not have it"):
        await team.create(wanted)


async def test_a_project_without_an_id_is_a_protocol_error(account: Any) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"name": "lms"}))
    other = await account.connect(transport=transport)
    with pytest.raises(ProtocolError):
        await other.whoami()


async def test_env_calls_need_a_project(account: Any) -> None:
    team = await account.connect(project=None)
    with pytest.raises(Refused, match="names no project"):
        await team.create(account.sending("env", "A", {"target": ["production"], "value": "x"}))


@pytest.mark.trap("vercel", "2: what the server turns by itself is no drift (affected projects, build machines)")
async def test_what_the_server_turns_by_itself_is_no_difference(account: Any, site: Site) -> None:
    config = {"buildMachineSelection": "elastic"}
    site.desire([hosting(rootDirectory="app", resourceConfig=config)])
    await site.apply()
    assert account.project.settings["enableAffectedProjectsDeployments"] is False
    account.project.settings["resourceConfig"]["buildMachineType"] = "turbo"
    assert (await site.plan()).changes == ()


@pytest.mark.trap("vercel", "2: a deleted project takes its variables and domains along, so it needs an approval")
async def test_deleting_a_project_again_is_done(account: Any) -> None:
    team = await account.connect(project=None)
    made = await team.create(account.sending("hosting", "new", {"framework": "nextjs"}))
    await team.delete(made)
    await team.delete(made)
    assert set(account.store.projects) == {"prj_lms", "prj_docs"}
    assert account.harness.kind("hosting").data_bearing
