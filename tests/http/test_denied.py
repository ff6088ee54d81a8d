"""A provider's own reading of answers that are no success."""

from __future__ import annotations

import httpx
import pytest

from reconciler.errors import CredentialRejected, NotFound, Refused

PATH = "/v2/things/812"


def judge(denied):
    if denied.status == 403 and denied.body["error"].get("code") == "taken":
        return denied.as_refused("choose another name")
    if denied.status == 403:
        return denied.as_missing_scope("the scope things:read")
    if denied.status == 410:
        return denied.as_refused("use the new endpoint", because="the endpoint is retired")
    return denied.error


def answer_to(world, status, **error):
    script, _ = world.script(httpx.Response(status, json={"error": {"message": "no", **error}}))
    client = world.client(script, judge=judge)
    with pytest.raises(Exception) as raised:  # noqa: PT011 - which one it is stands in the rows
        world.run(client.get(PATH))
    return raised.value


@pytest.mark.parametrize(
    ("status", "error", "expected", "text"),
    [
        pytest.param(403, {"code": "taken"}, Refused, "choose another name", id="a-conflict-that-says-403"),
        pytest.param(403, {}, CredentialRejected, "scope things:read: GET /v2/things/812 needs it", id="missing-scope"),
        pytest.param(410, {}, Refused, "the endpoint is retired", id="retired-is-not-absent"),
        pytest.param(404, {}, NotFound, "not found at Example", id="the-rest-as-always"),
    ],
)
def test_the_judge_has_the_last_word(world, status, error, expected, text):
    raised = answer_to(world, status, **error)
    assert type(raised) is expected
    assert text in str(raised)
    assert raised.status == status


def test_an_error_that_is_no_json_has_no_body(world):
    seen = []
    script, _ = world.script(httpx.Response(404, content=b"<html>no</html>"))
    client = world.client(script, judge=lambda denied: seen.append(denied.body) or denied.error)
    with pytest.raises(NotFound):
        world.run(client.get(PATH))
    assert seen == [None]


def test_headers_of_one_request_are_sent_with_it_only(world):
    script, seen = world.script(httpx.Response(200, json={}))
    client = world.client(script)
    world.run(client.get(PATH, headers={"x-jurisdiction": "eu"}))
    world.run(client.get(PATH))
    assert [request.headers.get("x-jurisdiction") for request in seen] == ["eu", None]
    assert seen[0].headers["authorization"] == seen[1].headers["authorization"]
