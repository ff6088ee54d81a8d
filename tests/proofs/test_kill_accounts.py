"""kill -9 around COMMITs of the accounts on a real PostgreSQL: nobody is doubled, or locked out for good."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import bcrypt
import pytest

pytestmark = pytest.mark.slow  # real processes, many of them

ROSTER = ["admin@x.test", "ana@x.test", "bob@x.test"]


class Relay:
    """Stands in front of PostgreSQL. `at_commit` is told of each COMMIT, before it is passed on and once it is done."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self.at_commit: Callable[[str], None] = lambda moment: None
        self._open: set[asyncio.Task[Any] | None] = set()

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        self._server.close()
        await asyncio.gather(*(task for task in self._open if task), return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(asyncio.current_task())  # the loop itself keeps no task alive
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._upstream)
        both = [
            asyncio.create_task(self._pass(reader, up_writer, "before")),
            asyncio.create_task(self._pass(up_reader, writer, "after")),
        ]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
        writer.close()
        up_writer.close()
        self._open.discard(asyncio.current_task())

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, moment: str) -> None:
        while chunk := await reader.read(65536):
            if b"COMMIT\x00" in chunk:  # as a statement, and as what the server says was done
                self.at_commit(moment)
            writer.write(chunk)
            await writer.drain()


@pytest.fixture
def relay(site: Any) -> Iterator[Relay]:
    """Return what the site's processes reach PostgreSQL through."""
    port, background = site.world.accounts.server.port, site.world.background
    made = Relay(port)
    site.env["DIRECT_URL"] = site.env["DIRECT_URL"].replace(f":{port}/", f":{background.run(made.start())}/")
    yield made
    background.run(made.stop())


def killed_at(site: Any, relay: Relay, number: int, moment: str) -> bool:
    """Apply in a process that is killed at its n-th COMMIT; False when it came to its end before."""
    passed: list[str] = []
    process = site.start("apply", "--yes", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def strike(when: str) -> None:
        passed.append(when)
        if when == moment and passed.count(moment) == number:
            os.kill(process.pid, signal.SIGKILL)
            process.wait(30)

    relay.at_commit = strike
    process.wait(60)
    relay.at_commit = lambda when: None
    return bool(process.returncode == -signal.SIGKILL)


def let_in(site: Any) -> list[str]:
    """Return who can sign in. Each of them was told the password."""
    found = site.world.sql("SELECT email, password FROM users WHERE left(password, 1) = '$' ORDER BY email")
    for email, hashed in found:
        letters = [path.read_text() for path in (site.root / "handover").glob(f"*-{email}.txt")]
        told = [match[1] for letter in letters if (match := re.search(r"Password: +(\S+)", letter))]
        assert any(bcrypt.checkpw(one.encode(), hashed.encode()) for one in told), f"nobody told {email}"
    return [email for email, _ in found]


def roster(site: Any) -> list[str]:
    """Return everybody who has a row, doubles included."""
    return [row[0] for row in site.world.sql('SELECT email FROM users WHERE "deletedAt" IS NULL ORDER BY email')]


@pytest.mark.timeout(300)
def test_after_kills_around_the_commits_of_the_accounts_applying_again_converges(site: Any, relay: Relay) -> None:
    """Three people take six transactions: each is made locked, and unlocked once the password lies in its file."""
    kills, half_made = 0, 0
    for number, moment in ((1, "before"), (1, "after"), (2, "before"), (2, "after"), (1, "before"), (2, "after")):
        kills += killed_at(site, relay, number, moment)
        assert len(set(roster(site))) == len(roster(site))
        half_made += set(let_in(site)) != set(roster(site))
    assert kills == 6
    assert half_made > 0, "no kill fell between the making of an account and its first password"

    applied = site.run("apply", "--yes")
    assert applied.code == 0, applied.all
    assert (roster(site), let_in(site)) == (ROSTER, ROSTER)
    again = site.run("plan", "--detailed-exitcode", "--format", "json")
    assert (again.code, json.loads(again.out)["changes"]) == (0, []), again.all

    bob, cora = "bob@x.test: {name: Bob,", "cora@x.test: {name: Cora,"
    files = {name: text.replace(bob, cora) for name, text in site.files().items()}
    assert files != site.files()
    site.commit(files)
    for number, moment in ((1, "before"), (1, "after"), (1, "after")):
        assert killed_at(site, relay, number, moment)
        let_in(site)
    assert site.run("apply", "--yes").code == 0
    assert (roster(site), let_in(site)) == (["admin@x.test", "ana@x.test", "cora@x.test"],) * 2
    assert site.run("plan", "--detailed-exitcode").code == 0
