"""Conflicts over environment variables: in each of their shapes, told with what is in the way."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from reconciler_vercel.denials import Conflict


async def by_hand(account: Any, key: str, value: str, **fields: Any) -> dict[str, Any]:
    """Add a variable in the dashboard, and return what the simulator keeps of it."""
    body = {"key": key, "value": value, "type": "encrypted", "target": ["production"], **fields}
    answer = await account.dashboard("POST", f"/v10/projects/{account.project.id}/env", body, 201)
    return dict(account.project.env[answer["created"]["id"]])


@pytest.mark.trap("vercel", "15 #232: a conflict names no id, so it is looked up and reported")
@pytest.mark.parametrize("shape", ["ENV_CONFLICT", "ENV_ALREADY_EXISTS", "forbidden"])
@pytest.mark.trap("vercel", "15 #193: a conflict is told with what is in the way")
async def test_each_of_the_three_conflicts_names_the_variable_in_the_way(account: Any, shape: str) -> None:
    there = await by_hand(account, "LOG_LEVEL", "info")
    account.store.world.conflict = shape
    with pytest.raises(Conflict, match=there["id"]) as caught:
        await account.create("env", "LOG_LEVEL", {"target": ["production"], "value": "debug"})
    assert f"id: {there['id']}, adopt: true" in caught.value.fix
    assert account.variable("LOG_LEVEL")["value"] == "info"


@pytest.mark.trap("vercel", "3: a create answered with 201 may hold `failed`")
async def test_a_failure_in_an_answer_of_success_is_an_error_of_that_object(account: Any) -> None:
    await by_hand(account, "LOG_LEVEL", "info")
    account.store.world.conflict = "ENV_ALREADY_EXISTS"
    with pytest.raises(Conflict, match="in an answer of success"):
        await account.create("env", "LOG_LEVEL", {"target": ["production"], "value": "debug"})
    sent = [body for path, body in account.requests("POST") if path.endswith("/env")]
    assert len(sent) == 1


@pytest.mark.trap("vercel", "3: `failed` may come with a status of failure too, in place of `error`")
async def test_a_failure_in_an_answer_of_failure_is_read_too(account: Any) -> None:
    there = await by_hand(account, "LOG_LEVEL", "info")
    inner = account.wire.inner.handle_async_request

    async def failing(request: httpx.Request) -> Any:
        if request.method != "POST":
            return await inner(request)
        error = {"code": "ENV_CONFLICT", "message": "Another variable has the name", "envVarKey": "LOG_LEVEL"}
        return httpx.Response(400, json={"created": [], "failed": [{"error": error}]}, request=request)

    account.wire.inner.handle_async_request = failing
    with pytest.raises(Conflict, match="Another variable has the name") as caught:
        await account.create("env", "LOG_LEVEL", {"target": ["production"], "value": "debug"})
    assert f"id: {there['id']}, adopt: true" in caught.value.fix
    assert account.variable("LOG_LEVEL")["value"] == "info"


async def test_a_conflict_with_what_is_not_ours_to_see_says_so(account: Any) -> None:
    record = await by_hand(account, "REDIS_URL", "redis://")
    account.project.env[record["id"]]["contentHint"] = {"type": "redis-url", "storeId": "store_1"}
    with pytest.raises(Conflict) as caught:
        await account.create("env", "REDIS_URL", {"target": ["production"], "value": "x"})
    assert "integration" in caught.value.fix
