"""Ledger states, and runtimes to take locks with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler.ledger.state import LedgerState
from reconciler.model import Address, Lifecycle, Recorded
from reconciler.runtime import Runtime
from reconciler.values import Generated, OutputRef, SecretRef

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def state() -> LedgerState:
    """A state with every kind of value in it."""
    address = Address("widgets", "a")
    record = Recorded(
        address=address,
        provider="one",
        live_id="17",
        identity=("a",),
        spec={
            "name": "a",
            "size": 3,
            "tags": ("x", "y"),
            "token": SecretRef("T", 2),
            "key": Generated(32),
            "link": OutputRef("groups/g", "url"),
            "meta": {"$secret": "not one", "secret": "plain"},
            "none": None,
        },
        run="r1",
        commit="c1",
        applied_at=NOW,
        fingerprints={"token": "s1$00"},
        lifecycle=Lifecycle(protect=True, on_remove="retain", ignore=("size",)),
    )
    return LedgerState(records={address: record}, scopes={"one": {"team": "a"}}, salt=b"0123456789abcdef")


@pytest.fixture
def runtime() -> Callable[..., Runtime]:
    def make(**more: Any) -> Runtime:
        given: dict[str, Any] = {"now": lambda: NOW, "environ": {}, "host": "here", "pid": 10, **more}
        return replace(Runtime(), **given)

    return make
