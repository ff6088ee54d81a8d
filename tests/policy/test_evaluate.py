"""What a rule finds, what it cannot tell, and what it says."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.values import SecretRef, SecretValue, Unknown

OFTEN = "rules: {often: {kind: widgets, require: {interval: {maximum: 180}}, message: Look often.%s}}"
PLAIN = OFTEN % ""
SOFT = OFTEN % ", on_unknown: warn"
URL = "https://a.example/"


def said(findings: Any) -> list[str]:
    return [f"{f.severity} {f.rule} {f.address} {f.path}{' unknown' if f.unknown else ''}".strip() for f in findings]


DENIED = "deny often widgets/a interval"
FIELDS = [
    pytest.param({"interval": 60}, None, [], id="written-and-right"),
    pytest.param({"interval": 300}, None, [DENIED], id="written-and-wrong"),
    pytest.param({"interval": 300}, {"interval": 60}, [DENIED], id="desired-wins-over-live"),
    pytest.param({"interval": 60}, {"interval": 300}, [], id="live-is-corrected-by-desired"),
    pytest.param({}, {"interval": 300}, [DENIED], id="live-only-and-wrong"),
    pytest.param({}, {"interval": 60}, [], id="live-only-and-right"),
    pytest.param({}, None, [], id="unwritten-has-the-documented-default"),
    pytest.param({}, {"interval": Unknown("no right to read it")}, [f"{DENIED} unknown"], id="unknown-fails"),
    pytest.param({"interval": 60}, {"interval": Unknown("no right")}, [], id="unknown-and-written-is-known"),
]


@pytest.mark.parametrize(("spec", "live", "expected"), FIELDS)
def test_a_field_is_judged_as_it_would_be(judge: Any, thing: Any, spec: Any, live: Any, expected: Any) -> None:
    source = thing("widgets/a", spec) if live is None else thing("widgets/a", spec, live)
    assert said(judge(PLAIN, source)) == expected


def test_an_unknown_field_warns_where_the_rule_says_so(judge: Any, thing: Any) -> None:
    hidden = thing("widgets/a", {}, {"interval": Unknown("no right")})
    (finding,) = judge(SOFT, hidden)
    assert (finding.severity, finding.unknown) == ("warn", True)
    assert "no right" in finding.said
    broken = thing("widgets/a", {"interval": 300})
    assert said(judge(SOFT, broken)) == [DENIED]


def test_an_object_that_was_not_read_fails_for_what_is_not_written_only(judge: Any, thing: Any) -> None:
    text = "rules: {named: {kind: widgets, require: {notes: {type: string}}, message: Say why.}}"
    unread = {"live": (), "unread": "the vendor is down"}
    assert said(judge(text, thing("widgets/a", {}, **unread))) == ["deny named widgets/a notes unknown"]
    assert said(judge(text, thing("widgets/a", {"notes": "x"}, **unread))) == []


def test_what_nobody_asked_to_read_denies_nothing_by_being_unknown(judge: Any, thing: Any) -> None:
    text = "rules: {named: {kind: widgets, require: {notes: {type: string}}, message: Say why.}}"
    assert judge(text, thing("widgets/a", {}, unread="not selected", outside=True)) == ()
    assert said(judge(PLAIN, thing("widgets/a", {"interval": 300}, unread="not selected", outside=True))) == [DENIED]


def test_a_field_that_is_missing_live_is_missing(judge: Any, thing: Any) -> None:
    text = "rules: {named: {kind: widgets, require: {notes: {type: string}}, message: Say why.}}"
    (finding,) = judge(text, thing("widgets/a", {}, {"url": URL}))
    assert (finding.unknown, finding.said) == (False, "notes is not there")


def test_a_new_object_must_write_what_no_default_is_known_of(judge: Any, thing: Any) -> None:
    text = "rules: {named: {kind: widgets, require: {notes: {type: string}}, message: Say why.}}"
    (finding,) = judge(text, thing("widgets/a", {}))
    assert finding.unknown
    assert "not written" in finding.said


@pytest.mark.parametrize("more", [{"stays": frozenset({"interval"})}, {"observed": True}], ids=["stays", "observed"])
def test_what_no_apply_writes_is_judged_as_it_is_live(judge: Any, thing: Any, more: Any) -> None:
    assert said(judge(PLAIN, thing("widgets/a", {"interval": 60}, {"interval": 300}, **more))) == [DENIED]


def test_where_chooses_the_objects(judge: Any, thing: Any) -> None:
    text = """
rules:
  fast-keywords:
    kind: widgets
    where: {mode: keyword}
    require: {interval: {maximum: 60}}
    message: Keywords are looked for every minute.
"""
    found = judge(
        text,
        thing("widgets/a", {"mode": "keyword", "interval": 180}),
        thing("widgets/b", {"mode": "status", "interval": 180}),
        thing("widgets/c", {"mode": "keyword", "interval": 60}),
        thing("widgets/d", {"interval": 180}, {"mode": Unknown("hidden")}),
        thing("widgets/e", {"interval": 60}, {"mode": Unknown("hidden")}),
    )
    assert [(f.address, f.unknown) for f in found] == [("widgets/a", False), ("widgets/d", True)]


ADMINS = "rules: {admins: {kind: people, where: {role: admin}, count: {%s}, message: Enough of them.}}"
COUNTS = [
    pytest.param("minimum: 1", ["admin", "member"], [], id="enough"),
    pytest.param("minimum: 2", ["admin", "member"], ["people: 1 found"], id="too-few"),
    pytest.param("maximum: 1", ["admin", "admin"], ["people: 2 found"], id="too-many"),
    pytest.param("minimum: 1", [], ["people: 0 found"], id="none-at-all"),
    pytest.param("minimum: 1", ["?"], ["people: between 0 and 1 found, since people/p0: hidden"], id="unknown"),
    pytest.param("minimum: 1", ["?", "admin"], [], id="enough-whatever-is-unknown"),
    pytest.param("minimum: 3", ["?", "admin"], ["people: 1 found"], id="too-few-whatever-is-unknown"),
]


@pytest.mark.parametrize(("condition", "roles", "expected"), COUNTS)
def test_objects_are_counted(judge: Any, thing: Any, condition: str, roles: list[str], expected: list[str]) -> None:
    people = [
        thing(f"people/p{i}", {}, {"role": Unknown("hidden")}) if role == "?" else thing(f"people/p{i}", {"role": role})
        for i, role in enumerate(roles)
    ]
    found = judge(ADMINS % condition, *people)
    assert [f.said for f in found] == expected
    assert all(f.unknown == ("between" in f.said) for f in found)


def test_the_whole_document_can_be_judged(judge: Any, thing: Any) -> None:
    text = """
rules:
  few:
    document: {properties: {resources: {maxItems: 1}, changes: {maxItems: 5}}}
    message: One thing only.
  named:
    document:
      properties:
        resources: {contains: {required: [address], properties: {address: {const: widgets/a}}}}
    message: There is a widget called a.
"""
    one, two = thing("widgets/a", {}), thing("widgets/b", {})
    assert judge(text, one) == ()
    assert [f.said for f in judge(text, one, two)] == ["resources has 2 elements"]
    assert [f.rule for f in judge(text, two)] == ["named"]


def test_elements_of_a_keyed_list_are_judged_with_what_is_live_beside_them(judge: Any, thing: Any) -> None:
    text = """
rules:
  valued:
    kind: widgets
    require: {headers: {items: {required: [value], properties: {value: {const: x}}}}}
    message: Every header is x.
"""
    written = ({"name": "b"}, {"name": "a", "value": "x"})
    live = {"headers": ({"name": "a", "value": "y"}, {"name": "b", "value": "x"})}
    assert judge(text, thing("widgets/a", {"headers": written}, live)) == ()
    assert [f.path for f in judge(text, thing("widgets/a", {"headers": written}))] == ["headers[0].value"]


def test_a_secret_stands_in_the_document_by_its_name(judge: Any, thing: Any) -> None:
    text = "rules: {named: {kind: entries, require: {value: {type: object}}, message: By name.}}"
    assert judge(text, thing("entries/a", {"value": SecretRef("A_TOKEN")})) == ()
    assert judge(text, thing("entries/a", {}, {"value": SecretValue("k9Xcanary2Qp", "entry a")})) == ()
    (finding,) = judge(text, thing("entries/a", {"value": "written out"}))
    assert finding.said == "value is not as it must be"


REPEATED = [
    pytest.param("see the runbook", "notes is see the runbook", id="text"),
    pytest.param("sk_live_4eC39HqLyjWDarjtT1zdp7dc", "notes is not as it must be", id="looks-like-a-secret"),
    pytest.param("long " * 20, "notes is not as it must be", id="long"),
    pytest.param("two\nlines", "notes is not as it must be", id="several-lines"),
]


@pytest.mark.parametrize(("value", "said"), REPEATED)
def test_a_value_is_repeated_only_when_it_is_short_and_no_secret(judge: Any, thing: Any, value: str, said: str) -> None:
    text = "rules: {named: {kind: widgets, require: {notes: {maxLength: 3}}, message: Short.}}"
    (finding,) = judge(text, thing("widgets/a", {"notes": value}))
    assert finding.said == said


def test_what_denies_comes_first(judge: Any, thing: Any) -> None:
    text = """
rules:
  soft: {kind: widgets, require: {interval: {maximum: 60}}, severity: warn, message: Nicer.}
  hard: {kind: widgets, require: {interval: {maximum: 180}}, message: Must.}
"""
    assert said(judge(text, thing("widgets/a", {"interval": 300}))) == [
        "deny hard widgets/a interval",
        "warn soft widgets/a interval",
    ]


def test_a_rule_about_every_kind_looks_at_every_kind(judge: Any, thing: Any) -> None:
    text = "rules: {plain: {kind: '*', check: no-plaintext-secrets, message: Name it.}}"
    token = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"
    found = judge(text, thing("widgets/a", {"notes": token}), thing("people/b", {"full_name": token}))
    assert [(f.address, f.path) for f in found] == [("widgets/a", "notes"), ("people/b", "full_name")]
    assert all(token not in f.said for f in found)
