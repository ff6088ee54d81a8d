"""The sandbox: a database like the application's, that leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reconciler import SandboxRequest
from reconciler_accounts.sandbox.binaries import find_binaries
from reconciler_accounts.sandbox.server import PostgresServer
from reconciler_accounts.sandbox.service import ROGUE, AccountsSandbox
from reconciler_accounts.settings import AccountsSettings

CATALOG = """
SELECT concat_ws(' ', table_name, column_name, udt_name, is_nullable, column_default, datetime_precision) AS line
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
UNION ALL SELECT concat_ws(' ', enumlabel, enumsortorder) FROM pg_enum
"""


def published_schema() -> Path:
    """The application's own schema, where it lies beside the repository."""
    for folder in Path(__file__).resolve().parents:
        found = folder / "shared" / "lms" / "schema.sql"
        if found.is_file():
            return found
    pytest.skip("the application's schema.sql is not here")


async def test_the_catalog_is_the_one_the_application_makes(spare: Any) -> None:
    script = published_schema().read_bytes()
    ours = await spare.sql(CATALOG)
    await spare.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public", user="postgres")
    await spare.sql("GRANT ALL ON SCHEMA public TO lms_owner", user="postgres")
    await spare.sql(script)
    theirs = await spare.sql(CATALOG)

    assert {row["line"] for row in ours} ^ {row["line"] for row in theirs} == set()
    assert len(ours) > 130


async def test_it_holds_the_courses_asked_for_and_nobody_who_would_alarm(world: Any, engine: Any) -> None:
    state = await world.sandbox.state()

    assert [course["code"] for course in state["courses"]] == ["AI-101", "AI-201", "GONE-1"]
    assert state["enrollments"] == []
    assert all(set(course["id"]) <= set("0123456789abcdefghijklmnopqrstuvwxyz") for course in state["courses"])
    assert all(course["id"][0] == "c" and len(course["id"]) == 25 for course in state["courses"])
    live = [one async for one in world.open().list("accounts")]
    assert [(one.inactive, engine.kind.alarming(one)) for one in live] == [(True, "")]


async def test_its_state_shows_every_row_and_no_hash_and_reset_brings_it_back(world: Any, engine: Any) -> None:
    before = await world.sandbox.state()
    await engine.apply(world.open(), engine.desired("ana@x.com", courses=("AI-101",)))
    await world.sandbox.register("Eve@x.com", "ADMIN", "a password of hers")
    await world.sandbox.edit("ana@x.com", role="INSTRUCTOR")

    state = await world.sandbox.state()
    assert {user["email"]: (user["role"], user["locked"]) for user in state["users"]} == {
        "course-owner@sandbox.invalid": ("INSTRUCTOR", True),
        "Eve@x.com": ("ADMIN", False),
        "ana@x.com": ("INSTRUCTOR", False),
    }
    assert len(state["enrollments"]) == 1
    assert "$2b$" not in repr(state)

    await world.sandbox.reset()
    after = await world.sandbox.state()
    assert {t: [r["id"] for r in rows] for t, rows in after.items()} == {
        t: [r["id"] for r in rows] for t, rows in before.items()
    }


@pytest.mark.trap("accounts", "3: anybody can register, as ADMIN too")
async def test_the_hand_edits_are_a_role_to_put_back_and_an_admin_who_stays(world: Any, engine: Any) -> None:
    roster = [engine.desired("boss@x.com", role="ADMIN"), engine.desired("ana@x.com")]
    await engine.apply(world.open(), *roster)
    healed, rogue = world.sandbox.hand_edits(roster)
    for edit in (healed, rogue):
        await edit.perform()

    live = {one.identity[0]: one async for one in world.open().list("accounts")}
    assert (healed.mentions, healed.stays) == (("accounts/ana@x.com",), False)
    assert (rogue.mentions, rogue.stays) == ((ROGUE,), True)
    assert "an active ADMIN" in engine.kind.alarming(live[ROGUE])
    assert await engine.apply(world.open(), *roster) == ["update ana@x.com: role"]


@pytest.mark.parametrize(("column", "value"), [("password", "x"), ("id", "y")])
async def test_a_hand_edit_of_what_no_admin_can_edit_is_refused(world: Any, column: str, value: str) -> None:
    with pytest.raises(ValueError, match="cannot edit"):
        await world.sandbox.edit("ana@x.com", **{column: value})


async def test_it_takes_the_names_that_environment_yaml_expects() -> None:
    settings = AccountsSettings.model_validate(
        {"expect": {"database": "other-name"}, "database_url": {"secret": "LMS_URL"}}
    )
    async with AccountsSandbox(SandboxRequest("accounts", settings)) as service:
        url = service.exports["LMS_URL"]
        async with await psycopg.AsyncConnection.connect(url) as connection:
            assert connection.info.dbname == "other-name"


async def test_a_server_program_is_found() -> None:
    folder = await find_binaries()
    assert (folder / "initdb").is_file()


async def test_programs_that_the_servers_account_cannot_reach_are_copied(tmp_path: Path) -> None:
    installed = await find_binaries()
    if installed.parent.name != "pginstall":
        pytest.skip("the server is not one from a package")
    package = installed.parent.parent
    for part in (package, package.with_name(f"{package.name}.libs")):
        await asyncio.to_thread(shutil.copytree, part, tmp_path / "venv" / part.name, symlinks=True)
    (tmp_path / "venv").chmod(0o700)
    server = PostgresServer("pa55word", binaries=tmp_path / "venv" / package.name / "pginstall" / "bin")
    await server.start()
    try:
        url = f"postgresql://postgres:pa55word@127.0.0.1:{server.port}/postgres"
        async with await psycopg.AsyncConnection.connect(url) as connection:
            assert connection.info.server_version >= 140000
    finally:
        await server.stop()


SCRIPT = """
import asyncio, sys
from reconciler import SandboxRequest
from reconciler_accounts.sandbox.service import AccountsSandbox
from reconciler_accounts.settings import AccountsSettings

async def main():
    sandbox = AccountsSandbox(SandboxRequest("accounts", AccountsSettings()))
    async with sandbox:
        print(sandbox.server.log.parent, sandbox.server.port, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL], ids=["sigterm", "ctrl-c", "killed-outright"]
)
async def test_however_it_ends_the_server_ends_too(number: signal.Signals) -> None:
    if number == signal.SIGKILL and not sys.platform.startswith("linux"):
        pytest.skip("only Linux tells a child that its parent was killed")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SCRIPT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert process.stdout is not None
    folder, port = (await process.stdout.readline()).decode().split()
    server = int((Path(folder) / "data" / "postmaster.pid").read_text().split()[0])
    process.send_signal(number)
    await process.wait()

    await asyncio.to_thread(wait_for_end, server)
    left = await asyncio.to_thread(os.path.exists, folder)
    assert left == (number == signal.SIGKILL)
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    with pytest.raises(ConnectionError):
        await asyncio.open_connection("127.0.0.1", int(port))


def wait_for_end(pid: int) -> None:
    until = time.monotonic() + 20
    while is_running(pid):
        assert time.monotonic() < until, "the server still runs"
        time.sleep(0.02)  # nothing of ours tells when a process that is not our child ends


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return True
