"""The slug of a project: taken, or still held by one that was deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from reconciler import Busy, Refused

SLUG = "ai-gurus-lms"


async def the_project(account: Any) -> Any:
    return (await account.listed("sentry_project"))[SLUG]


@pytest.mark.trap("sentry", "2: 409 when the slug is taken")
async def test_a_slug_that_is_taken_is_refused_with_what_to_do(account: Any) -> None:
    team = await account.named("teams", "lms")
    with pytest.raises(Refused, match="409") as caught:
        await account.create("sentry_project", SLUG, {"teams": [team]})
    assert "adopt" in caught.value.fix
    assert account.kept("projects", slug=SLUG)["id"] in caught.value.message, "who has it"


@pytest.mark.trap("sentry", "14: a slug may still be held right after a deletion: it is waited for")
async def test_a_project_is_made_again_right_after_its_deletion(account: Any) -> None:
    old, team = account.kept("projects", slug=SLUG)["id"], await account.named("teams", "lms")
    await account.provider.delete(await the_project(account))
    taken = {"name": SLUG, "slug": SLUG, "default_rules": False}
    await account.api("POST", "/teams/ai-gurus/lms/projects/", taken, 409)
    await account.create("sentry_project", SLUG, {"teams": [team]})
    assert account.kept("projects", slug=SLUG)["id"] != old
    assert account.clock.elapsed < 20


@pytest.mark.trap("sentry", "14: a slug that stays held is told with who holds it, not as taken for good")
@pytest.mark.parametrize(
    ("hold", "said"),
    [
        pytest.param("deletion", "whose deletion Sentry has accepted and not finished", id="still-deleting"),
        pytest.param("slug", "a project that was deleted, or by one that this token cannot see", id="not-to-be-seen"),
    ],
)
async def test_a_slug_that_is_never_released_says_who_has_it(account: Any, hold: str, said: str) -> None:
    team = await account.named("teams", "lms")
    if hold == "deletion":
        account.store.kept_for_ever = True
        await account.provider.delete(await the_project(account))
    else:
        account.store.objects["projects"].clear()
        account.store.held[SLUG] = account.clock.now() + timedelta(days=1)
    with pytest.raises(Busy, match=said) as caught:
        await account.create("sentry_project", SLUG, {"teams": [team]})
    assert "run apply again in a while" in caught.value.fix
    assert 60 <= account.clock.elapsed < 70


async def test_other_refusals_of_a_new_project_are_not_waited_for(account: Any) -> None:
    team = await account.named("teams", "lms")
    account.store.objects["projects"].clear()
    account.store.objects["teams"].clear()
    with pytest.raises(Refused):
        await account.create("sentry_project", SLUG, {"teams": [team]})
    assert account.clock.elapsed < 1
