"""A process of the simulation: whose write it is, what it may do, and whether it has been killed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Mode: TypeAlias = Literal["plan", "drift", "apply"]


class Crash(BaseException):
    """kill -9, as far as the engine can tell: raised at the rim at one effect, and at every one after it."""


@dataclass(slots=True)
class Process:
    """One run of the command. `crash_at` is the effect at which it dies, counted from 0; None: it lives.

    `project` and `approvals` are what its commit says; `ledger` is the state that it read.
    """

    number: int
    mode: Mode
    host: str
    commit: str = ""
    crash_at: int | None = None
    crash_reading_at: int | None = None
    crash_points: frozenset[str] = frozenset()  # or: it dies at the first effect of one of these names
    dead: bool = False
    effects: int = 0
    reads: int = 0
    died_at: str = ""
    project: Any = None
    ledger: Any = None
    vendor_writes: int = 0
    ledger_writes: int = 0
    finished: bool = False  # what it did stands in the ledger
    applied: dict[tuple[Any, str], str] = field(default_factory=dict)  # secrets sent before, by object and field

    def touch(self, point: str) -> None:
        """Note one side of one effect. Raises Crash at the one where this process dies, and ever after."""
        if self.dead:
            raise Crash
        here = self.crash_at is not None and self.effects >= self.crash_at
        if here or point in self.crash_points:
            self.dead, self.died_at = True, point
            raise Crash
        self.effects += 1

    def read(self) -> None:
        """Note one listing that is about to be read. Raises Crash where this process dies while reading."""
        self.alive()
        if self.crash_reading_at is not None and self.reads >= self.crash_reading_at:
            self.dead, self.died_at = True, "while reading"
            raise Crash
        self.reads += 1

    def alive(self) -> None:
        """Raise Crash if this process is dead: it reads nothing any more either."""
        if self.dead:
            raise Crash


CURRENT: ContextVar[Process | None] = ContextVar("process", default=None)


@contextmanager
def acting(process: Process) -> Iterator[Process]:
    """Make what happens inside, and in the tasks started there, the doing of a process."""
    token = CURRENT.set(process)
    try:
        yield process
    finally:
        CURRENT.reset(token)
