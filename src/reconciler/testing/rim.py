"""The fault rim: what can go wrong between a provider and its vendor, and who makes it happen."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from reconciler.errors import AnswerLost, ProtocolError, ProviderError, Refused, Unavailable
from reconciler.testing.world import MemoryWorld, Phase


class Fault(enum.Enum):
    """One way for an operation to go wrong. Those of `AFTER_EFFECT` happen once a write has taken effect."""

    LIMITED = "refused for rate, with Retry-After"
    SERVER_ERROR = "a server error before the effect"
    SERVER_ERROR_AFTER = "a server error after the effect"
    RESET_BEFORE = "the connection breaks before the effect"
    RESET_AFTER = "the connection breaks after the effect"
    TRUNCATED = "the answer is cut off"
    HTML = "a page of HTML instead of the answer"
    ECHO = "a refusal that quotes the request, secrets and all"


AFTER_EFFECT = frozenset({Fault.SERVER_ERROR_AFTER, Fault.RESET_AFTER, Fault.TRUNCATED, Fault.HTML})


@runtime_checkable
class FaultRim(Protocol):
    """Stands between provider and vendor. Counts the writes that came through it."""

    faults: frozenset[Fault]  # those it can make

    @property
    def writes(self) -> int:
        """How many writes reached it, refused ones included."""
        ...

    def arm(self, fault: Fault, *, times: int | None = None, writes_only: bool = False) -> None:
        """Make the next `times` operations go wrong; None: all of them, until `disarm`."""
        ...

    def disarm(self) -> None:
        """Let everything through again."""
        ...


@dataclass(slots=True)
class MemoryRim:
    """The fault rim of a `MemoryWorld`: raises what an HTTP client would make of each fault."""

    world: MemoryWorld
    faults: frozenset[Fault] = frozenset(Fault)
    fault: Fault | None = None
    left: int | None = None
    writes_only: bool = False
    writes: int = field(default=0)

    def __post_init__(self) -> None:
        self.world.faults = self._ask

    def arm(self, fault: Fault, *, times: int | None = None, writes_only: bool = False) -> None:
        """Make the next operations go wrong."""
        self.fault, self.left, self.writes_only = fault, times, writes_only

    def disarm(self) -> None:
        """Let everything through again."""
        self.fault = None

    def _ask(self, operation: str, phase: Phase) -> ProviderError | None:
        reads = operation.split()[0] in ("list", "whoami", "externals")
        if not reads and phase == "before":
            self.writes += 1
        if self.fault is None or (reads and self.writes_only) or self.left == 0:
            return None
        if (phase == "after") != (self.fault in AFTER_EFFECT):
            return None
        if self.left is not None:
            self.left -= 1
        return self._error(self.fault, operation, reads=reads)

    @staticmethod
    def _error(fault: Fault, operation: str, *, reads: bool) -> ProviderError:
        message = f"{operation}: {fault.value}"
        if fault is Fault.ECHO:
            return Refused(message, operation=operation, status=422)
        if fault in AFTER_EFFECT and not reads:
            return AnswerLost(message, operation=operation)
        if fault in (Fault.TRUNCATED, Fault.HTML):
            return ProtocolError(message, operation=operation)
        return Unavailable(message, operation=operation)
