"""Commands that print a secret: who may declare them, when they run, and what a failing one shows."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import InputError
from reconciler.process import ProcessFailed, run_process
from reconciler.secrets.commands import Commands, distrust, read_commands


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A user's configuration folder, outside the project."""
    (tmp_path / "home" / "reconciler").mkdir(parents=True)
    (tmp_path / "project").mkdir()
    return tmp_path / "home"


def declare(home: Path, entries: dict[str, Any]) -> Path:
    path = home / "reconciler" / "commands.yaml"
    path.write_text(json.dumps({"commands": entries}))
    path.chmod(0o600)
    return path


def read(home: Path, **environ: str) -> Commands:
    return read_commands({"XDG_CONFIG_HOME": str(home), **environ}, home.parent / "project", os.geteuid())


def test_a_command_gives_the_value_it_prints_and_runs_once(vault: Any, script: Any, home: Path) -> None:
    tool = script("op", "print(sys.argv[1:] == ['read', 'op://x y/$HOME'] and 'hush-hush', end='\\n')")
    declare(home, {"A": [tool, "read", "op://x y/$HOME"]})
    made = vault.resolver(commands=read(home))
    assert made.known("A") is None
    assert vault.ran == []
    assert [made.get("A").reveal(), made.get("A").reveal(), made.known("A").reveal()] == ["hush-hush"] * 3
    assert len(vault.ran) == 1
    assert vault.redactor.clean("hush-hush") == "(secret A)"


def test_a_value_that_is_at_hand_runs_nothing(vault: Any, script: Any, home: Path) -> None:
    declare(home, {"A": [script("op", "print('other')")]})
    assert vault.resolver(environ={"A": "at-hand"}, commands=read(home)).get("A").reveal() == "at-hand"
    assert vault.ran == []


PULL_REQUESTS = [
    {"GITHUB_EVENT_NAME": "pull_request"},
    {"GITHUB_EVENT_NAME": "pull_request_target"},
    {"CI_MERGE_REQUEST_IID": "7"},
    {"RECONCILE_COMMANDS": "none"},
]


@pytest.mark.parametrize("environ", PULL_REQUESTS, ids=["github", "github-target", "gitlab", "switched-off"])
def test_nothing_is_run_for_a_pull_request_or_where_it_is_switched_off(
    vault: Any, script: Any, home: Path, environ: dict[str, str]
) -> None:
    declare(home, {"A": [script("op", "print('hush-hush')")]})
    made = vault.resolver(commands=read(home, **environ))
    assert made.get("A") is None
    assert vault.ran == []


def test_a_pull_request_is_told_why_a_value_is_missing(vault: Any, script: Any, home: Path) -> None:
    declare(home, {"A": [script("op", "print('hush-hush')")]})
    made = vault.resolver(commands=read(home, GITHUB_EVENT_NAME="pull_request"))
    assert made.missing_reason("A").endswith("no command is run (this run is for a pull request)")


def test_a_failing_command_shows_its_complaint_without_secrets(vault: Any, script: Any, home: Path) -> None:
    said = "'no: hush-printed ' + os.environ['OP_TOKEN'] + '\\x1b[31m!'"
    body = f"print('hush-printed'); sys.stderr.write({said}); sys.exit(3)"
    declare(home, {"A": [script("op", body)]})
    made = vault.resolver(environ={"OP_TOKEN": "hush-of-the-machine"}, commands=read(home))
    assert made.get("A") is None
    problem = made.failure("A")
    assert "ended with 3: no: (secret A) (env OP_TOKEN)" in problem.message
    assert "hush" not in f"{problem} {made.missing_reason('A')}"
    assert "\x1b" not in str(problem)
    assert str(problem.where).endswith("commands.yaml:1:15")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        pytest.param("pass", "printed no value", id="nothing"),
        pytest.param("sys.stdout.buffer.write(b'\\xff\\xfe')", "printed no value", id="no-text"),
        pytest.param("print('x' * 70_000)", "printed no value", id="too-long"),
    ],
)
def test_what_is_no_value_is_none(vault: Any, script: Any, home: Path, body: str, why: str) -> None:
    declare(home, {"A": [script("op", body)]})
    made = vault.resolver(commands=read(home))
    assert made.get("A") is None
    assert why in made.failure("A").message


def test_a_program_that_hangs_is_stopped_with_what_it_started(script: Any, tmp_path: Path) -> None:
    body = (
        "import subprocess\nopen(sys.argv[1], 'w').write(str(subprocess.Popen(['sleep', '600']).pid))\ntime.sleep(600)"
    )
    with pytest.raises(ProcessFailed, match=r"hang took longer than 1 s and was stopped"):
        run_process([script("hang", body), str(tmp_path / "pid")], dict(os.environ), timeout=1)
    child = int((tmp_path / "pid").read_text())
    until = time.monotonic() + 20
    while alive(child) and time.monotonic() < until:
        time.sleep(0.01)
    assert not alive(child)


def alive(pid: int) -> bool:
    """Whether a process runs still: one that nobody has waited for is dead, too."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_program_that_never_ends_to_talk_is_stopped(script: Any) -> None:
    with pytest.raises(ProcessFailed, match="wrote more than 4 KB"):
        run_process([script("loud", "while True: print('x' * 1000)")], dict(os.environ), limit=4096)


def test_a_program_gets_no_input_and_no_shell(script: Any) -> None:
    ran = run_process([script("ask", "print(repr(sys.stdin.read()), sys.argv[1])"), "$(id)"], {"PATH": os.defpath})
    assert ran.out == b"'' $(id)\n"
    assert "id" not in repr(ran)


def test_no_file_is_no_command(home: Path) -> None:
    assert read(home).by_name == {}
    assert read_commands({}, home, os.geteuid()).by_name == {}


def test_a_file_of_commands_in_the_checkout_is_refused(home: Path) -> None:
    (home.parent / ".git").mkdir()  # the project stands in a repository, and so does the file
    declare(home, {"A": ["x"]})
    with pytest.raises(InputError, match="where a pull request can change it"):
        read(home)


def test_a_link_into_the_checkout_is_refused(home: Path) -> None:
    inside = home.parent / "project" / "commands.yaml"
    inside.write_text('{"commands": {"A": ["x"]}}')
    (home / "reconciler" / "commands.yaml").symlink_to(inside)
    with pytest.raises(InputError, match="where a pull request can change it"):
        read(home)


def test_a_file_that_others_may_write_is_refused(home: Path) -> None:
    declare(home, {"A": ["x"]}).chmod(0o662)
    with pytest.raises(InputError, match="others than its owner may write it"):
        read(home)


OURS, THEIRS, ROOT = 1000, 1001, 0
TRUST = [
    pytest.param(OURS, OURS, 0o600, "", id="ours"),
    pytest.param(ROOT, OURS, 0o644, "", id="the-administrators"),
    pytest.param(ROOT, ROOT, 0o600, "", id="root-runs-its-own"),
    pytest.param(THEIRS, OURS, 0o600, "it belongs to another user (uid 1001)", id="anothers"),
    pytest.param(THEIRS, ROOT, 0o600, "it belongs to another user (uid 1001)", id="root-runs-anothers"),
    pytest.param(THEIRS, OURS, 0o666, "it belongs to another user (uid 1001)", id="anothers-and-open"),
    pytest.param(OURS, OURS, 0o620, "others than its owner may write it", id="a-groups"),
    pytest.param(ROOT, OURS, 0o602, "others than its owner may write it", id="everybodys"),
    pytest.param(THEIRS, None, 0o600, "", id="owners-have-no-number"),
    pytest.param(THEIRS, None, 0o602, "others than its owner may write it", id="no-number-and-open"),
]


@pytest.mark.parametrize(("owner", "user", "mode", "why"), TRUST)
def test_what_runs_is_said_by_the_user_or_root_alone(owner: int, user: int | None, mode: int, why: str) -> None:
    said, _ = distrust(owner, user, mode) or ("", "")
    assert said.partition(",")[0] == why


@pytest.mark.parametrize("linked", [False, True], ids=["itself", "through-a-link-of-ours"])
def test_a_file_of_another_user_is_refused_and_says_what_to_do(home: Path, linked: bool) -> None:
    path = declare(home, {"A": ["x"]})
    owner = os.geteuid()
    if owner == 0:  # a file of root's is everybody's to use: give it away
        owner = THEIRS
        os.chown(path, owner, -1)
    if linked:
        path.rename(home / "elsewhere.yaml")
        path.symlink_to(home / "elsewhere.yaml")
    user = owner + 1
    with pytest.raises(InputError) as caught:
        read_commands({"XDG_CONFIG_HOME": str(home)}, home.parent / "project", user)
    (problem,) = caught.value.problems
    assert problem.where is not None
    assert problem.where.file == str(path)
    whose = f"it belongs to another user (uid {owner}), who could choose what you (uid {user}) run"
    assert problem.message == f"the file of commands is not used: {whose}"
    assert problem.fix.endswith(f"put a copy of your own in its place, or chown it to uid {user}")


MALFORMED = [
    pytest.param('{"commands": {"A": "op read x"}}', "no program with arguments", id="a-shell-line"),
    pytest.param('{"commands": {"A": []}}', "no program with arguments", id="empty"),
    pytest.param('{"commands": {"A": ["op", 5]}}', "no program with arguments", id="a-number"),
    pytest.param('{"commands": {"a b": ["op"]}}', "no name of a secret", id="no-name"),
    pytest.param('{"secrets": {}}', "no file of commands", id="another-key"),
    pytest.param("[]", "no file of commands", id="a-list"),
    pytest.param("{", "", id="broken"),
]


@pytest.mark.parametrize(("text", "why"), MALFORMED)
def test_a_malformed_file_is_an_error_with_its_place(home: Path, text: str, why: str) -> None:
    path = declare(home, {})
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read(home)
    problem = caught.value.problems[0]
    assert why in problem.message
    assert problem.where.file == str(path)


def test_a_file_that_is_named_must_be_there(home: Path) -> None:
    with pytest.raises(InputError, match="it cannot be read"):
        read(home, RECONCILE_COMMANDS=str(home / "nowhere.yaml"))
