"""What goes wrong during one run: faults that are armed, and strike at the n-th operation they can strike at."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from reconciler.simulate.script import Trouble

WRITES = frozenset(
    {
        "server error after the effect", "reset after the effect", "slow, after the effect",
        "refusal that quotes the request", "made twice at once",
    }
)  # fmt: skip
LONG, KILLED_LONG = "a run that takes long", "a long run that is killed"
LISTS = frozenset({"listing that ends early", "page silently gone"})


@dataclass(slots=True)
class Armed:
    """One fault, and where it strikes: `skip` operations pass, then `times` are hit. `rng` draws further details."""

    fault: str
    on: str  # "write", "list" or "any"
    skip: int
    times: int
    rng: random.Random

    def strikes(self, what: str) -> bool:
        """Return whether it strikes at this operation, and remember that it came by."""
        if self.times == 0 or (self.on != "any" and self.on != what):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True


@dataclass(slots=True)
class Weather:
    """Every fault of one run. `count` is told of each that struck."""

    armed: list[Armed] = field(default_factory=list)
    count: Callable[[str], None] = lambda _: None
    struck: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, troubles: Iterable[Trouble], count: Callable[[str], None]) -> Weather:
        """Return the faults of a step, armed. A page is silently gone from one listing of a run, and from no other:
        what none of them shows cannot be told from what was deleted.
        """
        weather = cls(count=count)
        for trouble in troubles:
            if trouble.fault in LISTS and weather.has(trouble.fault):
                continue
            rng = random.Random(trouble.seed)  # nosec B311  # repeatable on purpose
            on = "write" if trouble.fault in WRITES else "list" if trouble.fault in LISTS else "any"
            if on == "any" and rng.random() < 0.6:
                on = "write"
            skip = rng.choice((0, 0, 0, 1, 1, 2, 3, 5)) if on != "any" else rng.randint(0, 14)
            times = rng.choice((1, 1, 1, 2, 4, 30)) if trouble.fault not in LISTS else 1
            weather.armed.append(Armed(trouble.fault, on, skip, times, rng))
        return weather

    def at(self, what: str, faults: Iterable[str]) -> Armed | None:
        """Return the first armed fault among `faults` that strikes at an operation of the kind `what`."""
        wanted = set(faults)
        for armed in self.armed:
            if armed.fault in wanted and armed.strikes(what):
                return armed
        return None

    def has(self, fault: str) -> Armed | None:
        """Return a fault that lasts through the run, if it is one of its faults."""
        return next((armed for armed in self.armed if armed.fault == fault), None)

    def hit(self, fault: str) -> None:
        """Note that a fault struck."""
        self.struck[fault] += 1
        self.count(fault)


CALM = Weather()
