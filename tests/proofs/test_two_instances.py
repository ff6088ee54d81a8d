"""Two instances of one provider type: served together, planned and applied apart, neither seeing the other."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.discover import discover
from reconciler.engine.options import Options
from reconciler.engine.session import Engine
from reconciler.ledger.memory import MemoryLedger, Store
from reconciler.load.project import load_project
from reconciler.runtime import Runtime
from reconciler.sandbox.run import serve


def two(provider: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"environment": "production", "providers": {provider: dict(one), "second": {"type": provider, **other}}}


CASES = [
    pytest.param(
        two(
            "vercel",
            {"team": "acme", "project": "shop"},
            {"team": "acme", "project": "docs", "token": {"secret": "DOCS_VERCEL_TOKEN"}},
        ),
        "env",
        {"LOG_LEVEL": {"target": ["production"], "value": "info"}},
        {"DOCS_LEVEL": {"key": "LOG_LEVEL", "target": ["production"], "value": "debug"}},
        id="vercel",
    ),
    pytest.param(
        two(
            "betterstack",
            {"expect": {"team": "Shop"}},
            {"expect": {"team": "Docs"}, "token": {"secret": "DOCS_BETTERSTACK_TOKEN"}},
        ),
        "urgencies",
        {"loud": {"sms": True}},
        {"docs-loud": {"name": "loud", "sms": False}},
        id="betterstack",
    ),
]


@pytest.mark.parametrize(("environment", "collection", "first", "second"), CASES)
async def test_two_instances_of_one_type_have_one_object_of_the_same_name_each(
    tmp_path: Path, environment: Mapping[str, Any], collection: str, first: Any, second: Any
) -> None:
    desired = tmp_path / "desired"
    desired.mkdir()
    (handle,), (other,) = first, second
    provider = next(iter(environment["providers"]))
    objects = {
        handle: {**first[handle], "lifecycle": {"provider": provider}},
        other: {**second[other], "lifecycle": {"provider": "second"}},
    }
    (desired / "environment.yaml").write_text(yaml.safe_dump(environment))
    (desired / "objects.yaml").write_text(yaml.safe_dump({collection: objects}))
    catalog = discover()
    project = load_project(desired, catalog)
    async with serve(project, catalog) as running:
        assert set(running.services) == {provider, "second"}
        runtime = Runtime(environ={**os.environ, **running.exports})
        engine = Engine(project, catalog, runtime, ledger=MemoryLedger(Store()))
        assert [str(c.address) for c in (await engine.plan(Options())).changes] == sorted(
            f"{collection}/{name}" for name in objects
        )
        outcome = await engine.apply(Options(sandbox=True))
        assert {r.status for r in outcome.results} == {"done"}
        plan = await engine.plan(Options())
        assert (plan.changes, plan.unknown, {s.status for s in plan.providers.values()}) == ((), (), {"ok"})
        assert len({s.account for s in plan.providers.values()}) == 2
