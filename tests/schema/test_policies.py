"""The published schema of rules and the loader give one verdict, on what fits and on what nearly fits."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from reconciler.discover import Catalog
from reconciler.load.document import Document
from reconciler.load.places import Mark, Places
from reconciler.load.policies import read_policies
from reconciler.load.problems import Problems
from reconciler.policy.keywords import KEYWORDS, condition_schema, wrong_with
from reconciler.schema.policies import policies_schema
from reconciler.schema.verdict import SchemaJudge, validator_for
from reconciler.testing.kinds import MEMORY_KINDS

scalars = st.sampled_from([None, True, False, 0, 1, -1, 1.0, 1.5, "", "a", "[", "integer", "deny", "widgets", "*"])
names = st.sampled_from([*KEYWORDS, "maximun", "$ref"])
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.one_of(names, st.sampled_from("ab")), inner, max_size=2)
    ),
    max_leaves=6,
)
conditions = st.one_of(st.dictionaries(names, values, max_size=3), values)
rules = st.fixed_dictionaries(
    {"message": st.sampled_from(["m", " ", 1])},
    optional={
        "kind": st.one_of(st.sampled_from(["widgets", "*", "Wid", 1]), st.lists(st.just("widgets"), max_size=2)),
        "where": st.dictionaries(st.sampled_from(["name", "size"]), conditions, max_size=2),
        "require": st.dictionaries(st.sampled_from(["name", "size"]), conditions, max_size=2),
        "count": conditions,
        "document": conditions,
        "check": st.sampled_from(["no-plaintext-secrets", "other"]),
        "severity": st.sampled_from(["deny", "warn", "off"]),
        "on_unknown": st.sampled_from(["fail", "warn", "pass"]),
        "enabled": st.booleans(),
    },
)
files = st.one_of(
    st.fixed_dictionaries({"rules": st.dictionaries(st.sampled_from(["a", "b-2", "A"]), rules, max_size=2)}), values
)
RELAXED = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


@RELAXED
@given(data=files)
def test_schema_and_loader_agree_on_every_file(data: Any) -> None:
    problems = Problems()
    document = Document("policies/x.yaml", data, Places("policies/x.yaml", Mark(0, 0)))
    read_policies([document], Catalog.of(MEMORY_KINDS, {}), problems, SchemaJudge())
    assert [p.message for p in problems.all() if p.message.startswith("internal error")] == []


@RELAXED
@given(condition=conditions)
def test_schema_and_loader_agree_on_every_condition(condition: Any) -> None:
    schema = {"$ref": "#/$defs/c", "$defs": {"c": condition_schema("#/$defs/c")}}
    assert validator_for(schema).is_valid(condition) == (not list(wrong_with(condition, ())))


def test_the_published_schema_is_one() -> None:
    Draft202012Validator.check_schema(policies_schema())


@RELAXED
@given(condition=conditions)
def test_what_is_accepted_is_a_json_schema(condition: Any) -> None:
    if not list(wrong_with(condition, ())):
        Draft202012Validator.check_schema(condition)
