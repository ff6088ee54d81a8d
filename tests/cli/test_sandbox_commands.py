from __future__ import annotations

import inspect

import pytest

import reconciler.sandbox.demo as demo_module
import reconciler.sandbox.hold as hold_module


@pytest.fixture
def played(monkeypatch):
    """Stand-ins with the real signatures: a call that the real function would not take fails."""
    calls = {}
    for module, name in ((hold_module, "hold"), (demo_module, "demo")):
        signature = inspect.signature(getattr(module, name))

        async def stand_in(*arguments, signature=signature, name=name, **given):
            bound = signature.bind(*arguments, **given)
            calls[name] = bound.arguments
            bound.arguments["write"]("shown")
            return "the transcript"

        monkeypatch.setattr(module, name, stand_in)
    return calls


def test_the_sandbox_gets_its_options_and_writes_exports_to_stdout(bench, played):
    result = bench.run("sandbox", "--seed", "7", "--faults", "--provider", "betterstack")
    assert (result.exit_code, result.stdout) == (0, "shown\n")
    given = played["hold"]
    assert (given["seed"], given["faults"], tuple(given["only"])) == (7, True, ("betterstack",))
    assert given["project"] is bench.project


def test_the_demo_shows_itself_and_keeps_its_transcript(bench, played, tmp_path):
    result = bench.run("demo", "--transcript", "kept.txt")
    assert (result.exit_code, result.stdout) == (0, "shown\n")
    assert (tmp_path / "kept.txt").read_text() == "the transcript\n"
    assert played["demo"]["environ"] == {}
