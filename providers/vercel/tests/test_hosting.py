"""Project settings, and the redeploy that is observed, never remembered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler import AnswerLost, ProtocolError, Refused, Scope, Unknown
from reconciler.testing import Sample
from reconciler.testing.site import Site
from reconciler_vercel.convert.hosting import is_on
from reconciler_vercel.sandbox.deploying import deploy, finish
from reconciler_vercel.sandbox.settings import PATCH

LEVEL = Sample("env/LOG_LEVEL", {"target": ["production"], "value": "info"})


def hosting(**fields: Any) -> Sample:
    return Sample("hosting/lms", {"lifecycle": {"adopt": True}, **fields})


@pytest.fixture
def site(account: Any, tmp_path: Path) -> Site:
    return Site(account.harness, tmp_path)


async def level(account: Any, value: str = "debug") -> None:
    """Change the variable in the dashboard."""
    account.clock.advance(60)
    record = account.variable("LOG_LEVEL")
    await account.dashboard("PATCH", f"/v9/projects/prj_lms/env/{record['id']}", {"value": value})


def builds(account: Any) -> list[Any]:
    return [d for d in account.project.deployments if d["meta"].get("action") == "promote"]


# Settings


@pytest.mark.trap("vercel", "15 #488: a PATCH holds managed, changed fields only, no nulls for the others")
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


@pytest.mark.trap("vercel", "2: the list of frameworks grows, and new values do not break a read")
async def test_unknown_values_are_read_and_unknown_fields_ignored(account: Any) -> None:
    account.project.settings |= {"framework": "brand-new", "nodeVersion": "99.x", "somethingNew": {"a": 1}}
    live = await account.one("hosting")
    assert (live.values["framework"], live.values["nodeVersion"]) == ("brand-new", "99.x")
    assert "somethingNew" not in live.values


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


async def test_build_settings_say_that_they_act_later(account: Any, site: Site) -> None:
    site.desire([hosting(nodeVersion="20.x", buildCommand="npm run build")])
    (change,) = (await site.plan()).changes
    assert change.notes == (
        "buildCommand, nodeVersion: for the next deployment, unless a vercel.json there says otherwise",
    )


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


# Redeploy


@pytest.mark.trap("vercel", "3: changed variables reach no existing deployment; a new one is needed")
async def test_a_variable_newer_than_production_makes_a_redeploy_pending_in_every_report(
    account: Any, site: Site
) -> None:
    account.deploy()
    site.desire([hosting(), LEVEL])
    await site.apply()
    for _ in range(2):
        plan = await site.plan()
        assert plan.changes == ()
        assert [str(p.address) for p in plan.pending] == ["hosting/lms"]
        assert "redeploy needed" in plan.pending[0].note
    account.deploy()
    assert (await site.plan()).pending == ()


async def test_redeploy_auto_builds_production_once_after_all_variables(account: Any, site: Site) -> None:
    account.deploy()
    others = [Sample(f"env/V{n}", {"target": ["production"], "value": "x"}) for n in range(5)]
    site.desire([hosting(redeploy="auto"), LEVEL, *others])
    outcome = await site.apply()
    assert {r.status for r in outcome.results} <= {"done"}, outcome.results
    (build,) = builds(account)
    assert build["readyState"] == "READY"
    assert build["created"] > max(r["updatedAt"] for r in account.project.env.values())
    assert account.project.serving == build["uid"]
    plan = await site.plan()
    assert (plan.changes, plan.pending) == ((), ())
    assert (await site.apply()).results == ()
    assert len(builds(account)) == 1


async def test_a_change_made_by_hand_makes_it_needed_and_apply_carries_it_out(account: Any, site: Site) -> None:
    account.deploy()
    site.desire([hosting(redeploy="auto"), LEVEL])
    await site.apply()
    await level(account, "info")
    (change,) = (await site.plan()).changes
    assert [(f.path, f.before) for f in change.fields] == [(("redeploy",), "needed")]
    assert (await site.plan()).drift == ()
    await site.apply()
    assert len(builds(account)) == 2
    assert (await site.plan()).changes == ()


async def test_the_removal_of_a_variable_is_followed_by_a_build_in_the_same_run(account: Any, site: Site) -> None:
    account.deploy()
    keep = Sample("env/KEEP", {"target": ["production"], "value": "x"})
    site.desire([hosting(redeploy="auto"), LEVEL, keep])
    await site.apply()
    site.desire([hosting(redeploy="auto"), keep])
    await site.apply()
    assert len(builds(account)) == 2


@pytest.mark.parametrize("target", ["preview", "development"])
async def test_variables_of_other_environments_do_not_count(account: Any, site: Site, target: str) -> None:
    account.deploy()
    account.clock.advance(60)
    site.desire([hosting(), Sample("env/A", {"target": [target], "value": "x"})])
    await site.apply()
    assert (await site.plan()).pending == ()


async def test_what_was_never_deployed_needs_no_redeploy(account: Any, site: Site) -> None:
    site.desire([hosting(redeploy="auto"), LEVEL])
    outcome = await site.apply()
    assert {r.status for r in outcome.results} == {"done"}
    assert account.project.deployments == []
    assert (await site.plan()).changes == ()


async def test_a_build_that_is_on_its_way_is_pending_and_no_second_one_is_made(account: Any, site: Site) -> None:
    account.deploy()
    site.desire([hosting(redeploy="auto"), LEVEL])
    await site.apply()
    await level(account, "info")
    account.store.world.looks = 10**6
    deploy(account.store, account.project)
    plan = await site.plan()
    assert plan.changes == ()
    assert "is being built with the changed variables" in plan.pending[0].note
    account.store.world.looks = 0
    finish(account.store, account.project)
    assert (await site.plan()).pending == ()


async def test_a_build_that_takes_too_long_goes_on_and_is_pending(account: Any, site: Site) -> None:
    account.deploy()
    account.store.world.looks = 10**6
    site.desire([hosting(redeploy="auto"), LEVEL])
    outcome = await site.apply()
    assert {r.status for r in outcome.results} == {"done"}
    assert account.clock.elapsed > 590
    plan = await site.plan()
    assert plan.changes == ()
    assert "is being built" in plan.pending[0].note


async def test_a_build_that_fails_is_an_error_and_stays_needed(account: Any, site: Site) -> None:
    account.deploy()
    account.store.world.failing_builds = True
    site.desire([hosting(redeploy="auto"), LEVEL])
    outcome = await site.apply()
    (failed,) = [r for r in outcome.results if r.status == "failed"]
    assert "ended in ERROR" in failed.reason
    assert "mend the build" in failed.fix
    plan = await site.plan()
    assert [str(c.address) for c in plan.changes] == ["hosting/lms"]
    assert any("last build for production failed" in p.note for p in plan.pending)


async def test_a_lost_answer_makes_no_second_build(account: Any, site: Site) -> None:
    account.deploy()
    inner, lost = account.wire.inner.handle_async_request, []

    async def lose_the_build(request: Any) -> Any:
        answer = await inner(request)
        if request.url.path == "/v13/deployments" and not lost:
            lost.append(request)
            raise httpx.ReadError("connection reset", request=request)
        return answer

    account.wire.inner.handle_async_request = lose_the_build
    site.desire([hosting(redeploy="auto"), LEVEL])
    outcome = await site.apply()
    assert {r.status for r in outcome.results} == {"done"}, outcome.results
    assert (len(lost), len(builds(account))) == (1, 1)


@pytest.mark.trap("vercel", "12: a rollback keeps the old build's variables, and new builds are not shown")
async def test_a_rollback_is_told(account: Any, site: Site) -> None:
    account.deploy()
    site.desire([hosting(), LEVEL])
    await site.apply()
    old = account.project.deployments[0]["uid"]
    account.deploy()
    await account.dashboard("POST", f"/v1/projects/prj_lms/rollback/{old}", status=201)
    reasons = [p.note for p in (await site.plan()).pending]
    assert any("production is rolled back" in reason for reason in reasons)
    assert any("redeploy needed" in reason for reason in reasons)


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
