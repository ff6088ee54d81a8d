from __future__ import annotations

import pytest

from reconciler.sandbox.transcript import normalise, shortened


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("digest 7f3a19c2b0d4e5f6", "digest <digest>", id="digest"),
        pytest.param("commit 0123456789012", "commit 0123456789012", id="digits-only-are-a-number"),
        pytest.param("deadbeefdead is a word", "deadbeefdead is a word", id="letters-only-are-a-word"),
        pytest.param("id 3b241101-e2bb-4255-8caf-4136c566a962.", "id <id>.", id="uuid"),
        pytest.param("at 2026-01-02T03:04:05.678Z,", "at <time>,", id="time"),
        pytest.param("at 2026-01-02 03:04 UTC", "at <time>", id="time-for-people"),
        pytest.param("until 2026-12-31", "until 2026-12-31", id="a-day-in-the-desired-state-stays"),
        pytest.param("run 20260102T030405Z-1a2b", "run <run>", id="run"),
        pytest.param("http://127.0.0.1:43211/api", "http://127.0.0.1:<port>/api", id="port"),
        pytest.param("done in 1.2 s", "done in <duration>", id="duration"),
        pytest.param("done (12 requests, 340 ms)", "done (12 requests, <duration>)", id="duration-in-brackets"),
        pytest.param("wait: 180 s → 300 s", "wait: 180 s → 300 s", id="a-value-stays"),
        pytest.param("in /var/x/production/handover/", "in ~/production/handover/", id="folder"),
        pytest.param("blanks   \n\nat ends ", "blanks\n\nat ends", id="line-ends"),
    ],
)
def test_what_differs_between_runs_is_replaced_and_nothing_else(text: str, expected: str) -> None:
    assert normalise(text, places={"/var/x/production": "~/production", "/var/x": "~"}) == expected


@pytest.mark.parametrize(
    ("length", "kept"),
    [pytest.param(40, 40, id="short-is-kept-whole"), pytest.param(41, 19, id="long-keeps-its-ends")],
)
def test_a_transcript_says_what_it_leaves_out(length: int, kept: int) -> None:
    lines = [f"line {i}" for i in range(length)]
    short = shortened("\n".join(lines) + "\n").split("\n")
    assert len(short) == kept
    assert (short[0], short[-1]) == (lines[0], lines[-1])
    assert ("  [23 lines left out]" in short) == (length > kept)
