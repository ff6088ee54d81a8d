from __future__ import annotations

import contextlib
import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.errors import InputError
from reconciler.report.saved import VALID, load, parse, saved_document

FILE = Path("plan.json")


@pytest.fixture
def document(make):
    return saved_document(make.busy_night(), "1.4.2")


def read(document, make, version="1.9.0", later=timedelta()):
    text = document if isinstance(document, str) else json.dumps(document)
    return parse(text, FILE, now=make.made + later, version=version)


def test_a_saved_plan_gives_back_every_digest(make, document):
    saved = read(document, make)
    plan = make.busy_night()
    assert {c.digest for c in plan.changes} == set(saved.changes.values())
    assert all(saved.digest_of(c) == c.digest for c in plan.changes)
    assert saved.digest_of(make.change("create", "monitors/never")) is None
    assert (saved.environment, saved.commit, saved.digest) == (plan.environment, plan.commit, plan.digest)
    assert saved.created_at == plan.created_at


def change(name, value):
    return lambda d: d | {name: value}


BAD = [
    pytest.param(lambda d: "", "is not JSON", id="empty"),
    pytest.param(lambda d: "{", "is not JSON", id="truncated"),
    pytest.param(lambda d: "[" * 200_000, "is not JSON", id="bottomless"),
    pytest.param(lambda d: "1" * 10_000, "is not JSON", id="huge-number"),
    pytest.param(lambda d: "[]", "not an object", id="a-list"),
    pytest.param(lambda d: "{}", "is not a plan of schema 1", id="no-schema"),
    pytest.param(change("schema", True), "is not a plan of schema 1", id="schema-true"),
    pytest.param(change("schema", 2), "is not a plan of schema 1", id="later-schema"),
    pytest.param(lambda d: {k: v for k, v in d.items() if k != "created_at"}, "does not say when", id="a-report"),
    pytest.param(change("created_at", "yesterday"), "`created_at` is not a time", id="no-time"),
    pytest.param(change("created_at", "2026-11-23T03:00:00"), "no time zone", id="naive-time"),
    pytest.param(change("created_at", "0001-01-01T00:00:00+23:00"), "out of range", id="time-before-time"),
    pytest.param(change("version", "next"), "`version` is not a version", id="no-version"),
    pytest.param(change("version", 1), "`version` is missing or is not text", id="number-for-version"),
    pytest.param(change("environment", None), "`environment` is missing", id="no-environment"),
    pytest.param(change("changes", None), "`changes` is missing", id="no-changes"),
    pytest.param(change("changes", [None]), "change 1 lacks", id="null-change"),
    pytest.param(change("changes", [{"address": "a/b", "action": "create"}]), "change 1 lacks", id="no-digest"),
    pytest.param(change("changes", [{"address": "ab", "action": "create", "digest": "x"}]), "is none", id="no-address"),
    pytest.param(change("changes", [{"address": "a/b", "action": "burn", "digest": "x"}]), "not known", id="no-action"),
    pytest.param(
        change("changes", [{"address": "a/b", "action": "create", "digest": "x"}] * 2), "twice", id="named-twice"
    ),
]


@pytest.mark.parametrize(("spoil", "message"), BAD)
def test_a_damaged_file_is_refused_with_its_name_and_what_to_do(make, document, spoil, message):
    with pytest.raises(InputError) as caught:
        read(spoil(document), make)
    (problem,) = caught.value.problems
    assert message in problem.message
    assert problem.where is not None
    assert problem.where.file == "plan.json"
    assert problem.fix


@pytest.mark.parametrize(
    ("version", "later", "message"),
    [
        pytest.param("2.0.0", timedelta(), "made by version 1.4.2", id="next-major-version"),
        pytest.param("1.0.0", VALID + timedelta(seconds=1), "made 7 days ago", id="a-week-old"),
        pytest.param("1.0.0", -timedelta(hours=2), "has not come yet", id="from-the-future"),
    ],
)
def test_a_plan_is_refused_when_too_old_or_of_another_major_version(make, document, version, later, message):
    with pytest.raises(InputError, match=message):
        read(document, make, version, later)


def test_a_plan_is_good_for_seven_days_and_within_a_major_version(make, document):
    assert read(document, make, "1.0.0", VALID).version == "1.4.2"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda s: st.lists(s, max_size=3) | st.dictionaries(st.text(max_size=6), s, max_size=3),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(st.data())
def test_no_mutation_of_a_plan_file_gives_anything_but_a_plan_or_a_clean_refusal(make, document, data):
    spoiled = dict(document)
    keys = ["schema", "version", "created_at", "environment", "commit", "digest", "changes"]
    for name in data.draw(st.lists(st.sampled_from(keys), max_size=3)):
        spoiled[name] = data.draw(json_values)
    text = json.dumps(spoiled)
    start = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.sampled_from(["keep", "truncate", "insert"]))
    if cut == "truncate":
        text = text[:start]
    elif cut == "insert":
        text = text[:start] + data.draw(st.text(max_size=3)) + text[start:]
    with contextlib.suppress(InputError):
        assert read(text, make).changes is not None


@given(st.binary(max_size=60))
def test_no_bytes_give_anything_but_a_clean_refusal(tmp_path_factory, content):
    from datetime import UTC, datetime

    path = tmp_path_factory.mktemp("plan") / "plan.json"
    path.write_bytes(content)
    with pytest.raises(InputError):
        load(path, now=datetime(2026, 11, 23, tzinfo=UTC), version="1.0.0")


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_a_path_that_is_no_file_is_refused(tmp_path, make, name):
    with pytest.raises(InputError, match="plan file"):
        load(tmp_path / name, now=make.made, version="1.0.0")
