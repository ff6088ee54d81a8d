"""Snapshots and their schedule, as the vendor's servers behave and not as its document of July 2026 says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request

from reconciler_neon.sandbox import branches as branch_calls
from reconciler_neon.sandbox import rules, stock
from reconciler_neon.sandbox.world import Denial, Estate, World, shown, stamp

LONGEST = 3_024_000  # seconds: also what an entry without a retention means
FREQUENCIES = ("daily", "weekly", "monthly")
MOST_DUE = 200  # scheduled snapshots that one look catches up with
KEEPS = {"free": 1, "launch": 100, "scale": 100}  # manual snapshots, by plan


def catch_up(world: World, estate: Estate) -> None:
    """Take the snapshots that the schedules have made due since the last look, and drop what has expired."""
    for branch, entries in estate.schedules.items():
        for entry in (e for e in entries if e["frequency"] in FREQUENCIES):
            for due in list(_due(entry, world.now()))[-MOST_DUE:]:
                _take(
                    world,
                    estate,
                    branch,
                    due,
                    manual=False,
                    expires=due + timedelta(seconds=entry["retention_seconds"]),
                )
            entry["_seen"] = world.now()
    world.sweep(estate)


def _due(entry: dict[str, Any], now: datetime) -> Iterator[datetime]:
    moment = entry["_seen"].astimezone(UTC).replace(hour=entry["hour"], minute=0, second=0, microsecond=0)
    while moment <= now:
        fits = {
            "daily": True,
            "weekly": moment.isoweekday() == entry.get("day"),
            "monthly": moment.day == entry.get("day"),
        }
        if moment > entry["_seen"] and fits[entry["frequency"]]:
            yield moment
        moment += timedelta(days=1)


def _take(
    world: World, estate: Estate, branch: str, at: datetime, *, manual: bool, expires: datetime | None, name: str = ""
) -> dict[str, Any]:
    record: dict[str, Any] = {
        "id": world.new_id("snap-"),
        "name": name or f"{estate.branches[branch]['name']} at {stamp(at)} ({world.count()})",
        "lsn": "0/1E19478",
        "source_branch_id": branch,
        "created_at": stamp(at),
        "expires_at": stamp(expires) if expires else None,
        "manual": manual,
        "full_size": 30_842_880,
    }
    estate.snapshots[record["id"]] = record
    return record


def _found(world: World, estate: Estate, request: Request) -> dict[str, Any]:
    catch_up(world, estate)
    snapshot = estate.snapshots.get(request.path_params["snapshot_id"])
    if snapshot is None:
        raise Denial(404, "snapshot not found")
    return snapshot


async def many(world: World, estate: Estate, request: Request) -> Any:
    """List all snapshots of the project."""
    catch_up(world, estate)
    return {"snapshots": [shown(s) for s in estate.snapshots.values()]}


async def create(world: World, estate: Estate, request: Request) -> Any:
    """Take a snapshot of a root branch. What is asked for stands in the query; a body is ignored."""
    branch = branch_calls.found(world, estate, request)
    query = request.query_params
    if branch.get("parent_id"):
        raise Denial(422, "snapshots can only be taken of root branches")
    if "timestamp" in query and "lsn" in query:
        raise Denial(400, "timestamp and lsn cannot be used together")
    manual = sum(s["manual"] for s in estate.snapshots.values())
    if manual >= KEEPS[rules.family(world.plan)]:
        raise Denial(422, "snapshots limit exceeded", "SNAPSHOTS_LIMIT_EXCEEDED")
    if query.get("name") and any(s["name"] == query["name"] for s in estate.snapshots.values()):
        raise Denial(409, "snapshot with this name already exists")
    expires = rules.moment(query["expires_at"]) if "expires_at" in query else None
    made = _take(world, estate, branch["id"], world.now(), manual=True, expires=expires, name=query.get("name", ""))
    return {"snapshot": shown(made), "operations": world.start(estate, "create_timeline", branch=branch["id"])}


async def update(world: World, estate: Estate, request: Request) -> Any:
    """Change the name or the end of a snapshot; null for never."""
    snapshot = _found(world, estate, request)
    snapshot.update(await rules.wrapped(request, "snapshot", rules.SNAPSHOT))
    return {"snapshot": shown(snapshot)}


async def delete(world: World, estate: Estate, request: Request) -> Any:
    """Delete a snapshot for good."""
    gone = estate.snapshots.pop(_found(world, estate, request)["id"])
    return 202, {"operations": world.start(estate, "delete_timeline", branch=gone["source_branch_id"])}


async def restore(world: World, estate: Estate, request: Request) -> Any:
    """Make a branch from a snapshot, and with `finalize_restore` let it take the place of its target."""
    snapshot = _found(world, estate, request)
    body = await rules.body_of(request)
    target = estate.branches.get(body.get("target_branch_id") or snapshot["source_branch_id"])
    if target is None:
        raise Denial(404, "target branch not found")
    name = body.get("name") or f"{target['name']}_restored_{world.count()}"
    made = stock.add_branch(world, estate, name, restored_from=snapshot["id"], _target=target["id"])
    stock.copy_onto(estate, target["id"], made["id"])
    if body.get("finalize_restore"):
        branch_calls.take_over(world, estate, target, made)
    work = ("create_timeline", "apply_config") if body.get("finalize_restore") else ("create_timeline",)
    endpoints = [shown(e) for e in estate.endpoints.values() if e["branch_id"] == made["id"]]
    return {"branch": shown(made), "endpoints": endpoints, "operations": world.start(estate, *work, branch=made["id"])}


async def finalize(world: World, estate: Estate, request: Request) -> Any:
    """Let a branch that was restored take the place of its target."""
    branch = branch_calls.found(world, estate, request)
    target = estate.branches.get(branch.get("_target", ""))
    if target is None or branch.get("restored_as"):
        raise Denial(422, "branch was not restored from a snapshot, or is finalised already")
    body = await rules.body_of(request)
    branch_calls.take_over(world, estate, target, branch, body.get("name", ""))
    return {"operations": world.start(estate, "apply_config", branch=branch["id"])}


async def schedule(world: World, estate: Estate, request: Request) -> Any:
    """Return the schedule of a branch."""
    branch = branch_calls.found(world, estate, request)
    return {"schedule": [shown(e) for e in estate.schedules[branch["id"]]]}


async def set_schedule(world: World, estate: Estate, request: Request) -> Any:
    """Replace the schedule of a root branch. The answer is empty, and there are no operations."""
    branch = branch_calls.found(world, estate, request)
    body = await rules.body_of(request)
    if set(body) != {"schedule"} or not isinstance(body["schedule"], list):
        raise Denial(400, "property 'schedule' is missing")
    if branch.get("parent_id"):
        raise Denial(422, "only root branches can have a backup schedule")
    if rules.family(world.plan) == "free" and body["schedule"]:
        raise Denial(402, "backup schedules are not available on the Free plan")
    catch_up(world, estate)
    estate.schedules[branch["id"]] = [_entry(e, world.now()) for e in body["schedule"]]
    return {}


def _entry(sent: dict[str, Any], now: datetime) -> dict[str, Any]:
    entry = rules.checked(sent, rules.SCHEDULE, "frequency", where="/schedule")
    kind = entry["frequency"]
    if "hour" not in entry:
        raise Denial(400, f"{kind} schedules must specify the hour of the day")
    if kind != "daily" and not 1 <= entry.get("day", 0) <= (7 if kind == "weekly" else 31):
        raise Denial(400, f"{kind} schedules must specify the day")
    return {"retention_seconds": LONGEST, **entry, "_seen": now}
