"""`reconcile init` in front of the real simulators: all that is live comes under git, and only records are left."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import yaml

from reconciler.discover import discover
from reconciler.engine.options import Options
from reconciler.engine.session import Engine
from reconciler.ledger.memory import MemoryLedger
from reconciler.load.project import load_project
from reconciler.runtime import Runtime
from reconciler.sandbox.run import serve

LIVE = {
    "environment.yaml": """
environment: production
providers:
  betterstack: {expect: {team: AI Gurus}}
  accounts: {expect: {database: ai-gurus-prod}, delivery: {file: handover/}}
""",
    "objects.yaml": """
monitors:
  homepage: {monitor_type: status, url: https://learn.aigurus.com/, check_frequency: 3m, policy: p0}
  api:
    monitor_type: keyword
    url: https://learn.aigurus.com/api/health
    required_keyword: connected
    request_headers: [{name: Authorization, value: {secret: API_AUTHORIZATION}}]
escalations:
  p0: {steps: [{type: escalation, step_members: [{type: entire_team}]}]}
heartbeats:
  nightly-reconcile: {period: 1d, grace: 1h}
accounts:
  a@example.com: {name: Ana, role: ADMIN}
  b@example.com: {name: Bo, role: STUDENT, courses: [AI-101]}
""",
}


@dataclass
class Outside:
    """A folder with nothing in it, in front of vendors that people have used."""

    folder: Path
    exports: dict[str, str]

    async def run(self, *command: str) -> tuple[int, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        process = await asyncio.create_subprocess_exec(
            *command, cwd=self.folder, env={**kept, **self.exports}, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        out, _ = await process.communicate()
        return process.returncode or 0, out.decode()

    async def reconcile(self, *arguments: str) -> tuple[int, str]:
        return await self.run(sys.executable, "-m", "reconciler", *arguments)


@pytest.fixture
async def outside(tmp_path: Path) -> AsyncIterator[Outside]:
    seed, catalog = tmp_path / "seed" / "desired", discover()
    seed.mkdir(parents=True)
    for name, text in LIVE.items():
        (seed / name).write_text(text)
    project = load_project(seed, catalog)
    async with serve(project, catalog) as running:
        environ = {**running.exports, "PATH": os.environ["PATH"]}
        engine = Engine(project, catalog, replace(Runtime(), environ=environ), ledger=MemoryLedger())
        outcome = await engine.apply(Options(sandbox=True))
        assert {r.status for r in outcome.results} == {"done"}, outcome.results
        folder = tmp_path / "mine"
        folder.mkdir()
        exports = {k: v for k, v in running.exports.items() if k not in ("API_AUTHORIZATION", "RECONCILE_SANDBOX")}
        yield Outside(folder, exports)


@pytest.mark.timeout(180)
async def test_a_production_that_people_made_is_set_up_in_one_command(outside: Outside) -> None:
    await outside.run("git", "init", "--quiet", "--initial-branch", "main")
    flags = ("--environment", "production", "--provider", "betterstack", "--provider", "accounts", "--yes")
    code, said = await outside.reconcile("init", *flags, "--set", "accounts.delivery.file=handover/")
    assert code == 0, said
    desired = outside.folder / "desired"
    assert {p.name for p in desired.iterdir()} >= {"environment.yaml", "monitors.yaml", "accounts.yaml"}
    settings = yaml.safe_load((desired / "environment.yaml").read_text())["providers"]
    assert settings["betterstack"]["expect"] == {"team": "AI Gurus"}
    assert settings["accounts"]["expect"] == {"database": "ai-gurus-prod"}
    ignored = (outside.folder / ".gitignore").read_text().splitlines()
    assert {".reconciler/", "/handover/"} <= set(ignored)
    jobs = yaml.safe_load((outside.folder / ".github" / "workflows" / "reconcile.yml").read_text())["jobs"]
    env = next(s["env"] for s in jobs["apply"]["steps"] if s.get("name") == "Apply exactly this plan")
    assert {"BETTERSTACK_API_TOKEN", "DIRECT_URL"} < set(env)
    assert "heartbeat nightly-reconcile" in str(jobs["drift"])

    assert (await outside.reconcile("validate"))[0] == 0
    assert (await outside.reconcile("schema", "--check"))[0] == 0
    code, planned = await outside.reconcile("plan", "--detailed-exitcode", "--format", "json", "--quiet")
    assert code == 0, planned
    plan = json.loads(planned)
    assert {change["action"] for change in plan["changes"]} == {"record"}
    assert plan["unmanaged"] == []

    code, again = await outside.reconcile("init", *flags)
    assert code == 0, again
    assert "Nothing to write" in again


@pytest.mark.timeout(180)
async def test_a_rejected_token_is_exit_1_and_the_rest_is_set_up(outside: Outside) -> None:
    outside.exports["BETTERSTACK_API_TOKEN"] = "of-somebody-else"
    flags = ("--environment", "production", "--provider", "betterstack", "--provider", "accounts", "--yes")
    code, said = await outside.reconcile("init", *flags)
    assert code == 1, said
    assert "not read betterstack" in said
    assert "then `reconcile import betterstack`" in said
    assert "read accounts (database ai-gurus-prod): 2 objects" in said
    assert (await outside.reconcile("validate"))[0] == 0
