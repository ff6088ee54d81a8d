"""Where a run gets its secrets: a plan opens and runs only what its connections need, an apply what it sends."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reconciler.report.exits import apply_exit, plan_exit
from reconciler.testing import Sample

MONITOR = {"url": "https://a.example.test/", "monitor_type": "status", "auth_password": {"secret": "PASSWORD"}}
TOKEN = "CREDENTIAL_TO_READ"


@dataclass
class Machine:
    """A user whose secrets come from commands. Each run of one leaves a line."""

    vendor: Any
    folder: Path

    def __post_init__(self) -> None:
        self.log = self.folder / "ran"
        self.log.touch()
        printer = self.folder / "printer"
        body = f"import sys\nopen({str(self.log)!r}, 'a').write(sys.argv[1] + '\\n')\nprint(sys.argv[2])"
        printer.write_text(f"#!{sys.executable} -I\n{body}\n")
        printer.chmod(0o755)
        entries = {TOKEN: self.vendor.writer, "PASSWORD": "hush-hush-password", "ELSEWHERE": "hush"}
        file = self.folder / "reconciler" / "commands.yaml"
        file.parent.mkdir()
        file.write_text(json.dumps({"commands": {name: [str(printer), name, v] for name, v in entries.items()}}))

    @property
    def ran(self) -> list[str]:
        return self.log.read_text().splitlines()

    def site(self, **environ: str) -> Any:
        site = self.vendor.site("")
        site.desire([Sample("monitors/home", MONITOR)])
        where = {"XDG_CONFIG_HOME": str(self.folder), "PATH": os.defpath, "PASSWORD": ""}
        site.harness.environ = {**site.harness.environ, **where, **environ}
        return site


@pytest.fixture
async def machine(open_vendor: Any, tmp_path: Path) -> Any:
    (tmp_path / "config").mkdir()
    async with open_vendor("betterstack") as vendor:
        yield Machine(vendor, tmp_path / "config")


async def test_a_plan_runs_the_commands_of_its_credentials_and_no_others(machine: Any) -> None:
    plan = await machine.site().plan()
    assert plan_exit(plan) == 0
    assert [str(c.address) for c in plan.changes] == ["monitors/home"]
    assert machine.ran == [TOKEN]


async def test_an_apply_runs_the_commands_of_what_it_sends(machine: Any) -> None:
    outcome = await machine.site().apply()
    assert apply_exit(outcome) == 0, outcome.results
    assert sorted(machine.ran) == [TOKEN, "PASSWORD"]
    [monitor] = machine.vendor.sandbox.store.all("monitors")
    assert monitor.values["auth_password"] == "hush-hush-password"
    assert "hush" not in f"{outcome}"


async def test_a_plan_on_a_pull_request_runs_nothing(machine: Any) -> None:
    plan = await machine.site(GITHUB_EVENT_NAME="pull_request").plan()
    assert plan_exit(plan) == 1
    assert f"{TOKEN} is not set" in plan.providers["betterstack"].reason
    assert machine.ran == []


async def test_a_sops_file_without_a_key_says_where_it_is_named_and_what_to_do(machine: Any) -> None:
    site = machine.site(RECONCILE_COMMANDS="none")
    (site.root / "s.yaml").write_text("A: ENC[x]\nsops: {age: [{recipient: age1x, enc: x}], mac: x, version: 3.11.0}\n")
    environment = site.root / "desired" / "environment.yaml"
    environment.write_text(environment.read_text() + "secrets: [{sops_file: s.yaml}]\n")
    line = len(environment.read_text().splitlines())
    status = (await site.plan()).providers["betterstack"]
    assert status.credential
    assert f"desired/environment.yaml:{line}:" in status.reason
    assert "s.yaml was not opened: sops is not installed" in status.reason
    assert "install sops" in status.next
