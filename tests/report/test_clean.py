from __future__ import annotations

import json

import pytest

from reconciler.model import FieldDiff
from reconciler.report.clean import cleaned, cleaned_document
from reconciler.report.document import plan_document
from reconciler.report.markdown import render_plan as markdown
from reconciler.report.text import render_plan as text
from reconciler.values import SecretRef, SecretValue


def clean(given: str) -> str:
    return given.replace("hush hush", "(secret X)")


PLACES = [
    pytest.param({"fields": (FieldDiff(("a",), "say hush hush", 1),)}, id="value"),
    pytest.param({"fields": (FieldDiff(("a",), {"hush hush": 1}, ({"b": "hush hush"},)),)}, id="key-and-deep-value"),
    pytest.param({"fields": (FieldDiff(("hush hush",), 1, 2),)}, id="path"),
    pytest.param({"fields": (FieldDiff(("a",), "x" * 200 + "hush hush" + "x" * 200, ""),)}, id="where-it-would-be-cut"),
    pytest.param({"fields": (FieldDiff(("a",), "long " * 14 + "hush hush", "", origin="hush hush"),)}, id="wrapped"),
    pytest.param({"why": ("hush hush",), "notes": ("hush hush",), "danger": "hush hush"}, id="sentences"),
    pytest.param({"live_id": "hush hush"}, id="live-id"),
    pytest.param({"spec": {"url": "hush hush"}}, id="spec"),
]


@pytest.mark.parametrize("given", PLACES)
def test_what_the_funnel_knows_is_in_no_rendering_of_a_cleaned_plan(make, given):
    plan = cleaned(make.plan(make.change("update", **given), make.change("delete", "monitors/b", **given)), clean)
    for rendering in (text(plan), markdown(plan), json.dumps(plan_document(plan))):
        assert "hush" not in rendering


def test_cleaning_without_secrets_changes_nothing(make):
    assert cleaned(make.busy_night(), str) == make.busy_night()


def test_digests_are_left_alone(make):
    plan = cleaned(make.plan(make.change("update", digest="hush hush"), digest="hush hush"), clean)
    assert (plan.digest, plan.changes[0].digest) == ("hush hush", "hush hush")


def test_a_secret_value_passes_untouched():
    value = (SecretValue("hush hush"), SecretRef("NAME"))
    assert cleaned(value, clean) == value


def test_a_document_keeps_its_keys_and_digests():
    document = {"summary": {"hush hush": 1}, "digest": "hush hush", "list": ["hush hush", None, 3]}
    assert cleaned_document(document, clean) == document | {"list": ["(secret X)", None, 3]}


def test_what_holds_no_secret_is_the_same_object_and_what_is_met_twice_is_made_once(make):
    kept, told = make.change("update"), make.change("update", "monitors/b", why=("hush hush",))
    first, second, third = cleaned((kept, told, told), clean)
    assert first is kept
    assert second.why == ("(secret X)",)
    assert third is second
