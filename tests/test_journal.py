"""The journal: one line before and after each write, there at once, and without secrets."""

from __future__ import annotations

import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.errors import ReconcilerError
from reconciler.journal import KEPT, Journal
from reconciler.model import Address
from reconciler.runtime import Runtime

WIDGET = Address("widgets", "ü")
RUN = "20260601T120000Z-00000001"


@pytest.fixture
def runtime() -> Runtime:
    return Runtime(now=lambda: datetime(2026, 6, 1, 12, tzinfo=UTC), environ={})


def lines(root: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (root / ".reconciler" / f"journal-{RUN}.jsonl").read_text().splitlines()]


def test_each_line_is_there_as_soon_as_it_is_written(tmp_path: Path, runtime: Runtime) -> None:
    journal = Journal.open(tmp_path, RUN, runtime)
    journal.write("begin", WIDGET, "create")
    assert lines(tmp_path) == [
        {
            "at": "2026-06-01T12:00:00.000+00:00",
            "run": RUN,
            "event": "begin",
            "address": "widgets/ü",
            "action": "create",
        }
    ]
    journal.write("end", WIDGET, "create", live_id="17")
    assert [line["event"] for line in lines(tmp_path)] == ["begin", "end"]
    journal.close()


def test_only_its_owner_can_read_it_and_git_does_not_see_it(tmp_path: Path, runtime: Runtime) -> None:
    journal = Journal.open(tmp_path, RUN, runtime)
    journal.close()
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(journal.path.parent.stat().st_mode) == 0o700
    assert (journal.path.parent / ".gitignore").read_text() == "*\n"


def test_no_secret_gets_in_and_each_line_stays_json(tmp_path: Path, runtime: Runtime) -> None:
    runtime.redactor.add('canary"\n\\secret', "KEY")
    journal = Journal.open(tmp_path, RUN, runtime)
    journal.write("failed", WIDGET, "create", detail='said: canary"\n\\secret')
    journal.close()
    assert lines(tmp_path)[0]["detail"] == "said: (KEY)"
    assert "canary" not in journal.path.read_text()


def test_text_that_is_no_unicode_is_written_all_the_same(tmp_path: Path, runtime: Runtime) -> None:
    journal = Journal.open(tmp_path, RUN, runtime)
    journal.write("failed", WIDGET, "create", detail="\udc80")
    journal.close()
    assert lines(tmp_path)[0]["detail"] == "\udc80"


def test_a_full_disk_is_an_error_when_the_line_is_written_and_closing_raises_nothing_more(
    tmp_path: Path, runtime: Runtime
) -> None:
    full = Journal(tmp_path / "journal", os.open("/dev/full", os.O_WRONLY), RUN, runtime)
    with pytest.raises(ReconcilerError, match="No space left on device"):
        full.write("begin", WIDGET, "create")
    full.close()
    full.close()


def test_a_folder_that_cannot_be_used_is_an_error_before_anything_is_sent(tmp_path: Path, runtime: Runtime) -> None:
    (tmp_path / ".reconciler").write_text("a file")
    with pytest.raises(ReconcilerError, match="cannot be written") as caught:
        Journal.open(tmp_path, RUN, runtime)
    assert ".reconciler/" in caught.value.fix


def test_journals_of_old_runs_are_removed(tmp_path: Path, runtime: Runtime) -> None:
    for number in range(KEPT + 5):
        Journal.open(tmp_path, f"2026{number:04}", runtime).close()
    found = sorted(path.name for path in (tmp_path / ".reconciler").glob("journal-*"))
    assert (len(found), found[-1]) == (KEPT + 1, f"journal-2026{KEPT + 4:04}.jsonl")
