"""Nobody locks everybody out: checked again inside the transaction."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from reconciler import Refused

pytestmark = pytest.mark.parametrize("back_end", ["postgresql", "memory"], indirect=True)


async def find(provider: Any, email: str) -> Any:
    return {one.identity[0]: one async for one in provider.list("accounts")}[email]


ADMINS = ("a@x.com", "b@x.com")


@pytest.mark.trap("accounts", "6: one active ADMIN has to stay")
async def test_two_runs_cannot_each_remove_one_of_the_last_two_admins(world: Any, engine: Any) -> None:
    for email in ADMINS:
        await world.add(email, "ADMIN")
    providers = [world.open(), world.open()]
    live = [await find(p, email) for p, email in zip(providers, ADMINS, strict=True)]

    results = await asyncio.gather(
        *(p.disable(one) for p, one in zip(providers, live, strict=True)), return_exceptions=True
    )

    assert sorted(type(r).__name__ for r in results) == ["NoneType", "Refused"]
    assert any("no active ADMIN" in str(r) for r in results)


LOSING = [
    pytest.param({"role": "STUDENT"}, id="demoted"),
    pytest.param({"role": "ADMIN", "state": "disabled"}, id="suspended"),
    pytest.param(None, id="disabled"),
]


@pytest.mark.trap("accounts", "4: the application's own last-admin check has gaps")
@pytest.mark.parametrize("spec", LOSING)
@pytest.mark.parametrize("operator", [pytest.param(True, id="operator"), pytest.param(False, id="last-admin")])
async def test_the_transaction_itself_refuses_to_lock_everybody_out(
    world: Any, engine: Any, spec: dict[str, str] | None, operator: bool
) -> None:
    await world.add("me@x.com", "ADMIN")
    if operator:
        await world.add("other@x.com", "ADMIN")
        world.settings = world.settings.model_copy(update={"operator": "me@x.com"})
    before = await world.sandbox_rows()
    provider = world.open()
    live = await find(provider, "me@x.com")

    attempt = (
        provider.update(engine.change(live, engine.desired("me@x.com", **spec))) if spec else provider.disable(live)
    )
    with pytest.raises(Refused, match=r"the operator's own account" if operator else "no active ADMIN"):
        await attempt

    assert await world.sandbox_rows() == before


@pytest.mark.trap("accounts", "6: the roster's own operator has to stay")
async def test_the_operators_address_is_not_changed_under_them(world: Any, engine: Any) -> None:
    await world.add("me@x.com", "ADMIN")
    world.settings = world.settings.model_copy(update={"operator": "me@x.com"})
    provider = world.open()
    update = engine.change(await find(provider, "me@x.com"), engine.desired("you@x.com", role="ADMIN"))

    with pytest.raises(Refused, match="operator"):
        await provider.update(update)


@pytest.mark.trap("accounts", "1: a hard delete fails for some, and takes rows along for others")
async def test_a_row_is_never_deleted(world: Any, engine: Any) -> None:
    await world.add("ana@x.com")
    provider = world.open()

    with pytest.raises(Refused, match="is not deleted"):
        await provider.delete(await find(provider, "ana@x.com"))

    assert (await world.row("ana@x.com"))["deletedAt"] is None
