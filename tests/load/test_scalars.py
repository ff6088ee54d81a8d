from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.load.scalars import Trap, resolve

PLAIN = [
    pytest.param("true", True, id="true"),
    pytest.param("false", False, id="false"),
    pytest.param("null", None, id="null"),
    pytest.param("~", None, id="tilde"),
    pytest.param("0", 0, id="zero"),
    pytest.param("-12", -12, id="negative"),
    pytest.param("0.5", 0.5, id="fraction"),
    pytest.param("3.0", 3, id="whole-number-with-a-fraction"),
    pytest.param("3m", "3m", id="duration"),
    pytest.param("1.2.3", "1.2.3", id="version"),
    pytest.param("10.0.0.1", "10.0.0.1", id="address"),
    pytest.param("12:75", "12:75", id="not-base-60"),
    pytest.param("2026-13", "2026-13", id="not-a-date"),
    pytest.param("y", "y", id="letter"),
    pytest.param("nope", "nope", id="begins-like-a-boolean"),
    pytest.param("-x", "-x", id="dash"),
    pytest.param("+", "+", id="plus"),
    pytest.param("0abc", "0abc", id="digits-and-letters"),
]


@pytest.mark.parametrize(("text", "meaning"), PLAIN)
def test_what_every_reader_agrees_on_has_one_meaning(text, meaning):
    found = resolve(text)
    assert found == meaning
    assert type(found) is type(meaning)


TRAPS = [
    *("yes", "Yes", "NO", "no", "on", "On", "OFF", "True", "FALSE"),
    *("3:00", "22:30:15", "190:20:30.15", "00:11:22:33:44:55"),
    *("010", "-07", "08", "0x1F", "0o17", "0b11", "1_000", "1_0.5"),
    *("1e3", "1.5E-3", "12e456", ".5", "5.", "+27821234567", ".inf", "-.INF", ".nan"),
    *("2026-12-31", "2026-1-5", "2026-12-31T10:00:00Z", "2026-12-31 10:00:00"),
    *("", "12345678901234567890", "0.12345678901234567890"),
]


@pytest.mark.parametrize("text", TRAPS, ids=[text or "nothing" for text in TRAPS])
def test_what_readers_disagree_about_is_refused_with_a_way_to_write_it(text):
    trap = resolve(text)
    assert isinstance(trap, Trap)
    assert trap.message
    assert "quotes" in trap.fix or not text


def test_a_long_value_is_not_repeated_since_it_may_be_a_secret():
    trap = resolve("0" + "123456789012")
    assert isinstance(trap, Trap)
    assert "123456789012" not in trap.message + trap.fix


@given(text=st.text(st.sampled_from("0123456789+-._:eExobTZ yYnNoOfFtrueals~"), max_size=12))
def test_whatever_passes_means_the_same_to_a_yaml_1_1_reader(text):
    meaning = resolve(text)
    if isinstance(meaning, Trap) or text != text.strip() or text[:1] in ("-", ".", "") or " #" in text:
        return
    try:
        theirs = yaml.safe_load(f"[ {text} ]") if not set(text) & set(":[]{},") else [meaning]
    except (yaml.YAMLError, ValueError):
        return
    assert theirs == [meaning]
