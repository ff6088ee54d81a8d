"""Client keys: their address, their secret, and what only an update takes."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from reconciler import AnswerLost
from reconciler.kind.shape import shape_of
from reconciler.testing import Fault
from reconciler_sentry.models import ClientKey


@pytest.mark.trap("sentry", "3: the secret of a key, and the address that holds it, are always returned")
async def test_the_dsn_is_public_and_the_secret_stays_behind(account: Any) -> None:
    live = await account.create("client_keys", "lms", {"name": "LMS"})
    kept = account.kept("keys", name="LMS")
    assert live.outputs["dsn"].startswith(f"https://{kept['id']}@o4507.ingest.us.sentry.io/")
    assert not ClientKey.outputs["dsn"].secret
    shown = f"{live} {live!r} {live.values} {live.private}"
    assert kept["secret"] not in shown
    cleaned = account.harness.runtime.redactor.clean(f"failed at https://{kept['id']}:{kept['secret']}@host/1")
    assert kept["secret"] not in cleaned


@pytest.mark.trap("sentry", "3: whether a key is active, and its loader, are set by an update only")
async def test_a_key_is_created_and_then_made_what_it_should_be(account: Any) -> None:
    fields = {"isActive": False, "dynamicSdkLoaderOptions": {"hasDebug": True}, "browserSdkVersion": "7.x"}
    live = await account.create("client_keys", "lms", fields)
    kept = account.kept("keys", name="lms")
    assert (kept["isActive"], kept["browserSdkVersion"]) == (False, "7.x")
    assert kept["dynamicSdkLoaderOptions"]["hasDebug"] is True
    assert live.values["isActive"] is False


async def test_a_key_whose_settings_failed_may_be_there(account: Any) -> None:
    await account.provider.whoami()
    made = account.sending("client_keys", "lms", {"isActive": False})
    inner, calls = account.wire.inner.handle_async_request, 0

    async def once(request: Any) -> Any:
        nonlocal calls
        calls += request.method == "POST"
        response = await inner(request)
        if calls:
            account.wire.arm(Fault.SERVER_ERROR)
        return response

    account.wire.inner.handle_async_request = once
    with pytest.raises(AnswerLost, match="was created"):
        await account.provider.create(made)


@pytest.mark.trap("sentry", "3: useCase is taken on creation only")
def test_the_use_of_a_key_cannot_be_changed() -> None:
    assert shape_of(ClientKey).fields["useCase"].mutable == "never"


@pytest.mark.trap("sentry", "3: loader options are changed one by one")
async def test_options_that_are_not_managed_stay(account: Any) -> None:
    live = await account.create("client_keys", "lms", {})
    await account.api("PUT", f"{'/projects/ai-gurus/ai-gurus-lms/keys'}/{live.id}/", {"name": "lms", "rateLimit": None})
    live = await account.update(
        live, {"dynamicSdkLoaderOptions": {"hasReplay": False}}, ["dynamicSdkLoaderOptions"], handle="lms"
    )
    assert live.values["dynamicSdkLoaderOptions"] == {
        "hasReplay": False,
        "hasPerformance": True,
        "hasDebug": False,
        "hasFeedback": False,
        "hasLogsAndMetrics": False,
    }


@pytest.mark.trap("sentry", "3: rateLimit is a window of up to a day and a count, and null is off")
async def test_a_rate_limit_is_taken_away_by_null(account: Any) -> None:
    fields: dict[str, Any] = {"rateLimit": {"window": "2h", "count": 5}}
    live = await account.create("client_keys", "lms", fields)
    assert live.values["rateLimit"] == {"window": 7200, "count": 5}
    live = await account.update(live, {"rateLimit": None}, ["rateLimit"])
    assert "rateLimit" not in live.values
    with pytest.raises(ValidationError):
        ClientKey.model_validate({"rateLimit": {"window": "2d", "count": 5}})


@pytest.mark.trap("sentry", "3: a project begins with one key, which nobody asked for")
async def test_the_first_key_is_there_and_unmanaged(account: Any) -> None:
    assert set(await account.listed("client_keys")) == {"Default"}
