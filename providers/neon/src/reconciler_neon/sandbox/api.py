"""The simulated Neon API: its paths, who may call them, how often, and what it answers when it will not."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from reconciler.sandbox import SimulatedApi, Trouble
from reconciler_neon.sandbox import access, account, branches, computes, projects, snapshots
from reconciler_neon.sandbox.world import LOCKED, Denial, Estate, World, shown

Handler: TypeAlias = Callable[[World, Any, Request], Awaitable[Any]]
BASE = "/api/v2"
PER_MINUTE, PER_SECOND = 700, 40  # of an account, and of one route of it
PROJECT, BRANCH = "/projects/{project_id}", "/projects/{project_id}/branches/{branch_id}"
ENDPOINT, SNAPSHOT = f"{PROJECT}/endpoints/{{endpoint_id}}", f"{PROJECT}/snapshots/{{snapshot_id}}"
ROLE, DATABASE = f"{BRANCH}/roles/{{name:path}}", f"{BRANCH}/databases/{{name:path}}"
PATHS: Mapping[str, Mapping[str, Handler]] = {
    "/auth": {"GET": account.auth},
    "/regions": {"GET": account.regions},
    "/users/me": {"GET": account.me},
    "/users/me/organizations": {"GET": account.organizations},
    "/projects": {"GET": projects.many, "POST": projects.create},
    "/projects/shared": {"GET": account.shared},
    PROJECT: {"GET": projects.one, "PATCH": projects.update, "DELETE": projects.delete},
    "/projects/{gone_id}/recover": {"POST": projects.recover},
    f"{PROJECT}/connection_uri": {"GET": projects.connection_uri},
    f"{PROJECT}/available_preload_libraries": {"GET": projects.libraries},
    f"{PROJECT}/operations": {"GET": account.operations},
    f"{PROJECT}/operations/{{operation_id}}": {"GET": account.operation},
    f"{PROJECT}/branches": {"GET": branches.many, "POST": branches.create},
    f"{PROJECT}/branches/count": {"GET": branches.count},
    BRANCH: {"GET": branches.one, "PATCH": branches.update, "DELETE": branches.delete},
    f"{BRANCH}/recover": {"POST": branches.recover},
    f"{BRANCH}/set_as_default": {"POST": branches.set_as_default},
    f"{BRANCH}/restore": {"POST": branches.restore},
    f"{BRANCH}/finalize_restore": {"POST": snapshots.finalize},
    f"{BRANCH}/endpoints": {"GET": computes.many},
    f"{BRANCH}/snapshot": {"POST": snapshots.create},
    f"{BRANCH}/backup_schedule": {"GET": snapshots.schedule, "PUT": snapshots.set_schedule},
    f"{BRANCH}/roles": {"GET": access.roles, "POST": access.create_role},
    f"{ROLE}/reveal_password": {"GET": access.reveal_password},
    f"{ROLE}/reset_password": {"POST": access.reset_password},
    ROLE: {"GET": access.role, "DELETE": access.delete_role},
    f"{BRANCH}/databases": {"GET": access.databases, "POST": access.create_database},
    DATABASE: {"GET": access.database, "PATCH": access.update_database, "DELETE": access.delete_database},
    f"{PROJECT}/endpoints": {"GET": computes.many, "POST": computes.create},
    f"{ENDPOINT}/start": {"POST": computes.turned("start_compute", "active")},
    f"{ENDPOINT}/suspend": {"POST": computes.turned("suspend_compute", "idle")},
    f"{ENDPOINT}/restart": {"POST": computes.turned("start_compute", "active")},
    ENDPOINT: {"GET": computes.one, "PATCH": computes.update, "DELETE": computes.delete},
    f"{PROJECT}/snapshots": {"GET": snapshots.many},
    f"{SNAPSHOT}/restore": {"POST": snapshots.restore},
    SNAPSHOT: {"PATCH": snapshots.update, "DELETE": snapshots.delete},
}
NEEDS_RIGHTS_TO_READ = ("/connection_uri", "/reveal_password")


class NeonApi(SimulatedApi):
    """One account. `permissions` maps each API key to what it may do: CAN_VIEW, CAN_EDIT, CAN_MANAGE."""

    def __init__(self, world: World, token: str) -> None:
        self.world = world
        self.token = token
        self.permissions = {token: "CAN_MANAGE", self.read_token: "CAN_VIEW"}
        self._calls: dict[str, deque[datetime]] = {}

    def routes(self) -> Sequence[BaseRoute]:
        """Return all paths."""
        return [
            Route(BASE + path, self._answering(path, handlers), methods=list(handlers))
            for path, handlers in PATHS.items()
        ]

    def _answering(self, path: str, handlers: Mapping[str, Handler]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            asked = request.headers.get("x-request-id") or self.world.text(f"request {self.world.count()}", 32)
            try:
                method = "GET" if request.method == "HEAD" else request.method
                self._count(f"{method} {path}")
                permission = self.permissions[_key(request)]
                request.scope["neon.permission"] = permission
                estate = self._estate(request)
                if method != "GET" or path.endswith(NEEDS_RIGHTS_TO_READ):
                    _allow(permission)
                if method != "GET" and estate and self.world.busy_until(estate):
                    raise Denial(423, LOCKED)
                result = await handlers[method](self.world, estate, request)
            except Denial as denial:
                return _error(denial.status, denial.message, denial.code, asked)
            status, payload = result if isinstance(result, tuple) else (200, result)
            return Response(status_code=status) if payload is None else JSONResponse(payload, status)

        return answer

    def _estate(self, request: Request) -> Estate | None:
        if "project_id" not in request.path_params:
            return None
        found = self.world.estates.get(request.path_params["project_id"])
        if found is None:
            raise Denial(404, "project not found")
        self.world.sweep(found)
        return found

    def _count(self, route: str) -> None:
        """Refuse what goes beyond the documented rates. Nothing documents a header that says how long to wait."""
        now = self.world.now()
        for name, most, window in (("", PER_MINUTE, 60), (route, PER_SECOND, 1)):
            calls = self._calls.setdefault(name, deque())
            while calls and calls[0] <= now - timedelta(seconds=window):
                calls.popleft()
            if len(calls) >= most:
                raise Denial(429, "too many requests, please try again later")
            calls.append(now)

    def state(self) -> Mapping[str, Any]:
        """Return every object, by kind, as the API shows it. Passwords are not shown."""
        found: dict[str, list[Any]] = {}
        for estate in self.world.estates.values():
            self.world.sweep(estate)
            found.setdefault("projects", []).append(shown(estate.payload))
            for kind in ("branches", "endpoints", "roles", "databases", "snapshots"):
                found.setdefault(kind, []).extend(shown(record) for record in getattr(estate, kind).values())
            found.setdefault("backup_schedules", []).extend(
                {"branch_id": branch, "schedule": [shown(e) for e in entries]}
                for branch, entries in estate.schedules.items()
            )
            found.setdefault("operations", []).extend(self.world.show_operation(o) for o in estate.operations.values())
        return found

    def reset(self) -> None:
        """Start again with what a new account has."""
        self.world.reset()
        self._calls.clear()

    def denied(self, request: Request) -> Response | None:
        """Return the answer to a key that is not known."""
        return None if _key(request) in self.permissions else self.refusal("unauthorized", 0)

    def refusal(self, trouble: Trouble, wait: int) -> Response:
        """Return the error bodies of Neon."""
        match trouble:
            case "unauthorized":
                return _error(401, "supplied credentials do not pass authentication")
            case "limited":
                return _error(429, "too many requests, please try again later")
            case "down":
                return Response(
                    "<html><body>503 Service Temporarily Unavailable</body></html>", 503, media_type="text/html"
                )
            case "broken":
                return _error(500, "internal server error")


def _key(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ")


def _allow(permission: str) -> None:
    if permission == "CAN_VIEW":
        raise Denial(403, "user has no access to perform this action on the project")


def _error(status: int, message: str, code: str = "", request_id: str = "") -> Response:
    named = {"request_id": request_id} if request_id else {}
    return JSONResponse({**named, "code": code, "message": message}, status)
