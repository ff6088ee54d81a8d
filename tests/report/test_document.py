from __future__ import annotations

import json
from pathlib import Path

import jsonschema

from reconciler.model import ABSENT, FieldDiff
from reconciler.outcome import Outcome
from reconciler.report.document import outcome_document, plan_document
from reconciler.report.saved import saved_document
from reconciler.values import Generated, LiveId, OutputRef, SecretRef, SecretValue, Unknown, Unreadable

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "plan.json").read_text())
CONTRACT = {
    "create", "update", "delete", "disable", "retain", "adopt", "recreate", "record", "release", "forget", "held",
    "conflict", "pending", "stale", "unchanged", "unmanaged", "unknown",
}  # fmt: skip


def every_document(make):
    yield plan_document(make.plan())
    yield plan_document(make.busy_night())
    yield plan_document(make.drifted())
    yield saved_document(make.busy_night(), "1.0.0")
    yield outcome_document(make.mixed_outcome())
    yield outcome_document(Outcome(plan=make.busy_night()))
    for action in make.actions:
        yield plan_document(make.plan(make.change(action)))
    for value in (1, None, ABSENT, "x", 1.5, ("a", {"b": True}), SecretRef("A"), OutputRef("a/b", "c"), Generated(32),
                  SecretValue("s"), Unknown("r"), Unreadable(), make.known_after, LiveId("1")):  # fmt: skip
        diff = FieldDiff(("a", 0), value, value, inner=(("[0].b", value, value),))
        yield plan_document(make.plan(make.change("update", fields=(diff,))))


def test_every_document_obeys_the_published_schema(make):
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for document in every_document(make):
        validator.validate(json.loads(json.dumps(document)))


def test_the_summary_has_every_count_of_the_contract(make):
    assert set(plan_document(make.plan())["summary"]) == CONTRACT


def test_the_summary_counts_what_the_plan_holds(make):
    summary = plan_document(make.busy_night())["summary"]
    assert {k: v for k, v in summary.items() if v} == {
        "create": 1, "update": 2, "delete": 4, "disable": 1, "retain": 1, "adopt": 1, "recreate": 1, "record": 2,
        "release": 1, "forget": 1, "held": 3, "conflict": 1, "pending": 1, "unchanged": 12, "unmanaged": 2,
        "unknown": 1,
    }  # fmt: skip


def test_a_change_says_where_it_stands_and_what_differs(make):
    (change,) = plan_document(make.plan(make.change("update")))["changes"]
    assert change["address"] == "monitors/homepage"
    assert (change["file"], change["line"], change["live_id"]) == ("desired/monitors.yaml", 14, "812")
    assert change["fields"] == [{"path": "check_frequency", "before": 300, "after": 180, "cause": "desired"}]
    assert change["held_by"] == []


def test_a_new_object_lists_the_fields_it_is_written_with(make):
    (change,) = plan_document(make.plan(make.change("create", spec={"url": "https://x/", "k": SecretRef("K")})))[
        "changes"
    ]
    assert change["live_id"] is None
    assert [(f["path"], f["before"], f["after"]) for f in change["fields"]] == [
        ("url", None, "https://x/"),
        ("k", None, "(secret K)"),
    ]
    assert [f.get("after_is") for f in change["fields"]] == [None, "secret"]


def test_a_text_in_parentheses_is_told_from_a_secret(make):
    diff = FieldDiff(("a",), "(secret K)", Unknown("down"))
    (field,) = plan_document(make.plan(make.change("update", fields=(diff,))))["changes"][0]["fields"]
    assert "before_is" not in field
    assert field["after_is"] == "unknown"


def test_stale_results_are_counted(make):
    from reconciler.model import Address
    from reconciler.outcome import Result

    outcome = Outcome(plan=make.plan(), results=(Result(Address("a", "b"), "update", "stale"),))
    assert outcome_document(outcome)["summary"]["stale"] == 1


def test_equal_plans_give_equal_text(make):
    assert json.dumps(plan_document(make.busy_night())) == json.dumps(plan_document(make.busy_night()))
