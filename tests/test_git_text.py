"""What git prints, taken apart."""

from __future__ import annotations

import pytest

from reconciler import git_text

FAILURES = [
    pytest.param(
        "git@example.test: Permission denied (publickey).\nfatal: Could not read from remote repository.\n\nPlease …",
        "Permission denied (publickey). fatal: Could not read",
        "an agent",
        id="ssh-key",
    ),
    pytest.param(
        "remote: Invalid token\nfatal: Authentication failed for 'https://example.test/x.git/'",
        "Invalid token fatal: Authentication failed",
        "valid credential",
        id="token",
    ),
    pytest.param(
        "fatal: detected dubious ownership in repository at '/x'\nTo add an exception for this directory, call:\n\n"
        "\tgit config --global --add safe.directory /x\n",
        "dubious ownership",
        "if you trust the folder: git config --global --add safe.directory /x",
        id="owner",
    ),
    pytest.param("fatal: {odd} braces", "{odd} braces", "by hand", id="unknown"),
    pytest.param("", "it said nothing", "by hand", id="silent"),
]


@pytest.mark.parametrize(("stderr", "said", "fix"), FAILURES)
def test_a_failure_says_what_git_said_and_what_to_do(stderr: str, said: str, fix: str) -> None:
    message, hint = git_text.failure(stderr)
    assert said in message
    assert fix in hint


@pytest.mark.parametrize(
    "url",
    ["https://me:hunter22@example.test/x", "https://hunter22@example.test/x", "ssh://a:hunter22@b@example.test/x"],
)
def test_credentials_leave_every_message(url: str) -> None:
    message, _ = git_text.failure(f"fatal: unable to access '{url}': no route")
    assert "hunter22" not in message
    assert "://example.test/x" in message


MOVED = [
    pytest.param("!\ta:b\t[rejected] (fetch first)", True, id="behind"),
    pytest.param("!\ta:b\t[rejected] (non-fast-forward)", True, id="diverged"),
    pytest.param("!\ta:b\t[remote rejected] (cannot lock ref 'b': is at 1 but expected 2)", True, id="at-once"),
    pytest.param("!\ta:b\t[remote rejected] (cannot lock ref 'b': reference already exists)", True, id="first-at-once"),
    pytest.param("!\ta:b\t[remote rejected] (pre-receive hook declined)", False, id="declined"),
    pytest.param("!\ta:b\t[remote rejected] (failed to update ref)", False, id="failed"),
    pytest.param("fatal: cannot lock ref 'b': Unable to create '/x/b.lock': File exists.", False, id="left-lock"),
]


@pytest.mark.parametrize(("said", "moved"), MOVED)
def test_only_a_ref_that_moved_is_a_lost_race(said: str, moved: bool) -> None:
    assert git_text.has_moved(said) is moved


def test_a_batch_leaves_out_what_is_missing_whatever_the_contents_look_like() -> None:
    batch = b"aa blob 9\nx\nbb 3\nzz\nc:run.json missing\ndd blob 0\n\n"
    assert git_text.blobs(batch, ["aa", "c:run.json", "dd"]) == {"aa": b"x\nbb 3\nzz", "dd": b""}
