from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model import ABSENT
from reconciler.report.values import LONGEST, data, escape, short, shown, transition
from reconciler.values import (
    Generated,
    KnownAfterApply,
    LiveId,
    OutputRef,
    SecretRef,
    SecretValue,
    Unknown,
    Unreadable,
)

SHOWN = [
    pytest.param(300, "300", id="number"),
    pytest.param(True, "true", id="true"),
    pytest.param(None, "null", id="null"),
    pytest.param("plain text", "plain text", id="text"),
    pytest.param("", '""', id="empty-text-is-quoted"),
    pytest.param("300", '"300"', id="text-that-looks-like-a-number"),
    pytest.param("yes", '"yes"', id="text-that-looks-like-a-boolean"),
    pytest.param("(secret X)", '"(secret X)"', id="text-that-looks-like-a-secret"),
    pytest.param(("eu", "us"), "[eu, us]", id="list"),
    pytest.param(frozenset({"us", "eu"}), "[eu, us]", id="set-in-order"),
    pytest.param({"a": 1, "b": (True,)}, "{a: 1, b: [true]}", id="mapping"),
    pytest.param(ABSENT, "(absent)", id="absent"),
    pytest.param(SecretRef("TOKEN"), "(secret TOKEN)", id="secret-reference"),
    pytest.param(SecretRef("TOKEN", 2), "(secret TOKEN, rotate 2)", id="rotated-secret"),
    pytest.param(OutputRef("database/main", "url"), "(from database/main.url)", id="output"),
    pytest.param(Generated(32), "(generated)", id="generated"),
    pytest.param(SecretValue("hunter22"), "(secret value)", id="secret-value"),
    pytest.param(Unknown("timed out"), "(unknown: timed out)", id="unknown"),
    pytest.param(Unreadable("hashed"), "(unreadable: hashed)", id="unreadable"),
    pytest.param(KnownAfterApply("database/main.url"), "(known after apply: database/main.url)", id="known-after"),
    pytest.param(LiveId("812"), "(live id 812)", id="live-id"),
    pytest.param({"a": (SecretValue("hunter22"),)}, "{a: [(secret value)]}", id="secret-deep-inside"),
]


@pytest.mark.parametrize(("value", "text"), SHOWN)
def test_every_sort_of_value_has_its_words(value, text):
    assert shown(value) == text


@pytest.mark.parametrize("value", ["hunter22", 4711, 1.5, True, ("hunter22",), {"hunter22": "hunter22"}, ""])
def test_a_secret_field_hides_whatever_it_carries(value):
    assert shown(value, secret=True) == "(secret value)"
    assert data(value, secret=True) == "(secret value)"


def test_absence_and_null_show_even_in_a_secret_field():
    assert shown(ABSENT, secret=True) == "(absent)"
    assert shown(None, secret=True) == "null"


@given(st.text())
def test_escaped_text_is_one_line_that_no_terminal_obeys(text):
    clean = escape(text)
    assert clean.isprintable()
    assert len(clean.splitlines()) <= 1


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        pytest.param("\x1b[2Jgone", "\\e[2Jgone", id="clear-screen"),
        pytest.param("a\rb", "a\\rb", id="carriage-return"),
        pytest.param("a\u202eb", "a\\u202eb", id="right-to-left-override"),
        pytest.param("a\x9b31mb", "a\\x9b31mb", id="one-byte-csi"),
        pytest.param("a\u2028b", "a\\u2028b", id="line-separator"),
        pytest.param("\x1b]0;title\x07", "\\e]0;title\\x07", id="window-title"),
        pytest.param("a\ud800b", "a\\ud800b", id="lone-surrogate"),
        pytest.param("Ünïcode → ✓", "Ünïcode → ✓", id="ordinary-text-stays"),
    ],
)
def test_control_and_direction_characters_become_visible(text, seen):
    assert escape(text) == seen


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda s: st.lists(s) | st.dictionaries(st.text(), s),
    )
)
def test_anything_becomes_json(value):
    json.loads(json.dumps(data(value), allow_nan=False), parse_constant=pytest.fail)


def test_numbers_that_json_lacks_become_text():
    assert data(math.inf) == "inf"


@given(st.text(), st.text())
def test_a_transition_is_short_whatever_the_texts(before, after):
    assert all(len(line) < 3 * LONGEST for line in transition(before, after))


def test_a_long_value_says_how_long_it_is():
    assert short("x" * 1000).endswith("(1,000 characters)")
