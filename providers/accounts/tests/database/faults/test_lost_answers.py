"""A write whose answer never comes."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import AnswerLost
from reconciler.testing import Fault


async def test_a_commit_without_an_answer_is_an_answer_lost(world: Any, engine: Any, proxy: Any) -> None:
    rim, url = proxy
    provider = world.open(url=url)
    rim.arm(Fault.RESET_AFTER, times=1, writes_only=True)

    with pytest.raises(AnswerLost, match="while committing"):
        await provider.create(engine.desired("ana@x.com"))

    assert (await world.row("ana@x.com"))["password"][0] == "!"
    assert await engine.apply(provider, engine.desired("ana@x.com")) == ["update ana@x.com: state"]
