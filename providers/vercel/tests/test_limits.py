"""Limits and lists of names that need no account to be checked: lengths, counts, directives, versions of Node."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from reconciler.discover import Catalog
from reconciler.errors import InputError
from reconciler.load.project import validate_project
from reconciler.schema.files import generate
from reconciler_vercel.convert.headers import overfull
from reconciler_vercel.models import Domain, HeaderRule, Hosting, Variable
from reconciler_vercel.models.hosting import NODE
from reconciler_vercel.models.policies import DIRECTIVES
from reconciler_vercel.provider import Vercel
from reconciler_vercel.sandbox import settings

CATALOG = Catalog.of((Variable, HeaderRule, Domain, Hosting), {"vercel": Vercel})
SCHEMAS = generate(CATALOG)
LIMITS = "8: a vercel.json holds at most 2048 rules of 1024 headers, and its texts have limits"
MISSPELT = "8 and production.md 4: browsers ignore a directive that they do not know"


def problems(tmp_path: Path, **objects: Any) -> str:
    """Return what is wrong with objects, by collection and handle."""
    desired = tmp_path / "desired"
    desired.mkdir(exist_ok=True)
    (desired / "environment.yaml").write_text("environment: test\nproviders: {vercel: {team: t, project: lms}}\n")
    (desired / "objects.yaml").write_text(yaml.safe_dump(objects, allow_unicode=True))
    said = ""
    try:
        validate_project(desired, CATALOG)
    except InputError as error:
        said = str(error)
    assert "internal error" not in said, "the models and the published schemas disagree"
    return said


def rule(table: Any = None, **more: Any) -> dict[str, Any]:
    return {"headers": {"a": {"source": "/", "headers": table or {"X": "a"}, **more}}}


def policy(**directives: list[str]) -> dict[str, Any]:
    return rule({"Content-Security-Policy": {name.replace("_", "-"): where for name, where in directives.items()}})


OFFLINE = [
    pytest.param(rule(source="/" + "x" * 4096), "4096", True, id="source"),
    pytest.param(rule({"X" * 4097: "a"}), "4096", True, id="name"),
    pytest.param(rule({"X": "x" * 32_769}), "32768", True, id="value"),
    pytest.param(rule({"X": ["x" * 32_769]}), "32768", True, id="one-of-several-values"),
    pytest.param(rule({f"X-{n}": "a" for n in range(1025)}), "these are 1025 headers of one rule", False, id="headers"),
    pytest.param(rule({"X": ["a"] * 1025}), "1024", True, id="values-of-one-header"),
    pytest.param(
        rule({"X": ["a"] * 1000, "Y": ["b"] * 25}), "these are 1025 headers of one rule", False, id="headers-sent"
    ),
    pytest.param(
        policy(img_src=[f"https://{n}.example.com" for n in range(2000)]),
        "48897 characters when it is sent, and Vercel takes 32768",
        False,
        id="policy",
    ),
]


@pytest.mark.trap("vercel", LIMITS)
@pytest.mark.parametrize(("objects", "said", "by_schema"), OFFLINE)
def test_what_is_over_a_limit_is_refused_offline(tmp_path: Path, objects: Any, said: str, by_schema: bool) -> None:
    assert said in problems(tmp_path, **objects)
    assert refused_by_schema("headers", objects) is by_schema


NAMES = "2: names, commands and regions have limits"
PROTECTION = "7: notes of trusted addresses have 20 characters, and paths for OPTIONS begin with a slash"
NOTED = {"addresses": [{"value": "192.0.2.1", "note": "x" * 21}]}
HOSTING: list[tuple[str, str, dict[str, Any]]] = [
    ("command", NAMES, {"buildCommand": "x" * 257}),
    ("folder", NAMES, {"rootDirectory": "x" * 257}),
    ("region", NAMES, {"resourceConfig": {"functionDefaultRegions": ["iad10"]}}),
    ("timeout", NAMES, {"resourceConfig": {"functionDefaultTimeout": 901}}),
    ("no-timeout", NAMES, {"resourceConfig": {"functionDefaultTimeout": 0}}),
    ("note", PROTECTION, {"trustedIps": {"deploymentType": "all", "protectionMode": "additional", **NOTED}}),
    ("path", PROTECTION, {"optionsAllowlist": {"paths": [{"value": "api"}]}}),
]
OTHERS = [
    pytest.param(
        {"env": {"A": {"value": "x", "target": ["production"], "comment": "x" * 501}}},
        "comment",
        marks=pytest.mark.trap("vercel", "3: comments have at most 500 characters, branches 250"),
        id="comment",
    ),
    pytest.param(
        {"env": {"A": {"value": "x", "target": ["preview"], "gitBranch": "x" * 251}}},
        "gitBranch",
        marks=pytest.mark.trap("vercel", "3: comments have at most 500 characters, branches 250"),
        id="branch",
    ),
    pytest.param(
        {"domains": {"a.example": {}, "b.example": {"redirect": "a.example", "redirectStatusCode": 303}}},
        "redirectStatusCode",
        marks=pytest.mark.trap("vercel", "6: a redirect answers 301, 302, 307 or 308, and nothing else"),
        id="status",
    ),
    *(
        pytest.param({"hosting": {"lms": fields}}, next(iter(fields)), marks=pytest.mark.trap("vercel", text), id=name)
        for name, text, fields in HOSTING
    ),
    pytest.param(
        {"hosting": {"x" * 101: {}}},
        "the handle is the name: at most 100",
        marks=pytest.mark.trap("vercel", NAMES),
        id="handle-as-name",
    ),
    pytest.param(
        {"hosting": {"lms": {"name": "x" * 101}}},
        "100",
        marks=pytest.mark.trap("vercel", NAMES),
        id="name",
    ),
]


@pytest.mark.parametrize(("objects", "field"), OTHERS)
def test_what_the_vendors_documents_limit_is_refused_offline(tmp_path: Path, objects: Any, field: str) -> None:
    assert field in problems(tmp_path, **objects)


def refused_by_schema(collection: str, objects: Any) -> bool:
    """Return whether an editor with the published schema would mark the objects."""
    return not Draft202012Validator(json.loads(SCHEMAS[f"{collection}.json"])).is_valid(objects)


@pytest.mark.trap("vercel", LIMITS)
def test_a_file_takes_2048_rules(tmp_path: Path) -> None:
    made = {
        f"r{n}": {"source": f"/{n}", "mode": "vercel_json", "file": "vercel.json", "headers": {"X": "a"}}
        for n in range(2049)
    }
    assert problems(tmp_path, headers=made).count("vercel.json would have more than 2048 rules") == 1
    del made["r0"]
    assert problems(tmp_path, headers=made) == ""


def test_what_is_at_its_limit_is_accepted(tmp_path: Path) -> None:
    table = {f"X-{n}": "a" for n in range(1022)} | {"X" * 4096: ["x" * 32_768, "b"], "Gone": None}
    assert problems(tmp_path, **rule(table, source="/" + "x" * 4095)) == ""


@pytest.mark.trap("vercel", LIMITS)
@pytest.mark.parametrize(
    ("others", "headers", "said"),
    [
        pytest.param(2048, 1, "it has 2048 other rules, and Vercel takes 2048 in all", id="rules"),
        pytest.param(2047, 1, "", id="just-as-many-rules"),
        pytest.param(0, 1025, "they are 1025 headers, and Vercel takes 1024 in one rule", id="headers"),
        pytest.param(0, 1024, "", id="just-as-many-headers"),
    ],
)
def test_what_an_applications_own_file_has_counts_too(others: int, headers: int, said: str) -> None:
    file = json.dumps({"headers": [{"source": f"/{n}", "headers": []} for n in range(others)]})
    entry = {"source": "/a", "headers": [{"key": f"X-{n}", "value": "a"} for n in range(headers)]}
    assert overfull(file, entry) == said


@pytest.mark.trap("vercel", MISSPELT)
@pytest.mark.parametrize(
    ("directive", "fix"),
    [
        pytest.param("scirpt-src", "did you mean script-src?", id="misspelt"),
        pytest.param("Script-Src", "did you mean script-src?", id="upper-case"),
        pytest.param("frame-ancestor", "did you mean frame-ancestors?", id="singular"),
        pytest.param("quantum-entanglement", "write the policy as text", id="brand-new"),
    ],
)
def test_a_directive_that_is_not_known_is_refused_with_what_to_do(tmp_path: Path, directive: str, fix: str) -> None:
    objects = rule({"Content-Security-Policy": {directive: ["'self'"]}})
    said = problems(tmp_path, **objects)
    assert f"{directive} is no directive of CSP level 3" in said
    assert fix in said
    assert refused_by_schema("headers", objects)


@pytest.mark.parametrize("directive", DIRECTIVES)
def test_every_known_directive_is_accepted(tmp_path: Path, directive: str) -> None:
    objects = rule({"Content-Security-Policy-Report-Only": {directive: []}})
    assert problems(tmp_path, **objects) == ""
    assert not refused_by_schema("headers", objects)


@pytest.mark.trap("vercel", "2: versions of Node are a list of even ones")
@pytest.mark.parametrize("version", ["21.x", "23.x", "22", "latest", "8.x"])
def test_a_version_of_node_that_vercel_does_not_have_is_refused_offline(tmp_path: Path, version: str) -> None:
    objects = {"hosting": {"lms": {"nodeVersion": version}}}
    assert "is not one of 24.x, 22.x, 20.x" in problems(tmp_path, **objects)
    assert refused_by_schema("hosting", objects)


def test_every_version_of_node_that_vercel_has_is_accepted(tmp_path: Path) -> None:
    assert NODE == settings.NODE
    assert [v for v in NODE if problems(tmp_path, hosting={"lms": {"nodeVersion": v}})] == []
