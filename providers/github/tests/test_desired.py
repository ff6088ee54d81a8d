"""What this repository desires of itself: a guarded branch, two environments, and the credentials of its workflow."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[3]
DESIRED = PROJECT / "desired" / "repository.yaml"
WORKFLOW = PROJECT / ".github" / "workflows" / "reconcile.yml"


@pytest.fixture
def desired() -> dict[str, dict[str, Any]]:
    if not DESIRED.is_file():
        pytest.skip("the repository's desired/ is not here")
    found: dict[str, dict[str, Any]] = yaml.safe_load(DESIRED.read_text())
    return found


@pytest.fixture
def jobs() -> dict[str, dict[str, Any]]:
    if not WORKFLOW.is_file():
        pytest.skip("the repository's workflow is not here")
    found: dict[str, dict[str, Any]] = yaml.safe_load(WORKFLOW.read_text())["jobs"]
    return found


def written(desired: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {f"{kind}/{handle}": fields for kind, objects in desired.items() for handle, fields in objects.items()}


async def test_it_is_applied_to_a_fresh_repository_and_then_needs_nothing(
    account: Any, desk: Any, desired: Any
) -> None:
    account.store.add_user("aigurus-operator")
    desk.want(written(desired))
    await desk.applied()
    state = account.store.state()
    assert [e["name"] for e in state["environments"]] == ["production", "production-read"]
    assert len(state["actions_secrets"]) == len(desired["actions_secrets"])


async def test_only_the_approver_is_missing_before_somebody_gives_them_access(desk: Any, desired: Any) -> None:
    desk.want(written(desired))
    held = {str(c.address): c.held[0].reason for c in (await desk.plan()).changes if c.held}
    assert "User/aigurus-operator" in held["environments/production"]


def test_the_default_branch_asks_for_a_review_and_the_checks_of_the_workflow(desired: Any, jobs: Any) -> None:
    (ruleset,) = desired["rulesets"].values()
    assert (ruleset["enforcement"], ruleset["bypass_actors"]) == ("active", [])
    rules = ruleset["rules"]
    assert {"deletion", "non_fast_forward"} <= set(rules)
    assert rules["pull_request"]["required_approving_review_count"] == 1
    assert rules["pull_request"]["dismiss_stale_reviews_on_push"] is True
    on_pull_requests = {job["name"] for job in jobs.values() if "pull_request" in job.get("if", "")}
    required = {check["context"] for check in rules["required_status_checks"]["required_status_checks"]}
    assert required == on_pull_requests


def test_production_is_reached_from_main_with_an_approval_only(desired: Any, jobs: Any) -> None:
    production = desired["environments"]["production"]
    assert production["reviewers"]
    assert production["branch_policies"] == {"branch": ["main"]}
    assert {job["environment"] for job in jobs.values() if "environment" in job} == set(desired["environments"])
    assert "reviewers" not in {k for k, v in desired["environments"]["production-read"].items() if v}


def test_every_credential_of_the_workflow_is_watched_in_its_environment(desired: Any, jobs: Any) -> None:
    needed = {
        (job["environment"], name)
        for job in jobs.values()
        if "environment" in job
        for name in re.findall(r"\$\{\{ *secrets\.(\w+)", yaml.safe_dump(job, width=10_000))
        if name != "GITHUB_TOKEN"
    }
    secrets = desired["actions_secrets"].values()
    fillers = {s["value"]["secret"] for s in secrets if s["value"]["secret"] != s["name"]}  # held to fill another one
    watched = {(s["environment"], s["name"]) for s in secrets}
    assert watched == {(environment, name) for environment, name in needed if name not in fillers}
    sources = [s["value"]["secret"] for s in secrets]
    assert len(set(sources)) == len(sources), "a credential that only reads is never filled with one that writes"
    assert all(s["lifecycle"] == {"adopt": True} for s in secrets), "what a run was given by hand is taken as it stands"
