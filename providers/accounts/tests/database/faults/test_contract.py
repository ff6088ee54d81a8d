"""The contract suite on a real database, with a proxy that breaks connections at the worst moments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.testing import Harness, ProviderContract, Sample
from reconciler.testing.laws.whole import leftover, shortfall
from reconciler.testing.site import Site
from reconciler_accounts.models import Account


class TestContract(ProviderContract):
    samples = (
        Sample(
            "accounts/ana@x.com",
            {"name": "Ana", "surname": "Silva", "role": "STUDENT", "company": "ACME", "courses": ["AI-101"]},
            {"name": "Anna", "surname": "", "role": "INSTRUCTOR", "company": "ACME", "courses": ["AI-201", "AI-101"]},
        ),
        Sample(
            "accounts/admin@x.com",
            {"name": "Rui", "role": "ADMIN"},
            {"name": "Rui", "role": "ADMIN", "position": "CTO"},
        ),
        Sample("accounts/away", {"email": "away@x.com", "name": "Eva", "role": "STUDENT", "state": "disabled"}),
    )

    async def test_what_is_no_longer_desired_goes_through_the_gates(self, site: Site, sample: Sample) -> None:
        """Disabled, and no row is lost: to be reversible is this kind's way of holding data."""
        await site.apply()
        site.desire(s for s in self.samples if s is not sample)
        before = await site.live("accounts")

        assert not shortfall(await site.apply())

        after = await site.live("accounts")
        assert set(after) == set(before)
        assert {i for i in after if after[i].inactive} >= {
            i for i in after if after[i].identity == site.harness.resource(sample).identity
        }
        assert not leftover(await site.plan())

    @pytest.fixture
    async def harness(self, world: Any, proxy: Any, engine: Any, tmp_path: Path) -> Harness:
        rim, url = proxy
        await world.add("other@x.com", "ADMIN")  # else the sample would be the last one, and could not be disabled
        return Harness(
            engine.quick,
            (Account,),
            settings={"database_url": {"secret": "DIRECT_URL"}, "delivery": {"file": "handover/"}},
            environ={"DIRECT_URL": url},
            rim=rim,
            root=tmp_path,
        )
