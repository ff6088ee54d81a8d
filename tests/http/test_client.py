"""What the client makes of good and bad days."""

from __future__ import annotations

import asyncio
import gzip

import httpx
import pytest

from reconciler.errors import (
    AnswerLost,
    Busy,
    CredentialRejected,
    NotFound,
    ProtocolError,
    ReconcilerError,
    Refused,
)
from reconciler.http import exchange

PATH = "/v2/things/812"
JSON = {"content-type": "application/json"}
OK = httpx.Response(200, json={"id": "812"})
WRITES = ["post", "put", "patch", "delete"]


def error(status, headers=None, message="url is already monitored"):
    return httpx.Response(status, headers=headers, json={"error": {"message": message}})


def call(world, client, method="get", **options):
    return world.run(getattr(client, method)(PATH, **options))


def test_an_answer_is_status_headers_and_json(world):
    answer, seen = world.script(httpx.Response(201, headers={"X-Request-Id": "r1"}, json={"id": "812"}))
    got = call(world, world.client(answer), "post", json={"url": "https://learn.aigurus.com/"})
    assert (got.status, got.headers["x-request-id"], got.json()) == (201, "r1", {"id": "812"})
    assert seen[0].headers["user-agent"].startswith("reconciler")
    assert seen[0].headers["accept"] == "application/json"
    assert seen[0].content == b'{"url":"https://learn.aigurus.com/"}'


def test_params_that_are_none_are_left_out_and_the_paths_own_query_stays(world):
    answer, seen = world.script(OK)
    world.run(world.client(answer).get("/v2/things?team=a", params={"page": 2, "filter": None}))
    assert dict(seen[0].url.params) == {"team": "a", "page": "2"}


def test_a_compressed_answer_is_unpacked(world):
    packed = gzip.compress(b'{"id": "812"}')
    answer, _ = world.script(httpx.Response(200, headers={**JSON, "content-encoding": "gzip"}, content=packed))
    assert call(world, world.client(answer)).json() == {"id": "812"}


STATUSES = [
    pytest.param(400, Refused, "refused by Example (400 on GET /v2/things/812): url is", id="400"),
    pytest.param(401, CredentialRejected, "does not accept the credential (401 on GET", id="401"),
    pytest.param(402, Refused, "refused by Example (402", id="402"),
    pytest.param(403, CredentialRejected, "lacks the scope", id="403"),
    pytest.param(404, NotFound, "not found at Example (404", id="404"),
    pytest.param(409, Refused, "refused by Example (409", id="409"),
    pytest.param(410, Refused, "gone for good (410 on GET", id="410-is-no-absence"),
    pytest.param(422, Refused, "refused by Example (422", id="422"),
    pytest.param(423, Busy, "locked at Example", id="423"),
    pytest.param(302, ProtocolError, "redirects", id="302"),
    pytest.param(501, Refused, "refused by Example (501", id="501"),
]


@pytest.mark.parametrize(("status", "kind", "said"), STATUSES)
def test_a_definite_answer_becomes_its_error_and_is_not_asked_for_again(world, status, kind, said):
    answer, seen = world.script(error(status, {"location": "https://api.example.test/x"}))
    with pytest.raises(kind) as caught:
        call(world, world.client(answer))
    assert type(caught.value) is kind
    assert said in caught.value.message
    assert (caught.value.operation, caught.value.status) == ("GET /v2/things/812", status)
    assert len(seen) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_rejected_credential_is_named(world, status):
    answer, _ = world.script(error(status))
    with pytest.raises(CredentialRejected) as caught:
        call(world, world.client(answer))
    assert "EXAMPLE_TOKEN" in caught.value.fix


BODIES = [
    pytest.param(b"", "", id="empty"),
    pytest.param(b"<html>oops</html>", "", id="html"),
    pytest.param(b"[]", "", id="another-form"),
    pytest.param(b'{"error": "text"}', "", id="another-depth"),
    pytest.param(b'{"error": {"message": null}}', "", id="null"),
    pytest.param(b"\xff\xfe\xfa", "", id="not-utf-8"),
    pytest.param(b'{"error": {"message": "a\\n\\tb \\u001b[31mred"}}', ": a b [31mred", id="control-characters"),
    pytest.param(b'{"error": {"message": "' + b"x" * 999 + b'"}}', ": " + "x" * 299 + "…", id="long"),
    pytest.param(b"[" * 100_000, "", id="nested-for-ever"),
]


@pytest.mark.parametrize(("body", "told"), BODIES)
def test_an_explanation_of_any_form_is_one_short_line_or_left_out(world, body, told):
    answer, _ = world.script(httpx.Response(422, content=body))
    with pytest.raises(Refused) as caught:
        call(world, world.client(answer))
    assert caught.value.message == f"refused by Example (422 on GET /v2/things/812){told}"


UNREADABLE = [
    pytest.param(httpx.Response(200, html="<!doctype html><p>sign in"), "an HTML page", id="html"),
    pytest.param(httpx.Response(200, headers=JSON, content=b'{"id": "8'), "broken JSON", id="truncated"),
    pytest.param(httpx.Response(200, headers=JSON, content=b'{"id": "\xff"}'), "broken JSON", id="not-utf-8"),
    pytest.param(httpx.Response(200, content=b""), "an empty body", id="empty"),
    pytest.param(httpx.Response(200, text="fine"), "another format", id="text"),
    pytest.param(httpx.Response(200, headers=JSON, content=b"[" * 100_000), "broken JSON", id="nested-for-ever"),
]


@pytest.mark.parametrize(("response", "said"), UNREADABLE)
def test_a_success_that_is_no_json_is_a_protocol_error_that_never_quotes_it(world, response, said):
    answer, _ = world.script(response)
    with pytest.raises(ProtocolError, match="Example answered GET /v2/things/812 with 200") as caught:
        call(world, world.client(answer)).json()
    assert said in caught.value.message


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize(("response", "said"), UNREADABLE)
def test_a_write_whose_success_cannot_be_read_may_have_taken_effect(world, method, response, said):
    answer, _ = world.script(response)
    with pytest.raises(AnswerLost, match="may have taken effect") as caught:
        call(world, world.client(answer), method).json()
    assert said in caught.value.message


def test_an_answer_nobody_parses_may_be_anything(world):
    answer, _ = world.script(httpx.Response(200, text="OK"))
    assert call(world, world.client(answer), "post").status == 200


class Drip(httpx.AsyncByteStream):
    """A body that never ends, a byte at a time."""

    async def __aiter__(self):
        while True:
            await asyncio.sleep(5)
            yield b" "


def test_a_service_that_drips_bytes_is_given_up(world):
    answer, _ = world.script(lambda: httpx.Response(200, headers=JSON, stream=Drip()))
    with pytest.raises(AnswerLost, match="did not answer in time"):
        call(world, world.client(answer), "post")
    assert world.elapsed == pytest.approx(exchange.TOTAL_TIMEOUT)


@pytest.mark.parametrize(("method", "kind"), [("get", ProtocolError), ("post", AnswerLost)])
def test_an_endless_answer_is_cut_off(world, monkeypatch, method, kind):
    bomb = gzip.compress(b" " * (exchange.LARGEST_ANSWER + 1))
    answer, seen = world.script(httpx.Response(200, headers={"content-encoding": "gzip"}, content=bomb))
    with pytest.raises(kind, match="32 MB"):
        call(world, world.client(answer), method)
    assert len(seen) == 1


def test_timeouts_are_set_and_capped_by_the_deadline(world):
    answer, seen = world.script(OK)
    call(world, world.client(answer))
    call(world, world.client(answer, deadline=2.0))
    first, second = (request.extensions["timeout"] for request in seen)
    assert (first["connect"], first["read"]) == (5.0, 30.0)
    assert (second["connect"], second["read"]) == (2.0, 2.0)


def test_requests_counts_what_was_sent_and_not_what_never_left(world):
    answer, _ = world.script(httpx.ConnectError("refused"), error(429), error(503), OK)
    client = world.client(answer)
    call(world, client)
    assert client.requests == 3


def test_a_cancelled_call_gives_its_place_back(world):
    async def slow(request):
        await asyncio.sleep(100 if request.url.path == "/slow" else 0)
        return OK

    client = world.client(slow)

    async def scene():
        waiting = [asyncio.ensure_future(client.get("/slow")) for _ in range(5)]
        await asyncio.sleep(1)
        for task in waiting:
            task.cancel()
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert {type(result) for result in results} == {asyncio.CancelledError}
        return await client.get(PATH)

    assert world.run(scene()).status == 200
    assert world.elapsed == pytest.approx(1.0)


def test_closing_twice_is_fine(world):
    client = world.client(world.script(OK)[0])
    call(world, client)
    world.run(client.close())
    world.run(client.close())


def test_the_environment_overrides_the_base_url(world):
    world.environ["EXAMPLE_API_URL"] = "http://127.0.0.1:8100"
    answer, seen = world.script(OK)
    call(world, world.client(answer))
    assert str(seen[0].url) == f"http://127.0.0.1:8100{PATH}"


def test_a_token_never_goes_over_plain_http(world):
    world.environ["EXAMPLE_API_URL"] = "http://api.example.test"
    with pytest.raises(CredentialRejected, match="plain http"):
        world.client(world.script(OK)[0])


@pytest.mark.parametrize("path", ["/v2/\x00", "/v2/a\nb"], ids=["nul", "line-break"])
def test_a_path_that_is_no_url_is_an_error_of_ours(world, path):
    answer, seen = world.script(OK)
    with pytest.raises(ReconcilerError):
        world.run(world.client(answer).get(path))
    assert seen == []
