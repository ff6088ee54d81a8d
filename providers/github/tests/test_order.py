"""The order of an apply: rulesets last, so that nothing they require is still on its way."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler_github.sandbox.store import Secret

MAIN: dict[str, Any] = {
    "enforcement": "active",
    "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"]}},
    "rules": {"deletion": {}},
}
CHECKED = {"required_status_checks": [{"context": "Lint"}], "strict_required_status_checks_policy": True}


@pytest.mark.trap("github", "11 order: rulesets are written after everything else, and removed before it")
async def test_rulesets_are_written_last_and_removed_first(account: Any, desk: Any) -> None:
    def sent() -> list[str]:
        """Return what was written, in order, below the repository."""
        wrote = [s.path for s in account.wire.sent if s.method != "GET"]
        return [path.removeprefix("/repos/ai-gurus/production/") for path in wrote]

    kept: dict[str, Any] = {"rulesets/kept": MAIN, "environments/y": {}}
    more: dict[str, Any] = {
        "rulesets/a": {**MAIN, "rules": {"required_status_checks": CHECKED}},
        "actions_secrets/TOKEN": {"value": {"secret": "NEXTAUTH_SECRET"}},
        "actions_variables/REGION": {"value": "fra1"},
        "environments/z": {},
        "actions_secrets/TOKEN-z": {"name": "TOKEN", "environment": "z", "value": {"secret": "OTHER"}},
    }
    desk.want({**kept, **more})
    assert [a.split("/")[0] for a in await desk.planned()][-2:] == ["create rulesets", "create rulesets"]
    await desk.applied()
    assert sent()[-2:] == ["rulesets", "rulesets"]
    written = len(sent())
    desk.want({**kept, "environments/z": {}, "actions_secrets/TOKEN": more["actions_secrets/TOKEN"]})
    order = [a.split("/")[0] for a in await desk.planned()]
    assert order == ["delete rulesets", "delete actions_secrets", "delete actions_variables"]
    outcome = await desk.apply()
    assert {r.status for r in outcome.results} == {"done"}, outcome.results
    assert sent()[written].startswith("rulesets/")


@pytest.mark.trap("github", "11 order: a ruleset goes ahead although something before it failed")
async def test_a_secret_that_cannot_be_written_leaves_no_branch_open(account: Any, desk: Any) -> None:
    account.store.vault.secrets = {f"S{n}": Secret("x", account.clock.now(), account.clock.now()) for n in range(100)}
    desk.want({"rulesets/main": MAIN, "actions_secrets/TOKEN": {"value": {"secret": "NEXTAUTH_SECRET"}}})
    outcome = await desk.apply()
    assert {str(r.address): r.status for r in outcome.results} == {
        "actions_secrets/TOKEN": "failed",
        "rulesets/main": "done",
    }
    assert [one["name"] for one in account.store.state()["rulesets"]] == ["main"]
