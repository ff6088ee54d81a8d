"""Which of pydantic's errors are a mistake of the user's."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import Field, ValidationError

from reconciler.kind.base import Part
from reconciler.kind.types import ListOf, Seconds, SetOf
from reconciler.load.branches import findings


class _Step(Part):
    wait: int


class _Model(Part):
    steps: Annotated[ListOf[_Step], Field(min_length=2)] = ()
    either: Annotated[ListOf[_Step], Field(min_length=2)] | str = ()
    pauses: Annotated[SetOf[Seconds], Field(min_length=2)] = frozenset()
    groups: ListOf[Annotated[ListOf[_Step], Field(min_length=1)]] = ()


GOOD, BAD = {"wait": 1}, {"wait": "x"}
LENGTHS = [
    pytest.param({"steps": [GOOD]}, {("steps",): "too_short"}, id="short"),
    pytest.param({"steps": [GOOD, BAD]}, {("steps", 1, "wait"): "int_type"}, id="long-enough"),
    pytest.param({"steps": [BAD, {}]}, {("steps", 0, "wait"): "int_type", ("steps", 1, "wait"): "missing"}, id="all"),
    pytest.param({"steps": [BAD]}, {("steps",): "too_short", ("steps", 0, "wait"): "int_type"}, id="short-and-invalid"),
    pytest.param({"either": [GOOD, BAD]}, {("either", 1, "wait"): "int_type"}, id="branch-of-a-union"),
    pytest.param({"pauses": [60, "1m"]}, {("pauses",): "too_short"}, id="two-that-are-one"),
    pytest.param({"groups": [[BAD], []]}, {("groups", 0, 0, "wait"): "int_type", ("groups", 1): "too_short"}, id="in"),
]


@pytest.mark.parametrize(("data", "told"), LENGTHS)
def test_a_list_is_too_short_only_as_it_is_written(data: Any, told: Any) -> None:
    with pytest.raises(ValidationError) as raised:
        _Model.model_validate(data)
    assert {finding.path: finding.type for finding in findings(raised.value, data)} == told
