"""Whether production has to be built again for its variables, told from what is deployed, and building it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reconciler import Answer, AnswerLost, Refused
from reconciler_vercel.calls.place import Place, as_object
from reconciler_vercel.convert.deployments import Deployment, current, deployments_of, on_the_way
from reconciler_vercel.convert.env import newest
from reconciler_vercel.convert.payload import Payload

RECENT = 20
FIRST_LOOK, LAST_LOOK = 1.0, 10.0  # seconds between looks at a build: ever longer
PATIENCE = 600.0  # seconds that a build may take before it is reported as pending
NEEDED = (
    "redeploy needed: variables changed after production was built; "
    "apply builds it again where hosting says `redeploy: auto`, else somebody has to in the dashboard"
)


@dataclass(frozen=True, slots=True)
class Need:
    """What is owed to a project: `field` is the live value of `redeploy`, `pending` says what is not effective yet."""

    field: str
    pending: tuple[str, ...] = ()


class Redeploy:
    """Reads and makes production deployments of one project after the other."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._known: dict[str, frozenset[str]] = {}  # by project, the deployments that were there before ours

    async def recent(self, project_id: str) -> Sequence[Deployment]:
        """Return the last production deployments, newest first."""
        body = await self.place.get("/v6/deployments", projectId=project_id, target="production", limit=RECENT)
        return deployments_of(body)

    async def need(self, project: Payload) -> Need:
        """Return whether production is older than its variables, and what else keeps it from being up to date."""
        deployed = await self.recent(str(project["id"]))
        changed = newest(project.get("env") or ())
        live, building = current(project, deployed), on_the_way(deployed)
        said = []
        if project.get("lastRollbackTarget") is not None:
            said.append("production is rolled back, with the variables of that build: promote a deployment to end it")
        if live is None or changed is None or live.created > changed:
            return Need("auto", tuple(said))
        if building is not None and building.created > changed:
            return Need("auto", (*said, f"{building.url} is being built with the changed variables"))
        last = deployed[0] if deployed else None
        if last is not None and last.failed and last.created > changed:
            said.append(f"the last build for production failed: {last.url}")
        return Need("needed", (*said, NEEDED))

    async def build(self, project: Payload, name: str) -> None:
        """Build the current production deployment again, once in a connection, and wait until it is live.

        Raises Refused when the build fails. One that takes longer than `PATIENCE` goes on and is reported as pending.
        """
        project_id = str(project["id"])
        deployed = await self.recent(project_id)
        live = current(project, deployed)
        if live is None:
            return  # never deployed: the first deployment gets the variables as they are
        known = self._known.setdefault(project_id, frozenset(d.id for d in deployed))
        made = next((d.id for d in deployed if d.id not in known and d.mine), "")
        made = made or await self._made(project_id, known, name, live)
        await self._finished(project_id, made)

    async def _made(self, project_id: str, known: frozenset[str], name: str, live: Deployment) -> str:
        """Return the id of the new deployment, also when the answer was lost."""
        try:
            return str(as_object(await self._post(name, live))["id"])
        except AnswerLost:
            fresh = [d.id for d in await self.recent(project_id) if d.id not in known and d.mine]
            if not fresh:
                raise
            return fresh[0]

    async def _post(self, name: str, live: Deployment) -> Answer:
        """Send what the vendor's CLI sends to build a deployment again."""
        body: dict[str, Any] = {"name": name, "deploymentId": live.id, "target": "production"}
        body["meta"] = {"action": "promote"}
        return await self.place.client.post("/v13/deployments", params=self.place.query(), json=body)

    async def _finished(self, project_id: str, made: str) -> None:
        """Return once a build serves, or once nobody waits for it any longer. Raises Refused when it failed."""
        runtime, deadline, pause = self.place.runtime, self.place.deadline, FIRST_LOOK
        end = runtime.monotonic() + PATIENCE
        if deadline is not None:
            end = min(end, deadline - LAST_LOOK)
        while True:
            found = next((d for d in await self.recent(project_id) if d.id == made), None)
            if found is not None and found.failed:
                fix = f"read its log at {found.inspector or found.url}, mend the build, then apply again"
                raise Refused(f"the new build for production ended in {found.state}", fix=fix)
            if (found is not None and found.serves) or runtime.monotonic() + pause > end:
                return
            await runtime.sleep(pause)
            pause = min(pause * 1.5, LAST_LOOK)
