"""What the command line says of policies offline: `validate` and `explain`, on a project of files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from reconciler.cli.context import World
from reconciler.cli.main import main
from reconciler.discover import Catalog
from reconciler.testing import MemoryWorld, virtual_runtime
from reconciler.testing.kinds import MEMORY_KINDS
from reconciler.testing.memory import memory_provider
from reconciler.testing.project import write_project

RULES = """
rules:
  often:
    kind: widgets
    require: {interval: {maximum: 180}}
    message: Look at least every 3 minutes.
  noted:
    kind: widgets
    require: {notes: {type: string}}
    message: Say what it is for.
    severity: warn
"""
URL = "https://a.example/"


@pytest.fixture
def judged(tmp_path: Path) -> Any:
    """Writes widgets and rules, and runs a command on them."""

    def run(widget: dict[str, Any], *arguments: str) -> Result:
        desired = write_project(tmp_path, {"widgets": {"a": {"url": URL, **widget}}})
        (desired / "policies").mkdir(exist_ok=True)
        (desired / "policies" / "x.yaml").write_text(RULES)
        catalog = Catalog.of(MEMORY_KINDS, {"memory": memory_provider(MemoryWorld())})
        world = World(runtime=virtual_runtime, discover=lambda: catalog)
        return CliRunner().invoke(main, [*arguments, "--desired", str(desired)], obj=world)

    return run


def test_validate_denies_what_is_wrong_whatever_is_live(judged: Any) -> None:
    done = judged({"interval": 300}, "validate")
    assert done.exit_code == 3
    assert "DENIED by policy (often)" in done.stdout
    assert "widgets/a: interval is 300 (desired/widgets.yaml:" in done.stdout
    found = json.loads(judged({"interval": 300}, "validate", "--format", "json").stdout)["policies"]
    assert (found["denied"], [f["rule"] for f in found["findings"]]) == (True, ["often"])


def test_validate_leaves_to_the_plan_what_only_the_vendor_knows(judged: Any) -> None:
    assert judged({}, "validate").exit_code == 0  # no notes: they may be there
    done = judged({"interval": 180, "notes": "for the launch"}, "validate")
    assert done.exit_code == 0
    assert done.stdout == "desired/ is valid: 1 object in 3 files (widgets 1).\n"


def test_explain_names_the_policies_that_look_at_an_object(judged: Any) -> None:
    assert "policies that look at it: often, noted" in judged({}, "explain", "widgets/a").stdout
