"""What every kind's calls stand on: paths, the project's id, deletions that take a while, and deprecations."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Any

from reconciler import (
    Answer,
    AnswerLost,
    Busy,
    HttpClient,
    NotFound,
    ProtocolError,
    ProviderError,
    Runtime,
    follow_link,
)
from reconciler_sentry.convert.fields import Payload, checked
from reconciler_sentry.models import SentrySettings

LOOKS = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds before each look at something that Sentry does a while after it said yes: a minute in all."""
GOING = ("pending_deletion", "deletion_in_progress")
BUILT_IN = ("error", "issue_stream")
_log = logging.getLogger("reconciler.sentry")


class Api:
    """The HTTP API as the calls of one instance use it. Paths here begin after the base URL, and end with a slash."""

    def __init__(self, client: HttpClient, settings: SentrySettings, runtime: Runtime) -> None:
        self.client = client
        self.settings = settings
        self.runtime = runtime
        self.organization = f"/organizations/{settings.organization}"
        self.project = f"/projects/{settings.organization}/{settings.project}"
        self._project_id: str | None = None
        self._looking = asyncio.Lock()
        self._own: Mapping[str, str] = {}
        self._warned: set[str] = set()

    async def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """Return what a read answers."""
        return self._seen(await self.client.get(path, params=params)).json()

    async def post(self, path: str, body: Any) -> Any:
        """Return what a create answers."""
        return self._seen(await self.client.post(path, json=body)).json()

    async def put(self, path: str, body: Any) -> Answer:
        """Return the answer to an update. Setting things twice does what once does."""
        return self._seen(await self.client.put(path, json=body))

    async def delete(self, path: str, body: Any = None) -> None:
        """Send a delete. Raises NotFound when it is gone, and Refused, never NotFound, for a retired endpoint."""
        self._seen(await self.client.delete(path, json=body))

    async def pages(self, path: str, params: Mapping[str, Any] | None = None) -> AsyncIterator[Any]:
        """Yield the objects of a listing, over all pages, without those that are about to be deleted."""
        async for item in follow_link(self.client, path, params=params):
            if not is_going(item):
                yield item

    async def read_project(self) -> Payload | None:
        """Return the project, None when there is none, or it is about to be deleted."""
        try:
            found = await self.get(f"{self.project}/")
        except NotFound:
            return None
        project = checked(found, "slug")
        if is_going(project):
            return None
        if str(project["id"]) != self._project_id:
            self._project_id, self._own = str(project["id"]), {}
        return project

    async def look(self) -> Payload | None:
        """Return the project, as `read_project` does, while all who ask for its id wait for this answer."""
        async with self._looking:
            return await self.read_project()

    async def project_id(self) -> str | None:
        """Return the numeric id of the project, read once for each connection; None when there is no project."""
        if self._project_id is None:
            async with self._looking:
                if self._project_id is None:
                    await self.read_project()
        return self._project_id

    async def existing_project(self) -> str:
        """Return the numeric id of the project. Raises NotFound when there is none."""
        found = await self.project_id()
        if found is None:
            raise NotFound(
                f"Sentry has no project {self.settings.project} in {self.settings.organization}, or the token cannot "
                "see it",
                fix="create it (sentry_project in desired/), or correct `project:` in environment.yaml",
            )
        return found

    async def built_in(self, *, wait: bool = False) -> Mapping[str, str]:
        """Return the ids of the detectors that Sentry makes for each project, with their types.

        They never change, so they are read once for each connection. Those of a new project come a moment later: with
        `wait`, they are looked for again, for a minute.
        """
        project = await self.project_id()
        if project is None:
            return {}
        for pause in (0.0, *LOOKS):
            if len(self._own) == len(BUILT_IN):
                break
            if pause:
                await self.runtime.sleep(pause)
            found = await asyncio.gather(*(self._of_type(project, kind) for kind in BUILT_IN))
            self._own = {live_id: kind for ids, kind in zip(found, BUILT_IN, strict=True) for live_id in ids}
            if not wait:
                break
        return self._own

    async def _of_type(self, project: str, kind: str) -> list[str]:
        query = {"project": project, "query": f"type:{kind}"}
        found = [item async for item in self.pages(f"{self.organization}/detectors/", query)]
        return [str(checked(item)["id"]) for item in found if item.get("type") == kind]

    async def remove(self, path: str, what: str) -> None:
        """Delete something and return once it is gone. Sentry schedules deletions and shows the object for a while.

        Raises:
            Busy: it is still there after a minute; the deletion is under way.
            AnswerLost: it was scheduled, and could not be looked at since.
        """
        try:
            await self.delete(path)
        except NotFound:
            return
        for pause in (0.0, *LOOKS):
            if pause:
                await self.runtime.sleep(pause)
            try:
                found = await self.get(path)
            except NotFound:
                return
            except ProviderError as error:
                raise lost(error, f"the deletion of {what} was accepted, and could not be followed") from None
            if is_going(found):
                return
        raise Busy(
            f"Sentry has accepted the deletion of {what}, and still shows it after {sum(LOOKS):.0f} s",
            fix="run plan again in a while: deletions are scheduled at Sentry",
            operation=f"DELETE {path}",
        )

    def _seen(self, answer: Answer) -> Answer:
        """Return the answer, after a warning when Sentry says that the call is going to be retired."""
        date = answer.headers.get("x-sentry-deprecation-date")
        if date and answer.operation not in self._warned:
            self._warned.add(answer.operation)
            instead = answer.headers.get("x-sentry-replacement-endpoint") or "nothing it names"
            _log.warning("Sentry retires %s on %s, in favour of %s", answer.operation, date, instead)
        return answer


def is_going(item: Any) -> bool:
    """Return whether an object is about to be deleted, and counts as gone."""
    status = item.get("status") if isinstance(item, Mapping) else None
    return (status.get("id") if isinstance(status, Mapping) else status) in GOING


def lost(error: ProviderError, what: str) -> AnswerLost:
    """Return an error after a write took effect as the news that something of it may be missing."""
    return AnswerLost(f"{what}: {error.message}", fix=error.fix, operation=error.operation, status=error.status)


def misshapen(what: str) -> ProtocolError:
    """Return the error for an answer that is not what Sentry documents."""
    return ProtocolError(
        f"Sentry sent {what} that is not of the documented form; nothing of this answer is used",
        fix="run it again; if it stays so, the API has changed",
    )
