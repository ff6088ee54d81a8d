"""Who can be asked to approve: the people and teams with access to the repository, found by name."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from reconciler import ExternalObject
from reconciler_github.calls.repository import Repository
from reconciler_github.convert.payloads import promised

REVIEWERS = "reviewers"


async def reviewers(repository: Repository, *, teams: bool) -> AsyncIterator[ExternalObject]:
    """Yield the collaborators, and the teams where the owner is an organisation: a person has none."""
    async for item in repository.listed(f"{repository.path}/collaborators", affiliation="all"):
        yield _named("User", "login", item)
    if teams:
        async for item in repository.listed(f"{repository.path}/teams"):
            yield _named("Team", "slug", item)


@promised("a list of people or teams")
def _named(kind: str, name: str, item: Mapping[str, Any]) -> ExternalObject:
    return ExternalObject(REVIEWERS, f"{kind}/{str(item[name]).lower()}", f"{kind}/{int(item['id'])}")
