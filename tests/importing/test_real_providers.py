"""Import from the real providers' simulators: complete, and the same bytes after a reset and an apply."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from reconciler.discover import Catalog, discover
from reconciler.engine.options import Options
from reconciler.engine.session import Engine
from reconciler.importing.run import Imported, import_instance
from reconciler.ledger.memory import MemoryLedger
from reconciler.load.project import Project, load_project
from reconciler.outcome import Outcome
from reconciler.runtime import Runtime
from reconciler.sandbox.run import Running, serve

pytestmark = pytest.mark.slow  # real processes, many of them

REAL = Path(__file__).parents[2] / "desired"
BY_HAND: dict[str, list[dict[str, Any]]] = {
    "/api/v2/monitors": [
        {"monitor_type": "tcp", "url": "db.example.test", "port": "5432", "pronounceable_name": "Database port"},
        {
            "monitor_type": "status",
            "url": "https://a.example.test/",
            "pronounceable_name": "on",
            "http_method": "POST",
            "request_headers": [{"name": "Authorization", "value": "Bearer canary-live-only"}],
            "regions": ["us"],
            "maintenance_from": "01:00:00",
            "maintenance_to": "03:00:00",
            "maintenance_timezone": "Berlin",
            "auth_username": "canary-user",
            "auth_password": "canary-password",
        },
        {"monitor_type": "keyword", "url": "https://b.example.test/", "required_keyword": "yes", "paused": True},
    ],
    "/api/v2/heartbeats": [
        {"name": "3:00", "period": 86400, "grace": 0, "server_timezone": "Europe/Berlin"},
        {"name": "short", "period": 30, "grace": 5, "email": False},
    ],
    "/api/v3/policies": [
        {"name": "silent", "steps": []},
        {
            "name": "branching",
            "repeat_count": 2,
            "repeat_delay": 60,
            "steps": [
                {"type": "instructions", "wait_before": 0, "instructions_comment": "look at the dashboard"},
                {
                    "type": "escalation",
                    "wait_before": 300,
                    "urgency_id": 240001,
                    "step_members": [{"type": "entire_team"}, {"type": "user", "email": "ops@aigurus.com"}],
                },
            ],
        },
    ],
    "/api/v2/monitor-groups": [{"name": "Web"}],
    "/api/v2/heartbeat-groups": [{"name": "Jobs", "sort_index": 3}],
    "/api/v2/urgencies": [{"name": "Loud", "call": True, "sms": True, "email": True, "push": True}],
    "/api/v2/status-pages": [
        {"company_name": "X", "company_url": "https://x.example.test", "subdomain": "x-corp", "timezone": "UTC"}
    ],
}


@dataclass
class Port:
    """The real sandbox, and fresh projects in front of it."""

    running: Running
    folder: Path
    catalog: Catalog
    count: int = 0

    def runtime(self, **more: str) -> Runtime:
        environ = {**self.running.exports, "PATH": os.environ["PATH"], **more}
        return replace(Runtime(), environ=environ)

    def fresh(self) -> Path:
        """A project with the real environment.yaml and nothing else."""
        self.count += 1
        desired = self.folder / f"p{self.count}" / "desired"
        desired.mkdir(parents=True)
        (desired / "environment.yaml").write_text((REAL / "environment.yaml").read_text())
        return desired

    def load(self, desired: Path) -> Project:
        return load_project(desired, self.catalog)

    async def imported(self, instance: str, desired: Path) -> Imported:
        return await import_instance(
            self.load(desired), self.catalog, self.runtime(), instance, load=self.load, ledger=MemoryLedger()
        )

    async def apply(self, desired: Path, **more: str) -> Outcome:
        engine = Engine(self.load(desired), self.catalog, self.runtime(**more), ledger=MemoryLedger())
        return await engine.apply(Options(sandbox=True))

    async def http(self, method: str, path: str, body: Any = None) -> Any:
        token, base = self.running.exports["BETTERSTACK_API_TOKEN"], self.running.exports["BETTERSTACK_API_URL"]
        async with httpx.AsyncClient(base_url=base, headers={"Authorization": f"Bearer {token}"}) as client:
            answer = await client.request(method, path, json=body)
            assert answer.status_code < 300, (path, body, answer.text)
            return answer.json() if answer.content else None


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[Port]:
    catalog = discover()
    async with serve(load_project(REAL, catalog), catalog) as running:
        yield Port(running, tmp_path, catalog)


def files(desired: Path) -> dict[str, str]:
    return {p.name: p.read_text() for p in sorted(desired.glob("*.yaml")) if p.name != "environment.yaml"}


async def test_everything_at_better_stack_is_imported_or_skipped_and_survives_a_reset(port: Port) -> None:
    await port.apply(REAL)
    for path, bodies in BY_HAND.items():
        for body in bodies:
            await port.http("POST", path, body)
    state = await port.http("GET", "/_sandbox/state")
    one = port.fresh()
    first = await port.imported("betterstack", one)
    text = "".join(files(one).values())
    assert "canary" not in text
    spoken = text + " ".join(what for what, _ in first.skipped)
    for kind in ("monitors", "heartbeats", "policies", "monitor_groups", "heartbeat_groups", "urgencies"):
        for row in state[kind]:
            name = row["attributes"].get("pronounceable_name") or row["attributes"]["name"]
            assert name in spoken, (kind, name)
    assert len(first.objects) == sum(len(v) for body in files(one).values() for v in yaml.safe_load(body).values())

    await port.http("POST", "/_sandbox/reset")
    values = dict.fromkeys(first.secrets, "a value for what import left as a name")
    outcome = await port.apply(one, **values)
    assert {r.status for r in outcome.results} <= {"done"}, outcome.results
    assert outcome.not_converged == ()
    two = port.fresh()
    await port.imported("betterstack", two)
    assert files(two) == files(one)


async def test_the_whole_roster_is_imported_and_survives_a_reset(port: Port) -> None:
    port_of_accounts = port.running.sandboxes["accounts"]
    await port.apply(REAL)
    one = port.fresh()
    first = await port.imported("accounts", one)
    emails = {row["email"] for row in await _state(port_of_accounts)}
    spoken = "".join(files(one).values()) + " ".join(what for what, _ in first.skipped)
    assert all(email in spoken for email in emails)
    await port_of_accounts.reset()  # type: ignore[attr-defined]
    outcome = await port.apply(one)
    assert {r.status for r in outcome.results} == {"done"}
    two = port.fresh()
    await port.imported("accounts", two)
    assert files(two) == files(one)


async def _state(sandbox: Any) -> Any:
    return (await sandbox.state())["users"]
