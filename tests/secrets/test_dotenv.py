"""Env files."""

from __future__ import annotations

import pytest

from reconciler.secrets.dotenv import parse_dotenv

ROWS = [
    pytest.param("", {}, id="empty"),
    pytest.param("A=1\nB=2", {"A": "1", "B": "2"}, id="plain"),
    pytest.param("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}, id="windows-line-ends"),
    pytest.param("\ufeffA=1", {"A": "1"}, id="byte-order-mark"),
    pytest.param("# note\n\n  # note\nA=1", {"A": "1"}, id="comments-and-blank-lines"),
    pytest.param("export A=1\n export\tB=2", {"A": "1", "B": "2"}, id="export"),
    pytest.param("A = 1 ", {"A": "1"}, id="spaces-around"),
    pytest.param("A=", {"A": ""}, id="nothing"),
    pytest.param("A=x y # note", {"A": "x y"}, id="comment-behind"),
    pytest.param("A=x#y", {"A": "x#y"}, id="hash-inside"),
    pytest.param("A=#note", {"A": ""}, id="only-a-comment"),
    pytest.param("A='x # $Y \\n' # note", {"A": "x # $Y \\n"}, id="single-quotes-are-literal"),
    pytest.param('A="x # \\"y\\" \\\\ \\$Z\\n"', {"A": 'x # "y" \\ $Z\n'}, id="double-quotes-have-escapes"),
    pytest.param('A="x\\qy"', {"A": "x\\qy"}, id="unknown-escape-stays"),
    pytest.param("A=\"one\ntwo\"\nB='three\nfour'", {"A": "one\ntwo", "B": "three\nfour"}, id="several-lines"),
    pytest.param("A=$HOME-${B}", {"A": "$HOME-${B}"}, id="nothing-is-expanded"),
    pytest.param("A=postgres://u:p@h/d?x=1", {"A": "postgres://u:p@h/d?x=1"}, id="equals-inside"),
    pytest.param("A=1\nA=2", {"A": "2"}, id="the-last-wins"),
    pytest.param("A=it's", {"A": "it's"}, id="quote-inside"),
]


@pytest.mark.parametrize(("text", "expected"), ROWS)
def test_values_are_read(text, expected):
    assert parse_dotenv(text) == (expected, ())


FAULTS = [
    pytest.param("A=1\nhush-hush\nB=2", {"A": "1", "B": "2"}, [2], id="no-equals-sign"),
    pytest.param("1A=hush", {}, [1], id="no-name"),
    pytest.param("A='hush\nB=2", {"B": "2"}, [1], id="open-single-quote"),
    pytest.param('B=2\n\nA="hush', {"B": "2"}, [3], id="open-double-quote"),
    pytest.param("A='hush'x\nB=2", {"B": "2"}, [1], id="text-after-the-quote"),
]


@pytest.mark.parametrize(("text", "values", "lines"), FAULTS)
def test_a_line_that_is_no_value_is_named_and_never_quoted(text, values, lines):
    found, faults = parse_dotenv(text)
    assert found == values
    assert [fault.line for fault in faults] == lines
    assert not any("hush" in fault.message for fault in faults)


def test_a_file_of_another_kind_is_not_read_to_its_end() -> None:
    _, faults = parse_dotenv("no key and no value\n" * 5000)
    assert len(faults) == 100
