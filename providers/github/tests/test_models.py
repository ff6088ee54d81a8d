"""What may be written, and what is refused before anything is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler import ProtocolError
from reconciler.discover import Catalog
from reconciler.errors import InputError
from reconciler.load.project import validate_project
from reconciler.testing import write_project
from reconciler_github.convert import actions, environments, rulesets
from reconciler_github.models import Environment
from reconciler_github.models.rules import Rules
from reconciler_github.provider import GitHub
from reconciler_github.sandbox.rules import PARAMETERS


def problems(account: Any, tmp_path: Path, objects: Any) -> str:
    """Return what `validate` says about objects, by collection and handle: models and schemas have to agree."""
    catalog = Catalog.of(account.harness.kinds, {"github": GitHub})
    desired = write_project(tmp_path, objects, providers={"github": {"repository": "ai-gurus/production"}})
    try:
        validate_project(desired, catalog)
    except InputError as error:
        return str(error)
    return ""


ACTIVE = {"enforcement": "active"}
TEAM = {"actor_type": "Team", "actor_id": 1}
REFUSED = [
    pytest.param({"rulesets": {"x": {**ACTIVE, "rules": {"delete": {}}}}}, "deletion", id="no-such-rule"),
    pytest.param(
        {"rulesets": {"x": {**ACTIVE, "rules": {"deletion": {"a": 1}}}}}, "rules.deletion", id="no-parameters"
    ),
    pytest.param(
        {"rulesets": {"x": {**ACTIVE, "rules": {"pull_request": {}}}}},
        "required_approving",
        marks=pytest.mark.trap("github", "3 rulesets: some parameters of a rule are required, others filled in"),
        id="incomplete",
    ),
    pytest.param({"rulesets": {"x": {}}}, "enforcement", id="no-enforcement"),
    pytest.param(
        {"rulesets": {"x": {**ACTIVE, "rules": {"max_file_size": {"max_file_size": 1}}}}}, "target push", id="push-rule"
    ),
    pytest.param(
        {"rulesets": {"x": {**ACTIVE, "target": "push", "rules": {"deletion": {}}}}},
        "not a rule for",
        marks=pytest.mark.trap("github", "3 rulesets: which rules there are depends on the target"),
        id="no-push-rule",
    ),
    pytest.param(
        {"rulesets": {"x": {**ACTIVE, "target": "push", "conditions": {"ref_name": {"include": ["~ALL"]}}}}},
        "has no conditions",
        id="push-with-conditions",
    ),
    pytest.param({"rulesets": {"x": {**ACTIVE, "bypass_actors": [TEAM, TEAM]}}}, "Team 1 is named twice", id="twice"),
    pytest.param(
        {"rulesets": {"x": {**ACTIVE, "bypass_actors": [{"actor_type": "DeployKey"}, {"actor_type": "DeployKey"}]}}},
        "DeployKey is named twice",
        id="twice-without-a-number",
    ),
    pytest.param(
        {"rulesets": {"x": {**ACTIVE, "bypass_actors": [{"actor_type": "Team"}]}}}, "actor_id", id="no-number"
    ),
    pytest.param(
        {"rulesets": {"x": {**ACTIVE, "bypass_actors": [{"actor_type": "DeployKey", "actor_id": 3}]}}},
        "only allowed when",
        marks=pytest.mark.trap(
            "github", "3 rulesets: OrganizationAdmin reads back as actor 1, DeployKey has to be null"
        ),
        id="a-number-too-many",
    ),
    pytest.param({"environments": {"x": {"wait_timer": "90s"}}}, "whole number of minutes", id="no-whole-minutes"),
    pytest.param({"environments": {"x": {"wait_timer": "31d"}}}, "43200", id="waits-too-long"),
    pytest.param({"environments": {"x": {"reviewers": ["alice"]}}}, "User/login", id="reviewer-without-a-type"),
    pytest.param(
        {"environments": {"x": {"reviewers": [f"User/u{n}" for n in range(7)]}}}, "6", id="too-many-reviewers"
    ),
    pytest.param({"environments": {"x": {"prevent_self_review": True}}}, "there are none", id="nobody-reviews"),
    pytest.param(
        {"environments": {"x": {"branch_policies": {"branch": ["main"]}}}}, "only allowed when", id="policies-unused"
    ),
    pytest.param({"actions_variables": {"my-var": {"value": "x"}}}, "the handle is the name", id="handle-no-name"),
    pytest.param(
        {"actions_variables": {"GITHUB_X": {"value": "x"}}},
        "GitHub's own",
        marks=pytest.mark.trap("github", "5 secrets: names neither begin with a digit nor with GITHUB_"),
        id="reserved-handle",
    ),
    pytest.param(
        {"actions_secrets": {"x": {"name": "github_x", "value": {"secret": "X"}}}},
        "name",
        marks=pytest.mark.trap("github", "5 secrets: names neither begin with a digit nor with GITHUB_"),
        id="reserved-name",
    ),
    pytest.param({"actions_secrets": {"X": {"value": "plain"}}}, "never as a value", id="secret-as-text"),
    pytest.param({"actions_variables": {"X": {"value": {"secret": "X"}}}}, "value", id="secret-variable"),
    pytest.param(
        {"actions_variables": {"X": {"value": "ü" * 24_577}}},
        "has 49154 bytes in UTF-8, and GitHub takes 49152 (48 KB)",
        marks=pytest.mark.trap("github", "6 variables: 48 KB each, of bytes in UTF-8 and not of characters"),
        id="too-many-bytes",
    ),
    pytest.param({"actions_variables": {"X": {"value": "x" * 49_153}}}, "49152", id="too-many-characters"),
    pytest.param(
        {"actions_secrets": {f"S{n}": {"value": {"secret": "X"}} for n in range(101)}},
        "the repository would have more than 100 secrets",
        marks=pytest.mark.trap("github", "5 secrets: 100 in a repository, and in each environment"),
        id="too-many-secrets",
    ),
    pytest.param(
        {"actions_variables": {"X": {"environment": "y", "value": "1"}}}, "y is not among", id="no-environment"
    ),
    pytest.param({"actions_variables": {"x": {"value": "1"}, "X": {"value": "2"}}}, "X", id="one-name-in-two-cases"),
]


@pytest.mark.parametrize(("objects", "message"), REFUSED)
async def test_it_is_refused(account: Any, tmp_path: Path, objects: Any, message: str) -> None:
    said = problems(account, tmp_path, objects)
    assert message in said
    assert "internal error" not in said, "the models and the published schemas disagree"


ACCEPTED = [
    pytest.param({"rulesets": {"x": {**ACTIVE, "rules": {"deletion": None}}}}, id="null-removes-a-rule"),
    pytest.param({"actions_variables": {"X": {"value": "ü" * 24_576}}}, id="48-kb"),
    pytest.param(
        {
            "environments": {"a": {}},
            "actions_secrets": {
                f"S{n}": {"value": {"secret": "X"}, **({"environment": "a"} if n % 2 else {})} for n in range(200)
            },
        },
        id="100-secrets-in-each-of-two-places",
    ),
    pytest.param({"environments": {"x": {}}}, id="an-environment-with-nothing-written"),
    pytest.param(
        {
            "environments": {"eu": {"name": "Release / EU"}},
            "actions_secrets": {"X": {"environment": "eu", "value": {"secret": "X"}}},
        },
        id="a-name-that-is-no-handle",
    ),
    pytest.param(
        {
            "environments": {"a": {}},
            "actions_variables": {
                "X": {"value": "1"},
                "X-a": {"name": "X", "environment": "a", "value": "1"},
            },
        },
        id="one-name-in-two-places",
    ),
]


@pytest.mark.parametrize("objects", ACCEPTED)
async def test_it_is_accepted(account: Any, tmp_path: Path, objects: Any) -> None:
    assert problems(account, tmp_path, objects) == ""


def test_every_type_of_rule_has_its_place() -> None:
    assert set(Rules.model_fields) == set(PARAMETERS)
    beta = {"dismissal_restriction", "required_reviewers"}
    for name, parameters in PARAMETERS.items():
        part = next(t for t in Rules.model_fields[name].annotation.__args__ if t is not type(None))  # type: ignore[union-attr]
        required = {n for n, info in part.model_fields.items() if info.is_required()}
        assert required == {n.rstrip("*") for n in parameters if n.endswith("*")}, name
        assert set(part.model_fields) == {n.rstrip("*") for n in parameters} - beta, name


def test_a_reviewer_is_the_same_in_any_case() -> None:
    assert Environment.model_validate({"reviewers": ["User/Octocat"]}).expand().spec == {"reviewers": ("User/octocat",)}


PROMISES = [
    pytest.param(lambda: rulesets.to_live({"id": 1}), id="ruleset"),
    pytest.param(lambda: rulesets.to_live({"id": 1, "name": "x", "rules": [3]}), id="rule"),
    pytest.param(lambda: rulesets.to_live({"id": 1, "name": "x", "created_at": "yesterday"}), id="time"),
    pytest.param(lambda: environments.to_live({"name": "x", "protection_rules": 3}, None), id="environment"),
    pytest.param(lambda: environments.is_custom({"deployment_branch_policy": 3}), id="policy"),
    pytest.param(lambda: environments.keyed([{"id": 1}]), id="branch-policy"),
    pytest.param(lambda: actions.variable({"name": "X"}, None), id="variable"),
    pytest.param(lambda: actions.secret({"name": "X"}, None), id="secret"),
    pytest.param(lambda: actions.sealed(_Value(), {"key_id": "1", "key": "c2hvcnQ="}), id="key"),
]


class _Value:
    def reveal(self) -> str:
        return "canary"


@pytest.mark.parametrize("read", PROMISES)
def test_a_promise_that_is_not_kept_is_an_error_without_the_payload(read: Any) -> None:
    with pytest.raises(ProtocolError, match="not of the documented form") as caught:
        read()
    assert "canary" not in str(caught.value)
