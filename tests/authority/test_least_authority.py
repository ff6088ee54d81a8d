"""Reading with a credential that only reads, writing with another: for every provider, against its rights."""

from __future__ import annotations

import copy
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from reconciler.engine.options import Options
from reconciler.report.exits import apply_exit, drift_exit, plan_exit
from reconciler.testing import Sample

SANDBOX = Options(sandbox=True)


async def test_plan_and_drift_are_whole_with_a_credential_that_only_reads(vendor: Any) -> None:
    assert apply_exit(await vendor.site(vendor.writer).apply()) == 0
    elsewhere = copy.deepcopy(vendor.store)
    vendor.wire.sent.clear()

    quiet = await vendor.site(vendor.reader).plan(coverage=True)
    assert (plan_exit(quiet, detailed=True), drift_exit(quiet), quiet.changes, quiet.drift) == (0, 0, (), ())

    vendor.store, ours = elsewhere, vendor.store
    assert apply_exit(await vendor.site(vendor.writer, changed=True).apply()) == 0  # by somebody with another ledger
    vendor.store = ours
    seen = await vendor.site(vendor.reader).plan(coverage=True)
    full = await vendor.site(vendor.writer).plan(coverage=True)
    assert drift_exit(seen) == 2
    assert [d.address for d in seen.drift] == [vendor.case.objects[0].where]
    assert [c.digest for c in seen.changes] == [c.digest for c in full.changes]
    assert seen.unknown == full.unknown


async def test_the_credential_to_write_needs_no_value_to_plan(vendor: Any) -> None:
    plan = await vendor.site(vendor.reader, "").plan(coverage=True)
    assert plan_exit(plan) == 0
    assert [str(c.address) for c in plan.changes] == [s.address for s in vendor.case.objects]


async def test_apply_reads_with_the_one_credential_and_writes_with_the_other(vendor: Any) -> None:
    outcome = await vendor.site(vendor.reader, vendor.writer).apply()
    assert apply_exit(outcome) == 0, outcome.results
    assert {r.status for r in outcome.results} == {"done"}
    assert {token for _, token in vendor.wrote} <= {vendor.writer}
    if vendor.wire.sent:  # the accounts speak SQL
        assert vendor.wire.sent[0] == ("GET", vendor.reader)
        assert vendor.wire.sent[-1][1] == vendor.reader  # what was written is looked at again
    assert (await vendor.site(vendor.reader).plan()).changes == ()


async def test_apply_with_a_credential_that_only_reads_fails_and_names_the_right(vendor: Any) -> None:
    before = await vendor.state()
    outcome = await vendor.site(vendor.reader).apply()
    assert apply_exit(outcome) == 1
    first = outcome.results[0]
    assert first.status == "failed"
    assert first.reason.startswith("the credential may not write: ")
    assert vendor.case.lacks in f"{first.reason} {first.fix}"
    assert "CREDENTIAL_TO_READ" in f"{first.reason} {first.fix}"
    assert [r.status for r in outcome.results[1:]] == ["skipped"] * len(outcome.results[1:])
    assert await vendor.state() == before
    assert vendor.reader not in f"{outcome}"


async def test_apply_without_a_value_for_the_credential_to_write_sends_nothing(vendor: Any) -> None:
    outcome = await vendor.site(vendor.reader, "").apply()
    assert apply_exit(outcome) == 1
    assert "CREDENTIAL_TO_WRITE is not set" in outcome.results[0].reason
    assert vendor.wrote == []


async def test_a_credential_to_write_of_another_account_is_refused_before_anything_is_sent(open_vendor: Any) -> None:
    async with (
        open_vendor("betterstack") as vendor,
        open_vendor("betterstack", expect={"team": "Another team"}) as other,
    ):
        ours, theirs = vendor.wire.inner, f"{other.writer}2"
        other.sandbox.api.token = theirs

        async def choose(request: Any) -> Any:
            of_theirs = request.headers["authorization"] == f"Bearer {theirs}"
            return await (other.wire.inner if of_theirs else ours).handle_async_request(request)

        vendor.wire.inner = SimpleNamespace(handle_async_request=choose)
        before, there = await vendor.state(), await other.state()
        outcome = await vendor.site(vendor.reader, theirs).apply()
        assert apply_exit(outcome) == 1
        assert "the credential to write (CREDENTIAL_TO_WRITE) belongs to team Another team" in outcome.results[0].reason
        assert vendor.wrote == []
        assert (await vendor.state(), await other.state()) == (before, there)


HIDDEN = [
    pytest.param(
        "vercel",
        Sample("env/KEPT", {"target": ["preview"], "type": "encrypted", "value": {"secret": "KEPT"}}),
        "did not decrypt it for this token",
        id="vercel-decrypt",
    ),
    pytest.param(
        "github",
        Sample(
            "rulesets/main",
            {
                "enforcement": "active",
                "rules": {"deletion": {}},
                "bypass_actors": [{"actor_type": "RepositoryRole", "actor_id": 5, "bypass_mode": "always"}],
            },
        ),
        "bypass_actors only to who may write",
        id="github-bypass-actors",
    ),
]


@pytest.mark.parametrize(("name", "sample", "why"), HIDDEN)
async def test_what_a_credential_may_not_read_is_unknown_and_neither_drift_nor_change(
    open_vendor: Any, name: str, sample: Sample, why: str
) -> None:
    async with open_vendor(name) as vendor:
        vendor.case = replace(vendor.case, objects=(sample,))
        assert apply_exit(await vendor.site(vendor.writer).apply()) == 0
        seen = await vendor.site(vendor.reader).plan(coverage=True)
        assert (plan_exit(seen, detailed=True), drift_exit(seen), seen.changes) == (0, 0, ())
        assert why in f"{seen.unknown}"
        assert "hush" not in f"{seen.unknown}"
