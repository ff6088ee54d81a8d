"""A secret, and the words of the HTTP library, never come out of the client."""

from __future__ import annotations

import base64
import logging
import traceback
from urllib.parse import quote

import httpx
import pytest

from reconciler.errors import CredentialRejected, ReconcilerError
from reconciler.redact import CleanFormatter

SECRET = 'pa$$/w"rd+canary=='
PATH = "/v2/things/812"


def echo(text):
    return httpx.Response(422, json={"error": {"message": f"bad value {text} given"}})


ECHOES = [
    pytest.param(lambda s: s, id="raw"),
    pytest.param(lambda s: base64.b64encode(f"user:{s}".encode()).decode(), id="base64-inside-another"),
    pytest.param(lambda s: quote(s, safe=""), id="url-encoded"),
    pytest.param(lambda s: s.replace('"', '\\"'), id="json-escaped"),
    pytest.param(lambda s: "x" * 280 + s, id="cut-off-by-shortening"),
]


@pytest.mark.parametrize("form", ECHOES)
def test_a_secret_that_the_vendor_echoes_is_not_in_the_error(world, token, form):
    for secret in (SECRET, token):
        world.redactor.add(SECRET, "secret X")
        answer, _ = world.script(echo(form(secret)))
        with pytest.raises(ReconcilerError) as caught:
            world.run(world.client(answer).get(PATH))
        shown = "".join(traceback.format_exception(caught.value))
        assert secret not in shown
        assert form(secret) not in shown
        assert "canary" not in shown


TROUBLES = [
    httpx.ConnectError("cannot connect to https://user:hush-hush@api.example.test"),
    httpx.ReadError("hush-hush"),
    httpx.ReadTimeout("hush-hush"),
    httpx.RemoteProtocolError("illegal header hush-hush"),
    httpx.LocalProtocolError("illegal header hush-hush"),
    httpx.UnsupportedProtocol("hush-hush"),
    httpx.TooManyRedirects("hush-hush"),
    OSError("hush-hush"),
]


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda t: type(t).__name__)
def test_no_exception_of_the_library_is_shown_or_chained(world, method, trouble):
    answer, _ = world.script(trouble)
    with pytest.raises(ReconcilerError) as caught:
        world.run(getattr(world.client(answer), method)(PATH))
    shown = "".join(traceback.format_exception(caught.value))
    assert "hush-hush" not in shown
    assert "httpx." not in shown


def test_a_secret_in_the_path_is_not_in_the_error(world):
    world.redactor.add("map-key-canary", "secret X")
    answer, _ = world.script(httpx.Response(404))
    with pytest.raises(ReconcilerError) as caught:
        world.run(world.client(answer).delete("/v1/bypass/map-key-canary"))
    assert caught.value.operation == "DELETE /v1/bypass/(secret X)"
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("bad", ["hush\n", "hush ", "hush\r\nx: y", "hüsh", "hush\x00"])
def test_a_token_that_cannot_stand_in_a_header_is_refused_unquoted(world, bad):
    with pytest.raises(CredentialRejected, match="EXAMPLE_TOKEN") as caught:
        world.client(world.script(httpx.Response(200))[0], headers={"authorization": f"Bearer {bad}"})
    assert bad.strip() not in "".join(traceback.format_exception(caught.value))


def test_the_log_tells_each_try_and_neither_headers_nor_bodies(world, token, caplog):
    caplog.set_level(logging.DEBUG)
    world.redactor.add(SECRET, "secret X")
    answer, _ = world.script(httpx.Response(503), httpx.Response(200, json={"value": SECRET}))
    world.run(world.client(answer).put(PATH, params={"key": "query-canary"}, json={"value": SECRET}))
    ours = [record.getMessage() for record in caplog.records if record.name == "reconciler.http"]
    assert len(ours) == 2
    assert "PUT /v2/things/812: 503 after" in ours[0]
    assert "200 after" in ours[1]
    assert "(try 2)" in ours[1]
    formatter = CleanFormatter(world.redactor)
    everything = "\n".join(formatter.format(record) for record in caplog.records)
    assert SECRET not in everything
    assert token not in everything
    assert "canary" not in "\n".join(ours)
