"""The same for every secret form the core knows, on the in-memory provider: no secret comes out of any command."""

from __future__ import annotations

import base64
import itertools
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner

from reconciler.cli.context import World
from reconciler.cli.main import main
from reconciler.errors import Refused
from reconciler.testing import FakeClock, MemoryWorld, memory_catalog, virtual_runtime, write_project

CANARIES = {
    "TOKEN": "canary-account-token",
    "API_KEY": 'api "canary" käy',
    "PASSWORD": "-----BEGIN X KEY-----\ncanary of line one\ncanary of line two\n-----END X KEY-----",
    "VALUE": "v4lue&ca/nary+",
    "KEY": "short1",
}
LIVE = {"api_key": "canary-live-api-key", "label": "canary-live-api-key", "edited": "canary-edited-api-key"}
OBJECTS = """
groups: {main: {title: Main}}
widgets:
  one:
    url: https://learn.x.test/
    group: main
    api_key: {secret: API_KEY}
    password: {secret: PASSWORD}
    endpoint: {from: vaults/store.address}
vaults: {store: {key: {secret: KEY}}, made: {key: {generate: {bytes: 32}}}}
entries: {SETTING: {scope: live, type: sensitive, value: {secret: VALUE}}}
"""


def forms(value: str) -> Iterator[str]:
    for text in {value, *(line for line in value.splitlines() if len(line) >= 6 and not line.startswith("-----"))}:
        encoded = base64.b64encode(text.encode()).decode().rstrip("=")[:-1]
        yield from (text, quote(text, safe=""), json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1])
        yield encoded


@pytest.fixture
def vendor() -> MemoryWorld:
    world = MemoryWorld()
    world.token = CANARIES["TOKEN"]
    world.page_size = 2
    return world


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vendor: MemoryWorld) -> Iterator[Callable[..., str]]:
    """Run a command and return all it printed; the environment holds every canary."""
    monkeypatch.chdir(tmp_path)
    write_project(tmp_path, OBJECTS, settings={"token": {"secret": "TOKEN"}})
    clock, seeds, root = FakeClock(), itertools.count(), logging.getLogger()
    before = (root.handlers[:], root.level)

    def command(*arguments: str, codes: tuple[int, ...] = (0,)) -> str:
        world = World(
            runtime=lambda: virtual_runtime(clock, seed=next(seeds), environ=dict(CANARIES)),
            discover=lambda: memory_catalog(vendor),
            interactive=lambda: False,
        )
        clock.advance(60)
        done = CliRunner().invoke(main, arguments, obj=world)
        assert done.exit_code in codes, done.output
        return done.output

    yield command
    root.handlers[:], root.level = before


def echo(operation: str, phase: str) -> Refused | None:
    said = ", ".join(repr(value) for value in CANARIES.values())
    return Refused(f"refused: got {said}") if operation.startswith("create widgets") and phase == "before" else None


def bug(operation: str, phase: str) -> Any:
    known = f"{CANARIES['TOKEN']} {LIVE['edited']!r} {CANARIES['API_KEY']!r}"
    return RuntimeError(f"out of order: {known}") if operation.startswith("update") and phase == "before" else None


def broken(*given: Any) -> None:
    raise bug("update", "before")


def test_no_secret_of_any_form_comes_out_of_any_command(
    run: Callable[..., str], vendor: MemoryWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts: dict[str, str] = {}

    def note(*arguments: str, codes: tuple[int, ...] = (0,)) -> None:
        texts[f"{len(texts)} {' '.join(arguments)}"] = run(*arguments, codes=codes)

    vendor.add(
        "widgets", name="theirs", url="https://theirs.x.test/", api_key=LIVE["api_key"], labels={LIVE["label"]: "x"}
    )
    note("plan", "-vv", "-o", "plan.json")
    vendor.faults = echo
    note("apply", "--yes", "-vv", codes=(5,))
    vendor.faults = lambda operation, phase: None
    note("apply", "--yes", "-vv", "--format", "markdown")
    [one] = [o for o in vendor.objects["widgets"].values() if o.values["name"] == "one"]
    secrets = {*CANARIES.values(), *LIVE.values(), *(str(o.values["key"]) for o in vendor.objects["vaults"].values())}
    vendor.edit(
        one.id,
        api_key=LIVE["edited"],
        notes=f"call {CANARIES['KEY']} {CANARIES['PASSWORD']}",
        labels={CANARIES["VALUE"]: "y"},
    )
    for style in ("text", "json", "markdown"):
        note("drift", "-vv", "--format", style, "-o", f"drift.{style}", codes=(2,))
        note("plan", "-vv", "--format", style, "-o", f"plan.{style}")
    note("import", "memory", "--dry-run", "-vv")
    note("import", "memory", "-vv", "--format", "json")
    (tmp_path / "desired" / "widgets.yaml").unlink(missing_ok=True)
    vendor.faults = bug
    note("apply", "--yes", "-vv", codes=(1, 5))
    vendor.faults = lambda operation, phase: None
    monkeypatch.setattr("reconciler.engine.applying.leftovers", broken)
    note("apply", "--yes", "-v", codes=(1,))
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    note("apply", "--yes", "-vv")
    for arguments in (("history", "-v"), ("explain", "widgets/one"), ("forget", "widgets/one", "--yes")):
        note(*arguments)
    texts |= {str(p): p.read_text() for p in tmp_path.rglob("*") if p.is_file()}
    leaks = [(s, w, f) for s in secrets for f in set(forms(s)) for w, t in texts.items() if f in t]
    assert leaks == []
    everything = "\n".join(texts.values())
    assert all(
        mark in everything for mark in ("(secret API_KEY)", "Traceback", "out of order: (secret TOKEN)", "theirs")
    )
