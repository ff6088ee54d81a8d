"""What narrows or observes a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Options:
    """`targets` are address globs, and `flag` is what the user wrote them with; `deadline` is seconds from now;
    `sandbox` turns the commit gate off, and says so.

    `policies_from` names the commit whose policies judge; "": those of `desired/`.
    """

    targets: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    deadline: float | None = None
    sandbox: bool = False
    flag: str = "--target"
    policies_from: str = ""


@dataclass(slots=True)
class Stop:
    """`reason` is set when nothing new may start: Ctrl-C, or a lock that could not be renewed.

    `begun` is set once there may be a write in flight, which must be finished and recorded.
    """

    reason: str = ""
    begun: bool = False


class Progress(Protocol):
    """Told how far a phase is, and of what keeps it."""

    def start(self, label: str, total: int | None) -> None: ...

    def advance(self, n: int = 1) -> None: ...

    def finish(self) -> None: ...

    def tell(self, text: str) -> None: ...


class Silent:
    """Shows nothing."""

    def start(self, label: str, total: int | None) -> None:
        return None

    def advance(self, n: int = 1) -> None:
        return None

    def finish(self) -> None:
        return None

    def tell(self, text: str) -> None:
        return None


SILENT = Silent()
EVERYTHING = Options()
