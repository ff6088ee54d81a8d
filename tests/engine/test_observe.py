"""What is read beside the question whose account it is: nothing of it goes on once the answer is no."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import pytest

from reconciler.engine.observe import Observer
from reconciler.engine.options import SILENT
from reconciler.engine.wanted import Wanted
from reconciler.errors import CredentialRejected
from reconciler.model import Live, Scope
from reconciler.provider import Provider
from reconciler.redact import Redactor


class _Slow:
    """A vendor whose listing never ends, and that tells the account once it is being listed."""

    requests = 0

    def __init__(self, *, rejects: bool) -> None:
        self.rejects = rejects
        self.listing = asyncio.Event()
        self.ended = False

    async def whoami(self) -> Scope:
        await self.listing.wait()
        if self.rejects:
            raise CredentialRejected("the token is not accepted")
        return Scope({"account": "other"})

    async def list(self, kind: str) -> AsyncIterator[Live]:
        self.listing.set()
        try:
            await asyncio.Event().wait()
            yield Live(kind, "x", ("x",), {})  # never
        finally:
            self.ended = True


def _another(name: str, scope: Scope) -> str:
    return f"{name} is {scope}"


def _broken(name: str, scope: Scope) -> str:
    raise LookupError(f"{name} {scope}")


@pytest.mark.parametrize(
    ("rejects", "refuse", "why"),
    [
        pytest.param(False, _another, "watch is account other", id="another-account"),
        pytest.param(True, _another, "the token is not accepted", id="credential-rejected"),
        pytest.param(False, _broken, "the provider failed with LookupError", id="the-question-fails"),
    ],
)
async def test_a_listing_begun_early_ends_when_the_account_is_not_ours(
    rejects: bool, refuse: Callable[[str, Scope], str], why: str
) -> None:
    slow = _Slow(rejects=rejects)

    async def connect(_: str) -> Provider:
        return cast(Any, slow)

    observer = Observer(connect, refuse, Redactor(), SILENT, lambda: None, again=True)
    observation, _ = await observer.observe(Wanted({"watch": ("monitors",)}, {}, {}))
    assert observation.statuses["watch"].reason.startswith(why)
    others = asyncio.all_tasks() - {asyncio.current_task()}
    _, going_on = await asyncio.wait(others, timeout=5) if others else (set(), set())
    assert going_on == set()
    assert slow.ended
