"""Hand edits: what somebody might do behind git's back, so that a demonstration can show it being found."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from reconciler.model import Resource


@dataclass(frozen=True, slots=True)
class HandEdit:
    """One change made outside git, ready to be performed through the vendor's own API or database.

    `title` is a sentence about who did what and where ("In the dashboard, somebody sets ..."). `mentions` are texts
    that a drift report must then contain, the address first. `stays` is true when `apply` has no say over it: an
    object that nothing desires is named, and left alone.
    """

    title: str
    perform: Callable[[], Awaitable[None]]
    mentions: tuple[str, ...]
    stays: bool = False


@runtime_checkable
class HandEdits(Protocol):
    """A running sandbox that can play the part of somebody at the vendor's dashboard."""

    def hand_edits(self, desired: Sequence[Resource]) -> Sequence[HandEdit]:
        """Return the edits to show, given what the instance's `desired/` says. Called once all of it is applied."""
        ...
