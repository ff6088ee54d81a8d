"""Import: everything that is there, or why not, and the same bytes after a fresh start and an apply."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.discover import Catalog
from reconciler.engine.options import Options
from reconciler.engine.session import Engine
from reconciler.importing.run import Imported, import_instance
from reconciler.ledger.memory import MemoryLedger
from reconciler.load.project import Project, load_project
from reconciler.outcome import Outcome
from reconciler_neon.sandbox.stock import PROJECT

OF_A_NEW_PROJECT = {"database": "main", "branches": "production", "endpoints": "production"}


class Port:
    """Fresh projects before one simulated account."""

    def __init__(self, account: Any, folder: Path) -> None:
        self.account = account
        self.folder = folder
        self.catalog = Catalog.of(account.harness.kinds, {"neon": account.harness.provider})
        self.runtime = replace(account.harness.runtime, environ=dict(account.harness.environ))

    def fresh(self, name: str) -> Path:
        desired = self.folder / name / "desired"
        desired.mkdir(parents=True)
        settings = {"project": PROJECT, "database": "shop"}
        environment = {"environment": "production", "providers": {"neon": settings}}
        (desired / "environment.yaml").write_text(yaml.safe_dump(environment), encoding="utf-8")
        return desired

    def load(self, desired: Path) -> Project:
        return load_project(desired, self.catalog)

    async def imported(self, desired: Path) -> Imported:
        return await import_instance(
            self.load(desired), self.catalog, self.runtime, "neon", load=self.load, ledger=MemoryLedger()
        )

    async def apply(self, desired: Path) -> Outcome:
        engine = Engine(self.load(desired), self.catalog, self.runtime, ledger=MemoryLedger())
        return await engine.apply(Options(sandbox=True))


def texts(desired: Path) -> dict[str, str]:
    return {p.name: p.read_text() for p in sorted(desired.glob("*.yaml")) if p.name != "environment.yaml"}


def adopting(desired: Path, addresses: dict[str, str]) -> None:
    """Say of these objects that they may be taken over and changed: a new project has them, with other values."""
    for collection, handle in addresses.items():
        file = desired / f"{collection}.yaml"
        head, body = f"  {handle}:\n", "    lifecycle: {adopt: true}\n"
        assert head in file.read_text()
        file.write_text(file.read_text().replace(head, head + body))


async def by_hand(account: Any) -> None:
    """Make one of everything in the console, odd things included."""
    production = account.branch()["id"]
    settings = {
        "quota": {"active_time_seconds": 36_000},
        "allowed_ips": {"ips": ["203.0.113.0/24", "198.51.100.1"], "protected_branches_only": True},
        "maintenance_window": {"weekdays": [7, 6], "start_time": "03:00", "end_time": "04:30"},
        "preload_libraries": {"use_defaults": True, "enabled_libraries": ["pg_cron"]},
        "audit_log_level": "extended",
    }
    project = {
        "history_retention_seconds": 172_800,
        "settings": settings,
        "default_endpoint_settings": {"autoscaling_limit_min_cu": 1, "autoscaling_limit_max_cu": 4},
    }
    await account.by_hand("PATCH", "", {"project": project})
    await account.by_hand("PATCH", f"/branches/{production}", {"branch": {"protected": True}})
    sizes = {"autoscaling_limit_max_cu": 8, "suspend_timeout_seconds": -1, "settings": {"pg_settings": {"a.b": "on"}}}
    await account.by_hand("PATCH", f"/endpoints/{account.endpoint()['id']}", {"endpoint": sizes})
    for name, login in (("app", False), ("group", True)):
        body = {"role": {"name": name, "no_login": login}}
        await account.by_hand("POST", f"/branches/{production}/roles", body, 201)
    body = {"database": {"name": "shop", "owner_name": "app"}}
    await account.by_hand("POST", f"/branches/{production}/databases", body, 201)
    entries = [
        {"frequency": "daily", "hour": 2, "retention_seconds": 604_800},
        {"frequency": "weekly", "day": 7, "hour": 4},
        {"frequency": "monthly", "day": 1, "hour": 6, "retention_seconds": 86_400},
    ]
    await account.by_hand("PUT", f"/branches/{production}/backup_schedule", {"schedule": entries})
    for branch in (
        {"name": "preview/feature-1"},
        {"name": "no", "expires_at": "2027-01-31T00:00:00Z"},
        {"name": "tables-only", "init_source": "schema-only"},
        {"name": "with space"},
    ):
        await account.by_hand("POST", "/branches", {"branch": branch}, 201)
    child = {"name": "child", "parent_id": account.branch("preview/feature-1")["id"], "protected": True}
    await account.by_hand("POST", "/branches", {"branch": child}, 201)
    for name in ("reports", None):
        named = {"name": name} if name else {}
        endpoint = {"branch_id": production, "type": "read_only", **named}
        await account.by_hand("POST", "/endpoints", {"endpoint": endpoint}, 201)
    endpoint = {"branch_id": account.branch("preview/feature-1")["id"], "type": "read_write", "disabled": True}
    await account.by_hand("POST", "/endpoints", {"endpoint": endpoint}, 201)


@pytest.fixture
def port(account: Any, tmp_path: Path) -> Port:
    return Port(account, tmp_path)


def told(state: Any, names: dict[str, str]) -> dict[str, set[str]]:
    """Return what a complete import speaks of, by kind: the words that have to be there."""
    return {
        "branches": {b["name"] for b in state["branches"]},
        "endpoints": {
            e.get("name") or e["id"] if e["type"] == "read_only" else names[e["branch_id"]] for e in state["endpoints"]
        },
        "roles": {r["name"] for r in state["roles"]},
        "databases": {d["name"] for d in state["databases"]},
    }


async def test_all_of_a_project_is_imported_or_skipped_and_survives_a_fresh_start(port: Port) -> None:
    account = port.account
    await by_hand(account)
    account.idle()
    one = port.fresh("one")
    first = await port.imported(one)
    state = await account.api("GET", "/_sandbox/state")
    names = {b["id"]: b["name"] for b in state["branches"]}
    spoken = "".join(texts(one).values()) + " ".join(f"{what} {why}" for what, why in first.skipped)
    for kind, words in told(state, names).items():
        assert {word for word in words if word not in spoken} == set(), kind
    assert "npg_" not in spoken
    written = {kind: yaml.safe_load(text)[kind.removesuffix(".yaml")] for kind, text in texts(one).items()}
    counted = {kind.removesuffix(".yaml"): len(found) for kind, found in written.items()}
    assert counted["roles"] + sum("roles:" in what for what, _ in first.skipped) == len(state["roles"])
    assert counted["databases"] + sum("databases:" in what for what, _ in first.skipped) == len(state["databases"])
    assert counted["endpoints"] + sum("endpoints:" in what for what, _ in first.skipped) == len(state["endpoints"])
    assert counted["branches"] == len(state["branches"])
    assert all(reason for _, reason in first.skipped)
    assert {"it is a system role of Neon, which nobody makes or deletes"} <= {why for _, why in first.skipped}

    before = texts(one)
    await account.api("POST", "/_sandbox/reset", status=204)
    adopting(one, OF_A_NEW_PROJECT)
    outcome = await port.apply(one)
    assert {r.status for r in outcome.results} <= {"done"}, [r for r in outcome.results if r.status != "done"]
    assert outcome.not_converged == ()
    two = port.fresh("two")
    await port.imported(two)
    assert texts(two) == before
