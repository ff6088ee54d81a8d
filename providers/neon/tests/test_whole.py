"""Neon under the real engine: outputs into another provider, restores, gates, two projects at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.discover import Catalog
from reconciler.engine.options import Options
from reconciler.engine.session import Engine
from reconciler.ledger.memory import MemoryLedger, Store
from reconciler.model import Plan
from reconciler.outcome import Outcome
from reconciler.testing import MemoryWorld, memory_provider, project_of
from reconciler.testing.kinds import MEMORY_KINDS
from reconciler_neon.sandbox.stock import PROJECT, found_project

DAILY = {"frequency": "daily", "hour": 0, "retention_seconds": "7d"}
ADOPT = {"adopt": True}
BASE: dict[str, dict[str, Any]] = {
    "database": {"main": {"serves": {"database": "shop", "role": "app"}, "lifecycle": ADOPT}},
    "branches": {"production": {"default": True, "lifecycle": ADOPT}},
    "roles": {"app": {"branch": "production"}},
    "databases": {"shop": {"branch": "production", "owner_name": "app"}},
    "backups": {"production": {"branch": "production", "schedule": [DAILY]}},
}


class Site:
    """One desired tree before a simulated Neon account and a memory vendor, run after run."""

    def __init__(self, account: Any, folder: Path) -> None:
        self.account = account
        self.folder = folder
        self.memory = MemoryWorld()
        self.store = Store()
        harness = account.harness
        clients = {"neon": harness.provider, "memory": memory_provider(self.memory)}
        self.catalog = Catalog.of((*harness.kinds, *MEMORY_KINDS), clients)
        self.providers: dict[str, Any] = {
            "neon": {"project": PROJECT, "database": "shop", "role": "app"},
            "memory": {},
        }

    def engine(self, objects: dict[str, Any], **more: Any) -> Engine:
        project = project_of(self.folder, objects, catalog=self.catalog, providers=self.providers, **more)
        runtime = replace(self.account.harness.runtime, environ=dict(self.account.harness.environ))
        return Engine(project, self.catalog, runtime, ledger=MemoryLedger(self.store))

    async def plan(self, objects: dict[str, Any], **more: Any) -> Plan:
        return await self.engine(objects, **more).plan(Options(sandbox=True))

    async def apply(self, objects: dict[str, Any], **more: Any) -> Outcome:
        outcome = await self.engine(objects, **more).apply(Options(sandbox=True))
        assert {r.status for r in outcome.results} <= {"done"}, outcome.results
        assert outcome.not_converged == ()
        return outcome


@pytest.fixture
def site(account: Any, tmp_path: Path) -> Site:
    return Site(account, tmp_path)


async def test_a_url_that_exists_only_after_this_apply_reaches_who_takes_it_in_this_apply(site: Site) -> None:
    """The role and the database are made first, then the project is asked for its URL, then it is handed on."""
    entry = {"scope": "live", "value": {"from": "database/main.pooled_url"}}
    wanted = {**BASE, "entries": {"DATABASE_URL": entry}}
    await site.apply(wanted)
    [stored] = site.memory.state()["entries"]
    assert stored["value"].startswith("postgresql://app:npg_")
    assert "-pooler." in stored["value"]
    assert "/shop?" in stored["value"]
    plan = await site.plan(wanted)
    assert plan.changes == ()
    assert "npg_" not in repr(plan)


async def test_a_restored_snapshot_leaves_nothing_to_do(site: Site) -> None:
    await site.apply(BASE)
    account = site.account
    branch = account.branch()["id"]
    told = await account.by_hand("POST", f"/branches/{branch}/snapshot?name=before")
    body = {"target_branch_id": branch, "finalize_restore": True}
    await account.by_hand("POST", f"/snapshots/{told['snapshot']['id']}/restore", body)
    assert account.branch()["id"] != branch
    plan = await site.plan(BASE)
    assert plan.changes == ()
    assert plan.drift == ()
    assert plan.unknown == ()


@pytest.mark.trap("neon", "5: a role cannot be renamed")
async def test_another_name_for_a_role_is_held_and_nothing_is_sent(site: Site) -> None:
    def called(name: str) -> dict[str, Any]:
        return {**BASE, "roles": {**BASE["roles"], "reader": {"name": name, "branch": "production"}}}

    await site.apply(called("reader"))
    sent = len(site.account.wire.sent)
    [change] = (await site.plan(called("writer"))).changes
    assert [hold.gate for hold in change.held] == ["immutable"]
    assert "Neon has no update for roles" in change.held[0].reason
    await site.engine(called("writer")).apply(Options(sandbox=True))
    assert {s.method for s in site.account.wire.sent[sent:]} == {"GET"}
    assert {"production/app", "production/reader"} <= set(await site.account.by_id("roles"))


async def test_backups_that_leave_the_yaml_are_held_and_go_on(site: Site) -> None:
    await site.apply(BASE)
    without = {name: objects for name, objects in BASE.items() if name != "backups"}
    allowing = {"backups": {"allow_empty": True}}
    [change] = (await site.plan(without, collections=allowing)).changes
    assert [hold.reason for hold in change.held] == ["it is the only backup schedule"]
    await site.engine(without, collections=allowing).apply(Options(sandbox=True))
    assert len(site.account.estate.schedules[site.account.branch()["id"]]) == 1


@pytest.mark.parametrize("collection", ["branches", "databases"])
async def test_what_holds_data_goes_only_with_an_approval(site: Site, collection: str) -> None:
    staging = {
        **BASE,
        "branches": {**BASE["branches"], "staging": {}},
        "databases": {**BASE["databases"], "extra": {"branch": "production", "owner_name": "app"}},
    }
    await site.apply(staging)
    left = {**staging, collection: BASE[collection]}
    [change] = (await site.plan(left)).changes
    assert [hold.gate for hold in change.held] == ["data"]
    approval = {"digest": change.held[0].digest[:16], "reason": "meant", "until": "2027-01-01"}
    await site.apply(left, approvals=[approval])
    assert (await site.plan(left)).changes == ()


async def test_a_project_that_leaves_the_yaml_is_left_alone(site: Site) -> None:
    await site.apply(BASE)
    left = {name: objects for name, objects in BASE.items() if name != "database"}
    [change] = (await site.plan(left, collections={"database": {"allow_empty": True}})).changes
    assert change.action == "retain"


@pytest.mark.trap("neon", "3: a schema-only branch is a root: what it was copied from is not kept")
async def test_a_branch_with_tables_only_needs_nothing_afterwards(site: Site) -> None:
    tables = {"parent": "production", "init_source": "schema-only"}
    wanted = {**BASE, "branches": {**BASE["branches"], "tables": tables}}
    await site.apply(wanted)
    assert "parent_id" not in site.account.branch("tables")
    assert (await site.plan(wanted)).changes == ()


async def test_a_branch_that_git_renames_is_renamed_at_neon(site: Site) -> None:
    branches = {**BASE["branches"], "trial": {}}
    await site.apply({**BASE, "branches": branches})
    before = site.account.branch("trial")["id"]
    renamed = {**BASE, "branches": {**branches, "trial": {"name": "experiment"}}}
    await site.apply(renamed)
    assert site.account.branch("experiment")["id"] == before
    assert (await site.plan(renamed)).changes == ()


async def test_logical_replication_that_git_turns_off_is_held(site: Site) -> None:
    def replicating(on: bool) -> dict[str, Any]:
        settings = {"settings": {"enable_logical_replication": on}}
        return {**BASE, "database": {"main": {**BASE["database"]["main"], **settings}}}

    await site.apply(replicating(True))
    [change] = (await site.plan(replicating(False))).changes
    assert "cannot be turned off" in change.held[0].reason


async def test_two_projects_are_two_instances(site: Site) -> None:
    found_project(site.account.world, "calm-sea-20000001", "second")
    site.providers["other"] = {"type": "neon", "project": "second"}
    instance = {"provider": "other"}
    roles = {"app": BASE["roles"]["app"]} | {
        "reader": {"branch": "main-of-other", "lifecycle": instance},
    }
    second = site.account.world.estates["calm-sea-20000001"]
    next(iter(second.branches.values()))["name"] = "main-of-other"
    branches = {**BASE["branches"], "main-of-other": {"lifecycle": {**instance, "adopt": True}}}
    wanted = {
        **{kind: {h: _on(f) for h, f in objects.items()} for kind, objects in BASE.items()},
        "branches": {h: _on(f) for h, f in branches.items()},
        "roles": {h: _on(f) for h, f in roles.items()},
    }
    await site.apply(wanted)
    assert [name for (_, name) in second.roles if name == "reader"] == ["reader"]
    assert [name for (_, name) in site.account.estate.roles if name == "reader"] == []
    assert (await site.plan(wanted)).changes == ()


def _on(fields: dict[str, Any]) -> dict[str, Any]:
    """Return an object on the first instance, unless it names another."""
    return {**fields, "lifecycle": {"provider": "neon", **fields.get("lifecycle", {})}}
