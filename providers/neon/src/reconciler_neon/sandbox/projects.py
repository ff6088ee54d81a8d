"""Projects: settings, connection URIs, and the lists around them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.requests import Request

from reconciler_neon.sandbox import rules, stock
from reconciler_neon.sandbox.world import Denial, Estate, World, shown, stamp

ONLY_IN_ONE = ("data_storage_bytes_hour", "data_transfer_bytes", "written_data_bytes", "compute_time_seconds")
SIZES = ("autoscaling_limit_min_cu", "autoscaling_limit_max_cu")
LIBRARIES = {"timescaledb": "2.17.1", "pg_cron": "1.6.4", "rag_bge_small_en_v15": "0.0.2"}


def owned(world: World, request: Request, name: str, most: int, default: int) -> int:
    """Return a number of the query, within its limits."""
    text = request.query_params.get(name, str(default))
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise Denial(400, f"parameter {name!r} in query has an error: number must be at most {most}")
    return int(text)


def listed(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return a project as a listing shows it: without what is counted for the billing period."""
    left_out = (*ONLY_IN_ONE, "consumption_period_start", "consumption_period_end", "owner", "active_time_seconds")
    return {**{k: v for k, v in shown(payload).items() if k not in left_out}, "active_time": 0}


async def many(world: World, _: Estate | None, request: Request) -> Any:
    """List projects, by cursor. There is a cursor as long as the page is not empty."""
    query = request.query_params
    if world.personal and "org_id" not in query:
        raise Denial(400, "org_id is required, you can find it on your organization settings page")
    size = owned(world, request, "limit", 400, 10)
    found = sorted(world.estates)
    if word := query.get("search", ""):
        found = [i for i in found if word in i or word in world.estates[i].payload["name"]]
    if "org_id" in query:
        found = [i for i in found if world.estates[i].payload["org_id"] == query["org_id"]]
    page = [i for i in found if i > query.get("cursor", "")][:size]
    return {
        "projects": [listed(world.estates[i].payload) for i in page if i not in world.unavailable],
        **({"unavailable_project_ids": [i for i in page if i in world.unavailable]} if world.unavailable else {}),
        **({"pagination": {"cursor": page[-1]}} if page else {}),
        "applications": {},
        "integrations": {},
    }


async def create(world: World, _: Estate | None, request: Request) -> Any:
    """Create a project. The answer holds passwords, once."""
    sent = await rules.wrapped(request, "project", rules.NEW_PROJECT)
    rules.check_plan(world.plan, sent)
    branch = sent.pop("branch", {})
    sizes: dict[str, Any] = {name: sent.pop(name) for name in SIZES if name in sent}
    name = sent.pop("name", world.new_id(""))
    settings, first = sent.pop("settings", {}), {k: branch[k] for k in ("database_name", "role_name") if k in branch}
    estate = stock.found_project(world, world.new_id(""), name, branch_name=branch.get("name"), **first, **sent)
    estate.payload["settings"] |= settings
    endpoint = next(iter(estate.endpoints.values()))
    endpoint.update(sizes)
    made = next(iter(estate.branches.values()))
    database = next(iter(estate.databases.values()))
    role = estate.roles[made["id"], database["owner_name"]]
    operations = world.start(estate, "create_timeline", "start_compute", branch=made["id"], endpoint=endpoint["id"])
    parameters = {
        "database": database["name"],
        "password": role["_password"],
        "role": role["name"],
        "host": endpoint["host"],
        "pooler_host": pooled(endpoint["host"]),
    }
    return 201, {
        "project": shown(estate.payload),
        "connection_uris": [
            {
                "connection_uri": uri(role, endpoint["host"], database["name"]),
                "connection_parameters": parameters,
            }
        ],
        "roles": [shown(r) | {"password": r["_password"]} for r in estate.roles.values() if not r["protected"]],
        "databases": [shown(database)],
        "operations": operations,
        "branch": shown(made),
        "endpoints": [shown(endpoint)],
    }


async def one(world: World, estate: Estate, request: Request) -> Any:
    """Return a project, with what the caller may do."""
    return {"project": {**shown(estate.payload), "effective_project_permission": request.scope["neon.permission"]}}


async def update(world: World, estate: Estate, request: Request) -> Any:
    """Change a project. A nested object inside `settings` replaces the one that was there, unless `merges`."""
    sent = await rules.wrapped(request, "project", rules.PROJECT)
    rules.check_plan(world.plan, sent)
    settings = sent.pop("settings", {})
    now = estate.payload["settings"]
    if now.get("enable_logical_replication") and settings.get("enable_logical_replication") is False:
        raise Denial(400, "logical replication cannot be disabled once it is enabled")
    for name, value in settings.items():
        now[name] = {**now.get(name, {}), **value} if world.merges and isinstance(value, dict) else value
    if "default_endpoint_settings" in sent and world.merges:
        sent["default_endpoint_settings"] = {
            **estate.payload["default_endpoint_settings"],
            **sent["default_endpoint_settings"],
        }
    estate.payload.update(sent, updated_at=stamp(world.now()))
    endpoint = next(iter(estate.endpoints), "")
    work = ("apply_config",) if settings and endpoint else ()
    return {"project": shown(estate.payload), "operations": world.start(estate, *work, endpoint=endpoint)}


async def delete(world: World, estate: Estate, request: Request) -> Any:
    """Delete a project, unless a branch of it is protected."""
    if any(branch["protected"] for branch in world.there(estate)):
        raise Denial(409, "project has protected branches")
    world.recoverable[estate.payload["id"]] = world.estates.pop(estate.payload["id"])
    return {"project": shown(estate.payload)}


async def recover(world: World, _: Estate | None, request: Request) -> Any:
    """Bring a deleted project back."""
    estate = world.recoverable.pop(request.path_params["gone_id"], None)
    if estate is None:
        raise Denial(404, "project not found")
    world.estates[estate.payload["id"]] = estate
    return {"project": shown(estate.payload), "branches": [shown(b) for b in estate.branches.values()]}


async def connection_uri(world: World, estate: Estate, request: Request) -> Any:
    """Return a URI with a password: of the default branch and its read-write endpoint, where none is named."""
    query = request.query_params
    branches = {b["id"]: b for b in world.there(estate)}
    branch = query.get("branch_id") or next(b["id"] for b in branches.values() if b["default"])
    if branch not in branches:
        raise Denial(404, "branch not found")
    wanted = query.get("endpoint_id")
    on_it = [e for e in estate.endpoints.values() if e["branch_id"] == branch]
    endpoint = next((e for e in on_it if e["id"] == wanted or (not wanted and e["type"] == "read_write")), None)
    role = estate.roles.get((branch, query.get("role_name", "")))
    for what, found in (
        ("endpoint", endpoint),
        ("role", role),
        ("database", estate.databases.get((branch, query.get("database_name", "")))),
    ):
        if found is None:
            raise Denial(404, f"{what} not found")
    if role is None or endpoint is None or not role["_password"]:
        raise Denial(412, "the role has no password")
    host = pooled(endpoint["host"]) if query.get("pooled") == "true" else endpoint["host"]
    return {"uri": uri(role, host, query["database_name"])}


async def libraries(world: World, estate: Estate, request: Request) -> Any:
    """List what can be preloaded."""
    found = [
        {"library_name": n, "description": n, "is_default": False, "is_experimental": False, "version": v}
        for n, v in LIBRARIES.items()
    ]
    return {"libraries": found}


def pooled(host: str) -> str:
    """Return the host of the pooler in front of an endpoint."""
    first, _, rest = host.partition(".")
    return f"{first}-pooler.{rest}"


def uri(role: Mapping[str, Any], host: str, database: str) -> str:
    """Return a connection URI as Neon writes it."""
    user, password = quote(role["name"], safe=""), quote(role["_password"], safe="")
    return f"postgresql://{user}:{password}@{host}/{quote(database, safe='')}?sslmode=require&channel_binding=require"
