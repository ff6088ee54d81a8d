"""The commands on the real engine, loader and file ledger, with the in-memory provider."""

from __future__ import annotations

import itertools
import json
import logging

import pytest
from click.testing import CliRunner

from reconciler.cli.context import World
from reconciler.cli.main import main
from reconciler.testing import FakeClock, MemoryWorld, memory_catalog, virtual_runtime, write_project

CANARY = "canary-Zx81-secret"
OBJECTS = """
groups:
  main: {title: Main}
widgets:
  homepage:
    url: https://learn.aigurus.com/
    interval: 3m
    group: main
    api_key: {secret: API_KEY}
"""


@pytest.fixture
def vendor():
    return MemoryWorld()


@pytest.fixture
def reconcile(tmp_path, monkeypatch, vendor):
    monkeypatch.chdir(tmp_path)
    write_project(tmp_path, OBJECTS)
    clock = FakeClock()
    root = logging.getLogger()
    before = (root.handlers[:], root.level)

    seeds = itertools.count()

    def run(*arguments, answer=None, interactive=False):
        world = World(
            runtime=lambda: virtual_runtime(clock, seed=next(seeds), environ={"API_KEY": CANARY}),
            discover=lambda: memory_catalog(vendor),
            interactive=lambda: interactive,
        )
        clock.advance(60)
        done = CliRunner().invoke(main, arguments, obj=world, input=answer, catch_exceptions=False)
        assert CANARY not in done.output
        return done

    yield run
    root.handlers[:], root.level = before


def test_from_an_empty_production_to_a_healed_drift(reconcile, vendor):
    assert "2 to create" in reconcile("plan", "--detailed-exitcode").stdout
    applied = reconcile("apply", "--yes")
    assert applied.exit_code == 0, applied.output
    assert "Applied in test: 2 changes done." in applied.stdout
    nothing = reconcile("plan", "--detailed-exitcode")
    assert (nothing.exit_code, "nothing to do" in nothing.stdout) == (0, True)
    vendor.edit(vendor.ids("widgets")[0], interval=30)
    drift = reconcile("drift")
    assert drift.exit_code == 2
    assert "interval: 180 → 30 (30s)" in drift.stdout
    healed = reconcile("apply", "--yes")
    assert "Also reverts 1 hand edit." in healed.stdout
    assert "interval: 30 → 180 (3m) (edited outside)" in healed.stdout
    assert reconcile("drift").exit_code == 0
    assert len([line for line in reconcile("history").stdout.splitlines() if not line.startswith(" ")]) == 2


def test_a_saved_plan_is_applied_and_stale_once_the_world_moved(reconcile, vendor, tmp_path):
    reconcile("apply", "--yes")
    write_project(tmp_path, OBJECTS.replace("3m", "5m"))
    assert reconcile("plan", "-o", "plan.json").exit_code == 0
    vendor.edit(vendor.ids("widgets")[0], interval=30)
    stale = reconcile("apply", "plan.json")
    assert stale.exit_code == 4
    assert "STALE" in stale.stdout
    assert vendor.find(vendor.ids("widgets")[0]).values["interval"] == 30
    vendor.edit(vendor.ids("widgets")[0], interval=180)
    assert reconcile("apply", "plan.json").exit_code == 0
    assert vendor.find(vendor.ids("widgets")[0]).values["interval"] == 300


def test_an_answer_of_no_leaves_everything_as_it_is(reconcile, vendor):
    done = reconcile("apply", answer="no\n", interactive=True)
    assert done.exit_code == 130
    assert vendor.state() == {}
    assert reconcile("apply", answer="yes\n", interactive=True).exit_code == 0
    assert vendor.ids("widgets") != []


def test_what_a_held_change_needs_can_be_pasted_into_approvals(reconcile, vendor, tmp_path):
    write_project(tmp_path, "vaults:\n  one: {}\n  two: {}\n")
    reconcile("apply", "--yes")
    write_project(tmp_path, "vaults:\n  one: {}\n")
    held = reconcile("plan", "--detailed-exitcode")
    assert held.exit_code == 3
    lines = [line for line in held.stdout.splitlines() if line.lstrip().startswith(("# ", "- {digest"))]
    (tmp_path / "desired" / "approvals.yaml").write_text("approvals:\n" + "\n".join(lines) + "\n")
    assert reconcile("plan", "--detailed-exitcode").exit_code == 2
    assert reconcile("apply", "--yes").exit_code == 0
    assert [v["name"] for v in vendor.state()["vaults"]] == ["one"]
    assert "1 approval without effect" in reconcile("plan").stdout


def test_forgetting_and_explaining_an_object(reconcile):
    reconcile("apply", "--yes")
    explained = reconcile("explain", "widgets/homepage").stdout
    assert "(secret API_KEY)" in explained
    assert "last applied:" in explained
    assert reconcile("forget", "widgets/homepage", "--yes").exit_code == 0
    assert "never applied" in reconcile("explain", "widgets/homepage").stdout
    assert json.loads(reconcile("plan", "--format", "json").stdout)["summary"]["update"] == 0


def test_import_writes_what_is_live_and_the_plan_then_only_records(reconcile, vendor):
    vendor.add("groups", name="other", title="Other")
    done = reconcile("import", "memory", "--collection", "groups")
    assert done.exit_code == 0, done.output
    assert "Wrote 1 object into 1 file." in done.stdout
    summary = json.loads(reconcile("plan", "--format", "json").stdout)["summary"]
    assert (summary["record"], summary["adopt"]) == (1, 0)
    assert reconcile("import", "memory", "--collection", "groups").stdout.startswith("Nothing to import")


def test_validate_and_bad_input_name_the_place(reconcile, tmp_path):
    assert reconcile("validate").stdout == "desired/ is valid: 2 objects in 2 files (groups 1, widgets 1).\n"
    write_project(tmp_path, OBJECTS.replace("interval", "intervall"))
    for command in ("validate", "plan", "drift"):
        bad = reconcile(command)
        assert bad.exit_code == 1
        assert "desired/objects.yaml:7:5" in bad.stderr
        assert "interval" in bad.stderr
        assert "1 problem; nothing was changed." in bad.stderr
