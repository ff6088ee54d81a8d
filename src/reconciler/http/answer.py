"""`Answer`: what came back from a service, complete and of a status that means success."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Any

import httpx

from reconciler.errors import AnswerLost, ProtocolError, ProviderError

DEEPEST = 100  # levels of nesting, as in desired/; no API documents more than a dozen
_STEP = [1 if byte in b"[{" else -1 for byte in range(256)]
_NO_BRACKET = bytes(byte for byte in range(256) if byte not in b"[]{}")


@dataclass(frozen=True)
class Answer:
    """A successful response, its body read to the end. Header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    service: str
    operation: str
    wrote: bool = False

    @cached_property
    def _parsed(self) -> Any:
        return parse_json(self.body)

    def json(self) -> Any:
        """Return the body as JSON.

        Raises:
            ProtocolError: it is not JSON: HTML, cut off, not UTF-8, empty.
            AnswerLost: the same where the request was a write, which may well have taken effect.
        """
        try:
            return self._parsed
        except ValueError:
            raise self.unreadable() from None

    def link(self, relation: str) -> str:
        """Return the URL of that relation in the `Link` header; "" where there is none, or it has `results="false"`."""
        found = httpx.Response(self.status, headers={"link": self.headers.get("link", "")}).links.get(relation, {})
        return "" if found.get("results") == "false" else found.get("url", "")

    def readable(self) -> bool:
        """Return whether the body is JSON."""
        try:
            return self._parsed is not self
        except ValueError:
            return False

    def unreadable(self) -> ProviderError:
        """Return the error that says that this body is not JSON. It never quotes the body."""
        what = f"{self.service} answered {self.operation} with {self.status} and {self._looks_like()} instead of JSON"
        if self.wrote:
            return AnswerLost(f"{what}; the write may have taken effect", operation=self.operation, status=self.status)
        return ProtocolError(
            what,
            fix="check the base URL and any proxy in between; if it stays so, the API has changed",
            operation=self.operation,
            status=self.status,
        )

    def _looks_like(self) -> str:
        start = self.body[:512].lstrip().lower()
        if not start:
            return "an empty body"
        if start.startswith((b"<!doctype html", b"<html")):
            return "an HTML page"
        return "broken JSON" if self.says_json() else "another format"

    def says_json(self) -> bool:
        """Return whether the content type promises JSON (`application/json`, `application/vnd.api+json`)."""
        kind = self.headers.get("content-type", "").split(";")[0].strip().lower()
        return kind.endswith(("/json", "+json"))


def as_id(value: Any) -> str:
    """Return an id from a payload as text, to be kept in the ledger and sent back.

    Raises ValueError for what no vendor means by an id: null, true, a fraction, a list, an empty text. Their texts
    (`None`, `[]`) would be kept as ids that nothing has.
    """
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise ValueError("an id is a text or a whole number")
    text = str(value)
    text.encode()  # half a character, as JSON may hold, is in no id
    return text


def parse_json(body: bytes) -> Any:
    """Return a JSON text as data. Raises ValueError for anything else, and for more than 100 levels of nesting."""
    try:
        parsed = json.loads(body, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if _brackets_open(body) > DEEPEST and _deeper(parsed, DEEPEST):
        raise ValueError("nested too deeply")
    return parsed


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no JSON")


def _brackets_open(body: bytes) -> int:
    """Return how many brackets are open at once at most; those in texts count too, so it is never too few."""
    return max(accumulate(map(_STEP.__getitem__, body.translate(None, _NO_BRACKET))), default=0)


def _deeper(value: Any, levels: int) -> bool:
    """Return whether data are nested deeper than that. Looks at one level after the other, not into one another."""
    level = [value]
    for _ in range(levels):
        level = [v for outer in level for v in _inner(outer)]
    return any(isinstance(v, dict | list) for v in level)


def _inner(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
