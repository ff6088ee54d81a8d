"""Who calls, what regions and organizations there are, and the operations of a project."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from reconciler_neon.sandbox.projects import owned
from reconciler_neon.sandbox.world import Denial, Estate, World, stamp

REGIONS = {
    "aws-us-east-1": ("AWS US East 1 (N. Virginia)", "39.0438", "-77.4874"),
    "aws-us-east-2": ("AWS US East 2 (Ohio)", "40.4173", "-82.9071"),
    "aws-eu-central-1": ("AWS Europe Central 1 (Frankfurt)", "50.1109", "8.6821"),
}


async def auth(world: World, _: Estate | None, request: Request) -> Any:
    """Say whose key it is."""
    method = "api_key_user" if world.personal else "api_key_org"
    return {"account_id": "org-quiet-leaf-48120377", "auth_method": method}


async def regions(world: World, _: Estate | None, request: Request) -> Any:
    """List regions."""
    found = [
        {"region_id": key, "name": name, "default": key == "aws-us-east-1", "geo_lat": lat, "geo_long": long}
        for key, (name, lat, long) in REGIONS.items()
    ]
    return {"regions": found}


async def organizations(world: World, _: Estate | None, request: Request) -> Any:
    """List the organizations of the caller."""
    made = stamp(world.now())
    organization = {
        "id": "org-quiet-leaf-48120377",
        "name": "AI Gurus",
        "handle": "ai-gurus-org-quiet-leaf-48120377",
        "plan": world.plan,
        "created_at": made,
        "updated_at": made,
        "managed_by": "console",
    }
    return {"organizations": [organization]}


async def me(world: World, _: Estate | None, request: Request) -> Any:
    """Return the user behind a key, as the vendor's command line asks for it. (Not in the document that we have.)"""
    return {
        "id": "user-quiet-leaf-48120377",
        "login": "ops",
        "email": "ops@aigurus.com",
        "name": "Ops",
        "last_name": "",
        "image": "",
        "plan": world.plan,
        "projects_limit": 100,
        "branches_limit": 5_000,
        "max_autoscaling_limit": 8,
        "auth_accounts": [],
        "active_seconds_limit": 0,
        "billing_account": {},
    }


async def shared(world: World, _: Estate | None, request: Request) -> Any:
    """List what others share with the caller: nothing. (Asked for by the vendor's command line, too.)"""
    return {"projects": []}


async def operations(world: World, estate: Estate, request: Request) -> Any:
    """List operations, the newest first, by cursor."""
    size = owned(world, request, "limit", 1_000, 1_000)
    rows = list(reversed(estate.operations))
    after = request.query_params.get("cursor", "")
    begin = rows.index(after) + 1 if after in rows else 0
    page = rows[begin : begin + size]
    shown = [world.show_operation(estate.operations[key]) for key in page]
    return {"operations": shown, **({"pagination": {"cursor": page[-1]}} if page else {})}


async def operation(world: World, estate: Estate, request: Request) -> Any:
    """Return one operation, in the state that it is in by now."""
    found = estate.operations.get(request.path_params["operation_id"])
    if found is None:
        raise Denial(404, "operation not found")
    return {"operation": world.show_operation(found)}
