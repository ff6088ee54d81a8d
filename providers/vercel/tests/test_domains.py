"""Domains: two facts about each, redirects in their order, and what is somebody else's."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import Refused
from reconciler.testing import Sample
from reconciler.testing.site import Site


@pytest.mark.trap("vercel", "15 #544: a domain serves once it is verified and its DNS leads to Vercel")
@pytest.mark.parametrize(
    ("verified", "configured", "said"),
    [
        pytest.param(True, True, [], id="serves"),
        pytest.param(True, False, ["CNAME learn.example.com = cname.vercel-dns-0.com"], id="dns"),
        pytest.param(False, True, ["TXT _vercel.example.com = vc-domain-verify="], id="ownership"),
        pytest.param(False, False, ["TXT _vercel.example.com", "CNAME learn.example.com"], id="both"),
    ],
)
@pytest.mark.trap("vercel", "15 #575: a domain that was made does not serve by that")
async def test_what_a_domain_waits_for_is_pending_with_the_record_to_set(
    account: Any, site: Site, verified: bool, configured: bool, said: list[str]
) -> None:
    world = account.store.world
    world.unverified = set() if verified else {"learn.example.com"}
    world.dns = {"learn.example.com"} if configured else set()
    site.desire([Sample("domains/learn.example.com", {})])
    outcome = await site.apply()
    assert {r.status for r in outcome.results} == {"done"}
    plan = await site.plan()
    assert (plan.changes, plan.drift) == ((), ())
    reasons = [p.note for p in plan.pending]
    assert len(reasons) == len(said)
    for text, reason in zip(said, reasons, strict=True):
        assert text in reason
        assert "whoever runs the DNS of example.com has to" in reason


async def test_an_apex_domain_gets_an_address_by_rank(account: Any) -> None:
    await account.create("domains", "example.com", {})
    live = (await account.listed("domains"))["example.com"]
    assert live.pending == (
        "its DNS does not lead to Vercel: whoever runs the DNS of example.com has to set A example.com = 76.76.21.21",
    )


@pytest.mark.trap("vercel", "6: redirect targets are made before the redirects and removed after them")
async def test_redirects_come_after_their_targets_and_go_before_them(account: Any, site: Site) -> None:
    last = Sample("domains/z.example.com", {})
    site.desire(
        [Sample("domains/a.example.com", {"redirect": "m.example.com"}), Sample("domains/m.example.com", {}), last]
    )
    outcome = await site.apply()
    assert {r.status for r in outcome.results} == {"done"}
    assert account.project.domains["a.example.com"]["redirect"] == "m.example.com"
    site.desire([last])
    actions = [(str(c.address), c.action) for c in (await site.plan()).changes]
    assert actions == [("domains/a.example.com", "delete"), ("domains/m.example.com", "delete")]


@pytest.mark.trap("vercel", "6: what a redirect answers by default is not known, so it is left alone")
async def test_the_servers_own_status_code_is_no_difference(account: Any, site: Site) -> None:
    site.desire([Sample("domains/a.example.com", {}), Sample("domains/b.example.com", {"redirect": "a.example.com"})])
    await site.apply()
    assert account.project.domains["b.example.com"]["redirectStatusCode"] == 307
    assert (await site.plan()).changes == ()


@pytest.mark.trap("vercel", "6: 409 means that the domain is assigned elsewhere")
async def test_a_domain_of_another_project_is_named_as_that(account: Any) -> None:
    account.store.world.elsewhere = {"learn.example.com"}
    with pytest.raises(Refused, match="already assigned to another project") as caught:
        await account.create("domains", "learn.example.com", {})
    assert "move it here" in caught.value.fix


@pytest.mark.trap("vercel", "6: adding a domain can fail because the last production build failed")
async def test_a_failed_build_that_keeps_a_domain_out_is_told(account: Any) -> None:
    account.store.world.failing_builds = True
    account.deploy()
    with pytest.raises(Refused, match="latest production deployment failed"):
        await account.create("domains", "learn.example.com", {})


@pytest.mark.trap("vercel", "6: the production branch cannot be a domain's branch")
async def test_the_production_branch_is_refused_in_the_vendors_words(account: Any) -> None:
    with pytest.raises(Refused, match="production branch main cannot be used"):
        await account.create("domains", "learn.example.com", {"gitBranch": "main"})


@pytest.mark.trap("vercel", "6: the name of a domain is immutable")
async def test_another_name_is_held_and_nothing_is_sent(account: Any, site: Site) -> None:
    site.desire([Sample("domains/app", {"name": "a.example.com"}), Sample("domains/z.example.com", {})])
    await site.apply()
    site.desire([Sample("domains/app", {"name": "b.example.com"}), Sample("domains/z.example.com", {})])
    (change,) = (await site.plan()).changes
    assert [hold.gate for hold in change.held] == ["immutable"]
    assert "add the other one beside it" in change.held[0].reason
    await site.apply()
    assert account.requests("PATCH") == []
    assert set(account.project.domains) == {"lms.vercel.app", "a.example.com", "z.example.com"}


@pytest.mark.trap("vercel", "6: names are lower case")
async def test_names_are_lower_case_on_both_sides(account: Any, site: Site) -> None:
    site.desire([Sample("domains/Learn.Example.com", {})])
    await site.apply()
    assert "learn.example.com" in account.project.domains
    assert (await site.plan()).changes == ()


async def test_removing_a_domain_needs_an_approval_and_the_last_one_never_goes(account: Any, site: Site) -> None:
    site.desire([Sample("domains/a.example.com", {}), Sample("domains/b.example.com", {})])
    await site.apply()
    site.desire([Sample("domains/a.example.com", {})])
    (change,) = (await site.plan()).changes
    assert (change.action, bool(change.held)) == ("delete", True)
    site.desire([])
    reasons = {h.reason for c in (await site.plan()).changes for h in c.held}
    assert any("last domain that serves production" in reason for reason in reasons)


async def test_vercels_own_domain_is_listed_and_costs_no_look_at_its_dns(account: Any) -> None:
    assert set(await account.listed("domains")) == {"lms.vercel.app"}
    assert [path for path, _ in account.requests("GET") if path.startswith("/v6/domains")] == []


@pytest.mark.trap("vercel", "1: domains are paged by `until`")
async def test_every_page_of_domains_is_read(account: Any) -> None:
    for number in range(130):
        await account.dashboard("POST", "/v10/projects/prj_lms/domains", {"name": f"d{number}.example.com"})
    assert len(await account.listed("domains")) == 131
