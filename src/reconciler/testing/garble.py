"""A vendor that lies: what a provider met at its simulator, played again with something in it changed.

`Tape` records the answers that a piece of work met. `Replay` gives them again, some of them spoiled: a member of their
JSON is removed or of another type. So a provider can be shown thousands of wrong answers without its simulator.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import httpx

Place: TypeAlias = "tuple[str | int, ...]"
"""Where something stands in a JSON document: `("projects", 0, "name")`; () is the whole of it."""


class _Removed:
    def __repr__(self) -> str:
        return "REMOVED"


REMOVED = _Removed()
"""Stands for a member that is left out."""


def nested(depth: int) -> Any:
    """Return lists and mappings in each other, that many levels deep."""
    value: Any = "deep"
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


ODD: Mapping[str, Any] = {
    "removed": REMOVED,
    "null": None,
    "true": True,
    "false": False,
    "zero": 0,
    "negative": -1,
    "fraction": 0.5,
    "huge-number": 10**30,
    "endless-number": 10**4000,
    "infinity": float("inf"),
    "nan": float("nan"),
    "empty-text": "",
    "text": "x",
    "digits": "7",
    "endless-digits": "9" * 5000,
    "no-digit": "\u00b2",
    "late-time": "9999-12-31T23:59:59-14:00",
    "early-time": "0001-01-01T00:00:00+14:00",
    "no-time": "2026-13-45T99:99:99Z",
    "steering": "\x1b[2J\x07\u202e<b>@all</b>`",
    "half-a-character": "\ud800",
    "nul": "a\x00b",
    "long-text": "long " * 20_000,
    "path": "../../x?y#z",
    "other-host": "https://elsewhere.example/v1?page=2",
    "empty-list": [],
    "list-of-null": [None],
    "list-of-text": ["x", "x"],
    "list-of-lists": [[[]]],
    "empty-mapping": {},
    "mapping": {"a": None, "": {"b": [1]}},
    "list-of-mappings": [{}, {"id": None}],
    "deep": nested(90),
    "deepest": nested(800),
}
"""What may stand in an answer in place of what is documented, by name."""


def places(document: Any, at: Place = ()) -> Iterator[Place]:
    """Yield every place of a document, the whole first."""
    yield at
    if isinstance(document, dict | list):
        for key, inner in document.items() if isinstance(document, dict) else enumerate(document):
            yield from places(inner, (*at, key))


def garbled(document: Any, at: Place, value: Any) -> Any:
    """Return a document like this one with `value` at a place; REMOVED leaves it out. The document is not changed."""
    if not at:
        return None if value is REMOVED else value
    copied: Any = dict(document) if isinstance(document, dict) else list(document)
    if len(at) == 1 and value is REMOVED:
        del copied[at[0]]
    else:
        copied[at[0]] = garbled(copied[at[0]], at[1:], value)
    return copied


@dataclass(frozen=True, slots=True)
class Reply:
    """One recorded answer. `body` is its JSON; None where it has none."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass
class Tape:
    """The answers to each request (method and URL), in the order they were given."""

    replies: dict[str, list[Reply]] = field(default_factory=lambda: defaultdict(list))

    def recording(self, inner: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        """Return a transport like `inner` that puts every answer on this tape."""
        return _Recorder(self, inner)

    def numbered(self) -> list[tuple[str, int, Reply]]:
        """Return every answer with its request and its number among the answers to it."""
        return [(request, n, r) for request, found in self.replies.items() for n, r in enumerate(found)]


class _Recorder(httpx.AsyncBaseTransport):
    def __init__(self, tape: Tape, inner: httpx.AsyncBaseTransport) -> None:
        self._tape, self._inner = tape, inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        name = _named(request)  # as it was asked: what is within may ask another way, for smaller pages
        response = await self._inner.handle_async_request(request)
        content = await response.aread()
        kept = {n: v for n, v in response.headers.items() if n not in ("content-length", "content-encoding")}
        reply = Reply(response.status_code, kept, json.loads(content) if content else None)
        self._tape.replies[name].append(reply)
        return response


class Replay(httpx.AsyncBaseTransport):
    """Answers from a tape, the last answer to a request for good; 404 to what is not on it.

    `spoiled` maps (request, number) to the answer that takes the place of that one.
    """

    def __init__(self, tape: Tape, spoiled: Mapping[tuple[str, int], Reply]) -> None:
        self._tape, self._spoiled = tape, spoiled
        self._met: dict[str, int] = defaultdict(int)
        self.hosts: set[str] = set()  # that were asked for anything
        self.answered: list[tuple[str, str, int]] = []  # method, path and status of each answer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the next answer to this request."""
        response = self._answer(request)
        self.hosts.add(request.url.host)
        self.answered.append((request.method, request.url.path, response.status_code))
        return response

    def _answer(self, request: httpx.Request) -> httpx.Response:
        name = _named(request)
        replies = self._tape.replies.get(name, [])
        if not replies:
            return httpx.Response(404, json={"message": "not found"}, request=request)
        number = min(self._met[name], len(replies) - 1)
        self._met[name] += 1
        reply = self._spoiled.get((name, number), replies[number])
        content = b"" if reply.body is None and reply is replies[number] else json.dumps(reply.body).encode()
        return httpx.Response(reply.status, headers=dict(reply.headers), content=content, request=request)


def _named(request: httpx.Request) -> str:
    return f"{request.method} {request.url.raw_path.decode('ascii', 'replace')}"
