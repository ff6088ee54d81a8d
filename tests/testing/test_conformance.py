"""The check against a vendor's document finds what either side does wrong, and nothing in what is right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.testing import Conforming, documents

NAME = {"type": "string", "maxLength": 5}
UNION = {"oneOf": [{"type": "string"}, {"type": "string", "maxLength": 9}]}
THING = {
    "type": "object",
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "name": NAME,
        "note": {"type": "string", "nullable": True},
        "either": UNION,
    },
    "required": ["id", "name"],
    "additionalProperties": False,
}
PAGE = {"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 1}}
TEAM = {"name": "X-Team", "in": "header", "required": True, "schema": {"type": "string", "enum": ["a"]}}
JSON = {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "paths": {
        "/things": {
            "parameters": [{"$ref": "#/components/parameters/Team"}],
            "get": {
                "parameters": [PAGE],
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"type": "array", "items": THING}}}},
                    "4XX": {"description": "an error"},
                },
            },
            "post": {
                "requestBody": {"required": True, "content": JSON},
                "responses": {"201": {"content": JSON}},
            },
        },
        "/things/{id}": {"delete": {"responses": {"204": {"description": "gone"}}}},
        "/things/mine": {"delete": {"responses": {"200": {"description": "gone"}}}},
    },
    "components": {"schemas": {"Thing": THING}, "parameters": {"Team": TEAM}},
}
GOOD = {"id": 1, "name": "one", "note": None}


async def found(
    method: str,
    path: str,
    answer: httpx.Response,
    *,
    body: Any = None,
    team: str | None = "a",
    excused: dict[str, str] | None = None,
) -> Conforming:
    inner = httpx.MockTransport(lambda request: answer)
    transport = Conforming(inner, (DOCUMENT,), base="/api", excused=excused)
    async with httpx.AsyncClient(transport=transport, base_url="https://vendor.test") as client:
        await client.request(method, f"/api{path}", json=body, headers={"x-team": team} if team else {})
    return transport


def ok(body: Any = None, status: int = 200) -> httpx.Response:
    return httpx.Response(status) if body is None else httpx.Response(status, json=body)


async def test_what_is_right_on_both_sides_is_no_problem() -> None:
    for method, path, answer, body in [
        ("GET", "/things?page=2", ok([GOOD]), None),
        ("GET", "/things", ok({"error": "no"}, 404), None),
        ("POST", "/things", ok(GOOD, 201), {"name": "one"}),
        ("DELETE", "/things/7", ok(status=204), None),
        ("DELETE", "/things/mine", ok(), None),
    ]:
        assert (await found(method, path, answer, body=body)).problems == []


@pytest.mark.parametrize(
    ("method", "path", "answer", "more", "problem"),
    [
        pytest.param("PUT", "/things", ok(), {}, "PUT /api/things is not documented", id="unknown-operation"),
        pytest.param("GET", "/things?size=2", ok([]), {}, "query parameter size is not documented", id="unknown-query"),
        pytest.param("GET", "/things?page=0", ok([]), {}, "request query page at /: 0 is less than", id="wrong-query"),
        pytest.param("GET", "/things", ok([]), {"team": None}, "header parameter X-Team is required", id="no-header"),
        pytest.param("GET", "/things", ok([]), {"team": "b"}, "'b' is not one of", id="wrong-header"),
        pytest.param("POST", "/things", ok(GOOD, 201), {}, "the body is required", id="no-body"),
        pytest.param("POST", "/things", ok(GOOD, 201), {"body": {"name": "too long"}}, "is too long", id="wrong-body"),
        pytest.param("POST", "/things", ok(GOOD, 201), {"body": {"name": "a", "x": 1}}, "'x' was un", id="unknown-key"),
        pytest.param("POST", "/things", ok(GOOD, 201), {"body": GOOD}, "at /", id="read-only-key-sent"),
        pytest.param("DELETE", "/things/7", ok(status=204), {"body": {}}, "none is documented", id="body-not-wanted"),
        pytest.param("GET", "/things", ok([{"id": 1}]), {}, "response 200 at /0: 'name' is a req", id="wrong-answer"),
        pytest.param(
            "GET", "/things", ok([{**GOOD, "either": "x"}]), {}, "at /0/either: it is valid under several", id="union"
        ),
        pytest.param("GET", "/things", ok([], 202), {}, "status 202 is not documented", id="unknown-status"),
        pytest.param("GET", "/things", ok(), {}, "status 200 came without its body", id="no-answer"),
    ],
)
async def test_what_is_wrong_is_named(
    method: str, path: str, answer: httpx.Response, more: dict[str, Any], problem: str
) -> None:
    problems = (await found(method, path, answer, **more)).problems
    assert len(problems) == 1
    assert problem in problems[0]


async def test_a_known_error_of_the_document_is_excused_and_counted() -> None:
    excused = {"the vendor answers 202 there": r"^GET /things: .*status 202", "never needed": "PUT"}
    transport = await found("GET", "/things", ok([], 202), excused=excused)
    assert (transport.problems, transport.used) == ([], {"the vendor answers 202 there"})


async def test_the_operations_used_are_named_by_their_path_the_plain_one_first() -> None:
    assert (await found("DELETE", "/things/mine", ok())).seen == {"DELETE /things/mine"}
    assert (await found("DELETE", "/things/8", ok(status=204))).seen == {"DELETE /things/{id}"}


def test_without_the_documents_a_test_is_skipped_and_says_why(monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setenv("VENDOR_OPENAPI_DIR", str(tmp_path))
    with pytest.raises(pytest.skip.Exception, match=r"vendor\.json: .* set VENDOR_OPENAPI_DIR"):
        documents("vendor.json", beside=Path(__file__))
    (tmp_path / "vendor.json").write_text('{"paths": {}}')
    assert documents("vendor.json", beside=Path(__file__)) == ({"paths": {}},)
