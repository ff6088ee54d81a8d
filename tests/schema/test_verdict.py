from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from reconciler.discover import discover
from reconciler.errors import Location
from reconciler.load.document import Document
from reconciler.load.environment import ApprovalsForm, EnvironmentForm
from reconciler.load.judge import compare
from reconciler.load.places import Mark, Places
from reconciler.load.problems import Problems
from reconciler.load.resources import Entry, read_object
from reconciler.load.settings import read_model
from reconciler.model import Address
from reconciler.schema.model import model_schema
from reconciler.schema.objects import inlined, object_schema
from reconciler.schema.verdict import SchemaJudge

RELAXED = settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
INSTALLED = discover()


def disagreements(kind, data):
    problems = Problems()
    places = Places("x.yaml", Mark(0, 0))
    entry = Entry(Address(kind.collection, "one"), data, places, Document("x.yaml", {}, places))
    read_object(entry, kind, None, problems, SchemaJudge())
    return [p.message for p in problems.all() if p.message.startswith("internal error")]


@RELAXED
@given(data=st.data())
def test_schema_and_model_agree_on_every_field_type_and_rule(every, objects_of, data):
    kind = data.draw(st.sampled_from([every.Every, every.Needy]))
    written = data.draw(objects_of(object_schema(kind)))
    assert disagreements(kind, written) == []


@pytest.mark.parametrize("collection", INSTALLED.collections())
def test_schema_and_model_agree_on_every_installed_kind(objects_of, collection):
    kind = INSTALLED.kind(collection)
    assert kind is not None

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(written=objects_of(object_schema(kind)))
    def agree(written):
        assert disagreements(kind, written) == []

    agree()


@pytest.mark.parametrize("provider_type", INSTALLED.provider_types())
def test_schema_and_model_agree_on_the_settings_of_every_installed_provider(objects_of, provider_type):
    model = next(iter(INSTALLED.kinds_of(provider_type).values())).settings
    check_model(model, objects_of)


@pytest.mark.parametrize("model", [EnvironmentForm, ApprovalsForm])
def test_schema_and_model_agree_on_the_files_of_the_core(objects_of, model):
    check_model(model, objects_of)


def check_model(model, objects_of):
    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(written=objects_of(model_schema(model)))
    def agree(written):
        problems = Problems()
        places = Places("x.yaml", Mark(0, 0))
        read_model(model, written, Document("x.yaml", {}, places), places, problems, SchemaJudge())
        assert [p.message for p in problems.all() if p.message.startswith("internal error")] == []

    agree()


@RELAXED
@given(data=st.data())
def test_a_plain_validator_gives_the_same_verdict_but_for_whole_days_and_unique_keys(every, objects_of, data):
    schema = object_schema(every.Every)
    written = data.draw(objects_of(schema))
    plain = Draft202012Validator(schema, format_checker=FormatChecker())
    ours = not SchemaJudge().object(every.Every, written)
    beyond_plain = isinstance(written, dict) and {"days", "history", "even_days", "headers"} & written.keys()
    assert plain.is_valid(written) == ours or beyond_plain


AGREED = [
    pytest.param({"bounded": 30}, True, id="at-the-minimum"),
    pytest.param({"bounded": "30s"}, True, id="text-at-the-minimum"),
    pytest.param({"bounded": "29s"}, False, id="text-below-the-minimum"),
    pytest.param({"bounded": "10m"}, True, id="text-at-the-maximum"),
    pytest.param({"bounded": "11m"}, False, id="text-above-the-maximum"),
    pytest.param({"bounded": "30500ms"}, False, id="text-that-does-not-divide"),
    pytest.param({"bounded": "30s\n"}, False, id="text-with-a-line-break"),
    pytest.param({"chosen": "3m"}, True, id="choice-in-another-unit"),
    pytest.param({"chosen": "180000ms"}, True, id="choice-in-milliseconds"),
    pytest.param({"chosen": "2m"}, False, id="not-a-choice"),
    pytest.param({"history": "168h"}, True, id="hours-that-are-whole-days"),
    pytest.param({"history": "169h"}, False, id="hours-that-are-not"),
    pytest.param({"history": "6d"}, False, id="too-few-days"),
    pytest.param({"even_days": "1w"}, False, id="an-odd-number-of-days"),
    pytest.param({"even_days": "2w"}, True, id="an-even-number-of-days"),
    pytest.param({"url": "https://x", "choice": "b", "text": "t"}, True, id="only-if-met"),
    pytest.param({"url": "https://x", "choice": "c"}, False, id="only-if-not-met"),
    pytest.param({"url": None}, True, id="null-is-not-written"),
    pytest.param({"choice": "a"}, False, id="required-if"),
    pytest.param({"choice": "a", "text": None}, False, id="required-and-null"),
    pytest.param({"choice": "a", "text": "t", "timeout": "2s"}, True, id="one-of-if-as-a-duration"),
    pytest.param({"choice": "a", "text": "t", "timeout": "3s"}, False, id="one-of-if-broken"),
    pytest.param({"flag": True, "bounded": "2m"}, True, id="one-of-if-by-the-fields-unit"),
    pytest.param({"flag": True, "bounded": 90}, False, id="one-of-if-by-number"),
    pytest.param({"whole": 2, "number": 0.5}, False, id="not-both"),
    pytest.param({"bounded": 60}, False, id="at-least-one-missing"),
    pytest.param({"bounded": "1m", "ref": "x"}, True, id="at-least-one-there"),
    pytest.param({"headers": [{"name": "a", "value": "x"}, {"name": "a", "value": "y"}]}, False, id="key-twice"),
    pytest.param({"regions": ["us", "us"]}, False, id="set-element-twice"),
    pytest.param({"from": "x"}, True, id="alias"),
    pytest.param({"from_": "x"}, False, id="python-name-of-an-alias"),
    pytest.param({"sizes": {"A": 1}}, False, id="key-without-the-pattern"),
    pytest.param({"lifecycle": {"ignore": ["headers.a.value"]}}, True, id="ignore-inside-a-keyed-list"),
    pytest.param({"lifecycle": {"ignore": ["headres"]}}, False, id="ignore-of-no-field"),
    pytest.param({"lifecycle": {"on_remove": "disable"}}, False, id="removal-the-kind-lacks"),
    pytest.param({"lifecycle": {"id": 455, "adopt": True}}, True, id="numeric-id"),
    pytest.param({"lifecycle": None}, False, id="null-lifecycle"),
    pytest.param({"secret": "literal"}, False, id="literal-secret"),
    pytest.param({"value": "literal"}, True, id="literal-where-it-may-be"),
    pytest.param([], False, id="a-list"),
]


@pytest.mark.parametrize(("written", "accepted"), AGREED)
def test_both_verdicts_are(every, written, accepted):
    assert disagreements(every.Every, written) == []
    assert (not SchemaJudge().object(every.Every, written)) is accepted


DISAGREE = [
    pytest.param(True, ("url: pattern",), "accepts it and the published schema refuses it (url: pattern)", id="schema"),
    pytest.param(False, (), "refuses it and the published schema accepts it", id="model"),
]


@pytest.mark.parametrize(("accepted", "refused", "said"), DISAGREE)
def test_a_disagreement_asks_for_a_bug_report(accepted, refused, said):
    problems = Problems()
    compare(accepted, refused, "monitors/a", Location("desired/m.yaml", 3, 3), problems)
    (problem,) = problems.all()
    assert problem.message.startswith("internal error: monitors/a: the model")
    assert said in problem.message
    assert "report" in problem.fix


def test_refusals_do_not_repeat_values(every):
    refused = SchemaJudge().object(every.Every, {"secret": "canary-4711", "text": "canary-4711"})
    assert refused
    assert "canary" not in " ".join(refused)


def test_inlining_leaves_nothing_to_look_up_and_changes_no_verdict(every):
    schema = object_schema(every.Every)
    flat = inlined(schema)
    assert "$ref" not in json.dumps(flat)
    good = {"headers": [{"name": "a", "value": "b"}]}
    assert Draft202012Validator(schema).is_valid(good)
    assert Draft202012Validator(flat).is_valid(good)
