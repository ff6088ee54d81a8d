"""Import: complete, and the same bytes after a reset and an apply."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from nacl.public import PublicKey, SealedBox

from reconciler import Runtime, SandboxRequest
from reconciler.discover import Catalog
from reconciler.engine.options import Options
from reconciler.engine.session import Engine
from reconciler.importing.run import Imported, import_instance
from reconciler.ledger.memory import MemoryLedger
from reconciler.load.project import load_project
from reconciler.outcome import Outcome
from reconciler.testing import write_project
from reconciler_github.models import ActionsSecret, ActionsVariable, Environment, GitHubSettings, Ruleset
from reconciler_github.provider import GitHub
from reconciler_github.sandbox import GitHubSandbox

REPOSITORY = "ai-gurus/production"
CATALOG = Catalog.of((Ruleset, Environment, ActionsVariable, ActionsSecret), {"github": GitHub})
SETTINGS = {"github": {"rate": "none", "repository": REPOSITORY, "expect": {"repository": REPOSITORY, "id": "815"}}}
PATTERN = {"operator": "regex", "pattern": "^[A-Z]", "name": "on", "negate": False}
CHECKS = {
    "required_status_checks": [{"context": "3:00", "integration_id": 15368}, {"context": "no"}],
    "strict_required_status_checks_policy": False,
}
BY_HAND: list[tuple[str, str, Any]] = [
    (
        "POST",
        "/rulesets",
        {
            "name": "Protect main: yes, really",
            "enforcement": "active",
            "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": ["refs/heads/wip/**"]}},
            "rules": [
                {"type": "deletion"},
                {"type": "required_status_checks", "parameters": CHECKS},
                {"type": "commit_message_pattern", "parameters": PATTERN},
                {"type": "copilot_code_review", "parameters": {"review_on_push": True}},
            ],
            "bypass_actors": [
                {"actor_type": "OrganizationAdmin", "actor_id": 1},
                {"actor_type": "DeployKey", "bypass_mode": "exempt"},
            ],
        },
    ),
    ("POST", "/rulesets", {"name": "tags", "enforcement": "disabled", "target": "tag", "rules": []}),
    (
        "POST",
        "/rulesets",
        {
            "name": "pushes",
            "enforcement": "active",
            "target": "push",
            "rules": [{"type": "file_extension_restriction", "parameters": {"restricted_file_extensions": ["exe"]}}],
        },
    ),
    ("PUT", "/environments/Release%20%2F%20EU", {"wait_timer": 60, "deployment_branch_policy": None}),
    (
        "PUT",
        "/environments/production",
        {
            "reviewers": [{"type": "User", "id": "alice"}, {"type": "Team", "id": "platform"}],
            "prevent_self_review": True,
            "deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True},
        },
    ),
    ("POST", "/environments/production/deployment-branch-policies", {"name": "release/*"}),
    ("POST", "/environments/production/deployment-branch-policies", {"name": "v*", "type": "tag"}),
    ("POST", "/actions/variables", {"name": "Region", "value": "no"}),
    ("POST", "/actions/variables", {"name": "SPACES", "value": " a\nb: c "}),
    ("POST", "/environments/Release%20%2F%20EU/variables", {"name": "REGION", "value": "fra1"}),
]


@dataclass
class Port:
    """The sandbox, served, and fresh projects in front of it."""

    sandbox: GitHubSandbox
    runtime: Runtime
    folder: Path
    client: httpx.AsyncClient
    count: int = 0

    def fresh(self) -> Path:
        self.count += 1
        return write_project(self.folder / f"p{self.count}", {}, providers=SETTINGS)

    async def imported(self, desired: Path) -> Imported:
        return await import_instance(
            load_project(desired, CATALOG),
            CATALOG,
            self.runtime,
            "github",
            load=lambda tree: load_project(tree, CATALOG),
            ledger=MemoryLedger(),
        )

    async def apply(self, desired: Path, **values: str) -> Outcome:
        runtime = replace(self.runtime, environ={**self.runtime.environ, **values})
        engine = Engine(load_project(desired, CATALOG), CATALOG, runtime, ledger=MemoryLedger())
        return await engine.apply(Options(sandbox=True))

    async def send(self, method: str, path: str, body: Any) -> None:
        answer = await self.client.request(method, f"/repos/{REPOSITORY}{path}", json=self._numbered(body))
        assert answer.status_code < 300, answer.text

    def _numbered(self, body: Any) -> Any:
        store = self.sandbox.store
        people = {name: number for number, name in (*store.users.items(), *store.teams.items())}
        reviewers = [{**r, "id": people[r["id"]]} for r in body.get("reviewers", ())]
        return {**body, "reviewers": reviewers} if reviewers else body


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[Port]:
    settings = GitHubSettings.model_validate(SETTINGS["github"])
    needs = {"reviewers": ("User/alice", "Team/platform")}
    sandbox = GitHub.sandbox(SandboxRequest("github", settings, needs))
    async with sandbox as service:
        runtime = replace(Runtime(), environ=dict(service.exports))
        headers = {"authorization": f"token {service.exports['GITHUB_TOKEN']}"}
        async with httpx.AsyncClient(base_url=service.exports["GITHUB_API_URL"], headers=headers) as client:
            yield Port(sandbox, runtime, tmp_path, client)


def files(desired: Path) -> dict[str, str]:
    return {p.name: p.read_text() for p in sorted(desired.glob("*.yaml")) if p.name != "environment.yaml"}


async def test_everything_is_imported_or_skipped_and_survives_a_reset(port: Port) -> None:
    for method, path, body in BY_HAND:
        await port.send(method, path, body)
    vault = port.sandbox.store.place("production")
    box = SealedBox(PublicKey(bytes(vault.key.public_key))).encrypt(b"canary-live-only")
    body = {"encrypted_value": b64encode(box).decode(), "key_id": vault.key_id}
    await port.send("PUT", "/environments/production/secrets/DEPLOY_KEY", body)

    state = (await port.client.get("/_sandbox/state")).json()
    one = port.fresh()
    first = await port.imported(one)
    text = "".join(files(one).values())
    assert "canary" not in text
    spoken = text + " ".join(what for what, _ in first.skipped)
    for kind in ("rulesets", "environments", "actions_variables", "actions_secrets"):
        assert state[kind]
        for row in state[kind]:
            assert row["name"] in spoken, (kind, row["name"])
    assert first.skipped == ()
    assert len(first.objects) == sum(len(v) for body in files(one).values() for v in yaml.safe_load(body).values())
    assert len(first.objects) == sum(len(rows) for rows in state.values())

    await port.client.post("/_sandbox/reset")
    outcome = await port.apply(one, **dict.fromkeys(first.secrets, "a value for what import left as a name"))
    assert {r.status for r in outcome.results} == {"done"}, outcome.results
    assert outcome.not_converged == ()
    two = port.fresh()
    await port.imported(two)
    assert files(two) == files(one)


async def test_what_is_live_and_cannot_be_written_is_skipped_with_a_reason(port: Port) -> None:
    made = {"name": "odd", "enforcement": "active", "rules": [{"type": "deletion"}]}
    await port.send("POST", "/rulesets", made)
    next(r for r in port.sandbox.store.rulesets.values() if r.name == "odd").enforcement = "levitating"
    skipped = (await port.imported(port.fresh())).skipped
    assert [(what.partition(" (")[0], "enforcement" in why) for what, why in skipped] == [("rulesets: odd", True)]
