"""Bad days while writing, from the command line: what went through stays, and a later apply finishes the rest."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow  # real processes, many of them

MONITORS = "/api/v2/monitors"
FEW = """
monitors:
  one: {url: "https://one.x.test/", monitor_type: status, check_frequency: 3m}
  two: {url: "https://two.x.test/", monitor_type: status, check_frequency: 3m}
monitor_groups:
  all: {name: All}
"""
PERSON = "accounts:\n  admin@x.test: {name: Ada, role: ADMIN}\n"
MAIL = "delivery: {smtp: {host: 127.0.0.1, port: 9, from: lms@x.test, tls: none}}"


@pytest.fixture
def shop(site: Any) -> Any:
    """A project with three objects, committed and not applied."""
    site.commit({**site.files(), "objects.yaml": FEW})
    return site


def converges(site: Any) -> None:
    """A later apply ends well, and leaves everything once and nothing to do."""
    site.world.proxy.reset()
    later = site.run("apply", "--yes")
    assert later.code == 0, later.all
    assert site.world.names("monitors") == ["one", "two"]
    assert site.world.names("monitor_groups") == ["All"]
    assert site.run("plan", "--detailed-exitcode").code == 0
    assert "Nobody holds the lock" in site.run("unlock", "--yes").out


def first_write(then: Callable[[Any, Any], Any], path: str = MONITORS) -> Any:
    """Do something else at the first POST to a path."""
    met: list[Any] = []

    async def behave(request: Any, forward: Any) -> bytes | None:
        if request.method == "POST" and request.path == path and not met:
            met.append(request)
            return await then(request, forward)
        return await forward()

    return behave


async def reset_after(request: Any, forward: Any) -> bytes | None:
    await forward()
    return None


async def reset_before(request: Any, forward: Any) -> bytes | None:
    return None


async def truncated_after(request: Any, forward: Any) -> bytes:
    answer: bytes = await forward()
    return answer[:-40]


async def error_after(request: Any, forward: Any) -> bytes:
    await forward()
    return b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


async def html_after(request: Any, forward: Any) -> bytes:
    await forward()
    return b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>"


async def refused(request: Any, forward: Any) -> bytes:
    body = b'{"errors": {"url": ["is not reachable from here"]}}'
    return b"HTTP/1.1 422 X\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body) + body


async def revoked(request: Any, forward: Any) -> bytes:
    body = b'{"errors": "Invalid Team API token"}'
    return b"HTTP/1.1 401 X\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body) + body


LOST = [
    reset_after,
    truncated_after,
    *(pytest.param(f, marks=pytest.mark.slow) for f in (reset_before, error_after, html_after)),
]


@pytest.mark.parametrize("then", LOST, ids=lambda f: f.__name__)
def test_a_create_whose_answer_is_lost_is_made_once(shop: Any, then: Any) -> None:
    shop.world.proxy.behave = first_write(then)
    ran = shop.run("apply", "--yes")
    assert ran.code == 0, ran.all
    assert shop.world.names("monitors") == ["one", "two"]
    converges(shop)


@pytest.mark.parametrize(
    ("then", "said", "code"),
    [(refused, "is not reachable from here", 5), (revoked, "401", 1)],
    ids=["refused", "revoked"],
)
def test_a_refused_change_stops_no_other_and_says_what_to_do(shop: Any, then: Any, said: str, code: int) -> None:
    shop.world.proxy.behave = first_write(then)
    ran = shop.run("apply", "--yes")
    assert ran.code == code, ran.all
    assert said in " ".join(ran.out.split())
    assert "apply` again" in ran.out
    assert len(shop.world.names("monitors")) == 1
    converges(shop)


@pytest.mark.parametrize(("lasts", "done"), [(1, "1 change done"), (3, "3 changes done")], ids=["before", "after"])
def test_a_vendor_that_goes_down_for_good_is_not_taken_for_one_that_lost_what_was_made(
    shop: Any, lasts: int, done: str
) -> None:
    written: list[str] = []

    async def behave(request: Any, forward: Any) -> bytes | None:
        if request.writes:
            written.append(request.path)
        elif len(written) >= lasts:
            return None
        return await forward() if len(written) <= lasts else None

    shop.world.proxy.behave = behave
    ran = shop.run("apply", "--yes", "--deadline", "3s")
    assert ran.code == 5, ran.all
    assert done in ran.out
    assert "could not be verified" in " ".join(ran.out.split())
    assert "NOT CONVERGED" not in ran.out
    converges(shop)


def test_a_connection_lost_in_mid_transaction_leaves_nothing_half_written(shop: Any) -> None:
    sql = shop.world.sql
    shop.commit({**shop.files(), "people.yaml": PERSON})
    sql("CREATE FUNCTION cut() RETURNS trigger AS 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid());"
        " RETURN NEW; END' LANGUAGE plpgsql")  # fmt: skip
    sql("CREATE TRIGGER cut AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION cut()")
    try:
        ran = shop.run("apply", "--yes")
        assert sql("SELECT 1 FROM users WHERE email = 'admin@x.test'") == []
    finally:
        sql("DROP FUNCTION cut() CASCADE")
    assert ran.code == 5, ran.all
    assert "accounts/admin@x.test" in ran.out
    assert len(shop.world.names("monitors")) == 2
    converges(shop)
    assert sql("SELECT left(password, 1) FROM users WHERE email = 'admin@x.test'") == [("$",)]


def test_a_mail_server_that_is_down_leaves_the_account_locked_until_its_password_is_handed_over(shop: Any) -> None:
    files = {**shop.files(), "people.yaml": PERSON}
    mailed = files["environment.yaml"].replace("delivery: {file: handover/}", MAIL)
    shop.commit(files | {"environment.yaml": mailed})
    ran = shop.run("apply", "--yes")
    assert ran.code == 5, ran.all
    assert "is locked, its hand-over is not complete" in " ".join(ran.out.split())
    locked = "SELECT left(password, 1) FROM users WHERE email = 'admin@x.test'"
    assert shop.world.sql(locked) == [("!",)]
    shop.commit(files)
    converges(shop)
    assert shop.world.sql(locked) == [("$",)]
    assert len(list((shop.root / "handover").iterdir())) == 1


def test_two_applies_at_once_leave_one_winner_and_no_doubles(shop: Any) -> None:
    seconds: list[Any] = []

    async def behave(request: Any, forward: Any) -> bytes | None:
        if request.writes and not seconds:
            seconds.append(await asyncio.to_thread(shop.run, "apply", "--yes"))
        answer: bytes = await forward()
        return answer

    shop.world.proxy.behave = behave
    first = shop.run("apply", "--yes")
    assert first.code == 0, first.all
    assert seconds[0].code == 4, seconds[0].all
    assert "another run is applying" in seconds[0].err
    assert "pid" in seconds[0].err
    converges(shop)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_an_interrupted_apply_ends_cleanly_and_can_be_taken_up_again(shop: Any, number: int) -> None:
    async def then(request: Any, forward: Any) -> bytes | None:
        os.kill(process.pid, number)
        answer: bytes = await forward()
        return answer

    grouped = FEW.replace("check_frequency", "monitor_group: all, check_frequency")
    shop.commit({**shop.files(), "objects.yaml": grouped})
    shop.world.proxy.behave = first_write(then, "/api/v2/monitor-groups")
    process = shop.start("apply", "--yes")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, (out, err)
    assert b"Stopping: finishing what is in flight" in err
    assert b"Traceback" not in err
    assert b"interrupted" in out
    assert shop.world.names("monitor_groups") == ["All"]
    assert shop.world.names("monitors") == []
    converges(shop)


def test_without_a_terminal_nothing_is_applied_unasked(shop: Any) -> None:
    ran = shop.run("apply")
    assert ran.code == 1
    assert "no terminal to ask on" in ran.err
    assert "add --yes" in ran.err
    assert shop.world.names("monitors") == []


def test_a_reader_that_goes_away_stops_no_apply(shop: Any) -> None:
    process = shop.start("apply", "--yes")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) == 0
    assert shop.world.names("monitors") == ["one", "two"]
    converges(shop)


@pytest.mark.parametrize("arguments", [("plan",), ("drift", "--format", "json"), ("history",), ("explain", "monitors")])
def test_a_reader_that_goes_away_is_no_error(shop: Any, arguments: tuple[str, ...]) -> None:
    process = shop.start(*arguments)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) in (0, 2)


def test_a_full_disk_behind_the_output_is_said(shop: Any) -> None:
    plan = shop.run("plan", "-o", "/dev/full")
    assert (plan.code, "No space left" in plan.err, "free some space" in plan.err) == (1, True, True)
    with Path("/dev/full").open("wb") as full:
        printed = shop.run("plan", stdout=full)
        applied = shop.run("apply", "--yes", stdout=full)
    assert (printed.code, applied.code) == (1, 1)
    assert "what was applied is kept" in applied.err
    converges(shop)


FULL = """
mount -t tmpfs -o size=2m,mode=0700 none "$PLACE" && cp -a "$KEPT/." "$PLACE" || exit 99
dd if=/dev/zero of="$PLACE/zeros" bs=4k 2>/dev/null
exec "$@"
"""


@pytest.mark.parametrize(
    ("place", "code", "said", "made"),
    [
        pytest.param(".reconciler", 1, "the journal", 0, id="journal"),
        pytest.param(".git", 1, "the ledger", 0, id="ledger"),
        pytest.param("handover", 5, "is locked, its hand-over is not complete", 2, id="hand-over"),
    ],
)
def test_a_full_disk_is_said_and_loses_nothing(shop: Any, place: str, code: int, said: str, made: int) -> None:
    shop.commit({**shop.files(), "people.yaml": PERSON})
    (shop.root / place).mkdir(exist_ok=True, mode=0o700)
    shutil.copytree(shop.root / place, shop.folder / "kept", symlinks=True)
    env = {**shop.env, "PLACE": str(shop.root / place), "KEPT": str(shop.folder / "kept")}
    command = ["unshare", "-rm", "sh", "-c", FULL, "sh", sys.executable, "-m", "reconciler", "apply", "--yes"]
    try:
        done = subprocess.run(command, cwd=shop.root, env=env, capture_output=True, text=True, timeout=60, check=False)
    except FileNotFoundError:
        pytest.skip("no unshare here")
    if done.returncode == 99 or "unshare:" in done.stderr:
        pytest.skip("a disk of our own cannot be mounted here")
    everything = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == code, everything
    assert said in everything
    assert "No space left" in everything
    assert "Traceback" not in everything
    assert len(shop.world.names("monitors")) == made
    converges(shop)
    assert shop.world.sql("SELECT left(password, 1) FROM users WHERE email = 'admin@x.test'") == [("$",)]
