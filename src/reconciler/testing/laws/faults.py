"""Laws about bad days: every failure has its type, tells no secret, and makes no second object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.errors import AnswerLost, ProviderError
from reconciler.testing.harness import Sample
from reconciler.testing.lab import Lab
from reconciler.testing.laws.base import Laws, portrait
from reconciler.testing.rim import Fault, FaultRim

FAULTS = pytest.mark.parametrize("fault", list(Fault), ids=[fault.name.lower() for fault in Fault])


def _rim(lab: Lab, fault: Fault) -> FaultRim:
    rim = lab.harness.rim
    if rim is None or fault not in rim.faults:
        pytest.skip("the harness has no rim that makes this fault")
    return rim


class FaultLaws(Laws):
    """A provider raises the errors of the contract, and only these."""

    @FAULTS
    async def test_reading_fails_with_a_provider_error(
        self, lab: Lab, sample: Sample, fault: Fault, canaries: Callable[[Any], list[str]]
    ) -> None:
        """A listing that fails yields an error, never a part of the objects as if it were all."""
        rim = _rim(lab, fault)
        live = await lab.create(sample)
        rim.arm(fault)
        with pytest.raises(ProviderError) as caught:
            await lab.listed(sample.where.collection)
        assert not canaries(caught.value)
        with pytest.raises(ProviderError) as caught:
            await lab.provider.whoami()
        assert not canaries(caught.value)
        rim.disarm()
        assert live.id in await lab.listed(sample.where.collection)

    @FAULTS
    async def test_a_create_that_fails_left_nothing_behind_or_says_it_may_have(
        self, lab: Lab, sample: Sample, fault: Fault, canaries: Callable[[Any], list[str]]
    ) -> None:
        """Only AnswerLost makes the engine look before it sends a create again."""
        rim = _rim(lab, fault)
        await lab.prepare(sample)
        wanted = await lab.sendable(sample)
        before = await lab.listed(sample.where.collection)
        rim.arm(fault)
        error = await _outcome(lab.provider.create(wanted))
        rim.disarm()
        after = await lab.listed(sample.where.collection)
        new = set(after) - set(before)
        assert len(new) <= 1, f"one create made {len(new)} objects"
        if error is None:
            assert new, "create() returned, and nothing is there"
        elif new:
            assert isinstance(error, AnswerLost), f"the object is there, and create() raised {type(error).__name__}"
        assert not canaries(error)

    @FAULTS
    async def test_an_update_that_fails_changed_nothing_or_says_it_may_have(
        self, lab: Lab, changing: Sample, fault: Fault, canaries: Callable[[Any], list[str]]
    ) -> None:
        """And sent once more it does what it should."""
        rim = _rim(lab, fault)
        live = await lab.create(changing)
        await lab.prepare(changing)
        change = await lab.change(changing, live)
        before = portrait((await lab.listed(changing.where.collection))[live.id])
        rim.arm(fault)
        error = await _outcome(lab.provider.update(change))
        rim.disarm()
        after = (await lab.listed(changing.where.collection))[live.id]
        if error is not None and portrait(after) != before:
            assert isinstance(error, AnswerLost), f"it was changed, and update() raised {type(error).__name__}"
        assert not canaries(error)
        done = await lab.provider.update(change)
        assert portrait((await lab.listed(changing.where.collection))[live.id]) == portrait(done)

    @FAULTS
    async def test_a_delete_that_fails_can_be_repeated(
        self, lab: Lab, sample: Sample, fault: Fault, canaries: Callable[[Any], list[str]]
    ) -> None:
        """In the end it is gone."""
        rim = _rim(lab, fault)
        if "delete" not in lab.kind(sample.where).removals:
            pytest.skip(f"{sample.where.collection} are never deleted")
        live = await lab.create(sample)
        rim.arm(fault)
        error = await _outcome(lab.provider.delete(live))
        rim.disarm()
        gone = live.id not in await lab.listed(sample.where.collection)
        if error is None:
            assert gone, "delete() returned, and the object is there"
        elif gone:
            assert isinstance(error, AnswerLost), f"it is gone, and delete() raised {type(error).__name__}"
        assert not canaries(error)
        await lab.provider.delete(live)
        assert live.id not in await lab.listed(sample.where.collection)

    @pytest.mark.parametrize("fault", [Fault.LIMITED, Fault.RESET_BEFORE], ids=["limited", "reset_before"])
    async def test_one_fault_in_passing_is_not_noticed(self, lab: Lab, sample: Sample, fault: Fault) -> None:
        """What had no effect is sent again, reads and writes alike. (HTTP providers: the client does it.)"""
        rim = _rim(lab, fault)
        if lab.harness.transport is None:
            pytest.skip("there is no HTTP client in between")
        await lab.prepare(sample)
        wanted = await lab.sendable(sample)
        rim.arm(fault, times=1)
        assert await lab.provider.whoami()
        rim.arm(fault, times=1)
        live = await lab.provider.create(wanted)
        rim.arm(fault, times=1)
        assert live.id in await lab.listed(sample.where.collection)


async def _outcome(call: Any) -> ProviderError | None:
    """Return the error a call ends in, if it is one of the contract's. Any other fails the law."""
    try:
        await call
    except ProviderError as error:
        return error
    return None
