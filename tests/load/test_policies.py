"""Rules are read strictly: whatever would make one say nothing is an error, at its line."""

from __future__ import annotations

from typing import Any

import pytest

PLACE = "§"
R = "rules:\n  r: {message: m, kind: buckets, "
WRONG = [
    pytest.param("§ruls: {}\n", "unknown field ruls", id="key"),
    pytest.param("rules: §[]\n", "must be a mapping", id="list"),
    pytest.param(R + "require: {size: {§maximun: 3}}}", "maximun is no keyword", id="keyword"),
    pytest.param(R + "require: {§szie: {maximum: 3}}}", "buckets have no field szie", id="field"),
    pytest.param(R + "require: {size: {maximum: §lots}}}", "maximum must be a number", id="number"),
    pytest.param(R + "require: {size: {minLength: §-1}}}", "minLength must be a whole number", id="size"),
    pytest.param(R + "require: {name: {pattern: §'['}}}", "must be a regular expression", id="pattern"),
    pytest.param(R + "require: {size: §{}}}", "an empty condition allows everything", id="empty-condition"),
    pytest.param(R + "require: §{}}", "require: must have 1 or more", id="empty-require"),
    pytest.param(R + "require: {size: §[1, 2]}}", "must be a condition", id="list-for-condition"),
    pytest.param(R + "require: {size: {anyOf: §[]}}}", "anyOf must be a list of conditions", id="no-branches"),
    pytest.param(R + "require: {size: {anyOf: [{§maxmum: 1}]}}}", "maxmum is no keyword", id="nested-keyword"),
    pytest.param(R + "require: {size: {§then: {minimum: 1}}}}", "then does nothing without if", id="then-alone"),
    pytest.param(R + "require: {size: {§$ref: x}}}", "$ref is no keyword", id="reference"),
    pytest.param(R + "count: {minimum: 1}, severity: §dney}", "dney is not one of deny, warn", id="severity"),
    pytest.param(R + "count: {minimum: 1}, on_unknown: §pass}", "pass is not one of fail, warn", id="on-unknown"),
    pytest.param(R + "count: {minimum: 1}, §enabled: false}", "unknown field enabled", id="switched-off"),
    pytest.param(R + "count: §null}", "must be a condition", id="null-count"),
    pytest.param(R + "check: §no-plaintext-secret}", "no-plaintext-secret is not one of", id="check"),
    pytest.param("rules: {§r: {kind: buckets, count: {minimum: 1}}}", "message is required", id="no-message"),
    pytest.param("rules: {§r: {message: m, kind: buckets}}", "one of require, count, document, check", id="no-form"),
    pytest.param("rules: {§r: {message: m, count: {minimum: 1}}}", "one of kind, document is required", id="no-kind"),
    pytest.param(
        R + "require: {size: 1}, count: §{minimum: 1}}", "require and count cannot stand together", id="two-forms"
    ),
    pytest.param("rules: {r: {message: m, kind: §bukets, count: {minimum: 1}}}", "collection bukets", id="kind"),
    pytest.param(
        "rules: {r: {message: m, kind: [buckets, §bukets], count: {minimum: 1}}}", "collection bukets", id="kinds"
    ),
    pytest.param("rules: {r: {message: m, kind: §'*', require: {size: 1}}}", "names fields", id="every-kind"),
    pytest.param(
        "rules: {r: {message: m, kind: monitors, where: {kind: §stauts}, count: {minimum: 1}}}",
        "kind is never 'stauts'",
        id="impossible-value",
    ),
    pytest.param(
        "rules: {r: {message: m, kind: monitors, require: {kind: {enum: [status, §pin]}}}}",
        "kind is never 'pin'",
        id="impossible-value-of-several",
    ),
    pytest.param(
        "rules: {r: {message: m, kind: monitors, require: {headers: {items: {properties: {§nam: {const: x}}}}}}}",
        "there is no field nam",
        id="field-of-a-part",
    ),
    pytest.param(
        "rules: {r: {message: m, kind: monitors, require: {headers: {items: {required: [§nam]}}}}}",
        "there is no field nam",
        id="required-field-of-a-part",
    ),
    pytest.param(
        "rules: {r: {message: m, kind: monitors, require: {§failures: {maximum: 1}}}}",
        "monitors have no field failures",
        id="sugar-is-not-in-the-document",
    ),
    pytest.param("rules: {R 1: §{message: m, kind: buckets, count: {minimum: 1}}}", "not have the form", id="name"),
]


def marked(text: str) -> tuple[str, str]:
    before = text.partition(PLACE)[0]
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    return text.replace(PLACE, ""), f"desired/policies/x.yaml:{line}:{column}: "


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_what_is_wrong_with_a_rule_is_said_at_its_place(tree: Any, text: str, said: str) -> None:
    written, place = marked(text)
    problems = tree.file("policies/x.yaml", written).problems()
    assert any(problem.startswith(place) and said in problem for problem in problems), problems
    assert not any("internal error" in problem for problem in problems)


FIXES = [
    pytest.param("require: {size: {maximun: 3}}", "did you mean maximum?", id="keyword"),
    pytest.param("require: {szie: {maximum: 3}}", "did you mean size?", id="field"),
    pytest.param("count: {minimum: 1}, severity: dney", "did you mean deny?", id="severity"),
]


@pytest.mark.parametrize(("text", "fix"), FIXES)
def test_a_slip_is_answered_with_what_was_meant(tree: Any, text: str, fix: str) -> None:
    assert fix in tree.file("policies/x.yaml", R + text + "}").error()


def test_a_kind_that_is_not_known_is_answered_with_the_closest(tree: Any) -> None:
    tree.file("policies/x.yaml", "rules: {r: {message: m, kind: bucket, count: {minimum: 1}}}")
    assert "did you mean buckets?" in tree.error()


def test_rules_stand_in_any_file_of_the_folder_and_have_a_name_each(tree: Any) -> None:
    tree.file("policies/a.yaml", R + "count: {maximum: 3}}\n")
    tree.file("policies/deep/b.yml", R.replace(" r:", " s:") + "require: {size: {maximum: 3}}, severity: warn}\n")
    rules = tree.load().policies
    assert [(r.name, r.kinds, r.severity, str(r.where_written)) for r in rules] == [
        ("r", ("buckets",), "deny", "desired/policies/a.yaml:2:3"),
        ("s", ("buckets",), "warn", "desired/policies/deep/b.yml:2:3"),
    ]
    tree.file("policies/deep/b.yml", R + "count: {maximum: 4}}\n")
    (problem,) = tree.problems()
    assert "the rule r is written twice, first at desired/policies/a.yaml:2:3" in problem


ELSEWHERE = [
    pytest.param("policy/x.yaml", "rules belong in policies/", id="another-folder"),
    pytest.param("policies.yaml", "rules belong in policies/", id="a-file"),
    pytest.param("policies/x.yaml.bak", "is no YAML file, so that no rule in it would count", id="another-ending"),
    pytest.param("policies/x.json", "is no YAML file", id="json"),
]


@pytest.mark.parametrize(("name", "said"), ELSEWHERE)
def test_a_file_of_rules_that_would_not_be_read_is_an_error(tree: Any, name: str, said: str) -> None:
    (problem,) = tree.file(name, R + "count: {maximum: 3}}\n").problems()
    assert said in problem


def test_objects_do_not_stand_among_the_rules(tree: Any) -> None:
    (problem,) = tree.file("policies/x.yaml", "rules: {}\nbuckets: {a: {}}\n").problems()
    assert problem == "desired/policies/x.yaml:2:1: unknown field buckets"


def test_without_policies_nothing_that_evaluates_them_is_imported(tmp_path: Any) -> None:
    import subprocess
    import sys

    (tmp_path / "desired").mkdir()
    (tmp_path / "desired" / "environment.yaml").write_text("environment: e\nproviders: {}\n")
    script = """
import sys
from pathlib import Path
from reconciler.discover import Catalog
from reconciler.load.project import load_project
import reconciler.engine.session
load_project(Path(sys.argv[1]), Catalog.of([], {}))
found = [m for m in sys.modules if m.startswith(("jsonschema", "reconciler.policy", "reconciler.load.rules"))]
assert found == [], found
"""
    command = [sys.executable, "-c", script, str(tmp_path / "desired")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
