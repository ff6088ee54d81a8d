"""Many new objects are one line each; a note that many share is said once; nothing else is folded."""

from __future__ import annotations

import re

import pytest

from reconciler.report.fold import MANY_CREATES, folded
from reconciler.report.units import no_unit


@pytest.mark.parametrize(
    ("count", "full", "fields_shown"),
    [
        pytest.param(MANY_CREATES - 1, False, True, id="a-few-are-shown"),
        pytest.param(MANY_CREATES, False, False, id="many-are-folded"),
        pytest.param(MANY_CREATES, True, True, id="many-are-shown-when-asked"),
    ],
)
def test_new_objects_fold_when_there_are_many(make, count, full, fields_shown):
    changes = [make.change("create", f"monitors/m{n}", notes=("same for all", f"own {n}")) for n in range(count)]
    text = "\n".join(line.text for line in folded(changes, no_unit, full=full))
    assert ("check_frequency" in text) is fields_shown
    assert len(re.findall("same for all", text)) == 1
    assert all(f"own {n}" in text for n in range(count))
    assert all(f"monitors/m{n}" in text for n in range(count))


def test_what_loses_something_is_never_folded(make):
    changes = [make.change("delete", f"monitors/m{n}") for n in range(MANY_CREATES + 1)]
    assert all(
        f"delete monitors/m{n}" in " ".join(li.text for li in folded(changes, no_unit, full=False)) for n in range(6)
    )
