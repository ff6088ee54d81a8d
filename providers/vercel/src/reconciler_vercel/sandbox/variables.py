"""Environment variables: types and what each shows, environments that may not overlap, one writer at a time."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from reconciler.sandbox import reads_only
from reconciler_vercel.sandbox.answers import (
    Allowed,
    Refusal,
    bad,
    body_of,
    checked,
    json_of,
    not_found,
    route,
    until_page,
)
from reconciler_vercel.sandbox.store import Project, Store

ALLOWED: Allowed = {
    "key": "string",
    "value": "string",
    "type": "string",
    "target": "array",
    "gitBranch": "string?",
    "comment": "string",
    "customEnvironmentIds": "array",
    "visibility": "string",  # the CLI's, of September 2026: config is readable, secret is sensitive
}
TARGETS = ("production", "preview", "development")
WRITABLE = ("plain", "encrypted", "sensitive")
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
LAG = 5.0  # seconds for which a deleted variable still is in the way
BROWSERS = ("NEXT_PUBLIC_", "VITE_", "REACT_APP_", "GATSBY_", "NUXT_PUBLIC_", "PUBLIC_")


def shown(store: Store, record: dict[str, Any], *, decrypt: bool = False, as_text: bool = False) -> dict[str, Any]:
    """Return a variable: ciphertext unless it is decrypted, nothing at all of a sensitive one.

    `as_text` gives a single environment as text, as some answers do.
    """
    payload = {name: value for name, value in record.items() if value not in (None, "") or name == "value"}
    if record["type"] == "sensitive":
        payload["value"] = ""
    elif record["type"] == "encrypted":
        payload["decrypted"] = decrypt and record["key"] not in store.world.undecryptable
        if not payload["decrypted"]:
            digest = hashlib.sha256(f"{store.seed}:{record['id']}:{record['value']}".encode()).digest()
            payload["value"] = f"eyJ2IjoidjIifQ{base64.b64encode(digest).decode()}"
    if as_text and len(record["target"]) == 1:
        payload["target"] = record["target"][0]
    return {**payload, **store.world.extra}


@asynccontextmanager
async def alone(project: Project) -> AsyncIterator[None]:
    """Run a change of variables; a second one meanwhile is refused."""
    if project.writing:
        raise bad("There is an ongoing env update for this project, please try again.")
    project.writing = True
    try:
        for _ in range(3):
            await asyncio.sleep(0)
        yield
    finally:
        project.writing = False


class Variables:
    """Endpoints of the environment variables of a project."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def routes(self) -> list[BaseRoute]:
        """Return its paths."""
        base = "/v{n}/projects/{{project}}/env"
        made: list[BaseRoute] = [route(base.format(n=n), self.many, "GET", "POST") for n in (8, 9, 10)]
        made += [route(base.format(n=n) + "/{id}", self.one, "GET", "PATCH", "DELETE") for n in (1, 8, 9, 10)]
        pull = route("/v3/env/pull/{project}/{target}", self.pull, "GET")
        return [route(base.format(n=1), self.drop, "DELETE"), pull, *made]

    async def many(self, request: Request) -> Response:
        """List, all at once or page by page, or create one or several."""
        project = self.store.project(request.path_params["project"])
        if request.method == "POST":
            return await self._create(request, project)
        decrypt = self._decrypts(request)
        listed: dict[str, Any] = {"securityIssues": []}  # required by the SDK of September 2026
        rows = [{**shown(self.store, r, decrypt=decrypt, as_text=True), **listed} for r in project.env.values()]
        branch = request.query_params.get("gitBranch")
        rows = [r for r in rows if branch is None or r.get("gitBranch") == branch]
        target = request.query_params.get("target")
        rows = [r for r in rows if target is None or target == r["target"] or target in r["target"]]
        return JSONResponse(until_page(request, rows, "envs") if "limit" in request.query_params else {"envs": rows})

    async def pull(self, request: Request) -> Response:
        """Return what a build for an environment gets, as `vercel env pull` asks for it: nothing sensitive."""
        project, target = self.store.project(request.path_params["project"]), request.path_params["target"]
        rows = [r for r in project.env.values() if target in r["target"] and r["type"] != "sensitive"]
        return JSONResponse({"env": {r["key"]: r["value"] for r in rows}, "buildEnv": {}})

    def _decrypts(self, request: Request) -> bool:
        wanted = request.query_params.get("decrypt") == "true"
        if wanted and self.store.world.challenge:
            raise Refusal(403, "challenge_required", "Please sign in again to see this value.")
        return wanted and not reads_only(request)  # a role that only reads is shown no clear text

    async def _create(self, request: Request, project: Project) -> Response:
        body = await json_of(request)
        upsert = request.query_params.get("upsert") == "true"
        created, failed = [], []
        async with alone(project):
            for one in body if isinstance(body, list) else [body]:
                try:
                    record = self.made(project, one, upsert)
                    created.append(shown(self.store, record))
                except Refusal as refusal:
                    if not isinstance(body, list) and refusal.error["code"] != "ENV_ALREADY_EXISTS":
                        raise
                    failed.append({"error": refusal.error})
        answer = created if isinstance(body, list) or not created else created[0]
        return JSONResponse({"created": answer, "failed": failed}, 201)

    def made(self, project: Project, body: Any, upsert: bool = False) -> dict[str, Any]:
        """Store a variable and return its record. Raises Refusal."""
        sent = checked(body, ALLOWED, ("key", "value", "type"))
        if sent.pop("visibility", "config") == "secret":
            sent["type"] = "sensitive"
        record = {"target": [], "customEnvironmentIds": [], "gitBranch": None, "comment": "", **sent}
        self._valid(record)
        for other in self._in_the_way(project, record):
            if not upsert:
                raise self._conflict(record)
            other.update(sent, updatedAt=self.store.ms(), updatedBy=self.store.user["id"])
            return other
        now = self.store.now().timestamp()
        if any(now < project.freed.get(place, 0) + LAG for place in _places(record)):
            raise self._conflict(record)
        at, user = self.store.ms(), self.store.user["id"]
        record |= {"id": self.store.new_id(length=16), "createdAt": at, "updatedAt": at, "createdBy": user}
        project.env[record["id"]] = record
        return record

    def _valid(self, record: dict[str, Any]) -> None:
        key, kept, where = record["key"], record["type"], record["target"]
        if not KEY.fullmatch(key):
            message = f"The name contains invalid characters: {key}"
            raise Refusal(400, "KEY_INVALID_CHARACTERS", message)
        if kept not in WRITABLE:
            raise bad("Invalid request: `type` should be equal to one of the allowed values.")
        if not where and not record["customEnvironmentIds"]:
            raise Refusal(400, "MISSING_TARGET", "At least one target is needed.")
        if any(t not in TARGETS for t in where):
            raise bad("Invalid request: `target` should be equal to one of the allowed values.")
        if record["gitBranch"] and where != ["preview"]:
            raise bad("`gitBranch` can only be set for the target preview.")
        if len(record["comment"]) > 500:
            raise bad("Invalid request: `comment` should NOT be longer than 500 characters.")
        if kept == "sensitive" and "development" in where:
            raise bad("Sensitive environment variables cannot be created for development.")
        if kept == "sensitive" and key.startswith(BROWSERS):
            raise bad(f"{key} is public and cannot be sensitive.")
        if self.store.world.policy == "on" and kept != "sensitive" and where != ["development"]:
            raise bad("The team's policy requires this environment variable to be sensitive.")

    def _in_the_way(self, project: Project, record: dict[str, Any]) -> list[dict[str, Any]]:
        places = set(_places(record))
        return [
            r
            for r in project.env.values()
            if r is not record and places & set(_places(r)) and r["id"] != record.get("id")
        ]

    def _conflict(self, record: dict[str, Any]) -> Refusal:
        """Return a conflict, worded in one of the three ways that are known; none of them names the other record."""
        key, where = record["key"], record["target"]
        message = f'A variable with the name "{key}" already exists for the target {", ".join(where)}'
        if self.store.world.conflict == "forbidden":
            return Refusal(403, "forbidden", "The environment variable cannot be created because it already exists")
        extra = {"key": key, "envVarKey": key, "target": where}
        return Refusal(400, self.store.world.conflict, message, **extra)

    async def one(self, request: Request) -> Response:
        """Read, change or delete one."""
        project = self.store.project(request.path_params["project"])
        record = project.env.get(request.path_params["id"])
        if record is None:
            raise not_found("Environment variable")
        if request.method == "GET":
            return JSONResponse(shown(self.store, record, decrypt=not reads_only(request)))
        async with alone(project):
            if request.method == "DELETE":
                self._drop(project, record)
            else:
                self._changed(project, record, await body_of(request, ALLOWED))
        return JSONResponse(shown(self.store, record))

    def _changed(self, project: Project, record: dict[str, Any], body: dict[str, Any]) -> None:
        kept = body.get("type", record["type"])
        if (kept == "sensitive") != (record["type"] == "sensitive"):
            raise bad("The type of this environment variable cannot be changed: remove it and add it again.")
        if record["type"] == "sensitive" and ("key" in body or ("value" in body and "type" not in body)):
            raise bad("A sensitive environment variable is updated with its value and type only.")
        after = {**record, **body}
        self._valid(after)
        if self._in_the_way(project, after):
            raise self._conflict(after)
        record.update(body, updatedAt=self.store.ms(), updatedBy=self.store.user["id"])

    async def drop(self, request: Request) -> Response:
        """Delete several."""
        project = self.store.project(request.path_params["project"])
        body = await body_of(request, {"ids": "array"}, ("ids",))
        async with alone(project):
            found = [project.env[i] for i in body["ids"] if i in project.env]
            for record in found:
                self._drop(project, record)
        return JSONResponse({"deleted": len(found), "ids": [r["id"] for r in found]})

    def _drop(self, project: Project, record: dict[str, Any]) -> None:
        del project.env[record["id"]]
        for place in _places(record):
            project.freed[place] = self.store.now().timestamp()


def _places(record: dict[str, Any]) -> list[tuple[str, str, str]]:
    where = [*record["target"], *record["customEnvironmentIds"]]
    return [(record["key"], record["gitBranch"] or "", target) for target in where]
