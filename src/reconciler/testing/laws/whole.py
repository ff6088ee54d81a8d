"""Laws about the provider under the real engine: what is applied stays applied, whatever happened on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.importing.express import REFUSED
from reconciler.kind.shape import shape_of
from reconciler.model import Address, Live, Plan, Record
from reconciler.outcome import Outcome
from reconciler.plan.references import targets
from reconciler.provider import Provider
from reconciler.testing.harness import Harness, Sample
from reconciler.testing.laws.base import Laws
from reconciler.testing.laws.faults import FAULTS
from reconciler.testing.rim import Fault
from reconciler.testing.site import Site


class WholeLaws(Laws):
    """Desired, applied, planned again: nothing is left to do."""

    @pytest.fixture
    def site(self, harness: Harness, tmp_path: Path) -> Site:
        """Return a project folder, a ledger and the harness's vendor, with every sample desired."""
        site = Site(harness, tmp_path)
        site.desire(self.samples)
        return site

    async def test_after_apply_nothing_is_left_to_do(self, site: Site) -> None:
        """And a second apply sends no write."""
        outcome = await site.apply()
        assert not shortfall(outcome)
        assert not leftover(await site.plan())
        writes = site.harness.rim.writes if site.harness.rim else 0
        again = await site.apply()
        assert not again.results
        assert (site.harness.rim.writes if site.harness.rim else 0) == writes

    async def test_planning_sends_no_write(self, site: Site) -> None:
        """However much there is to do."""
        plan = await site.plan()
        assert len(plan.changes) == len(self.samples)
        assert not site.harness.rim or site.harness.rim.writes == 0

    async def test_changes_are_applied_one_by_one(self, site: Site, changing: Sample) -> None:
        """The plan names exactly the changed object, and nothing is left afterwards."""
        needed = closure(site.harness, self.samples, changing)
        site.desire(needed)
        await site.apply()
        site.desire(needed, changed=frozenset({changing.address}))
        plan = await site.plan()
        assert [str(change.address) for change in plan.changes] == [changing.address]
        assert not shortfall(await site.apply())
        assert not leftover(await site.plan())

    async def test_the_order_of_a_listing_means_nothing(self, site: Site) -> None:
        """A vendor may sort as it likes."""
        await site.apply()
        site.provider = reversed_listings(site.harness.provider)
        assert not leftover(await site.plan())

    async def test_what_is_no_longer_desired_goes_through_the_gates(self, site: Site, sample: Sample) -> None:
        """Gone, out of service, or held because the kind holds data or means too much."""
        harness = site.harness
        kind = harness.kind(sample.where.collection)
        needed = closure(harness, self.samples, sample)
        site.desire(needed)
        await site.apply()
        site.desire(s for s in needed if s is not sample)
        [change] = (await site.plan()).changes
        outcome = await site.apply()
        identity = harness.resource(sample).identity
        left = [live for live in (await site.live(sample.where.collection)).values() if live.identity == identity]
        if kind.data_bearing and kind.on_remove == "delete":
            assert change.held
        if change.held or kind.on_remove == "retain":
            assert len(left) == 1
        else:
            assert not shortfall(outcome)
            assert all(live.inactive for live in left)
            assert not leftover(await site.plan())

    async def test_what_is_live_can_be_imported_and_then_needs_nothing(self, site: Site, tmp_path: Path) -> None:
        """Every object is written or skipped with a reason; the plan of what was written only records.

        What its own model refuses is no reason: the samples passed it on the way in.
        """
        await site.apply()
        fresh = Site(site.harness, tmp_path / "imported", names=set(site.names))
        fresh.desire(())
        imported = await fresh.imported()
        assert all(reason and REFUSED not in reason for _, reason in imported.skipped)
        alive = [live for sample in self.samples for live in (await site.live(sample.where.collection)).values()]
        expected = {(live.kind, live.id) for live in alive if not live.inactive}
        assert len(imported.objects) + len(imported.skipped) >= len(expected)
        plan = await fresh.plan()
        assert {change.address for change in plan.changes} == set(imported.objects)
        assert not [change for change in plan.changes if not isinstance(change, Record)]
        writes = site.harness.rim.writes if site.harness.rim else 0
        assert not shortfall(await fresh.apply())
        assert (site.harness.rim.writes if site.harness.rim else 0) == writes
        assert not leftover(await fresh.plan())

    @FAULTS
    async def test_a_fault_on_any_write_leaves_nothing_that_the_next_apply_does_not_mend(
        self, site: Site, fault: Fault, canaries: Callable[[Any], list[str]]
    ) -> None:
        """No object is doubled, none is lost, and no secret is told."""
        rim = site.harness.rim
        if rim is None or fault not in rim.faults:
            pytest.skip("the harness has no rim that makes this fault")
        rim.arm(fault, times=2, writes_only=True)
        outcome = await site.apply()
        rim.disarm()
        assert not shortfall(await site.apply())
        assert not leftover(await site.plan())
        for collection in dict.fromkeys(sample.where.collection for sample in self.samples):
            seen = Counter(live.identity for live in (await site.live(collection)).values())
            assert not {identity: count for identity, count in seen.items() if count > 1}
        for thing in (outcome, await site.plan(coverage=True), site.store):
            assert not canaries(thing)


def shortfall(outcome: Outcome) -> list[str]:
    """Return what an apply did not do, as sentences."""
    failed = [
        f"{r.address} {r.action}: {r.status} {r.reason}" for r in outcome.results if r.status not in ("done", "already")
    ]
    left = [f"{n.address} {n.action}: not converged: {n.fields}" for n in outcome.not_converged]
    return [*failed, *left, *outcome.errors]


def leftover(plan: Plan) -> list[str]:
    """Return what a plan still finds, as sentences."""
    changes = [f"{c.address} {c.action}: {', '.join(c.why)} {c.fields}" for c in plan.changes]
    skipped = [f"{name}: {s.reason}" for name, s in plan.providers.items() if s.status != "ok"]
    return [*changes, *(f"{u.subject}: {u.reason}" for u in plan.unknown), *(str(d) for d in plan.drift), *skipped]


def closure(harness: Harness, samples: tuple[Sample, ...], sample: Sample) -> list[Sample]:
    """Return a sample and all that either version of it refers to, directly or not."""
    by_address = {s.where: s for s in samples}
    found: dict[Address, Sample] = {}
    waiting = [sample.where]
    while waiting:
        address = waiting.pop()
        if address not in found:
            found[address] = by_address[address]
            shape = shape_of(harness.kind(address.collection))
            for changed in (False, True):
                waiting += targets(harness.resource(found[address], changed=changed).spec, shape)
    return list(found.values())


def reversed_listings(provider: type[Provider]) -> type[Provider]:
    """Return the provider, listing everything the other way round."""

    async def listing(self: Any, kind: str) -> AsyncIterator[Live]:
        found = [live async for live in provider.list(self, kind)]
        for live in reversed(found):
            yield live

    return type("Reversed", (provider,), {"list": listing})
