"""Vercel obeys the laws of every provider: in an instance for one project, and in one for the projects of a team."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from reconciler import Kind, Live
from reconciler.testing import FakeClock, Harness, ProviderContract, Sample
from reconciler_vercel.models import Domain, Variable
from reconciler_vercel.sandbox.samples import OF_A_PROJECT, OF_A_TEAM
from reconciler_vercel.sandbox.simulated import on_a_project, on_a_team, team
from reconciler_vercel.sandbox.store import Store


def polluted(harness: Harness, store: Store) -> Harness:
    """Return the harness with a `pollute` of what the team has."""

    async def pollute(live: Live) -> None:
        store.world.extra = {"announcedLater": {"kind": "new"}}

    harness.pollute = pollute
    return harness


class TestProject(ProviderContract):
    """What belongs to a project."""

    page_size = 100
    samples = OF_A_PROJECT

    @pytest.fixture
    def harness(self) -> Harness:
        clock = FakeClock()
        store = team(clock, lms="prj_lms")
        return polluted(on_a_project(store, clock), store)

    def another(self, kind: type[Kind], sample: Sample, number: int) -> Sample:
        """Return a sample with a key that is a name, or a domain below another one."""
        if kind is Variable:
            key = f"{sample.fields.get('key', sample.where.handle)}_{number}".replace("-", "_")
            return self._as(sample, number, key=key)
        if kind is Domain:
            return self._as(sample, number, name=f"n{number}.{sample.fields.get('name', sample.where.handle)}")
        return super().another(kind, sample, number)

    def _as(self, sample: Sample, number: int, **identity: str) -> Sample:
        def of(fields: Mapping[str, Any] | None) -> Any:
            return None if fields is None else {**fields, **identity}

        address = f"{sample.address}-{number}"
        return replace(sample, address=address, fields=of(sample.fields), changed=of(sample.changed))


class TestHosting(ProviderContract):
    """The projects of a team."""

    page_size = 100
    samples = OF_A_TEAM

    @pytest.fixture
    def harness(self) -> Harness:
        clock = FakeClock()
        store = team(clock)
        return polluted(on_a_team(store, clock), store)
