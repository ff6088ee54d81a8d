from __future__ import annotations

from typing import Annotated

import pytest

from reconciler.kind.base import Kind, Part
from reconciler.kind.markers import KeyedBy
from reconciler.kind.types import ListOf, Seconds
from reconciler.report.units import duration, units_of


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        pytest.param(180, "seconds", "3m", id="minutes"),
        pytest.param(90, "seconds", "1m 30s", id="mixed"),
        pytest.param(30, "seconds", "30s", id="as-it-is"),
        pytest.param(86400, "seconds", "1d", id="a-day"),
        pytest.param(1500, "milliseconds", "1s 500ms", id="milliseconds"),
        pytest.param(90, "minutes", "1h 30m", id="of-minutes"),
        pytest.param(7, "days", "7d", id="days"),
        pytest.param(0, "seconds", "", id="zero"),
        pytest.param(True, "seconds", "", id="no-number"),
        pytest.param(5, "requests", "", id="no-duration"),
        pytest.param("3m", "seconds", "", id="text"),
    ],
)
def test_a_number_with_a_unit_is_said_as_people_say_it(value, unit, text):
    assert duration(value, unit) == text


class Step(Part):
    wait_before: Seconds


class Check(Kind, collection="checks", identity="name"):
    name: str | None = None
    every: Seconds
    steps: ListOf[Step] = ()
    keyed: Annotated[ListOf[Step], KeyedBy("name")] = ()


@pytest.mark.parametrize(
    ("collection", "path", "unit"),
    [
        pytest.param("checks", ("every",), "seconds", id="top-level"),
        pytest.param("checks", ("steps", 0, "wait_before"), "seconds", id="in-a-list"),
        pytest.param("checks", ("keyed", "first", "wait_before"), "seconds", id="in-a-keyed-list"),
        pytest.param("checks", ("name",), "", id="text"),
        pytest.param("checks", ("nothing", "here"), "", id="unknown-field"),
        pytest.param("others", ("every",), "", id="unknown-kind"),
    ],
)
def test_the_unit_of_a_field_comes_from_its_model(collection, path, unit):
    assert units_of({"checks": Check})(collection, path) == unit
