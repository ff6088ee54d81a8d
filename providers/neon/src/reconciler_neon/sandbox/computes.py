"""Compute endpoints."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from reconciler_neon.sandbox import branches as branch_calls
from reconciler_neon.sandbox import rules, stock
from reconciler_neon.sandbox.world import Denial, Estate, World, shown, stamp


def found(world: World, estate: Estate, request: Request) -> dict[str, Any]:
    """Return the endpoint that the path names."""
    world.sweep(estate)
    if request.path_params["endpoint_id"] not in estate.endpoints:
        raise Denial(404, "endpoint not found")
    return estate.endpoints[request.path_params["endpoint_id"]]


async def many(world: World, estate: Estate, request: Request) -> Any:
    """List all endpoints, or those of a branch. There are no pages."""
    world.sweep(estate)
    rows = list(estate.endpoints.values())
    if "branch_id" in request.path_params:
        branch = branch_calls.found(world, estate, request)
        rows = [e for e in rows if e["branch_id"] == branch["id"]]
    return {"endpoints": [shown(e) for e in rows]}


async def create(world: World, estate: Estate, request: Request) -> Any:
    """Make an endpoint: one read_write endpoint for each branch."""
    sent = await rules.wrapped(request, "endpoint", rules.NEW_ENDPOINT, "branch_id", "type")
    branch, kind = sent.pop("branch_id"), sent.pop("type")
    if branch not in {b["id"] for b in world.there(estate)}:
        raise Denial(404, "branch not found")
    taken = any(e["branch_id"] == branch and e["type"] == "read_write" for e in estate.endpoints.values())
    if kind == "read_write" and taken:
        raise Denial(409, "read-write endpoint already exists for the branch", "ENDPOINT_ALREADY_EXISTS")
    settings = {"pg_settings": {}, **sent.pop("settings", {})}
    made = stock.add_endpoint(world, estate, branch, kind, **{**sent, "settings": settings})
    _sizes(made)
    operations = world.start(estate, "start_compute", branch=branch, endpoint=made["id"])
    return 201, {
        "endpoint": {**shown(made), "current_state": "init", "pending_state": "active"},
        "operations": operations,
    }


async def one(world: World, estate: Estate, request: Request) -> Any:
    """Return an endpoint."""
    return {"endpoint": shown(found(world, estate, request))}


async def update(world: World, estate: Estate, request: Request) -> Any:
    """Change an endpoint; a `settings` object replaces the one that was there, unless `merges`."""
    endpoint = found(world, estate, request)
    sent = await rules.wrapped(request, "endpoint", rules.ENDPOINT)
    if "settings" in sent:
        before = endpoint["settings"] if world.merges else {"pg_settings": {}}
        sent["settings"] = {**before, **sent["settings"]}
    _sizes({**endpoint, **sent})
    endpoint.update(sent, updated_at=stamp(world.now()))
    work = ("suspend_compute",) if sent.get("disabled") else ("apply_config",)
    operations = world.start(estate, *work, branch=endpoint["branch_id"], endpoint=endpoint["id"])
    return {"endpoint": shown(endpoint), "operations": operations}


async def delete(world: World, estate: Estate, request: Request) -> Any:
    """Delete an endpoint once its operations end. One that is not there is a 204."""
    world.sweep(estate)
    endpoint = estate.endpoints.get(request.path_params["endpoint_id"])
    if endpoint is None or "_gone" in endpoint:
        return 204, None
    operations = world.start(estate, "suspend_compute", branch=endpoint["branch_id"], endpoint=endpoint["id"])
    world.gone_after(estate, operations, endpoint)
    return {"endpoint": shown(endpoint), "operations": operations}


def turned(action: str, state: str) -> Any:
    """Return the handler that starts, suspends or restarts an endpoint."""

    async def handler(world: World, estate: Estate, request: Request) -> Any:
        endpoint = found(world, estate, request)
        if endpoint["disabled"] and state == "active":
            raise Denial(412, "endpoint is disabled")
        endpoint["current_state"] = state
        return {
            "endpoint": shown(endpoint),
            "operations": world.start(estate, action, branch=endpoint["branch_id"], endpoint=endpoint["id"]),
        }

    return handler


def _sizes(endpoint: dict[str, Any]) -> None:
    if endpoint["autoscaling_limit_min_cu"] > endpoint["autoscaling_limit_max_cu"]:
        raise Denial(400, "autoscaling_limit_min_cu must not exceed autoscaling_limit_max_cu")
