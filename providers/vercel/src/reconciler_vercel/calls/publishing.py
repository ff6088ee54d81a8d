"""Project routes are staged, then promoted. Nobody else's draft is ever published, changed or thrown away.

A draft that holds exactly what we mean to write is ours, left by a run that was cut off (or as good as ours), and is
promoted. Any other is somebody's work, and nothing is written while it is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

from reconciler import AnswerLost, Busy, ProviderError
from reconciler_vercel.calls.place import Place, as_object
from reconciler_vercel.convert.headers import likeness
from reconciler_vercel.convert.payload import Payload, flag, moment, promised, rows

Rules: TypeAlias = Sequence[Payload]
IN_DASHBOARD = "publish or discard it in the dashboard (the project's routing rules), then apply again"


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the project's routes. Live, staged, or of the past."""

    id: str
    live: bool
    staged: bool
    by: str
    at: str

    @classmethod
    def of(cls, payload: Payload) -> Version:
        """Return the version in a payload."""
        with promised("a version of routing rules"):
            changed = moment(payload["lastModified"])
            return cls(
                str(payload["id"]),
                flag(payload.get("isLive", False)),
                flag(payload.get("isStaging", False)),
                str(payload.get("createdBy") or "somebody"),
                f"{changed:%Y-%m-%d %H:%M}Z" if changed else "an unknown time",
            )

    @property
    def said(self) -> str:
        """The draft as people are told of it."""
        return f"a draft of the routing rules is open, by {self.by}, last changed {self.at}"


class Publisher:
    """Reads the live rules of a project, and publishes changes of them one after the other."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.draft: Version | None = None  # as last seen
        self.full: str = ""  # how many rules there are, where the plan allows no more
        self._lock = asyncio.Lock()

    async def path(self, rest: str = "") -> str:
        """Return the path of the routes."""
        return await self.place.path(1, f"routes{rest}")

    async def rules(self) -> Rules:
        """Return the live rules: those of the live version, never those of a draft."""
        live, self.draft = await self._versions()
        return await self._rules_of(live)

    async def _versions(self) -> tuple[Version | None, Version | None]:
        """Return the live version and the draft."""
        body = await self.place.get(await self.path("/versions"))
        with promised("the versions of routing rules"):
            found = [Version.of(payload) for payload in rows(body["versions"])]
        return next((v for v in found if v.live), None), next((v for v in found if v.staged), None)

    async def _rules_of(self, version: Version | None) -> Rules:
        if version is None:
            return ()
        body = await self.place.get(await self.path(), versionId=version.id)
        with promised("routing rules"):
            rules, most = tuple(rows(body["routes"])), (body.get("limit") or {}).get("maxRoutes")
            taken = most is not None and len(rules) >= int(most)
            self.full = f"the project has {len(rules)} routing rules, and its plan allows {most}" if taken else ""
            return rules

    async def publish(self, wanted: Callable[[Rules], Rules], stage: Callable[[Rules], Awaitable[Any]]) -> Rules:
        """Make the live rules what `wanted` makes of them, by the one staging call `stage`, and return them.

        Raises Busy, naming who and when, while somebody else's draft is open: nothing was written then.
        """
        async with self._lock:
            live, draft = await self._versions()
            before = await self._rules_of(live)
            goal = alike(wanted(before))
            if alike(before) == goal:
                return before
            if draft is None:
                draft = await self._staged(stage, before)
            if draft is None or alike(await self._rules_of(draft)) != goal:
                said = draft.said if draft else "the draft that was just made is gone"
                raise Busy(f"{said}, and is not what this change means; nothing was published", fix=IN_DASHBOARD)
            await self._promote(draft)
            return await self._rules_of(draft)

    async def _staged(self, stage: Callable[[Rules], Awaitable[Any]], before: Rules) -> Version | None:
        """Return the draft that a staging call made, also when its answer was lost."""
        try:
            body = as_object(await stage(before))
            with promised("a staged version"):
                return Version.of(body["version"])
        except AnswerLost:
            _, draft = await self._versions()
            if draft is None:
                raise
            return draft

    async def _promote(self, draft: Version) -> None:
        path, body = await self.path("/versions"), {"id": draft.id, "action": "promote"}
        try:
            await self.place.client.post(path, params=self.place.query(), json=body)
        except AnswerLost:
            live, _ = await self._versions()
            if live is None or live.id != draft.id:
                raise
        except ProviderError:
            # It is ours, and nobody else could tell: do not leave it behind, if that can be helped.
            with suppress(ProviderError):
                await self.place.client.post(path, params=self.place.query(), json={**body, "action": "discard"})
            raise


def alike(rules: Rules) -> list[str]:
    """Return what rules do, in order; two lists of rules that do the same give the same."""
    return [likeness(rule) for rule in rules]
