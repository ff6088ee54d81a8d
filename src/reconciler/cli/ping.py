"""Reporting to a declared heartbeat, over a read-only connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.engine.connect import Connector, resolver_of
from reconciler.errors import InputError, Problem, ReconcilerError
from reconciler.provider import Pings

if TYPE_CHECKING:
    from reconciler.discover import Catalog
    from reconciler.load.project import Project
    from reconciler.model import Live, Resource
    from reconciler.provider import Provider
    from reconciler.runtime import Runtime


def declared(project: Project, name: str) -> Resource:
    """Return the desired heartbeat that NAME, a handle or an address, means. Raises InputError."""
    beats = [r for r in project.resources if project.kinds[r.address.collection].pingable]
    found = [r for r in beats if name in (str(r.address), r.address.handle)] or [r for r in beats if name in r.identity]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(str(r.address) for r in found)
        raise InputError([Problem(f"{name} could be {names}", "write the whole address")])
    known = ", ".join(r.address.handle for r in beats) or "none"
    raise InputError([Problem(f"desired/ declares no heartbeat {name}", f"it declares: {known}")])


async def ping(
    project: Project, catalog: Catalog, runtime: Runtime, resource: Resource, *, failed: bool, deadline: float | None
) -> None:
    """Report to the live heartbeat of `resource`. Raises ReconcilerError when it is not live, ProviderError."""
    secrets = resolver_of(project, runtime)
    until = None if deadline is None else runtime.monotonic() + deadline
    connector = Connector(project, catalog, runtime, secrets, until)
    try:
        provider = await connector.open(resource.provider)
        if not isinstance(provider, Pings):
            raise ReconcilerError(f"{resource.provider} cannot be reported to", fix="see `reconcile provider list`")
        await provider.ping(await _live(provider, resource), failed=failed)
    finally:
        await connector.close()


async def _live(provider: Provider, resource: Resource) -> Live:
    pinned = resource.lifecycle.id
    async for live in provider.list(resource.address.collection):
        if live.id == pinned or (pinned is None and live.identity == resource.identity):
            return live
    raise ReconcilerError(
        f"{resource.address} is declared, and not live at {resource.provider}", fix="`reconcile apply` creates it"
    )
