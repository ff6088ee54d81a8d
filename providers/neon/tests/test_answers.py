"""What is read out of answers: times, passwords to keep out of logs, and forms that no document shows."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from reconciler import ProtocolError
from reconciler_neon.answers import moment, passwords, to_the_second
from reconciler_neon.sandbox.stock import PROJECT

TIMES = [
    pytest.param("2027-01-31T00:00:00Z", "2027-01-31T00:00:00Z", id="as-written"),
    pytest.param("2027-01-31T01:00:00.999+01:00", "2027-01-31T00:00:00Z", id="another-zone"),
    pytest.param(None, None, id="none"),
    pytest.param("soon", None, id="not-a-time"),
]


@pytest.mark.parametrize(("told", "seen"), TIMES)
@pytest.mark.trap("neon", "1: times are RFC 3339, in any zone")
def test_times_are_read_to_the_second(told: Any, seen: Any) -> None:
    assert to_the_second(told) == seen


def test_a_time_without_a_zone_is_utc() -> None:
    found = moment("2027-01-31T00:00:00")
    assert found is not None
    assert found.isoformat() == "2027-01-31T00:00:00+00:00"


def test_every_password_of_an_answer_is_found() -> None:
    answer = {
        "role": {"name": "app", "password": "one"},
        "connection_uris": [{"connection_uri": "two", "connection_parameters": {"password": "three"}}],
        "uri": "four",
        "branch": {"name": "password"},
        "operations": [],
    }
    assert set(passwords(answer)) == {"one", "two", "three", "four"}


ODD = [
    pytest.param("branches", {"branches": [{"id": "br-1"}]}, "no name", id="a-branch-without-a-name"),
    pytest.param("branches", {"branches": "none"}, "not of the documented form", id="no-list-of-branches"),
    pytest.param("database", {"project": {"name": "x"}}, "no id", id="a-project-without-an-id"),
    pytest.param("database", ["project"], "no project", id="a-list"),
]


@pytest.mark.parametrize(("collection", "answer", "said"), ODD)
async def test_an_answer_of_another_form_is_a_protocol_error(
    account: Any, collection: str, answer: Any, said: str
) -> None:
    async def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/branches") and collection != "branches":
            return httpx.Response(200, json={"branches": []}, request=request)
        if request.url.path.endswith(PROJECT) and collection != "database":
            return httpx.Response(200, json={"project": {"id": PROJECT}}, request=request)
        return httpx.Response(200, json=answer, request=request)

    provider = await account.connect(transport=httpx.MockTransport(respond))
    with pytest.raises(ProtocolError, match=said):
        [live async for live in provider.list(collection)]
