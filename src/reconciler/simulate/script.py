"""What happens in a world, drawn from a seed and a number before anything runs.

A script holds a number of its own for every object, act and fault, and each draws its details from that alone. So any
of them can be left out, and the others stay what they were: that is how a failing world shrinks.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# How often each is drawn. Weights, not chances: rare rows of the decision table need their acts often enough.
ACTS: Final[Mapping[str, int]] = {
    "add": 10, "change": 14, "change many": 2, "remove": 9, "remove many": 5, "empty a collection": 4,
    "rename": 4, "rename with moved_from": 5, "no longer write a field": 6, "protect": 8, "unprotect": 8,
    "on_remove": 6, "on_drift": 9, "ignore": 4, "adopt": 4, "pin": 4, "allow_empty": 3, "authority": 3,
    "replace": 4, "change what never changes": 4, "no owner of it exists": 4, "a name that is taken": 6,
    "changed on both sides": 8,
    "approve": 26, "approve something stale": 20, "approve something else": 4, "approve too late": 6,
    "made by hand": 6, "made by hand with our identity": 10, "changed by hand": 14,
    "unmanaged field changed by hand": 5, "deleted by hand": 10, "many deleted by hand": 7,
    "made again by hand": 5, "doubled by hand": 4, "secret rotated": 6, "secret changed without rotate": 8,
    "secret missing": 3, "wait": 4, "account changed": 3, "instance gone": 3,
    "renamed by hand": 8, "moved to another account": 8,
}  # fmt: skip
RUNS: Final[Mapping[str, int]] = {
    "apply": 48, "plan": 8, "drift": 7, "saved plan": 10, "targeted apply": 9, "race": 8, "older commit": 5,
    "commit that is not merged": 3, "not committed": 3,
}  # fmt: skip
TROUBLES: Final[Mapping[str, int]] = {
    "429": 14, "429, and no more tries": 3, "server error before the effect": 6, "server error after the effect": 8,
    "reset before the effect": 6, "reset after the effect": 10, "slow, before the effect": 4,
    "slow, after the effect": 6, "truncated answer": 5, "answer that is not JSON": 5,
    "refusal that quotes the request": 5, "listing that ends early": 7, "page silently gone": 8,
    "read-after-write lag": 8, "credential revoked in mid-run": 5, "crash": 46, "ledger unreachable": 5,
    "ledger push lost before the effect": 7, "ledger push lost after the effect": 8, "clock skew": 5,
    "unreadable object": 7, "bug in a provider": 4, "made twice at once": 6, "a run that takes long": 5,
    "a long run that is killed": 5,
}  # fmt: skip
STEPS = (*ACTS, *RUNS)


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that somebody does between two runs."""

    kind: str
    seed: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """One fault during a run."""

    fault: str
    seed: int


@dataclass(frozen=True, slots=True)
class Step:
    """A few acts, then one run of the tool, with what goes wrong in it."""

    acts: tuple[Act, ...]
    run: str
    seed: int
    troubles: tuple[Trouble, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """One world. `objects` are desired at first, each drawn from its number; `flavour` says which vendors there are."""

    seed: int
    index: int
    flavour: str
    instances: int
    objects: tuple[int, ...]
    steps: tuple[Step, ...]
    approve_all: bool

    def size(self) -> int:
        """Return how much there is in it: what shrinking makes smaller."""
        acts = sum(len(step.acts) + len(step.troubles) + 2 for step in self.steps)
        return len(self.objects) + acts + self.instances + self.approve_all


def chosen(rng: random.Random, weights: Mapping[str, int]) -> str:
    """Return one name, each as often as its weight says."""
    return rng.choices(list(weights), list(weights.values()))[0]


def draw(seed: int, index: int, flavours: Mapping[str, int]) -> Script:
    """Return the script of a world."""
    rng = random.Random(f"{seed}:{index}")  # nosec B311  # repeatable on purpose
    flavour = chosen(rng, flavours)
    count = rng.choice((3, 4, 5, 6, 7, 8, 9, 10)) if rng.random() < 0.93 else 12
    steps = tuple(_step(rng) for _ in range(rng.randint(3, 8)))
    return Script(
        seed,
        index,
        flavour,
        2 if rng.random() < 0.2 else 1,
        tuple(rng.getrandbits(32) for _ in range(count)),
        steps,
        rng.random() < 0.5,
    )


def _step(rng: random.Random) -> Step:
    acts = tuple(Act(chosen(rng, ACTS), rng.getrandbits(32)) for _ in range(rng.choice((0, 1, 1, 2, 2, 3))))
    run = chosen(rng, RUNS)
    number = rng.choice((0, 0, 1, 1, 1, 2))
    troubles = tuple(Trouble(chosen(rng, TROUBLES), rng.getrandbits(32)) for _ in range(number))
    return Step(acts, run, rng.getrandbits(32), troubles)
