from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from reconciler.discover import Catalog, discover
from reconciler.load.document import parse
from reconciler.load.environment import approvals_as_text
from reconciler.schema.files import GENERATED, generate, stale, write

ROOT = Path(__file__).parents[2]


@pytest.fixture
def files(every):
    return generate(Catalog.of([every.Every, every.Needy], {}))


def accepts(files, name, text):
    document, problems = parse(text, "x.yaml", as_text=approvals_as_text)
    assert not problems
    schema = json.loads(files[name])
    return Draft202012Validator(schema, format_checker=FormatChecker()).is_valid(document.data)


def test_there_is_a_file_per_collection_and_one_for_each_special_file(files):
    assert sorted(files) == [
        "approvals.json",
        "desired.json",
        "environment.json",
        "everything.json",
        "needy.json",
        "policies.json",
    ]


def test_every_file_is_a_valid_draft_2020_12_schema(files):
    for text in files.values():
        Draft202012Validator.check_schema(json.loads(text))


def test_generating_twice_gives_equal_text(every, files):
    assert generate(Catalog.of([every.Needy, every.Every], {})) == files


ENVIRONMENT = "environment: production\nproviders:\n  every: {token: {secret: T}}\n"
ACCEPTED = [
    pytest.param("needy.json", "needy: {a: {needed: 1}}", True, id="collection"),
    pytest.param("needy.json", "needy: {a: {needed: 1}}\neverything: {}", False, id="another-collection"),
    pytest.param("needy.json", "needy: {a b: {needed: 1}}", False, id="bad-handle"),
    pytest.param("needy.json", "needy: {a: {}}", False, id="required-field"),
    pytest.param("needy.json", "needy: null", False, id="no-mapping"),
    pytest.param("desired.json", "needy: {a: {needed: 1}}\neverything: {b: {}}", True, id="any-two-collections"),
    pytest.param("desired.json", "needy: {a: {needed: 0}}", False, id="any-bad-object"),
    pytest.param("desired.json", "nedy: {}", False, id="any-unknown-collection"),
    pytest.param("desired.json", ENVIRONMENT, True, id="any-environment"),
    pytest.param("desired.json", ENVIRONMENT + "needy: {}", False, id="any-mixed"),
    pytest.param(
        "desired.json", "approvals: [{digest: 0123456789ab, reason: r, until: 2026-12-31}]", True, id="any-approvals"
    ),
    pytest.param("environment.json", ENVIRONMENT, True, id="environment"),
    pytest.param("environment.json", ENVIRONMENT + "  two: {type: every, token: {secret: T}}", True, id="typed"),
    pytest.param("environment.json", ENVIRONMENT + "  two: {token: {secret: T}}", False, id="no-type"),
    pytest.param("environment.json", ENVIRONMENT + "  two: {type: other}", False, id="unknown-type"),
    pytest.param("environment.json", ENVIRONMENT + "  two: {type: every}", False, id="settings-of-the-type"),
    pytest.param("environment.json", ENVIRONMENT.replace("{secret: T}", "T"), False, id="literal-token"),
    pytest.param("environment.json", ENVIRONMENT + "collections: {needy: {allow_empty: true}}", True, id="settings"),
    pytest.param("environment.json", ENVIRONMENT + "collections: {nedy: {}}", False, id="settings-of-nothing"),
    pytest.param("environment.json", ENVIRONMENT + "apply_from: main", True, id="apply-from"),
    pytest.param("approvals.json", "approvals: []", True, id="no-approvals"),
    pytest.param(
        "approvals.json", "approvals: [{digest: 0123456789ab, reason: r, until: 2026-02-30}]", False, id="no-such-day"
    ),
    pytest.param(
        "approvals.json", "approvals: [{digest: 0123456789, reason: r, until: 2026-12-31}]", False, id="short-digest"
    ),
    pytest.param(
        "approvals.json", "approvals: [{digest: 0123456789ab, reason: ' ', until: 2026-12-31}]", False, id="no-reason"
    ),
]


@pytest.mark.parametrize(("name", "text", "accepted"), ACCEPTED)
def test_a_published_file_schema_accepts(files, name, text, accepted):
    assert accepts(files, name, text) is accepted


def test_a_field_says_its_unit_its_default_and_what_it_refers_to(files):
    definitions = json.loads(files["everything.json"])["$defs"]
    fields = definitions["everything"]["properties"]
    assert "In seconds" in fields["seconds"]["description"]
    assert fields["choice"]["default"] == "c"
    assert "everything" in fields["ref"]["description"]
    assert fields["secret"]["writeOnly"] is True
    assert fields["lifecycle"]["properties"]["on_remove"]["enum"] == ["delete", "retain", None]


def test_writing_makes_the_folder_current_and_leaves_other_files_alone(tmp_path, files):
    folder = tmp_path / "schemas"
    assert stale(folder, files) == tuple(sorted(files))
    write(folder, files)
    (folder / "plan.json").write_text("{}", encoding="utf-8")
    (folder / "gone.json").write_text(json.dumps({"$comment": GENERATED}), encoding="utf-8")
    (folder / "needy.json").write_text("{}", encoding="utf-8")
    assert stale(folder, files) == ("gone.json", "needy.json")
    assert write(folder, files) == ("gone.json", "needy.json")
    assert stale(folder, files) == ()
    assert (folder / "plan.json").exists()
    assert not (folder / "gone.json").exists()


def test_the_schemas_in_the_repository_are_current():
    assert stale(ROOT / "schemas", generate(discover())) == (), "run `reconcile schema --write`"


def test_the_desired_state_of_the_repository_fits_its_published_schemas():
    schema = json.loads((ROOT / "schemas" / "desired.json").read_text(encoding="utf-8"))
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    for path in sorted((ROOT / "desired").rglob("*.yaml")):
        document, problems = parse(path.read_text(encoding="utf-8"), path.name, as_text=approvals_as_text)
        assert problems == []
        assert [error.message for error in validator.iter_errors(document.data)] == [], path.name
