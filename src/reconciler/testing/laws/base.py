"""What every group of laws stands on: the samples, and the fixtures a subclass gives."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from reconciler.kind.base import Kind
from reconciler.model import Live
from reconciler.testing.harness import Harness, Sample, secret_names
from reconciler.testing.lab import Lab
from reconciler.values import SecretValue


class Laws:
    """A subclass of `ProviderContract` sets `samples` and defines the fixture `harness`."""

    samples: ClassVar[tuple[Sample, ...]] = ()
    page_size: ClassVar[int] = 3
    """How many objects a page of the simulator holds: the suite makes more than that."""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run each law on each sample it is about."""
        if "changing" in metafunc.fixturenames:
            chosen = [s for s in self.samples if s.changed is not None]
            metafunc.parametrize("changing", chosen, ids=[s.address for s in chosen])
        elif "sample" in metafunc.fixturenames:
            metafunc.parametrize("sample", self.samples, ids=[s.address for s in self.samples])

    @pytest.fixture
    def harness(self) -> Harness:
        """Return a harness on a simulator that holds nothing yet."""
        pytest.fail("define the fixture `harness` in the subclass of ProviderContract")

    @pytest.fixture
    async def lab(self, harness: Harness) -> AsyncIterator[Lab]:
        """Yield a connection that may write."""
        async with Lab.open(harness, self.samples) as lab:
            yield lab

    @pytest.fixture
    def canaries(self, harness: Harness) -> Callable[[Any], list[str]]:
        """Return a function that tells which secrets stand in a text, or in what something prints as."""
        names = set(secret_names(harness.settings)) | {
            name for sample in self.samples for name in secret_names([sample.fields, sample.changed])
        }

        def found(thing: Any) -> list[str]:
            texts = [str(thing), repr(thing), f"{thing}"]
            return sorted(n for n in names for text in texts if harness.secret(n).reveal() in text)

        return found

    def another(self, kind: type[Kind], sample: Sample, number: int) -> Sample:
        """Return a sample like this one with an identity of its own. Override it where more than that must differ."""
        name = kind.identity[0]

        def renamed(fields: Mapping[str, Any]) -> Mapping[str, Any]:
            return {**fields, name: f"{fields[name]}-{number}"} if name in fields else fields

        changed = None if sample.changed is None else renamed(sample.changed)
        return replace(sample, address=f"{sample.address}-{number}", fields=renamed(sample.fields), changed=changed)


def portrait(live: Live) -> str:
    """Return what a live object says, secrets included, in a form that can be compared; lists in any order."""
    return json.dumps(_portrait(live.values), sort_keys=True)


def _portrait(value: Any) -> Any:
    if isinstance(value, SecretValue):
        return value.reveal()
    if isinstance(value, dict):
        return {name: _portrait(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return sorted((_portrait(inner) for inner in value), key=str)
    return str(value)
