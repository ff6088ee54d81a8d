"""The stand-in in memory and PostgreSQL make the same of everything: random histories on both, step by step."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import psycopg

from reconciler import ProviderError
from reconciler.testing import FakeClock, virtual_runtime
from reconciler_accounts import statements
from reconciler_accounts.provider import Accounts
from reconciler_accounts.sandbox.memory.schema import TABLES
from reconciler_accounts.sandbox.seed import TEACHER

THEN = datetime(2025, 12, 20, 9, 0, 0, 123_000, tzinfo=UTC).replace(tzinfo=None)
HASH = "$2b$12$" + "a" * 53
PEOPLE = ("ana@x.com", "bob@x.com", "Ana@x.com", "me@x.com")
CODES = ("AI-101", "AI-201", "GONE-1")
STEPS = 50
HAND_EDITS = (
    {"deletedAt": THEN},
    {"deletedAt": None},
    {"password": "!" + HASH},
    {"password": HASH},
    {"role": "ADMIN"},
    {"role": "TEACHER"},
    {"name": None},
    {"position": "x" * 300},
)
Act = Callable[[Any, Any], Awaitable[Any]]  # on a world, with the helpers of `engine`


def roster(rng: random.Random) -> Act:
    """Bring an account about, as a roster wants it."""
    email, spec = rng.choice(PEOPLE), {"name": rng.choice(("Ana", "Eva")), "role": rng.choice(("STUDENT", "ADMIN"))}
    if rng.random() < 0.6:
        spec["courses"] = tuple(rng.sample(CODES, rng.randint(0, 3)))  # type: ignore[assignment]
    if rng.random() < 0.2:
        spec["state"] = "disabled"
    return lambda world, engine: engine.apply(world.open(), engine.desired(email.lower(), **spec))


def leaves(rng: random.Random) -> Act:
    """Take somebody off the roster."""
    email = rng.choice(PEOPLE)
    return lambda world, engine: engine.apply(world.open(), owned=[email])


def renamed(rng: random.Random) -> Act:
    """Give somebody another address."""
    email, other = rng.choice(PEOPLE), rng.choice((*PEOPLE, "new@x.com")).lower()

    async def act(world: Any, engine: Any) -> Any:
        provider = world.open()
        [live] = [one async for one in provider.list("accounts") if one.identity == (email,)] or [None]
        change = live and engine.change(live, engine.desired(other, role=live.values["role"]), but=("state",))
        return change and (await provider.update(change)).values

    return act


def stale(rng: random.Random) -> Act:
    """Update what somebody changes between plan and apply."""
    email, columns = rng.choice(PEOPLE), rng.choice(({"role": "INSTRUCTOR"}, {"deletedAt": THEN}, {"updatedAt": THEN}))

    async def act(world: Any, engine: Any) -> Any:
        provider = world.open()
        [live] = [one async for one in provider.list("accounts") if one.identity == (email,)] or [None]
        change = live and engine.change(live, engine.desired(email.lower(), name="Late"))
        if change:
            await world.edit(email, **columns)
        return change and (await provider.update(change)).values

    return act


def by_hand(rng: random.Random) -> Act:
    """Change an account as an admin, or the application, does."""
    email = rng.choice(PEOPLE)
    columns: dict[str, Any] = rng.choice((*HAND_EDITS, {"email": rng.choice(PEOPLE)}))

    async def act(world: Any, engine: Any) -> Any:
        if await world.has(email):
            await world.edit(email, **columns)

    return act


def appears(rng: random.Random) -> Act:
    """Have somebody register, perhaps with an address or an id that is there."""
    email, row = rng.choice(PEOPLE), rng.choice(("id-1", "id-2", "id-3"))
    return lambda world, engine: world.add(email, rng.choice(("STUDENT",)), id=row)


def goes(rng: random.Random) -> Act:
    """Delete a row for good, as far as its enrolments let it."""
    email = rng.choice(PEOPLE)

    async def act(world: Any, engine: Any) -> Any:
        if await world.has(email):
            await world.remove(email)

    return act


def enrols(rng: random.Random) -> Act:
    """Enrol somebody by hand, perhaps a second time, or in a course that never was."""
    email, code, row = rng.choice(PEOPLE), rng.choice((*CODES, "")), f"e{rng.randint(1, 4)}"

    async def act(world: Any, engine: Any) -> Any:
        if await world.has(email):
            user, ids = (await world.row(email))["id"], {c["code"]: c["id"] for c in await world.all("courses")}
            made = {"id": row, "userId": user, "courseId": ids.get(code, "nowhere"), "enrolledAt": THEN}
            await world.insert("enrollments", made)

    return act


def course(rng: random.Random) -> Act:
    """End a course, bring it back, or delete it with its enrolments."""
    code, how = rng.choice(CODES), rng.choice(("ends", "ends", "returns", "returns", "returns", "goes"))

    async def act(world: Any, engine: Any) -> Any:
        found = [c["id"] for c in await world.all("courses") if c["code"] == code]
        for row in found:
            if how == "goes":
                await world.drop("courses", row)
            else:
                await world.change("courses", row, {"deletedAt": THEN if how == "ends" else None})

    return act


KINDS = [roster] * 6 + [leaves] * 2 + [renamed, stale, by_hand, by_hand, by_hand, appears, goes, enrols, enrols, course]


async def outcome(act: Act, world: Any, engine: Any) -> Any:
    """Return what came of a step: a result, or an error as people, or the engine, would tell it."""
    try:
        return await act(world, engine)
    except ProviderError as error:
        return type(error).__name__, str(error), error.fix
    except psycopg.Error as error:
        said = (error.diag.message_primary or "").replace("RESTRICT setting of ", "")  # not in older versions
        return "23503" if error.sqlstate == "23001" else error.sqlstate, said, error.diag.constraint_name
    except LookupError as error:  # engine.resolve: there is no such course
        return repr(error)


async def rows_of(world: Any) -> dict[str, list[dict[str, Any]]]:
    """Return all rows, but for the times at which courses and their teacher were seeded: each world's own."""
    found = {table: await world.all(table) for table in TABLES}
    users = [user for user in found["users"] if user["id"] != TEACHER]
    courses = [{n: v for n, v in c.items() if n not in ("createdAt", "updatedAt")} for c in found["courses"]]
    return {**found, "users": users, "courses": courses}


async def history(on_back_end: Any, engine: Any, seed: int) -> Counter[str]:
    """Take both through one history, and return how often each kind of outcome came."""
    rng, met = random.Random(seed), Counter[str]()
    clocks = [FakeClock(), FakeClock()]
    both = zip(("postgresql", "memory"), clocks, strict=True)
    worlds = [await on_back_end(name, virtual_runtime(clock, seed=seed)) for name, clock in both]
    for world in worlds:
        world.settings = world.settings.model_copy(update={"operator": "me@x.com"})
        await world.add("me@x.com", "ADMIN")
    for number in range(STEPS):
        act = rng.choice(KINDS)(rng)
        first, second = [await outcome(act, world, engine) for world in worlds]
        assert first == second, f"seed {seed}, step {number}"
        rows, remembered = [await rows_of(world) for world in worlds]
        assert rows == remembered, f"seed {seed}, step {number}"
        met[str(first[0]) if isinstance(first, tuple) else "done" if first else "nothing"] += 1
        for provider in [one for one in worlds[0].opened if isinstance(one, Accounts)]:
            await provider.close()  # a server has only so many connections
            worlds[0].opened.remove(provider)
        pause = rng.choice((0.0, 0.0004, 61.0))
        for clock in clocks:
            clock.advance(pause)
    letters, kept = ([(n.email, n.password.reveal()) for n in world.inbox.received] for world in worlds)
    assert letters == kept
    return met


async def test_random_histories_end_alike_on_both_step_by_step(on_back_end: Any, engine: Any) -> None:
    met = Counter[str]()
    for seed in range(5):
        met += await history(on_back_end, engine, seed)

    wanted = ("done", "nothing", "Refused", "23505", "23503", "23502", "22P02")
    assert [name for name in wanted if not met[name]] == [], met


async def test_both_tell_the_schema_check_the_same(on_back_end: Any, runtime: Any) -> None:
    worlds = [await on_back_end(name, runtime) for name in ("postgresql", "memory")]

    for query in (statements.COLUMNS, statements.ROLES, statements.UNIQUE):
        told = [await world.session(read_only=True).rows(query, "ask") for world in worlds]
        first, second = (sorted(map(str, map(sorted, map(dict.items, rows)))) for rows in told)
        assert first == second


async def test_both_show_the_same_state(on_back_end: Any, engine: Any, runtime: Any) -> None:
    worlds = [await on_back_end(name, virtual_runtime(FakeClock())) for name in ("postgresql", "memory")]
    for world in worlds:
        await engine.apply(world.open(), engine.desired("ana@x.com", courses=("AI-101",)), engine.desired("bob@x.com"))
        await engine.apply(world.open(), owned=["bob@x.com"])

    state = await worlds[0].sandbox.state()
    shown = json.loads(json.dumps(state, default=lambda moment: moment.isoformat()))
    remembered = json.loads(json.dumps(worlds[1].database.state()))
    for found in (shown, remembered):
        found["users"] = [user for user in found["users"] if user["id"] != TEACHER]  # seeded at each world's own time
    assert shown == remembered
    assert [user["locked"] for user in shown["users"]] == [False, True]
