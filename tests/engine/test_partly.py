"""Fields that change only in part, sent to a vendor: what is generated once stays, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import pytest

from reconciler import KeyedBy, Kind, ListOf, Part, Secret
from reconciler.testing.kinds import MEMORY_KINDS, MemorySettings


class Hook(Part):
    """A call somewhere, with a key."""

    name: str
    url: str
    key: Secret | None = None


class Script(Kind, collection="scripts", identity="name", provider="memory"):
    """A script with variables."""

    settings = MemorySettings
    name: str = ""
    vars: Mapping[str, Secret | str] = {}
    hooks: Annotated[ListOf[Hook], KeyedBy("name")] = ()


@pytest.fixture
def scripts(another: Any) -> Any:
    return another(kinds=(*MEMORY_KINDS, Script))


GENERATE = {"generate": {"bytes": 32}}


async def test_a_generated_value_survives_a_change_of_its_neighbours(scripts: Any) -> None:
    def wanted(user: str, url: str) -> dict[str, Any]:
        hooks = [{"name": "a", "url": "u", "key": GENERATE}, {"name": "b", "url": url}]
        return {"scripts": {"s": {"vars": {"key": GENERATE, "user": user}, "hooks": hooks}}}

    scripts.desire(wanted("old", "old"))
    await scripts.apply()
    made = scripts.shown("scripts")["s"]
    scripts.desire(wanted("new", "new"))
    outcome = await scripts.apply()
    assert [(r.action, r.status) for r in outcome.results] == [("update", "done")]
    now = scripts.shown("scripts")["s"]
    assert now["vars"] == {"key": made["vars"]["key"], "user": "new"}
    assert [(h["url"], h.get("key")) for h in now["hooks"]] == [("u", made["hooks"][0]["key"]), ("new", None)]
    assert outcome.not_converged == ()
    assert await scripts.lines() == []


async def test_an_ignored_member_keeps_what_somebody_wrote_there(scripts: Any) -> None:
    life = {"ignore": ["vars.theirs"]}
    scripts.desire({"scripts": {"s": {"vars": {"ours": "1", "theirs": "x"}, "lifecycle": life}}})
    await scripts.apply()
    (live_id,) = scripts.world.ids("scripts")
    scripts.world.edit(live_id, vars={"ours": "1", "theirs": "by hand"})
    scripts.desire({"scripts": {"s": {"vars": {"ours": "2", "theirs": "x"}, "lifecycle": life}}})
    await scripts.apply()
    assert scripts.shown("scripts")["s"]["vars"] == {"ours": "2", "theirs": "by hand"}
    assert await scripts.lines() == []
