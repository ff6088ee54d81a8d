"""The read-only transport."""

from __future__ import annotations

import httpx
import pytest

from reconciler.errors import ReadOnlyViolation
from reconciler.http.transport import ReadOnlyTransport, read_only


@pytest.fixture
def inner():
    sent = []

    def answer(request):
        sent.append(request.method)
        return httpx.Response(200, json={})

    transport = httpx.MockTransport(answer)
    transport.sent = sent
    return transport


async def send(transport, method, path="/v1/things"):
    async with httpx.AsyncClient(transport=transport) as client:
        return (await client.request(method, f"https://api.example.test{path}")).status_code


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_reads_pass(inner, method):
    assert await send(ReadOnlyTransport(inner), method) == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PURGE"])
async def test_a_write_is_refused_before_a_byte_is_sent(inner, method):
    with pytest.raises(ReadOnlyViolation, match=method):
        await send(ReadOnlyTransport(inner), method)
    assert inner.sent == []


READS = (("POST", r"/v1/things/search"),)


async def test_a_listed_read_passes_on_its_whole_path_only(inner):
    transport = ReadOnlyTransport(inner, READS)
    assert await send(transport, "POST", "/v1/things/search") == 200
    for method, path in [
        ("POST", "/v1/things/search/x"),
        ("POST", "/x/v1/things/search"),
        ("PUT", "/v1/things/search"),
    ]:
        with pytest.raises(ReadOnlyViolation):
            await send(transport, method, path)


async def test_a_read_only_transport_stays_read_only_when_wrapped_with_reads(inner):
    transport = read_only(read_only(inner), READS)
    assert await send(transport, "POST", "/v1/things/search") == 200
    with pytest.raises(ReadOnlyViolation):
        await send(transport, "POST")


async def test_a_client_opened_for_reading_raises_at_once_and_counts_nothing(world, inner):
    client = world.client(inner, read_only=True)
    with pytest.raises(ReadOnlyViolation):
        await client.post("/v1/things", json={}, idempotent=True)
    assert (inner.sent, client.requests) == ([], 0)


async def test_a_client_may_declare_reads_that_are_posts(world, inner):
    client = world.client(inner, read_only=True, reads=READS)
    assert (await client.post("/v1/things/search", json={})).status == 200
