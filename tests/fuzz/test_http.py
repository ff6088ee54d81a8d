"""Whatever comes over the wire, the client gives an answer or an error of this tool, soon, and within bounds."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reconciler.errors import ProtocolError, ProviderError, ReconcilerError, Unavailable
from reconciler.http import pages
from reconciler.http.answer import DEEPEST, parse_json
from reconciler.http.client import HttpClient
from reconciler.http.exchange import LARGEST_ANSWER
from reconciler.http.limits import rate_window, retry_delay
from reconciler.kind.settings import TokenSettings
from reconciler.provider import Connection
from reconciler.testing import FakeClock, virtual_runtime
from reconciler.values import SecretRef, SecretValue

LAW = settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SERVICE = "https://api.example.test"
Answering = Callable[[httpx.Request], httpx.Response]


class Vendor(httpx.AsyncBaseTransport):
    """Answers with what it is told, and remembers whom it was asked for and with what."""

    def __init__(self, answer: Answering) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.url.host, request.headers.get("authorization", "")))
        return self.answer(request)


def met(answer: Answering, work: Callable[[HttpClient], Any], *, judge: Any = None) -> tuple[Any, Vendor, FakeClock]:
    """Return what work on a client gives, an error of this tool included, the vendor, and the clock."""
    vendor, clock = Vendor(answer), FakeClock()

    async def run() -> Any:
        given = TokenSettings(token=SecretRef("TOKEN"))
        secrets = {"token": SecretValue("hush-hush-token", "secret TOKEN")}
        connection = Connection("acme", given, secrets, virtual_runtime(clock), Path(), transport=vendor)
        headers = {"authorization": "Bearer hush-hush-token"}
        client = HttpClient(
            connection, service="Acme", base_url=SERVICE, headers=headers, error_text=lambda b: b["message"]
        )
        try:
            return await work(client)
        except ReconcilerError as error:
            return error
        finally:
            await client.close()

    return asyncio.run(run()), vendor, clock


async def got(client: HttpClient) -> Any:
    return (await client.get("/things")).json()


async def listed(client: HttpClient) -> Any:
    return [item async for item in pages.follow_link(client, "/things", most=3)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
BODIES = st.binary(max_size=200) | JSON.map(json.dumps).map(str.encode)
TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)
NUMBERS = st.integers(-(10**30), 10**30).map(str)
NAMES = st.sampled_from(
    ["retry-after", "x-ratelimit-remaining", "x-ratelimit-reset", "ratelimit", "link", "content-type", "location"]
)
HEADERS = st.dictionaries(NAMES, TEXTS | NUMBERS, max_size=4)


@LAW
@given(
    status=st.sampled_from([200, 204, 301, 400, 401, 403, 404, 409, 422, 429, 500, 503, 599, 999]),
    headers=HEADERS,
    body=BODIES,
)
@example(status=429, headers={"retry-after": "Fri, 31 Dec 9999 23:59:59 -9999"}, body=b"")
@example(status=429, headers={"retry-after": "Mon, 01 Jan 0001 00:00:00 +2359"}, body=b"")
@example(status=429, headers={"retry-after": "9" * 15}, body=b"")
@example(status=400, headers={}, body=b'{"message": "\\ud800"}')
@example(status=400, headers={}, body=b'{"message": ' + b"[" * 900 + b"]" * 900 + b"}")
def test_any_response_gives_an_answer_or_an_error(status: int, headers: dict[str, str], body: bytes) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, headers=headers, content=body, request=request)

    _, vendor, clock = met(answer, got)
    assert 1 <= len(vendor.asked) <= 8
    assert clock.elapsed < 8 * 300
    assert {host for host, _ in vendor.asked} == {"api.example.test"}


@LAW
@given(text=TEXTS | NUMBERS)
@example("Fri, 31 Dec 9999 23:59:59 -9999")
@example("Mon, 01 Jan 0001 00:00:00 +2359")
@example("1 Jan 99999999999999999999 00:00:00 GMT")
@example("Mon, 99 Jan 2026 00:00:00 +99999999999999999999")
def test_any_time_to_wait_is_read_or_refused(text: str) -> None:
    response = httpx.Response(429, headers={"retry-after": text})
    with contextlib.suppress(ProtocolError):
        assert retry_delay(response, now=NOW) is None or (retry_delay(response, now=NOW) or 0.0) >= 0
    rate_window({"x-ratelimit-remaining": text, "x-ratelimit-reset": text}, now=NOW)


@LAW
@given(
    link=TEXTS,
    url=TEXTS
    | st.sampled_from(["//x.test/", "https://api.example.test:99999/", "https://[", "http://", "\\", "/things"]),
)
@example(link="", url="https://api.example.test/things?page=" + "9" * 5000)
@example(link="", url="https://api.example.test/?last=\u00b2")
def test_any_link_leads_to_the_same_host_or_to_an_error(link: str, url: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        header = f'<{url}>; rel="next"; {link}'
        body = {"data": [], "next": url, "last": url}
        ascii_only = header.encode("ascii", "ignore")
        return httpx.Response(200, headers=[(b"link", ascii_only)], json=body, request=request)

    async def numbered(client: HttpClient) -> Any:
        found = pages.numbered(client, "/things", items="data", next_url="next", last_url="last", most=3)
        return [item async for item in found]

    for work in (listed, numbered):
        _, vendor, _ = met(answer, work)
        assert {host for host, _ in vendor.asked} == {"api.example.test"}


@pytest.mark.parametrize(
    "target", ["https://thief.example/things", "//thief.example/x", "http://api.example.test.thief.example/"]
)
def test_a_next_page_on_another_host_is_not_asked_for(target: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"link": f'<{target}>; rel="next"'}, json=[], request=request)

    _, vendor, _ = met(answer, listed)
    assert {host for host, _ in vendor.asked} == {"api.example.test"}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_host_gets_neither_a_request_nor_the_credential(status: int) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, headers={"location": "https://thief.example/"}, request=request)

    error, vendor, _ = met(answer, got)
    assert isinstance(error, ProtocolError)
    assert "redirects are not followed" in error.message
    assert vendor.asked == [("api.example.test", "Bearer hush-hush-token")]


@pytest.mark.parametrize("status", [429, 503])
def test_an_absurd_time_to_wait_ends_the_call_at_once(status: int) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, headers={"retry-after": "99999999999"}, request=request)

    error, vendor, clock = met(answer, got)
    assert isinstance(error, Unavailable)
    assert "asks to wait" in error.message
    assert (len(vendor.asked), clock.elapsed) == (1, 0)


class Endless(httpx.AsyncByteStream):
    """A body that never ends, and says how much of it was taken."""

    def __init__(self, chunk: bytes) -> None:
        self.chunk = chunk
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            self.taken += len(self.chunk)
            yield self.chunk


def bomb() -> bytes:
    """Return a chunk of gzip that unpacks to some megabytes, and can be followed by itself."""
    packer = zlib.compressobj(9, wbits=31)
    return packer.compress(b"[" * 2**24) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "chunk"),
    [pytest.param("identity", b"[" * 2**16, id="endless"), pytest.param("gzip", bomb(), id="packed-a-thousandfold")],
)
def test_a_body_without_end_is_cut_off_and_memory_is_bounded(encoding: str, chunk: bytes) -> None:
    stream = Endless(chunk)

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-encoding": encoding}, stream=stream, request=request)

    tracemalloc.start()
    try:
        error, _, _ = met(answer, got)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(error, ProviderError)
    assert stream.taken <= LARGEST_ANSWER + len(chunk)
    assert peak < 4 * LARGEST_ANSWER


def deep(levels: int) -> bytes:
    return (
        b'{"a":' * (levels // 2) + b"[" * (levels - levels // 2) + b"]" * (levels - levels // 2) + b"}" * (levels // 2)
    )


@pytest.mark.parametrize(
    ("body", "fits"),
    [
        pytest.param(deep(DEEPEST), True, id="as-deep-as-allowed"),
        pytest.param(deep(DEEPEST + 1), False, id="one-too-deep"),
        pytest.param(b"[" * 10**6, False, id="bottomless"),
        pytest.param(json.dumps("[{" * 10**5).encode(), True, id="brackets-in-text"),
        pytest.param(b"[" + b"[]," * 10**5 + b"[]]", True, id="wide"),
        pytest.param(b"9" * 5000, False, id="endless-number"),
        pytest.param(json.dumps("x" * 10**6).encode(), True, id="long-text"),
    ],
)
def test_an_answer_is_as_deep_as_an_api_documents_or_none(body: bytes, fits: bool) -> None:
    started = time.process_time()
    try:
        parse_json(body)
        parsed = True
    except ValueError:
        parsed = False
    assert parsed == fits
    assert time.process_time() - started < 2
