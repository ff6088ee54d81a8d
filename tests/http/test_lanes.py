"""A lane for each request under way: used again when it is free, whatever became of the request."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import httpx
import pytest

from reconciler.http.lanes import Lanes


@dataclass
class Lane(httpx.AsyncBaseTransport):
    """Answers when it is let, and knows how many requests it carries."""

    go: asyncio.Event
    under_way: int = 0
    most: int = 0
    carried: int = 0
    closed: bool = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.under_way += 1
        self.carried += 1
        self.most = max(self.most, self.under_way)
        try:
            await self.go.wait()
            if request.url.path == "/broken":
                raise httpx.ReadError("reset", request=request)
            return httpx.Response(200, stream=Body(self), request=request)
        except BaseException:
            self.under_way -= 1
            raise

    async def aclose(self) -> None:
        self.closed = True


@dataclass
class Body(httpx.AsyncByteStream):
    lane: Lane
    chunks: tuple[bytes, ...] = (b"o", b"k")

    async def __aiter__(self):  # type: ignore[no-untyped-def]
        for chunk in self.chunks:
            yield chunk

    async def aclose(self) -> None:
        self.lane.under_way -= 1


@dataclass
class Road:
    go: asyncio.Event = field(default_factory=asyncio.Event)
    made: list[Lane] = field(default_factory=list)

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=Lanes(self.lane), base_url="http://x.test")

    def lane(self) -> Lane:
        self.made.append(Lane(self.go))
        return self.made[-1]


async def test_requests_at_once_have_a_lane_each_and_later_ones_use_them_again() -> None:
    road = Road()
    async with road.client() as client:
        asked = [asyncio.ensure_future(client.get("/")) for _ in range(5)]
        await asyncio.sleep(0)
        road.go.set()
        assert [(await one).text for one in asked] == ["ok"] * 5
        for _ in range(7):
            await client.get("/")
    assert [lane.most for lane in road.made] == [1] * 5
    assert sum(lane.carried for lane in road.made) == 12
    assert max(lane.carried for lane in road.made) == 8, "requests one after the other stay on one connection"
    assert all(lane.closed for lane in road.made)


async def test_a_lane_is_free_again_after_an_error_a_cancellation_and_an_unread_body() -> None:
    road = Road()
    async with road.client() as client:
        waiting = asyncio.ensure_future(client.get("/"))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        road.go.set()
        with pytest.raises(httpx.ReadError):
            await client.get("/broken")
        async with client.stream("GET", "/") as response:
            assert response.status_code == 200
        assert (await client.get("/")).text == "ok"
    (lane,) = road.made
    assert (lane.carried, lane.most, lane.under_way) == (4, 1, 0)


async def test_a_lane_whose_body_is_still_read_is_not_given_to_another() -> None:
    road = Road()
    road.go.set()
    async with road.client() as client, client.stream("GET", "/"):
        await client.get("/")
    assert [lane.most for lane in road.made] == [1, 1]
