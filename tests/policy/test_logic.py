"""The third answer is right: yes and no hold whatever the unknown value is, else it is said that nobody can tell."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from reconciler.policy.effective import Gap
from reconciler.policy.logic import Condition

GAP = Gap("nobody knows")
VALUES: list[Any] = [0, 1, 2, "a", None, True, [1], [], {"a": 1}, {}]
scalars = st.sampled_from([0, 1, 2, "a", None, True])
leaves = st.one_of(
    st.builds(lambda v: {"const": v}, scalars),
    st.builds(lambda v: {"enum": v}, st.lists(scalars, min_size=1, max_size=2)),
    st.builds(lambda v: {"minimum": v}, st.integers(0, 2)),
    st.builds(lambda v: {"type": v}, st.sampled_from(["integer", "string", "null", "array", "object"])),
    st.builds(lambda v: {"maxItems": v}, st.integers(0, 2)),
    st.builds(lambda v: {"minProperties": v}, st.integers(0, 2)),
    st.just({"uniqueItems": True}),
    st.just({"required": ["a"]}),
)


def grown(inner: Any) -> Any:
    several = st.lists(inner, min_size=1, max_size=2)
    return st.one_of(
        st.builds(lambda v: {"anyOf": v}, several),
        st.builds(lambda v: {"oneOf": v}, several),
        st.builds(lambda v: {"allOf": v}, several),
        st.builds(lambda v: {"not": v}, inner),
        st.builds(lambda a, b, c: {"if": a, "then": b, "else": c}, inner, inner, inner),
        st.builds(lambda v: {"properties": {"a": v}}, inner),
        st.builds(lambda v: {"properties": {"b": {"minimum": 1}}, "additionalProperties": v}, inner),
        st.builds(lambda v: {"items": v}, inner),
        st.builds(lambda v, low, high: {"contains": v, "minContains": low, "maxContains": high}, inner,
                  st.integers(0, 2), st.integers(0, 2)),
    )  # fmt: skip


schemas = st.recursive(leaves, grown, max_leaves=5)
instances = st.recursive(
    st.one_of(scalars, st.just(GAP)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("ab"), inner, max_size=2)),
    max_leaves=4,
)


def filled(instance: Any, value: Any) -> Any:
    if isinstance(instance, Gap):
        return value
    if isinstance(instance, list):
        return [filled(part, value) for part in instance]
    if isinstance(instance, dict):
        return {name: filled(part, value) for name, part in instance.items()}
    return instance


def has_gap(instance: Any) -> bool:
    parts = instance if isinstance(instance, list) else instance.values() if isinstance(instance, dict) else ()
    return isinstance(instance, Gap) or any(has_gap(part) for part in parts)


@settings(max_examples=600, deadline=None)
@given(schema=schemas, instance=instances)
def test_a_definite_answer_holds_whatever_the_unknown_value_is(schema: Any, instance: Any) -> None:
    answer = Condition.of(schema).ask(instance).met
    plain = Draft202012Validator(schema)
    if answer is not None:
        assert {plain.is_valid(filled(instance, value)) for value in VALUES} == {answer}
    else:
        assert has_gap(instance)


CANNOT_BE_TOLD = [
    pytest.param({"maximum": 1}, GAP, id="value"),
    pytest.param({"required": ["a"]}, {"a": GAP}, id="may-not-be-there"),
    pytest.param({"not": {"const": 1}}, GAP, id="not"),
    pytest.param({"not": {"properties": {"a": {"const": 1}}}}, {"a": GAP}, id="not-inside"),
    pytest.param(
        {"anyOf": [{"const": 1}, {"properties": {"a": {"const": 1}}, "required": ["a"]}]}, {"a": GAP}, id="any"
    ),
    pytest.param({"contains": {"const": 1}}, [2, GAP], id="contains"),
    pytest.param({"contains": {"const": 1}, "maxContains": 1}, [1, GAP], id="too-many-perhaps"),
    pytest.param({"if": {"required": ["a"]}, "then": {"required": ["b"]}}, {"a": GAP}, id="if"),
    pytest.param({"const": {"a": 1}}, {"a": GAP}, id="compared-as-a-whole"),
    pytest.param({"additionalProperties": False}, {"a": GAP}, id="additional"),
]


@pytest.mark.parametrize(("schema", "instance"), CANNOT_BE_TOLD)
def test_what_depends_on_the_unknown_value_cannot_be_told(schema: Any, instance: Any) -> None:
    answer = Condition.of(schema).ask(instance)
    assert (answer.met, answer.reason) == (None, "nobody knows")


DEFINITE = [
    pytest.param({"anyOf": [{"const": 1}, {"type": "object"}]}, {"a": GAP}, True, id="another-branch-holds"),
    pytest.param({"contains": {"const": 1}}, [1, GAP], True, id="another-element-is-right"),
    pytest.param({"required": ["b"], "properties": {"a": {"const": 1}}}, {"a": GAP}, False, id="broken-elsewhere"),
    pytest.param({"oneOf": [{"type": "object"}, {"minProperties": 0}]}, {"b": 1}, False, id="two-of-one"),
]


@pytest.mark.parametrize(("schema", "instance", "met"), DEFINITE)
def test_what_does_not_depend_on_it_is_told(schema: Any, instance: Any, met: bool) -> None:
    assert Condition.of(schema).ask(instance).met is met
