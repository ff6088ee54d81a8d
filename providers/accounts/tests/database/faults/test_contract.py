"""The contract suite, on a real database behind a proxy that breaks connections at the worst moments, and in memory."""

from __future__ import annotations

import asyncio
import socket
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reconciler import Runtime
from reconciler.testing import Harness, ProviderContract, Sample, virtual_runtime
from reconciler_accounts.sandbox.memory.line import Line
from reconciler_accounts.sandbox.samples import OTHER_ADMIN, SAMPLES
from reconciler_accounts.sandbox.simulated import harness_on


def hurried() -> Runtime:
    """A clock that tells the time, and sleeps a twentieth of what it is asked to.

    A virtual one would jump ahead whenever everybody waits for PostgreSQL.
    """

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds / 20)

    return replace(virtual_runtime(), now=lambda: datetime.now(UTC), monotonic=time.monotonic, sleep=sleep)


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class TestContract(ProviderContract):
    samples = SAMPLES

    async def test_what_is_no_longer_desired_goes_through_the_gates(self, site: Any, sample: Sample) -> None:
        """Disabled, and no row is lost: to be reversible is this kind's way of holding data."""
        await site.apply()
        site.desire(s for s in self.samples if s is not sample)
        before = await site.live("accounts")

        outcome = await site.apply()

        assert {result.status for result in outcome.results} == {"done"}
        assert not outcome.not_converged
        after = await site.live("accounts")
        assert set(after) == set(before)
        assert {i for i in after if after[i].inactive} >= {
            i for i in after if after[i].identity == site.harness.resource(sample).identity
        }
        plan = await site.plan()
        assert (plan.changes, plan.drift) == ((), ())

    async def test_a_hand_over_that_failed_is_owed_and_the_account_stays_ours(self, site: Any, world: Any) -> None:
        smtp = {"host": "127.0.0.1", "port": unused_port(), "tls": "none", "from": "lms@x.com"}
        by_file = site.harness.settings
        site.harness.settings = {**by_file, "delivery": {"smtp": smtp}}
        site.desire(self.samples[:1])

        [failed] = (await site.apply()).results
        assert (failed.status, "ana@x.com is locked" in failed.reason) == ("failed", True)
        [owed] = (await site.plan()).changes
        assert (owed.action, [f.path for f in owed.fields], owed.held) == ("update", [("state",)], ())

        site.harness.settings = by_file
        site.desire(self.samples[:1])
        assert [r.status for r in (await site.apply()).results] == ["done"]
        assert (await site.plan()).changes == ()
        assert len(list((site.root / "handover").iterdir())) == 1

    async def test_a_moved_account_keeps_its_row(self, site: Any, world: Any) -> None:
        first = self.samples[0]
        site.desire([first])
        await site.apply()
        before = await world.row("ana@x.com")
        site.desire([Sample("accounts/ana@y.com", {**first.fields, "lifecycle": {"moved_from": "ana@x.com"}})])

        [change] = (await site.plan()).changes
        assert (change.action, [f.path for f in change.fields]) == ("update", [("email",)])
        await site.apply()

        after = await world.row("ana@y.com")
        assert (after["id"], after["password"]) == (before["id"], before["password"])
        assert (await site.plan()).changes == ()

    @pytest.fixture
    async def harness(self, world: Any, proxy: Any, engine: Any, tmp_path: Path) -> Harness:
        rim, url = proxy
        await world.add(OTHER_ADMIN, "ADMIN")
        return harness_on(engine.quick, url, rim=rim, runtime=hurried(), root=tmp_path)


class TestContractInMemory(TestContract):
    """The stand-in keeps the same laws, in virtual time."""

    @pytest.fixture
    def back_end(self) -> str:
        return "memory"

    @pytest.fixture
    async def harness(self, world: Any, tmp_path: Path) -> Harness:
        await world.add(OTHER_ADMIN, "ADMIN")
        return harness_on(world.provider, rim=Line(world.database), root=tmp_path)
