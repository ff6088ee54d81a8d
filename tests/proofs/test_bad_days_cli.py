"""Bad days while reading, from the command line: a clear word, the right exit code, and nothing written."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow  # real processes, many of them

NOBODY = "127.0.0.1:9"  # the discard port: nothing listens there


def said(status: int, body: str, *headers: str) -> bytes:
    """A whole HTTP answer."""
    lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body)}", "connection: close", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def always(answer: bytes) -> Any:
    async def behave(request: Any, forward: Any) -> bytes:
        return answer

    return behave


def at_first(times: int, answer: bytes | None) -> Any:
    """Give this answer (None: a reset) to the first requests, and be honest then."""
    numbers = itertools.count()

    async def behave(request: Any, forward: Any) -> bytes | None:
        return answer if next(numbers) < times else await forward()

    return behave


def slow(seconds: float) -> Any:
    async def behave(request: Any, forward: Any) -> bytes:
        await asyncio.sleep(seconds)
        return await forward()

    return behave


def cut(share: float) -> Any:
    """Lose the end of every body."""

    async def behave(request: Any, forward: Any) -> bytes:
        head, _, body = (await forward()).partition(b"\r\n\r\n")
        return head + b"\r\n\r\n" + body[: int(len(body) * share)]

    return behave


def edited(path: str, edit: Callable[[dict[str, Any]], None]) -> Any:
    """Change the JSON of the answers on one path."""

    async def behave(request: Any, forward: Any) -> bytes:
        answer = await forward()
        if request.path != path:
            return bytes(answer)
        document = json.loads(answer.partition(b"\r\n\r\n")[2])
        edit(document)
        return said(200, json.dumps(document), "content-type: application/json")

    return behave


def ends_early(page: dict[str, Any]) -> None:
    del page["data"][1:]


def doubled(page: dict[str, Any]) -> None:
    page["data"].append({**page["data"][0], "id": "999999"})


def stands_still(page: dict[str, Any]) -> None:
    page["pagination"]["next"] = page["pagination"]["first"]


def other_team(page: dict[str, Any]) -> None:
    for item in page["data"]:
        item["attributes"]["team_name"] = "Somebody Else"


@dataclass(frozen=True)
class Day:
    """What is wrong, and what `arguments` then say and return. `url` makes DIRECT_URL of the right one."""

    code: int
    says: tuple[str, ...]
    arguments: tuple[str, ...] = ("plan", "--deadline", "8s")
    env: Mapping[str, str | None] = field(default_factory=dict)
    behave: Any = None
    settings: tuple[str, str] | None = None
    database: Callable[[str], str] | None = None
    ledger: bool = True


HTML = said(200, "<html><body>Down for maintenance</body></html>", "content-type: text/html")
LIMITED = said(429, '{"errors": "Too many requests"}', "retry-after: 0")
LATER = said(429, '{"errors": "Too many requests"}', "retry-after: 3600")
NEXT_YEAR = said(503, "{}", "retry-after: Fri, 31 Dec 2027 23:59:59 GMT")
BROKEN = said(500, '{"errors": "Internal server error"}')
SHORT = ("plan", "--deadline", "1s")
EXACT = ("plan", "--detailed-exitcode")
TOKEN, MONITORS = "BETTERSTACK_API_TOKEN", "/api/v2/monitors"

DAYS = {
    "no-token": Day(1, (f"{TOKEN} is not set", "create an Uptime API token"), env={TOKEN: None}),
    "empty-token": Day(1, (f"{TOKEN} is not set",), env={TOKEN: ""}),
    "wrong-token": Day(1, ("401", TOKEN), env={TOKEN: "not-the-token-of-this-team"}),
    "token-with-a-line-break": Day(1, ("line break", TOKEN), env={TOKEN: "abcdefgh\nijklmnop"}),
    "token-of-another-team": Day(1, ("AI Gurus", "Another"), settings=("team: AI Gurus", "team: Another")),
    "team-changed-since-last-time": Day(
        1, ("AI Gurus", "Somebody Else"), settings=(", expect: {team: AI Gurus}", ""),
        behave=edited("/api/v2/urgencies", other_team),
    ),
    "vendor-down": Day(5, ("cannot be reached",), SHORT, env={"BETTERSTACK_API_URL": f"http://{NOBODY}"}),
    "vendor-slower-than-the-deadline": Day(5, ("deadline",), SHORT, behave=slow(20)),
    "429-storm": Day(5, ("429",), behave=always(LIMITED)),
    "429-for-a-while": Day(0, (), behave=at_first(4, LIMITED)),
    "retry-after-beyond-the-deadline": Day(5, ("3600",), behave=always(LATER)),
    "retry-after-a-date-far-away": Day(5, ("503",), behave=always(NEXT_YEAR)),
    "500-always": Day(5, ("500",), SHORT, behave=always(BROKEN)),
    "500-at-first": Day(0, (), behave=at_first(2, BROKEN)),
    "reset-at-first": Day(0, (), behave=at_first(2, None)),
    "reset-always": Day(5, ("broke off",), SHORT, behave=at_first(1000, None)),
    "truncated-json": Day(5, ("broke off",), SHORT, behave=cut(0.5)),
    "html-instead-of-json": Day(5, ("HTML",), SHORT, behave=always(HTML)),
    "plain-http-to-a-stranger": Day(1, ("https",), env={"BETTERSTACK_API_URL": "http://api.example.test"}),
    "a-listing-that-ends-early": Day(3, ("3 of 4 recorded",), EXACT, behave=edited(MONITORS, ends_early)),
    "a-cursor-that-stands-still": Day(0, ("in what could be read",), behave=edited(MONITORS, stands_still)),
    "two-live-objects-of-one-identity": Day(5, ("999999",), EXACT, behave=edited(MONITORS, doubled), ledger=False),
    "no-database-url": Day(1, ("DIRECT_URL is not set",), env={"DIRECT_URL": None}),
    "not-a-database-url": Day(1, ("DIRECT_URL",), env={"DIRECT_URL": "mysql://x"}),
    "database-down": Day(5, ("cannot be reached",), database=lambda url: f"{url.partition('@')[0]}@{NOBODY}/x"),
    "database-password-wrong": Day(1, ("the password",), database=lambda url: url.replace("owner:", "owner:x")),
    "no-such-database": Day(1, ("no such database",), database=lambda url: f"{url}-2"),
    "another-database": Day(1, ("another-one",), settings=("ai-gurus-prod", "another-one")),
    "wrong-schema": Day(5, ("no table public.users",), database=lambda url: url.replace("ai-gurus-prod", "empty")),
    "missing-table": Day(5, ("no table public.enroll",), database=lambda url: url.replace("ai-gurus-prod", "torn")),
    "missing-privilege": Day(1, ("SELECT on users",), database=lambda url: url.replace("lms_owner", "guest")),
    "pooled-host": Day(1, ("pooled",), database=lambda url: url.replace("127.0.0.1", "ep-x-pooler.x.test")),
}  # fmt: skip


@pytest.fixture(scope="module")
def applied(make_site: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An applied production, beside two databases that are not the application's and a role that may do nothing."""
    site = make_site(tmp_path_factory.mktemp("applied") / "site")
    ran = site.run("apply", "--yes")
    assert ran.code == 0, ran.all
    sql = site.world.sql
    sql("CREATE DATABASE empty OWNER lms_owner", user="postgres")
    sql('CREATE DATABASE torn TEMPLATE "ai-gurus-prod" OWNER lms_owner', user="postgres")
    sql("DROP TABLE enrollments", database="torn")
    password = site.env["DIRECT_URL"].partition("@")[0].rpartition(":")[2]
    sql(f"CREATE ROLE guest LOGIN PASSWORD '{password}'", user="postgres")
    yield site
    sql("DROP DATABASE empty", user="postgres")
    sql("DROP DATABASE torn", user="postgres")
    sql("DROP ROLE guest", user="postgres")


@pytest.fixture
def copy(applied: Any, tmp_path: Path) -> Any:
    """The applied project once more, to spoil."""
    shutil.copytree(applied.folder, tmp_path / "site", symlinks=True)
    applied.world.proxy.reset()
    return type(applied)(tmp_path / "site", applied.world, dict(applied.env), list(applied.secrets))


@pytest.mark.parametrize("day", DAYS.values(), ids=DAYS)
def test_a_bad_day_is_explained_and_nothing_is_written(copy: Any, day: Day) -> None:
    if day.settings:
        path = copy.root / "desired" / "environment.yaml"
        assert day.settings[0] in path.read_text()
        path.write_text(path.read_text().replace(*day.settings))
    for place in () if day.ledger else (copy.root, copy.remote):
        copy.git("update-ref", "-d", "refs/reconciler/production", at=place)
    env = dict(day.env)
    if day.database:
        env["DIRECT_URL"] = day.database(copy.env["DIRECT_URL"])
    if day.behave:
        copy.world.proxy.behave = day.behave
    started = time.monotonic()
    ran = copy.run(*day.arguments, env=env)
    assert ran.code == day.code, ran.all
    flat = " ".join(ran.all.split())  # text is wrapped
    assert [text for text in day.says if text not in flat] == [], ran.all
    assert time.monotonic() - started < 15
    assert copy.world.proxy.writes == []
    if day.code in (1, 5):
        assert "delete" not in ran.out
        assert "next" in ran.out or "fix" in ran.err
