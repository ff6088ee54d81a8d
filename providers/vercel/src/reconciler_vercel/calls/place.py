"""Where the calls go: the team in the query, the project by its id, and one writer at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from reconciler import Answer, HttpClient, ProtocolError, Refused, Runtime, as_id
from reconciler_vercel.convert.payload import Payload, promised
from reconciler_vercel.models import VercelSettings


class Place:
    """One instance's team and project. The project's id is read once for a connection."""

    def __init__(
        self, client: HttpClient, settings: VercelSettings, runtime: Runtime, deadline: float | None = None
    ) -> None:
        """Keep what calls need. `deadline` is in `runtime.monotonic()` seconds. Nothing is sent."""
        self.client = client
        self.settings = settings
        self.runtime = runtime
        self.deadline = deadline
        self.scope = settings.scope
        self.env_lock = asyncio.Lock()  # "ongoing env update": the vendor takes one writer for each project
        self.sensitive_only = False  # the team's policy, once it was read
        self._id = ""
        self._finding = asyncio.Lock()

    async def project(self) -> Payload:
        """Return the instance's project as it is now. Raises NotFound, which also means: not visible to the token."""
        return self.seen(await self.get(f"/v9/projects/{self.settings.project}"))

    def seen(self, project: Payload) -> Payload:
        """Return a project, once the secrets in it cannot show any more: those that pass protection are keys."""
        bypass = project.get("protectionBypass")
        for secret in bypass if isinstance(bypass, Mapping) else ():
            self.runtime.redactor.add(str(secret), "protection bypass secret")
        return project

    async def project_id(self) -> str:
        """Return the id of the instance's project: some paths take nothing else, and it outlives a new name."""
        async with self._finding:
            if not self._id:
                self.found(await self.project())
        return self._id

    def found(self, project: Payload) -> None:
        """Remember the id of the project that was read."""
        with promised("a project"):
            self._id = as_id(project["id"])

    async def path(self, version: int, rest: str) -> str:
        """Return `/v9/projects/prj_…/rest`."""
        if self.settings.project is None:
            raise Refused("this instance names no project", fix="write `project:` under the provider")
        return f"/v{version}/projects/{await self.project_id()}/{rest}"

    async def get(self, path: str, **params: Any) -> Payload:
        """Return the object that a path answers with."""
        return as_object(await self.client.get(path, params=self.query(params)))

    def query(self, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return query parameters with the team."""
        return {**self.scope, **(params or {})}


def as_object(answer: Answer) -> Payload:
    """Return the object in an answer. Raises ProtocolError when it is none."""
    body = answer.json()
    if not isinstance(body, Mapping):
        raise ProtocolError("Vercel sent something that is no object", fix="run it again")
    return body


def next_page(page: Any) -> Any:
    """Return the cursor of the next page; None on the last one, and where a listing is not paged."""
    return (page.get("pagination") or {}).get("next")
