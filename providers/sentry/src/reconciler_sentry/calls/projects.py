"""The calls of `sentry_project`: one project, its filters, its teams, and its spike protection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from reconciler import Busy, Live, NotFound, ProviderError, Refused, Resource, Update
from reconciler_sentry.calls.api import LOOKS, Api, is_going, lost, misshapen
from reconciler_sentry.convert import projects
from reconciler_sentry.convert.fields import checked

LONGEST_NEW_NAME = 50


class ProjectCalls:
    """The project that the instance names."""

    def __init__(self, api: Api) -> None:
        self.api = api

    async def list(self) -> AsyncIterator[Live]:
        """Yield the project, if it is there."""
        project = await self.api.read_project()
        if project is not None:
            yield projects.live_of(project, await self._filters())

    async def _filters(self) -> Any:
        filters = await self.api.get(f"{self.api.project}/filters/")
        if not isinstance(filters, list):
            raise misshapen("a list of filters")
        return filters

    async def _whole(self) -> Live:
        """Return the project as it is now, read afresh: Sentry ignores what it does not know, without a word."""
        async for live in self.list():
            return live
        raise NotFound("the project is gone", operation=f"GET {self.api.project}/")

    async def create(self, desired: Resource) -> Live:
        """Create the project under its first team, without the alert that Sentry adds by default, then its settings."""
        settings, spec = self.api.settings, desired.spec
        teams = sorted(str(team) for team in _members(spec.get("teams")))
        if not teams:
            raise Refused("Sentry creates a project under a team, and none is written", fix="add teams: [<slug>]")
        name = str(spec.get("name") or settings.project)
        body = {"name": name[:LONGEST_NEW_NAME], "slug": settings.project, "default_rules": False}
        if spec.get("platform"):
            body["platform"] = spec["platform"]
        checked(await self._made(f"/teams/{settings.organization}/{teams[0]}/projects/", body), "slug")
        given = ("platform", *(() if len(name) > LONGEST_NEW_NAME else ("name",)))
        rest = {k: v for k, v in spec.items() if k not in given}
        try:
            await self._write(rest, {"teams": (teams[0],)})
            return await self._whole()
        except ProviderError as error:
            raise lost(error, "the project was created, and its settings were not all made") from None

    async def _made(self, path: str, body: Mapping[str, Any]) -> Any:
        """Return a new project, after a wait while its slug is held by one that was deleted.

        Raises:
            Refused: a project that is there has the slug.
            Busy: after a minute the slug is still held.
        """
        slug, holder, sought = self.api.settings.project, "", f"GET {self.api.project}/"
        for pause in (0.0, *LOOKS):
            if pause:
                await self.api.runtime.sleep(pause)
            try:
                return await self.api.post(path, body)
            except Refused as error:
                if error.status != 409:
                    raise
            holder = await self._holder(sought)
        raise Busy(
            f"the slug {slug} is taken (409), and still was after {sum(LOOKS):.0f} s: it is held by {holder}",
            fix="run apply again in a while; if it stays so, ask an owner of the organisation who has the slug, or "
            "write another `project:` in environment.yaml",
            operation=f"POST {path}",
            status=409,
        )

    async def _holder(self, operation: str) -> str:
        """Return who holds the slug and is about to let go of it. Raises Refused when nobody is."""
        slug = self.api.settings.project
        try:
            found = checked(await self.api.get(f"{self.api.project}/"), "slug")
        except NotFound:
            return "a project that was deleted, or by one that this token cannot see"
        if is_going(found):
            return f"project {found['id']}, whose deletion Sentry has accepted and not finished"
        name = found.get("name") or found["slug"]
        raise Refused(
            f"the slug {slug} is taken (409) by project {found['id']} ({name}), which is there",
            fix="run plan again and adopt it with `lifecycle: {adopt: true}`, or write another `project:` in "
            "environment.yaml",
            operation=operation,
            status=409,
        )

    async def update(self, change: Update) -> Live:
        """Send the fields that differ, and return the project as it then is."""
        await self._write(change.changed(), change.live.values)
        return await self._whole()

    async def _write(self, fields: Mapping[str, Any], live: Mapping[str, Any]) -> None:
        """Make fields so. Each of the four endpoints is only called for what differs there."""
        body = projects.body(fields, live)
        if body:
            checked((await self.api.put(f"{self.api.project}/", body)).json())
        before: Any = live.get("filters") or {}
        for name, value in _members(fields.get("filters")).items():
            if before.get(name) != value:
                await self.api.put(f"{self.api.project}/filters/{name}/", projects.filter_body(name, value))
        if "teams" in fields:
            await self._teams(set(_members(fields["teams"])), set(_members(live.get("teams"))))
        if "spikeProtection" in fields:
            await self._spikes(bool(fields["spikeProtection"]))

    async def _teams(self, wanted: set[str], live: set[str]) -> None:
        """Add teams before others leave: a project without a team is nobody's."""
        for team in sorted(wanted - live):
            await self.api.post(f"{self.api.project}/teams/{team}/", None)
        for team in sorted(live - wanted):
            await self.api.delete(f"{self.api.project}/teams/{team}/")

    async def _spikes(self, protected: bool) -> None:
        path, body = f"{self.api.organization}/spike-protections/", {"projects": [self.api.settings.project]}
        await (self.api.post(path, body) if protected else self.api.delete(path, body))

    async def delete(self, live: Live) -> None:
        """Delete the project, which Sentry schedules."""
        await self.api.remove(f"{self.api.project}/", f"project {live.title}")


def _members(value: Any) -> Any:
    return value if value is not None else {}
