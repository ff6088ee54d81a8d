"""Requests and responses against a vendor's OpenAPI 3.0 documents, which are not part of the project.

`VENDOR_OPENAPI_DIR` names the folder that holds them; without one, tests that need them are skipped.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, unquote

import httpx
import pytest
from jsonschema import ValidationError
from openapi_schema_validator import OAS30ReadValidator, OAS30WriteValidator

VARIABLE = "VENDOR_OPENAPI_DIR"
LONGEST = 400  # characters of a validator's message
METHODS = ("get", "put", "post", "patch", "delete")
Exceptions: TypeAlias = Mapping[str, str]
"""Known errors of a document: why, in a sentence, and a regular expression for the problems that it excuses."""


def documents(*names: str, beside: Path) -> tuple[Mapping[str, Any], ...]:
    """Return parsed OpenAPI documents, the first with an operation winning. Skips the test where one is not there.

    They are looked for in `VENDOR_OPENAPI_DIR`, else in ../shared/vendor-apis/openapi beside the project of `beside`.
    """
    project = next(p for p in Path(beside).resolve().parents if (p / "providers").is_dir())
    folder = Path(os.environ.get(VARIABLE) or project / ".." / "shared" / "vendor-apis" / "openapi")
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        pytest.skip(f"{', '.join(missing)}: the vendor's documents are not here; set {VARIABLE}")
    return tuple(_parsed(folder / name) for name in names)


@cache
def _parsed(file: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


@dataclass(frozen=True)
class Operation:
    """One documented operation. `name` is `GET /v9/projects/{id}`."""

    name: str
    document: Mapping[str, Any] = field(repr=False)
    pattern: re.Pattern[str] = field(repr=False)
    item: Mapping[str, Any] = field(repr=False)  # what the path has for all methods
    definition: Mapping[str, Any] = field(repr=False)

    def resolved(self, node: Any) -> Any:
        """Return a node, its `$ref` followed."""
        while isinstance(node, Mapping) and "$ref" in node:
            found: Any = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[unquote(part).replace("~1", "/").replace("~0", "~")]
            node = found
        return node

    def parameters(self, place: str) -> dict[str, Mapping[str, Any]]:
        """Return the documented parameters of a place (query, header, path) by name, names of headers in lower case."""
        every = [self.resolved(p) for p in (*self.item.get("parameters", ()), *self.definition.get("parameters", ()))]
        return {p["name"].lower() if place == "header" else p["name"]: p for p in every if p["in"] == place}

    def body_schema(self) -> tuple[Mapping[str, Any] | None, bool]:
        """Return the schema of the JSON request body, None where there is none, and whether a body is required."""
        body = self.resolved(self.definition.get("requestBody", {}))
        return _json_schema(body), bool(body.get("required"))

    def response_schema(self, status: int) -> tuple[Mapping[str, Any] | None, bool]:
        """Return the schema of a response's JSON, None where none is documented, and whether the status is known."""
        responses = self.definition.get("responses", {})
        found = responses.get(str(status), responses.get(f"{status // 100}XX", responses.get("default")))
        return (None, False) if found is None else (_json_schema(self.resolved(found)), True)

    def violations(self, value: Any, schema: Mapping[str, Any], *, sent: bool) -> Iterator[ValidationError]:
        """Yield what a value does wrong. `sent`: by us, so that what is read-only must not be in it."""
        validator = OAS30WriteValidator if sent else OAS30ReadValidator
        whole = {**schema, "components": self.document.get("components", {})}
        yield from validator(whole).iter_errors(value)


def _json_schema(node: Mapping[str, Any]) -> Mapping[str, Any] | None:
    content = node.get("content", {})
    kind = next((k for k in content if k.split(";")[0].endswith(("/json", "+json"))), None)
    return content[kind].get("schema") if kind else None


def operations(docs: Sequence[Mapping[str, Any]], base: str) -> tuple[Operation, ...]:
    """Return the operations of documents, paths without parameters first. `base` is put before each path."""
    found: dict[str, Operation] = {}
    for document in docs:
        for path, item in document["paths"].items():
            pieces = re.split(r"(\{[^}]+\})", base + path)
            pattern = re.compile("".join("[^/]+" if p.startswith("{") else re.escape(p) for p in pieces))
            for method in METHODS:
                name = f"{method.upper()} {path}"
                if method in item and name not in found:
                    found[name] = Operation(name, document, pattern, item, item[method])
    return tuple(sorted(found.values(), key=lambda o: (o.name.count("{"), o.name)))


class Conforming(httpx.AsyncBaseTransport):
    """Passes requests on and notes in `problems` what neither side may send. `seen` names the operations used.

    `base` is the path of the API before the documents' own paths ("" where they have it). `excused` is the table of the
    documents' known errors; `used` tells which of them were needed.
    """

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport,
        docs: Sequence[Mapping[str, Any]],
        *,
        base: str = "",
        excused: Exceptions | None = None,
    ) -> None:
        self.inner = inner
        self.operations = operations(docs, base)
        self.excused = dict(excused or {})
        self.problems: list[str] = []
        self.seen: set[str] = set()
        self.used: set[str] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response, both looked at."""
        body = await request.aread()
        path = unquote(request.url.raw_path.decode().partition("?")[0])
        operation = self._operation(request.method, path)
        if operation is None:
            self.problems.append(f"{request.method} {path} is not documented")
            return await self.inner.handle_async_request(request)
        self.seen.add(operation.name)
        self._request(operation, request, body)
        response = await self.inner.handle_async_request(request)
        content = await response.aread()
        self._response(operation, response, content)
        return httpx.Response(response.status_code, headers=response.headers, content=content, request=request)

    async def aclose(self) -> None:
        """Do nothing: the simulator outlives the connections to it."""

    def _operation(self, method: str, path: str) -> Operation | None:
        fits = (o for o in self.operations if o.name.startswith(f"{method} ") and o.pattern.fullmatch(path))
        return next(fits, None)

    def _request(self, operation: Operation, request: httpx.Request, body: bytes) -> None:
        query = parse_qsl(request.url.query.decode(), keep_blank_values=True)
        known = operation.parameters("query")
        for name, _ in query:
            if name.removesuffix("[]") not in {n.removesuffix("[]") for n in known}:
                self._note(operation, "request", f"query parameter {name} is not documented")
        for name, parameter in known.items():
            values = [value for given, value in query if given == name]
            self._parameter(operation, parameter, values)
        for name, parameter in operation.parameters("header").items():
            given = request.headers.get(name)
            self._parameter(operation, parameter, [] if given is None else [given])
        schema, required = operation.body_schema()
        if body and schema is None:
            self._note(operation, "request", "a body was sent and none is documented")
        elif body and schema is not None:
            self._validate(operation, "request", json.loads(body), schema, sent=True)
        elif required:
            self._note(operation, "request", "the body is required")

    def _parameter(self, operation: Operation, parameter: Mapping[str, Any], values: Sequence[str]) -> None:
        name, schema = parameter["name"], operation.resolved(parameter.get("schema", {}))
        if not values:
            if parameter.get("required"):
                self._note(operation, "request", f"{parameter['in']} parameter {name} is required")
            return
        value: Any = list(values) if schema.get("type") == "array" else typed(values[0], schema)
        self._validate(operation, f"request {parameter['in']} {name}", value, schema, sent=True)

    def _response(self, operation: Operation, response: httpx.Response, content: bytes) -> None:
        schema, known = operation.response_schema(response.status_code)
        if not known:
            self._note(operation, "response", f"status {response.status_code} is not documented")
        elif schema is not None and content:
            self._validate(operation, f"response {response.status_code}", json.loads(content), schema, sent=False)
        elif schema is not None and response.is_success:
            self._note(operation, "response", f"status {response.status_code} came without its body")

    def _validate(self, operation: Operation, what: str, value: Any, schema: Mapping[str, Any], *, sent: bool) -> None:
        for violation in operation.violations(value, schema, sent=sent):
            where = "/".join(str(part) for part in violation.absolute_path)
            # The message names every variant in full; what matters about a union is that several of it fit.
            several = " is valid under each of " in violation.message
            message = "it is valid under several variants of a union" if several else violation.message
            self._note(operation, f"{what} at /{where}", message)

    def _note(self, operation: Operation, what: str, message: str) -> None:
        short = message if len(message) <= LONGEST else f"{message[:LONGEST]}…"
        problem = f"{operation.name}: {what}: {short}"
        excuse = next((why for why, pattern in self.excused.items() if re.search(pattern, problem)), None)
        if excuse is None:
            self.problems.append(problem)
        else:
            self.used.add(excuse)


def typed(text: str, schema: Mapping[str, Any]) -> Any:
    """Return a parameter as the type its schema gives it."""
    kinds = {schema.get("type"), *(s.get("type") for s in (*schema.get("oneOf", ()), *schema.get("anyOf", ())))}
    if "string" in kinds:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
