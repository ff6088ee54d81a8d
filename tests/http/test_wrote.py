"""What fails within an operation that has written: in doubt, unless it is a definite answer."""

from __future__ import annotations

import contextlib

import httpx
import pytest

from reconciler.errors import AnswerLost, CredentialRejected, NotFound, ProtocolError, Refused
from reconciler.http.answer import as_id
from reconciler.http.wrote import told_as_lost

OK, GONE, NO = (httpx.Response(status, json={"error": {"message": "m"}}) for status in (200, 404, 422))


async def write_and_read(client):
    await client.post("/things")
    await client.get("/things/1")


async def read_and_write(client):
    await client.get("/things/1")
    await client.post("/things")


async def write_twice(client):
    await client.post("/things")
    await client.post("/things/1/parts")


async def write_and_misread(client):
    await client.post("/things")
    raise ProtocolError("an answer without id")


async def write_and_decide(client):
    await client.post("/things")
    with contextlib.suppress(NotFound):
        await client.get("/things/1")
    raise CredentialRejected("looked at, and told in other words")


async def lose_and_misread(client):
    with contextlib.suppress(AnswerLost):
        await client.post("/things")
    raise ProtocolError("an answer without id")


@pytest.mark.parametrize(
    ("operation", "answers", "expected"),
    [
        pytest.param(write_and_read, [OK, GONE], AnswerLost, id="a-read-after-it-finds-nothing"),
        pytest.param(write_and_read, [OK, httpx.Response(403, json={})], AnswerLost, id="a-read-after-it-is-refused"),
        pytest.param(write_and_read, [NO], Refused, id="the-write-itself-is-refused"),
        pytest.param(read_and_write, [GONE], NotFound, id="a-read-before-it"),
        pytest.param(read_and_write, [OK, NO], Refused, id="refused-after-a-read"),
        pytest.param(write_twice, [OK, NO], Refused, id="a-definite-answer-to-a-second-write"),
        pytest.param(write_and_misread, [OK], AnswerLost, id="an-answer-of-another-form"),
        pytest.param(lose_and_misread, [httpx.ReadError("reset")], AnswerLost, id="after-a-lost-answer"),
        pytest.param(write_and_decide, [OK, GONE], CredentialRejected, id="what-the-provider-raises-instead"),
    ],
)
def test_a_failure_after_a_write_is_in_doubt_unless_it_is_definite(world, operation, answers, expected):
    script, _ = world.script(*answers)
    client = world.client(script)

    async def within():
        with told_as_lost():
            await operation(client)

    with pytest.raises(Exception) as raised:  # noqa: PT011 - which one it is stands in the rows
        world.run(within())
    assert type(raised.value) is expected


def test_an_operation_within_another_is_a_part_of_it(world):
    script, _ = world.script(OK, GONE)
    client = world.client(script)

    async def within():
        with told_as_lost():
            with told_as_lost():
                await client.post("/things")
            await client.get("/things/1")

    with pytest.raises(AnswerLost, match="what was written before it has taken effect, or may have"):
        world.run(within())


def test_one_operation_after_another_is_not(world):
    script, _ = world.script(OK, GONE)
    client = world.client(script)

    async def one_after_the_other():
        with told_as_lost():
            await client.post("/things")
        with told_as_lost():
            await client.get("/things/1")

    with pytest.raises(NotFound):
        world.run(one_after_the_other())


@pytest.mark.parametrize("value", [None, True, 0.5, "", [], {}, [7], "\ud800"], ids=repr)
def test_what_is_no_id_is_refused(value):
    with pytest.raises(ValueError, match=r"id|encode"):
        as_id(value)


def test_texts_and_whole_numbers_are_ids():
    assert [as_id(value) for value in ("a/b", 7, "7", 0)] == ["a/b", "7", "7", "0"]
