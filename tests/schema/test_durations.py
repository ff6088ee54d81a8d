from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from reconciler import Days, Hours, Minutes
from reconciler.kind.duration import UNITS, fix, in_unit, spellings
from reconciler.schema.durations import between, duration_schemas

COUNTS = st.integers(0, 12_000) | st.integers(0, 9_999_999_999)


@given(bounds=st.lists(COUNTS, min_size=2, max_size=2).map(sorted), near=st.integers(-3, 3), other=COUNTS)
def test_between_matches_exactly_the_numbers_in_the_range(bounds, near, other):
    low, high = bounds
    pattern = re.compile("|".join(between(low, high)))
    for number in (low + near, high + near, other):
        assert bool(pattern.fullmatch(str(number))) == (low <= number <= high)


@given(
    unit=st.sampled_from(["seconds", "milliseconds"]),
    low=st.integers(0, 100_000),
    span=st.integers(0, 1_000_000),
    text=st.from_regex(r"\A(0|[1-9][0-9]{0,7})(ms|s|m|h|d|w)\Z"),
)
def test_a_bounded_duration_pattern_says_the_same_as_converting(unit, low, span, text):
    number, schema = duration_schemas(unit, {"minimum": low, "maximum": low + span})
    assert number == {"type": "integer", "minimum": low, "maximum": low + span}
    assert set(schema) == {"type", "pattern"}, "no extension keyword is needed"
    try:
        expected = low <= in_unit(text, unit) <= low + span
    except ValueError:
        expected = False
    assert bool(re.search(schema["pattern"], text)) == expected


@given(value=st.integers(0, 100_000), unit=st.sampled_from(["seconds", "milliseconds", "minutes", "days"]))
def test_every_spelling_means_the_value(value, unit):
    texts = spellings(value, unit)
    assert texts
    assert {in_unit(text, unit) for text in texts} == {value}


@pytest.mark.parametrize(
    ("hinted", "text", "number"),
    [
        pytest.param(Minutes, "3h", 180, id="minutes"),
        pytest.param(Hours, "7d", 168, id="hours"),
        pytest.param(Days, "2w", 14, id="days"),
    ],
)
def test_a_field_counts_in_its_own_unit(hinted: Any, text: str, number: int) -> None:
    adapter: TypeAdapter[int] = TypeAdapter(hinted)
    assert adapter.validate_python(text) == adapter.validate_python(number) == number
    with pytest.raises(ValueError, match="not a whole number of"):
        adapter.validate_python("30s")


@pytest.mark.parametrize("unit", sorted(UNITS))
def test_the_duration_that_a_problem_suggests_can_be_written(unit: str) -> None:
    said = fix(unit)
    assert unit in said
    assert isinstance(in_unit(said.rpartition(" ")[2], unit), int)
