"""What those who write `desired/` know and change."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Protocol, TypeAlias

from reconciler.simulate.things import Vendor
from reconciler.simulate.tree import Tree
from reconciler.testing.clock import FakeClock


class Desk(Protocol):
    """A desk with the newest commit on it, and what the last plan said."""

    tree: Tree
    vendor: Vendor
    clock: FakeClock
    shown: list[str]  # digests that the last plan asked an approval of
    all_shown: list[str]  # and every earlier plan
    plain: list[str]  # digests of changes that nothing holds


Edit: TypeAlias = Callable[[Desk, random.Random], str]
