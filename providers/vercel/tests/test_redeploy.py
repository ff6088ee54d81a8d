"""The redeploy: observed, never remembered, and carried out once."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from reconciler.testing import Sample
from reconciler.testing.site import Site
from reconciler_vercel.sandbox.deploying import deploy, finish

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


@pytest.mark.trap("vercel", "12: production is built again as the CLI does, and the build is found by its uid")
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


@pytest.mark.trap("vercel", "12: a build takes its time, and is not asked for twice")
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


@pytest.mark.trap("vercel", "12: a build may fail, so that production stays old")
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
