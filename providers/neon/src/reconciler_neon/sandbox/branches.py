"""Branches: made, changed, deleted late, and restored under another id."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from reconciler_neon.sandbox import rules, stock
from reconciler_neon.sandbox.projects import owned
from reconciler_neon.sandbox.world import Denial, Estate, World, shown, stamp


def found(world: World, estate: Estate, request: Request) -> dict[str, Any]:
    """Return the branch that the path names."""
    branches = {b["id"]: b for b in world.there(estate)}
    if request.path_params["branch_id"] not in branches:
        raise Denial(404, "branch not found")
    return branches[request.path_params["branch_id"]]


async def many(world: World, estate: Estate, request: Request) -> Any:
    """List branches, the last changed first unless asked otherwise; the next page is named in `pagination.next`."""
    query = request.query_params
    size = min(owned(world, request, "limit", 10_000, 10_000), world.most_on_page)
    by, order = query.get("sort_by", "updated_at"), query.get("sort_order", "desc")
    rows = [b for b in world.there(estate) if query.get("search", "") in b["name"] or query["search"] in b["id"]]
    rows.sort(key=lambda b: b[by], reverse=order == "desc")
    begin = int(query.get("cursor", "0"))
    page = rows[begin : begin + size]
    following = {"next": str(begin + size)} if begin + size < len(rows) else {}
    return {
        "branches": [shown(b) for b in page],
        "annotations": {},
        "pagination": {**following, "sort_by": by, "sort_order": order},
    }


async def count(world: World, estate: Estate, request: Request) -> Any:
    """Count branches."""
    return {"count": sum(request.query_params.get("search", "") in b["name"] for b in world.there(estate))}


async def create(world: World, estate: Estate, request: Request) -> Any:
    """Make a branch of another one, with a copy of its roles and databases, and endpoints only where asked for."""
    body = await rules.body_of(request)
    sent = rules.checked(body.get("branch", {}), rules.NEW_BRANCH, where="/branch")
    options = [rules.checked(e, rules.BRANCH_ENDPOINT, "type", where="/endpoints") for e in body.get("endpoints", ())]
    branches = {b["id"]: b for b in world.there(estate)}
    parent = branches.get(sent.pop("parent_id", "") or next(b["id"] for b in branches.values() if b["default"]))
    if parent is None:
        raise Denial(404, "parent branch not found")
    name = sent.pop("name", "") or f"br-{world.text(str(len(branches)), 8)}"
    _free(branches, name)
    rules.check_plan(world.plan, sent, branches=len(branches) + 1)
    _may_expire(sent, protected=sent.get("protected", False), default=False)
    child = {} if sent.get("init_source") == "schema-only" else {"parent_id": parent["id"], "parent_lsn": "0/1E19478"}
    sent.pop("archived", None)
    made = stock.add_branch(world, estate, name, **child, **sent)
    stock.copy_onto(estate, parent["id"], made["id"])
    endpoints = [stock.add_endpoint(world, estate, made["id"], e.pop("type"), **e) for e in options]
    work = ["create_branch", *("start_compute" for _ in endpoints)]
    operations = world.start(estate, *work, branch=made["id"], endpoint=endpoints[0]["id"] if endpoints else "")
    return 201, {
        "branch": {**shown(made), "current_state": "init", "pending_state": "ready"},
        "endpoints": [shown(e) for e in endpoints],
        "operations": operations,
        "roles": [shown(r) for (b, _), r in estate.roles.items() if b == made["id"]],
        "databases": [shown(d) for (b, _), d in estate.databases.items() if b == made["id"]],
    }


async def one(world: World, estate: Estate, request: Request) -> Any:
    """Return a branch."""
    branch = found(world, estate, request)
    note = {"object": {"type": "console/branch", "id": branch["id"]}, "value": {}}
    return {"branch": shown(branch), "annotation": note}


async def update(world: World, estate: Estate, request: Request) -> Any:
    """Change a branch. `default` is not among what can be sent."""
    branch = found(world, estate, request)
    sent = await rules.wrapped(request, "branch", rules.BRANCH)
    rules.check_plan(world.plan, sent)
    if sent.get("name", branch["name"]) != branch["name"]:
        _free(estate.branches, sent["name"])
    protected = sent.get("protected", branch["protected"])
    _may_expire({**branch, **sent}, protected=protected, default=branch["default"])
    branch.update(sent, updated_at=stamp(world.now()))
    work = ("timeline_update_protected_config",) if "protected" in sent else ()
    return {"branch": shown(branch), "operations": world.start(estate, *work, branch=branch["id"])}


async def delete(world: World, estate: Estate, request: Request) -> Any:
    """Delete a branch once its operations end. One that is not there is a 204."""
    branch = next((b for b in world.there(estate) if b["id"] == request.path_params["branch_id"]), None)
    if branch is None or "_gone" in branch:
        return 204, None
    if branch["default"]:
        raise Denial(422, "cannot delete the default branch")
    if branch["protected"]:
        raise Denial(422, "cannot delete a protected branch")
    if not branch.get("parent_id") and branch["init_source"] != "schema-only":
        raise Denial(422, "cannot delete the root branch")
    if any(b.get("parent_id") == branch["id"] for b in estate.branches.values()):
        raise Denial(422, "cannot delete a branch that has children")
    operations = world.start(estate, "suspend_compute", "delete_timeline", branch=branch["id"])
    world.gone_after(estate, operations, branch)
    return {"branch": shown(branch), "operations": operations}


async def recover(world: World, estate: Estate, request: Request) -> Any:
    """Bring a deleted branch back, without its endpoints."""
    world.sweep(estate)
    kept = estate.recoverable.pop(request.path_params["branch_id"], None)
    if kept is None:
        raise Denial(404, "branch not found")
    for branch in kept.branches.values():
        branch.pop("_gone", None)
        branch.pop("expires_at", None)
        estate.schedules[branch["id"]] = []
    estate.branches |= kept.branches
    estate.roles |= kept.roles
    estate.databases |= kept.databases
    return {"branch": shown(kept.branches[request.path_params["branch_id"]]), "endpoints": []}


async def set_as_default(world: World, estate: Estate, request: Request) -> Any:
    """Make a branch the default one; the branch that was stops being it."""
    branch = found(world, estate, request)
    if branch.get("expires_at"):
        raise Denial(422, "a branch that expires cannot be the default branch")
    for other in estate.branches.values():
        other["default"] = other["primary"] = other is branch
    branch["updated_at"] = stamp(world.now())
    return {"branch": shown(branch), "operations": world.start(estate, "apply_config", branch=branch["id"])}


async def restore(world: World, estate: Estate, request: Request) -> Any:
    """Put a root branch back to an earlier time: a new branch, with another id, takes its place and name."""
    branch = found(world, estate, request)
    body = await rules.body_of(request)
    if not body.get("source_branch_id"):
        raise Denial(400, "property 'source_branch_id' is missing")
    if branch.get("parent_id"):
        raise Denial(422, "only root branches can be restored")
    if body["source_branch_id"] == branch["id"] and not body.get("preserve_under_name"):
        raise Denial(400, "preserve_under_name is required to restore a branch to its own history")
    made = stock.add_branch(world, estate, world.new_id("restoring-"))
    stock.copy_onto(estate, branch["id"], made["id"])
    return {
        "branch": shown(take_over(world, estate, branch, made, body.get("preserve_under_name", ""))),
        "operations": world.start(estate, "create_timeline", "apply_config", branch=made["id"]),
    }


def take_over(
    world: World, estate: Estate, old: dict[str, Any], new: dict[str, Any], called: str = ""
) -> dict[str, Any]:
    """Let `new` be what `old` was: name, default, protection, schedule and computes. Its id is its own."""
    name, now = old["name"], stamp(world.now())
    old["name"] = called or f"{name} (old)"
    for flag in ("default", "primary", "protected"):
        new[flag], old[flag] = old[flag], False
    new |= {"name": name, "restored_as": old["id"], "restore_status": "restored", "updated_at": now}
    old["updated_at"] = now
    new.pop("parent_id", None)
    for endpoint in estate.endpoints.values():
        if endpoint["branch_id"] == old["id"]:
            endpoint["branch_id"] = new["id"]
    estate.schedules[new["id"]], estate.schedules[old["id"]] = estate.schedules[old["id"]], []
    return new


def _free(branches: dict[str, dict[str, Any]], name: str) -> None:
    if any(b["name"] == name for b in branches.values()):
        raise Denial(409, f"branch with name {name!r} already exists", "BRANCH_ALREADY_EXISTS")


def _may_expire(branch: dict[str, Any], *, protected: bool, default: bool) -> None:
    if branch.get("expires_at") and (protected or default):
        raise Denial(422, "expires_at cannot be set on default or protected branches")
