"""What is tried again, after how long, and what it means when nothing helps."""

from __future__ import annotations

import asyncio
import itertools

import httpx
import pytest

from reconciler.errors import AnswerLost, Busy, ProtocolError, Unavailable

PATH = "/v2/things/812"
JSON = {"content-type": "application/json"}
OK = httpx.Response(200, json={"id": "812"})
REPEATABLE = ["get", "put", "delete"]
ONCE = ["post", "patch"]


def error(status, headers=None):
    return httpx.Response(status, headers=headers, json={"error": {"message": "not now"}})


def call(world, client, method="get", **options):
    return world.run(getattr(client, method)(PATH, **options))


@pytest.mark.parametrize("method", REPEATABLE)
def test_a_truncated_answer_to_what_is_repeatable_is_asked_for_again(world, method):
    answer, seen = world.script(httpx.Response(200, headers=JSON, content=b'{"id": "8'), OK)
    assert call(world, world.client(answer), method).json() == {"id": "812"}
    assert len(seen) == 2


UNSENT = [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow"), httpx.PoolTimeout("full")]
LOST = [
    httpx.ReadError("reset"),
    httpx.WriteError("reset"),
    httpx.ReadTimeout("slow"),
    httpx.RemoteProtocolError("peer closed connection without sending complete message body"),
    httpx.DecodingError("bad gzip"),
    ConnectionResetError(104, "reset"),
    error(500),
    error(502),
    error(503),
    error(504),
    error(522),
]


def name(trouble):
    return str(trouble.status_code) if isinstance(trouble, httpx.Response) else type(trouble).__name__


@pytest.mark.parametrize("method", [*REPEATABLE, *ONCE])
@pytest.mark.parametrize("trouble", [*UNSENT, error(429), error(429, {"retry-after": "2"})], ids=name)
def test_what_had_no_effect_is_tried_again_whatever_it_is(world, method, trouble):
    answer, seen = world.script(trouble, trouble, OK)
    assert call(world, world.client(answer), method).json() == {"id": "812"}
    assert len(seen) == 3


@pytest.mark.parametrize("method", REPEATABLE)
@pytest.mark.parametrize("trouble", LOST, ids=name)
def test_what_is_repeatable_is_tried_again_after_anything_that_may_pass(world, method, trouble):
    answer, seen = world.script(trouble, trouble, OK)
    assert call(world, world.client(answer), method).json() == {"id": "812"}
    assert len(seen) == 3


@pytest.mark.parametrize("method", ONCE)
@pytest.mark.parametrize("trouble", LOST, ids=name)
def test_a_write_whose_answer_got_lost_is_sent_once_and_says_so(world, method, trouble):
    answer, seen = world.script(trouble, OK)
    with pytest.raises(AnswerLost, match="the write may have taken effect") as caught:
        call(world, world.client(answer), method, json={})
    assert caught.value.operation == f"{method.upper()} {PATH}"
    assert len(seen) == 1


@pytest.mark.parametrize("method", ONCE)
def test_a_write_said_to_be_idempotent_is_tried_again(world, method):
    answer, seen = world.script(httpx.ReadError("reset"), OK)
    assert call(world, world.client(answer), method, json={}, idempotent=True).json() == {"id": "812"}
    assert len(seen) == 2


def test_a_put_said_not_to_be_idempotent_is_sent_once(world):
    answer, seen = world.script(httpx.ReadError("reset"), OK)
    with pytest.raises(AnswerLost):
        call(world, world.client(answer), "put", json={}, idempotent=False)
    assert len(seen) == 1


LASTING = [
    pytest.param("get", [error(503)], Unavailable, 5, id="read-503"),
    pytest.param("get", [httpx.ReadError("reset")], Unavailable, 5, id="read-reset"),
    pytest.param("post", [httpx.ConnectError("refused")], Unavailable, 5, id="create-never-sent"),
    pytest.param("post", [error(429)], Unavailable, 8, id="create-refused-for-rate"),
    pytest.param("put", [error(503)], AnswerLost, 5, id="write-503"),
    pytest.param("put", [error(502), error(423)], AnswerLost, 2, id="write-lost-then-locked"),
    pytest.param("put", [error(429), error(423)], Busy, 2, id="write-refused-then-locked"),
    pytest.param("get", [error(502), error(423)], Busy, 2, id="read-lost-then-locked"),
    pytest.param("put", [httpx.ReadError(""), httpx.ConnectError("")], AnswerLost, 5, id="write-lost-then-unsent"),
    pytest.param("delete", [httpx.ConnectError("refused")], Unavailable, 5, id="delete-never-sent"),
    pytest.param("get", [httpx.Response(200, headers=JSON, content=b"{")], ProtocolError, 5, id="always-truncated"),
]


@pytest.mark.parametrize(("method", "steps", "kind", "tries"), LASTING)
def test_trouble_that_lasts_ends_after_a_number_of_tries(world, method, steps, kind, tries):
    answer, seen = world.script(*steps)
    with pytest.raises(kind) as caught:
        call(world, world.client(answer), method)
    assert type(caught.value) is kind
    assert len(seen) == tries


def test_waits_between_tries_are_jittered_and_grow(world):
    times = []

    async def down(request):
        times.append(world.elapsed)
        return error(503)

    with pytest.raises(Unavailable):
        call(world, world.client(down))
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert all(0 <= gap <= 0.5 * 2**n for n, gap in enumerate(gaps))
    assert len({round(gap, 6) for gap in gaps}) == len(gaps)


RETRY_AFTER = [
    pytest.param(429, "30", 30.0, id="429-seconds"),
    pytest.param(429, "Thu, 01 Jan 2026 00:00:45 GMT", 45.0, id="429-date"),
    pytest.param(429, "Wed, 31 Dec 2025 00:00:00 GMT", 0.0, id="429-date-already-past"),
    pytest.param(429, "a while", 1.0, id="429-malformed-waits-as-if-absent"),
    pytest.param(403, "30", 30.0, id="403-for-rate"),
    pytest.param(503, "30", 30.0, id="503-seconds"),
    pytest.param(503, "Thu, 01 Jan 2026 00:00:45 GMT", 45.0, id="503-date"),
]


@pytest.mark.parametrize(("status", "header", "waited"), RETRY_AFTER)
def test_retry_after_is_waited_for(world, status, header, waited):
    answer, _ = world.script(error(status, {"retry-after": header}), OK)
    call(world, world.client(answer))
    assert waited <= world.elapsed <= waited + 1.0


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("deadline", [60.0, None], ids=["beyond-the-deadline", "an-hour-without-deadline"])
def test_a_retry_after_that_is_too_long_fails_at_once_and_says_so(world, status, deadline):
    answer, seen = world.script(error(status, {"retry-after": "3600"}))
    with pytest.raises(Unavailable, match=rf"asks to wait 3600 s \({status} on GET .*beyond the deadline"):
        call(world, world.client(answer, deadline=deadline))
    assert (len(seen), world.elapsed) == (1, 0.0)


def test_the_others_of_the_budget_fail_at_once_too(world):
    answer, seen = world.script(error(429, {"retry-after": "3600"}))
    client = world.client(answer, deadline=60.0)

    async def scene():
        return await asyncio.gather(*(client.get(f"/v2/things/{n}") for n in range(20)), return_exceptions=True)

    assert {type(result) for result in world.run(scene())} == {Unavailable}
    assert len(seen) <= 2
    assert world.elapsed == 0.0


def test_githubs_403_with_nothing_left_waits_for_the_reset(world):
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "40"}
    answer, _ = world.script(error(403, headers), OK)
    call(world, world.client(answer))
    assert world.elapsed == pytest.approx(40.0)


def test_tries_end_before_the_deadline(world):
    answer, _ = world.script(error(503))
    with pytest.raises(Unavailable):
        call(world, world.client(answer, deadline=0.4))
    assert world.elapsed <= 0.4


def test_nothing_is_sent_after_the_deadline(world):
    answer, seen = world.script(OK)
    world.run(asyncio.sleep(5))
    with pytest.raises(Unavailable, match="deadline"):
        call(world, world.client(answer, deadline=4.0), "post")
    assert seen == []


@pytest.mark.parametrize(("method", "kind"), [("get", Unavailable), ("post", AnswerLost)])
def test_an_answer_that_does_not_come_by_the_deadline_is_given_up(world, method, kind):
    async def slow(request):
        await asyncio.sleep(1000)
        return OK

    with pytest.raises(kind, match="did not answer in time"):
        call(world, world.client(slow, deadline=10.0), method)
    assert world.elapsed == pytest.approx(10.0)
