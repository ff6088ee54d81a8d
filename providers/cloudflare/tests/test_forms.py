"""Answers of another form than documented, and envelopes of either form."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from reconciler import AnswerLost, ProtocolError
from reconciler_cloudflare.failures import codes_of, error_text


async def everything(listing: Any) -> list[Any]:
    return [live async for live in listing]


async def test_a_network_that_answers_with_html_is_no_empty_account(account: Any) -> None:
    html = httpx.MockTransport(lambda request: httpx.Response(200, html="<html>", request=request))
    provider = await account.connect(transport=html)
    with pytest.raises(ProtocolError):
        await everything(provider.list("buckets"))
    with pytest.raises(AnswerLost):
        await provider.delete(await account.create("buckets", "data", {}))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"result": {"buckets": [{"creation_date": "x"}]}}, id="no-name"),
        pytest.param({"result": {"buckets": ["data"]}}, id="text"),
        pytest.param({"result": {"buckets": {}}}, id="mapping"),
        pytest.param({"result": []}, id="older-document"),
        pytest.param({}, id="nothing"),
    ],
)
async def test_a_listing_of_another_form_is_a_protocol_error(account: Any, body: Any) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=body, request=request))
    provider = await account.connect(transport=transport)
    with pytest.raises(ProtocolError):
        await everything(provider.list("buckets"))


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param({"domains": [{"domain": "x"}]}, id="domain-without-enabled"),
        pytest.param({"domains": [{"domain": "x", "enabled": None}]}, id="domain-neither-on-nor-off"),
        pytest.param({"domains": None}, id="no-domains"),
        pytest.param({}, id="nothing"),
        pytest.param({"domains": "none"}, id="text"),
        pytest.param({"rules": [{"id": "x"}], "domains": []}, id="rule-without-its-parts"),
        pytest.param([], id="list"),
    ],
)
async def test_details_of_another_form_are_a_protocol_error(account: Any, damage: Any) -> None:
    await account.create("buckets", "data", {})
    inner = account.wire.inner.handle_async_request

    async def damaging(request: Any) -> Any:
        if request.url.path.endswith(("/custom", "/cors", "/lifecycle")):
            return httpx.Response(200, json={"success": True, "result": damage}, request=request)
        return await inner(request)

    account.wire.inner.handle_async_request = damaging
    with pytest.raises(ProtocolError):
        await account.listed("buckets")


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        pytest.param({"errors": [{"code": 971}, {"code": 10006}]}, {971, 10006}, id="several"),
        pytest.param({"errors": [{"code": "x"}, "text", {}]}, set(), id="no-numbers"),
        pytest.param({"errors": None}, set(), id="null"),
        pytest.param([], set(), id="list"),
        pytest.param(None, set(), id="no-json"),
    ],
)
@pytest.mark.trap("cloudflare", "1: 971 is below the documented minimum of 1000")
def test_codes_are_read_from_any_body(body: Any, codes: set[int]) -> None:
    assert codes_of(body) == codes


def test_an_error_is_said_with_its_code() -> None:
    assert error_text({"errors": [{"code": 10006, "message": "none"}]}) == "10006: none"


@pytest.mark.trap("cloudflare", "1: messages are texts in R2 and objects elsewhere")
@pytest.mark.parametrize("messages", [["text"], [{"code": 1000, "message": "text"}]], ids=["texts", "objects"])
async def test_messages_of_either_form_are_no_trouble(account: Any, messages: Any) -> None:
    body = {"success": True, "errors": [], "messages": messages, "result": {"buckets": []}}
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=body, request=request))
    assert await everything((await account.connect(transport=transport)).list("buckets")) == []
