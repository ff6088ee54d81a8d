"""`Simulated`: a vendor in this process with an empty account, and what its users write: what bad days are made of.

A provider package offers it under the entry point group `reconciler.simulations`: name of an instance -> a callable
that is given a clock and a seed. That name is the provider type; there is a second one where one instance cannot hold
every kind (a project of Vercel, and the projects of a team). The package's contract tests use the same samples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from reconciler.testing.clock import FakeClock
from reconciler.testing.harness import Harness, Sample

SIMULATIONS = "reconciler.simulations"


@dataclass(frozen=True, slots=True)
class Simulated:
    """A fresh vendor, and samples of objects of every kind it has.

    `state` returns every object that the vendor holds, by kind, as JSON, without asking the provider under test.
    """

    harness: Harness
    samples: tuple[Sample, ...]
    state: Callable[[], Mapping[str, Any]]


OpenSimulated: TypeAlias = Callable[[FakeClock, int], Simulated]
