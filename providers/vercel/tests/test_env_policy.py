"""What a team's policy of sensitive variables lets nobody make, said in the plan before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import Preview
from reconciler.testing import Sample
from reconciler.testing.site import Site

SECRET = {"secret": "NEXTAUTH_SECRET"}


def sample(handle: str, **fields: Any) -> Sample:
    return Sample(f"env/{handle}", {"target": ["production"], **fields})


@pytest.mark.trap("vercel", "3: a team policy may force `sensitive` outside development")
async def test_a_policy_that_forces_sensitive_is_explained_before_anything_is_sent(account: Any, site: Site) -> None:
    account.store.world.policy = "on"
    site.desire(
        [
            sample("A", value=SECRET),
            sample("NEXT_PUBLIC_A", value="x"),
            sample("B", value="x", target=["development"]),
            sample("C", type="sensitive", value=SECRET),
        ]
    )
    held = {str(c.address): [(h.reason, h.next) for h in c.held] for c in (await site.plan()).changes}
    assert held.pop("env/A") == [
        (
            "the team's policy takes only sensitive variables outside development, and this one is for production",
            "write type: sensitive",
        )
    ]
    assert "ask an owner" in held.pop("env/NEXT_PUBLIC_A")[0][1]
    assert held == {"env/B": [], "env/C": []}
    await site.apply()
    assert sorted(r["key"] for r in account.project.env.values()) == ["B", "C"]


@pytest.mark.trap("vercel", "3: the policy also stops what is readable on its way out of development")
@pytest.mark.parametrize(
    ("before", "after", "reason", "wise"),
    [
        pytest.param(["development"], ["production"], "for production", "deleted and made again", id="moves"),
        pytest.param(["development"], ["development", "preview"], "for preview", "a second one", id="is-for-both"),
        pytest.param(["production"], ["preview", "production"], "for preview", "deleted and made again", id="gains"),
    ],
)
async def test_a_variable_that_moves_out_of_development_is_held_by_the_policy_before_anything_is_sent(
    account: Any, site: Site, before: list[str], after: list[str], reason: str, wise: str
) -> None:
    site.desire([sample("A", value="x", target=before)])
    await site.apply()
    account.store.world.policy = "on"
    site.desire([sample("A", value="x", target=after)])
    (change,) = (await site.plan()).changes
    assert change.action == "update"
    ((hold, fix),) = [(h.reason, h.next) for h in change.held]
    assert hold.endswith(reason)
    assert wise in fix
    await site.apply()
    assert account.variable("A")["target"] == before
    path = f"/v9/projects/{account.project.id}/env/{account.variable('A')['id']}"
    assert "policy" in str(await account.dashboard("PATCH", path, {"target": after}, 400))
    account.store.world.policy = ""
    await site.apply()
    assert sorted(account.variable("A")["target"]) == sorted(after)


async def test_what_the_policy_found_there_may_go_elsewhere_and_become_sensitive(account: Any, site: Site) -> None:
    site.desire([sample("A", value=SECRET, target=["production", "development"])])
    await site.apply()
    account.store.world.policy = "on"
    site.desire([sample("A", value=SECRET, target=["development"])])
    assert [(c.action, c.held) for c in (await site.plan()).changes] == [("update", ())]
    await site.apply()
    site.desire([sample("A", value=SECRET, type="sensitive", target=["production"])])
    assert [c.action for c in (await site.plan()).changes] == ["delete", "create"]
    outcome = await site.apply()
    assert {r.status for r in outcome.results} == {"done"}, outcome.results
    assert account.variable("A")["type"] == "sensitive"


async def test_without_the_policy_nothing_is_held(account: Any) -> None:
    await account.provider.whoami()
    assert account.provider.preview(account.creation("env", "A", {"target": ["production"], "value": "x"})) == Preview()
