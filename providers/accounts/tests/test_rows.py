"""A row of another form is an error of this tool, whatever stands in it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from reconciler import ProtocolError
from reconciler_accounts.rows import from_record

NOW = datetime(2026, 11, 23, 3, 0)  # noqa: DTZ001  # as the table holds times
RECORD: dict[str, Any] = {
    "id": "c1",
    "email": "a@example.com",
    "name": "A",
    "surname": "B",
    "role": "ADMIN",
    "company": "",
    "position": "",
    "created_at": NOW,
    "updated_at": NOW,
    "deleted_at": None,
    "usable": True,
    "courses": ["k1"],
}
ODD = {"missing": ..., "null": None, "number": 7, "list": [None], "mapping": {"a": 1}, "text": "x"}
FITS = {
    ("courses", "text"),
    ("courses", "mapping"),
    ("deleted_at", "null"),
    *((n, "text") for n in RECORD if isinstance(RECORD[n], str)),
}


def test_a_row_as_it_is_documented_is_a_live_object() -> None:
    assert from_record(RECORD).live().identity == ("a@example.com",)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("column", [name for name in RECORD if name != "usable"])
def test_a_row_of_another_form_is_refused_and_not_quoted(column: str, odd: str) -> None:
    record = {name: ODD[odd] if name == column else value for name, value in RECORD.items()}
    record = {name: value for name, value in record.items() if value is not ...}
    if (column, odd) in FITS:
        assert from_record(record).live()
        return
    with pytest.raises(ProtocolError, match="not of the form") as raised:
        from_record(record)
    assert "example" not in str(raised.value)


def test_a_column_that_nobody_asked_for_is_refused() -> None:
    with pytest.raises(ProtocolError):
        from_record({**RECORD, "password": "x"})
