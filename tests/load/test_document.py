from __future__ import annotations

import pytest

from reconciler.errors import Location
from reconciler.load.document import DEEPEST, parse

REFUSED = [
    pytest.param("a: NO\n", 1, 4, "NO is a boolean", id="no"),
    pytest.param("on: 1\n", 1, 1, "on is a boolean", id="boolean-key"),
    pytest.param("a:\n  404: x\n", 2, 3, "a key must be text", id="number-key"),
    pytest.param("true: 1\n", 1, 1, "a key must be text", id="true-key"),
    pytest.param("? [a, b]\n: 1\n", 1, 3, "a key must be text", id="list-key"),
    pytest.param("a: 3:00\n", 1, 4, "base 60", id="sexagesimal"),
    pytest.param("a: 010\n", 1, 4, "octal", id="octal"),
    pytest.param("a: 2026-01-02\n", 1, 4, "a date", id="date"),
    pytest.param("a: [1, .inf]\n", 1, 8, "a[1]: .inf", id="infinity-in-a-list"),
    pytest.param("a:\nb: 1\n", 1, 3, "nothing is written here", id="nothing"),
    pytest.param("a:\n\tb: 1\n", 2, 1, "a tab is used", id="tab"),
    pytest.param("a: 1\nb: 2\na: 3\n", 3, 1, "a is written twice, first at f.yaml:1:1", id="key-twice"),
    pytest.param("a: {b: 1, b: 2}\n", 1, 11, "a/b is written twice, first at f.yaml:1:5", id="key-twice-inside"),
    pytest.param("a: 1\n---\nb: 1\n", 2, 1, "a second document", id="documents"),
    pytest.param("a: !!str 1\n", 1, 4, "tags", id="core-tag"),
    pytest.param("a: !secret x\n", 1, 4, "tags", id="own-tag"),
    pytest.param("!x a: 1\n", 1, 1, "tags", id="tag-on-a-key"),
    pytest.param("a: !u!x y\n", 1, 4, "a tag", id="undefined-tag"),
    pytest.param("a: &x {b: 1}\nc: {<<: *x}\n", 2, 5, "merge keys", id="merge-key"),
    pytest.param("a: *x\n", 1, 4, "names no anchor", id="undefined-alias"),
    pytest.param("a: *.example.com\n", 1, 5, "* and & begin an alias", id="star"),
    pytest.param("a: &x 1\nb: &x 2\n", 2, 4, "defined twice (first at f.yaml:1:4)", id="anchor-twice"),
    pytest.param("a: &x [*x]\n", 1, 4, "for themselves", id="alias-of-itself"),
    pytest.param("a: @x\n", 1, 4, "cannot begin with @", id="at-sign"),
    pytest.param("a: `x`\n", 1, 4, "cannot begin with `", id="backtick"),
    pytest.param("a: b: c\n", 1, 5, "a colon", id="colon-in-text"),
    pytest.param("a: {b: 1\n", 2, 1, "not closed", id="open-bracket"),
    pytest.param("a: 'b\n", 2, 1, "not closed", id="open-quote"),
    pytest.param('a: "\\q"\n', 1, 5, "backslash", id="escape"),
    pytest.param("a: 1\n  b: 2\n", 2, 4, "a colon", id="indentation"),
    pytest.param("a: x\x00y\n", 1, 5, "U+0000", id="nul"),
    pytest.param("a: 1\nb: \x1b[0m\n", 2, 4, "U+001B", id="escape-character"),
    pytest.param("", 1, 1, "holds nothing", id="empty"),
    pytest.param("# a comment\n", 1, 1, "holds nothing", id="comment"),
    pytest.param("---\n...\n", 1, 1, "holds nothing", id="empty-document"),
    pytest.param("[" * 5000, 1, 1, "nested deeper", id="deep-flow"),
    pytest.param("- " * 5000 + "a", 1, 1, "nested deeper", id="deep-block"),
]


@pytest.mark.parametrize(("text", "line", "column", "said"), REFUSED)
def test_it_refuses(text, line, column, said):
    _, problems = parse(text, "f.yaml")
    places = [(p.where, said in p.message) for p in problems]
    assert (Location("f.yaml", line, column), True) in places, problems
    assert all(p.fix for p in problems)


def test_an_exploding_file_is_refused_without_expanding_it():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    document, problems = parse("\n".join(lines), "bomb.yaml")
    assert document is None
    assert "aliases stand for far more" in problems[0].message


def test_a_plain_alias_stands_for_its_value():
    document, problems = parse("a: &r [us, eu]\nb: *r\n", "f.yaml")
    assert problems == []
    assert document.data == {"a": ["us", "eu"], "b": ["us", "eu"]}


def test_quoted_scalars_are_text_whatever_they_look_like():
    document, problems = parse("a: 'NO'\nb: \"010\"\n'on': '3:00'\nc: |\n  yes\n", "f.yaml")
    assert problems == []
    assert document.data == {"a": "NO", "b": "010", "on": "3:00", "c": "yes\n"}


def test_every_problem_of_a_file_is_found():
    _, problems = parse("a: NO\nb: 010\nc: [on, off]\nd: {e: 1, e: 2}\n", "f.yaml")
    assert [p.where.line for p in problems] == [1, 2, 3, 3, 4]


def test_places_are_those_of_keys_values_and_elements():
    document, _ = parse("a:\n  b: 1\n  c:\n    - x\n    - {d: é, e: 2}\n", "f.yaml")
    places = document.places
    assert str(places.key(("a", "b"))) == "f.yaml:2:3"
    assert str(places.value(("a", "b"))) == "f.yaml:2:6"
    assert str(places.key(("a", "c", 0))) == "f.yaml:4:7"
    assert str(places.value(("a", "c", 1, "e"))) == "f.yaml:5:17"
    assert str(places.value(("a", "c", 7, "z"))) == "f.yaml:4:5", "the nearest place that exists"


def test_places_are_a_mapping_of_every_path():
    document, _ = parse("a:\n  b: [1, 2]\n", "f.yaml")
    inside = document.places.below("a")
    assert list(inside) == [(), ("b",), ("b", 0), ("b", 1)]
    assert len(inside) == 4
    assert str(inside["b", 1]) == "f.yaml:2:10"
    assert ("x",) not in inside


def test_as_text_keeps_dates_and_digits():
    document, problems = parse("a: 2026-12-31\nb: 0123\n", "f.yaml", as_text=lambda path: path == ("a",))
    assert document.data["a"] == "2026-12-31"
    assert [p.where.line for p in problems] == [2]


def test_nesting_up_to_the_limit_is_read():
    document, problems = parse("[" * (DEEPEST - 1) + "]" * (DEEPEST - 1), "f.yaml")
    assert problems == []
    assert document is not None


def test_windows_line_ends_and_unicode_do_not_shift_places():
    document, _ = parse("a: 1\r\n\r\nbé: 2\r\n", "f.yaml")
    assert str(document.places.value(("bé",))) == "f.yaml:3:5"
