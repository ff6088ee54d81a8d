"""Laws about writing: what was asked for is there afterwards, and nothing else has moved."""

from __future__ import annotations

import pytest

from reconciler.kind.shape import shape_of
from reconciler.model import Live
from reconciler.provider import Disables
from reconciler.testing.harness import Sample
from reconciler.testing.lab import Lab, differences, named
from reconciler.testing.laws.base import Laws, portrait


class WritingLaws(Laws):
    """Create, update, delete and disable do exactly what they say."""

    async def test_what_is_created_is_listed_with_the_same_values(self, lab: Lab, sample: Sample) -> None:
        """Every readable field that was written reads back equal, from the answer and from the listing."""
        live = await lab.create(sample)
        listed = (await lab.listed(sample.where.collection))[live.id]
        wanted = await lab.sendable(sample)
        shape = shape_of(lab.kind(sample.where))
        assert not named(differences(wanted.spec, live, shape)), "create() returns other values"
        assert not named(differences(wanted.spec, listed, shape)), "list() shows other values"
        assert portrait(listed) == portrait(live), "create() returns the object otherwise than list() does"
        assert listed.identity == live.identity == wanted.identity

    async def test_an_update_changes_what_it_names_and_nothing_else(self, lab: Lab, changing: Sample) -> None:
        """A vendor's PATCH may replace, merge or reset; the provider makes it do what the plan says."""
        await lab.prepare(changing)
        bystander = await self._bystander(lab, changing)
        live = await lab.create(changing)
        change = await lab.change(changing, live)
        answered = await lab.provider.update(change)
        listing = await lab.listed(changing.where.collection)
        shape = shape_of(lab.kind(changing.where))
        for after in (answered, listing[live.id]):
            assert after.id == live.id
            assert not named(differences(change.desired.spec, after, shape))
            untouched = set(live.values) - set(change.changed()) - changing.moves_along
            assert untouched <= set(after.values)
            for name in untouched:
                assert portrait(_only(after, name)) == portrait(_only(live, name)), f"{name} was changed along"
        assert not bystander or portrait(listing[bystander.id]) == portrait(bystander), "another object was changed"

    async def test_an_update_repeated_changes_nothing_more(self, lab: Lab, changing: Sample) -> None:
        """A lost answer makes the engine send an update twice."""
        live = await lab.create(changing)
        await lab.prepare(changing)
        change = await lab.change(changing, live)
        await lab.provider.update(change)
        once = await lab.listed(changing.where.collection)
        await lab.provider.update(change)
        twice = await lab.listed(changing.where.collection)
        assert {i: portrait(o) for i, o in twice.items()} == {i: portrait(o) for i, o in once.items()}

    async def test_what_is_deleted_is_gone_and_deleting_it_again_is_done(self, lab: Lab, sample: Sample) -> None:
        """And only that object is gone."""
        if "delete" not in lab.kind(sample.where).removals:
            pytest.skip(f"{sample.where.collection} are never deleted")
        bystander = await self._bystander(lab, sample)
        live = await lab.create(sample)
        await lab.provider.delete(live)
        assert live.id not in await lab.listed(sample.where.collection)
        await lab.provider.delete(live)
        assert not bystander or bystander.id in await lab.listed(sample.where.collection)

    async def _bystander(self, lab: Lab, sample: Sample) -> Live | None:
        """Return another object of the kind; None where there is never more than one."""
        return None if sample.single else await lab.create(self.another(lab.kind(sample.where), sample, 1))

    async def test_what_is_disabled_is_out_of_service(self, lab: Lab, sample: Sample) -> None:
        """Disabling again is done, too."""
        provider = lab.provider
        if "disable" not in lab.kind(sample.where).removals or not isinstance(provider, Disables):
            pytest.skip(f"{sample.where.collection} cannot be disabled")
        live = await lab.create(sample)
        for _ in range(2):
            await provider.disable(live)
            listed = (await lab.listed(sample.where.collection)).get(live.id)
            assert listed is None or listed.inactive


def _only(live: Live, name: str) -> Live:
    return Live(live.kind, live.id, live.identity, {name: live.values[name]})
