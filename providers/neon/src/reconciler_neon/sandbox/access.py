"""Roles and databases of a branch."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from reconciler_neon.sandbox import branches as branch_calls
from reconciler_neon.sandbox import rules, stock
from reconciler_neon.sandbox.world import Denial, Estate, World, shown, stamp


def _key(world: World, estate: Estate, request: Request) -> tuple[str, str]:
    return branch_calls.found(world, estate, request)["id"], request.path_params["name"]


def _role(world: World, estate: Estate, request: Request) -> dict[str, Any]:
    role = estate.roles.get(_key(world, estate, request))
    if role is None:
        raise Denial(404, "role not found")
    return role


def _database(world: World, estate: Estate, request: Request) -> dict[str, Any]:
    database = estate.databases.get(_key(world, estate, request))
    if database is None:
        raise Denial(404, "database not found")
    return database


def _applied(world: World, estate: Estate, branch: str) -> list[dict[str, Any]]:
    """Start what every change of roles or databases starts, which needs a compute."""
    endpoint = next((e["id"] for e in estate.endpoints.values() if e["branch_id"] == branch), "")
    return world.start(
        estate, "apply_config", *(("suspend_compute",) if endpoint else ()), branch=branch, endpoint=endpoint
    )


async def roles(world: World, estate: Estate, request: Request) -> Any:
    """List the roles of a branch."""
    branch = branch_calls.found(world, estate, request)["id"]
    return {"roles": [shown(r) for (b, _), r in estate.roles.items() if b == branch]}


async def create_role(world: World, estate: Estate, request: Request) -> Any:
    """Make a role; its password is told here and when it is revealed or reset."""
    branch = branch_calls.found(world, estate, request)["id"]
    sent = await rules.wrapped(request, "role", rules.ROLE, "name")
    if (branch, sent["name"]) in estate.roles:
        raise Denial(409, f"role {sent['name']!r} already exists", "ROLE_ALREADY_EXISTS")
    made = stock.add_role(world, estate, branch, sent["name"], no_login=sent.get("no_login", False))
    told = {**shown(made), **({"password": made["_password"]} if made["_password"] else {})}
    return 201, {"role": told, "operations": _applied(world, estate, branch)}


async def role(world: World, estate: Estate, request: Request) -> Any:
    """Return a role."""
    return {"role": shown(_role(world, estate, request))}


async def delete_role(world: World, estate: Estate, request: Request) -> Any:
    """Delete a role that owns nothing."""
    branch, name = _key(world, estate, request)
    if (branch, name) not in estate.roles:
        return 204, None
    if estate.roles[branch, name]["protected"]:
        raise Denial(422, "cannot delete a protected role")
    if any(d["owner_name"] == name for (b, _), d in estate.databases.items() if b == branch):
        raise Denial(422, f"role {name!r} owns a database")
    gone = estate.roles.pop((branch, name))
    return {"role": shown(gone), "operations": _applied(world, estate, branch)}


async def reveal_password(world: World, estate: Estate, request: Request) -> Any:
    """Tell a password."""
    password = _role(world, estate, request)["_password"]
    if not password:
        raise Denial(412, "the role has no password")
    return {"password": password}


async def reset_password(world: World, estate: Estate, request: Request) -> Any:
    """Make a new password and tell it."""
    role = _role(world, estate, request)
    role |= {"_password": f"npg_{world.text(f'reset {world.count()}', 16)}", "updated_at": stamp(world.now())}
    operations = _applied(world, estate, role["branch_id"])
    return {"role": {**shown(role), "password": role["_password"]}, "operations": operations}


async def databases(world: World, estate: Estate, request: Request) -> Any:
    """List the databases of a branch."""
    branch = branch_calls.found(world, estate, request)["id"]
    return {"databases": [shown(d) for (b, _), d in estate.databases.items() if b == branch]}


async def create_database(world: World, estate: Estate, request: Request) -> Any:
    """Make a database; its owner has to exist."""
    branch = branch_calls.found(world, estate, request)["id"]
    sent = await rules.wrapped(request, "database", rules.DATABASE, "name", "owner_name")
    if (branch, sent["name"]) in estate.databases:
        raise Denial(409, f"database {sent['name']!r} already exists", "DATABASE_ALREADY_EXISTS")
    _owner(estate, branch, sent["owner_name"])
    made = stock.add_database(world, estate, branch, sent["name"], sent["owner_name"])
    return 201, {"database": shown(made), "operations": _applied(world, estate, branch)}


async def database(world: World, estate: Estate, request: Request) -> Any:
    """Return a database."""
    return {"database": shown(_database(world, estate, request))}


async def update_database(world: World, estate: Estate, request: Request) -> Any:
    """Give a database another name or owner."""
    branch, name = _key(world, estate, request)
    record = _database(world, estate, request)
    sent = await rules.wrapped(request, "database", rules.DATABASE)
    called = sent.get("name", name)
    if called != name and (branch, called) in estate.databases:
        raise Denial(409, f"database {called!r} already exists", "DATABASE_ALREADY_EXISTS")
    _owner(estate, branch, sent.get("owner_name", record["owner_name"]))
    del estate.databases[branch, name]
    estate.databases[branch, called] = {**record, **sent, "updated_at": stamp(world.now())}
    return {"database": shown(estate.databases[branch, called]), "operations": _applied(world, estate, branch)}


async def delete_database(world: World, estate: Estate, request: Request) -> Any:
    """Delete a database."""
    branch, name = _key(world, estate, request)
    if (branch, name) not in estate.databases:
        return 204, None
    gone = estate.databases.pop((branch, name))
    return {"database": shown(gone), "operations": _applied(world, estate, branch)}


def _owner(estate: Estate, branch: str, name: str) -> None:
    if (branch, name) not in estate.roles:
        raise Denial(404, f"role {name!r} not found")
