"""The Notes API in memory, built from its documentation: what it refuses matters as much as what it does."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reconciler.sandbox import SimulatedApi, Trouble

PAGE = 2
DEFAULTS: dict[str, dict[str, Any]] = {
    "boards": {"name": None, "color": "white"},
    "notes": {
        "title": None,
        "text": None,
        "board_id": None,
        "labels": [],
        "expires_after": None,
        "password": None,
    },
}
REQUIRED = {"boards": ("name",), "notes": ("title", "text", "board_id")}


class NotesSimulator(SimulatedApi):
    """One account. `objects` is what it holds, by kind and id."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.extra: dict[str, Any] = {}  # keys that the API added since its documentation was written
        self.reset()

    def routes(self) -> list[Route]:
        return [
            Route("/v1/me", self.me),
            Route("/v1/{kind}", self.listing),
            Route("/v1/{kind}", self.create, methods=["POST"]),
            Route("/v1/{kind}/{id:int}", self.update, methods=["PATCH"]),
            Route("/v1/{kind}/{id:int}", self.delete, methods=["DELETE"]),
        ]

    def state(self) -> dict[str, Any]:
        return {kind: list(found.values()) for kind, found in self.objects.items()}

    def reset(self) -> None:
        self.objects: dict[str, dict[int, dict[str, Any]]] = {"boards": {}, "notes": {}}
        self._last_id = 0

    def refusal(self, trouble: Trouble, wait: int) -> Response:
        match trouble:
            case "unauthorized":
                return _error(401, "unknown token")
            case "limited":
                return JSONResponse({"error": "slow down"}, 429, {"retry-after": str(wait)})
            case "down" | "broken":
                return _error(503, "try again later")

    async def me(self, request: Request) -> Response:
        return JSONResponse({"account": "acme"})

    async def listing(self, request: Request) -> Response:
        kind, page = request.path_params["kind"], int(request.query_params.get("page", "1"))
        if kind not in self.objects:
            return _error(404, "no such endpoint")
        found = list(self.objects[kind].values())
        more = f"/v1/{kind}?page={page + 1}" if len(found) > page * PAGE else None
        shown = [self._shown(o) for o in found[(page - 1) * PAGE : page * PAGE]]
        return JSONResponse({"items": shown, "next": more})

    async def create(self, request: Request) -> Response:
        kind, sent = request.path_params["kind"], await request.json()
        missing = [name for name in REQUIRED[kind] if sent.get(name) is None]
        if missing:
            return _error(422, f"{missing[0]} is required")
        if wrong := self._wrong(kind, sent):
            return _error(422, wrong)
        self._last_id += 1
        created = {"id": self._last_id, "created_at": "2026-01-01T00:00:00+00:00"}
        self.objects[kind][self._last_id] = {**DEFAULTS[kind], **sent, **created}
        return JSONResponse(self._shown(self.objects[kind][self._last_id]), 201)

    async def update(self, request: Request) -> Response:
        kind, sent = request.path_params["kind"], await request.json()
        found = self.objects[kind].get(request.path_params["id"])
        if found is None:
            return _error(404, "not found")
        if wrong := self._wrong(kind, sent):
            return _error(422, wrong)
        found.update(sent)
        return JSONResponse(self._shown(found))

    async def delete(self, request: Request) -> Response:
        kind, number = request.path_params["kind"], request.path_params["id"]
        if kind == "boards" and any(note["board_id"] == number for note in self.objects["notes"].values()):
            return _error(409, "there are notes on this board")
        return Response(status_code=204) if self.objects[kind].pop(number, None) else _error(404, "not found")

    def _wrong(self, kind: str, sent: dict[str, Any]) -> str:
        strangers = sorted(set(sent) - set(DEFAULTS[kind]))
        if strangers:
            return f"unknown attribute {strangers[0]}"
        if "board_id" in sent and sent["board_id"] not in self.objects["boards"]:
            return "there is no such board"
        return ""

    def _shown(self, found: dict[str, Any]) -> dict[str, Any]:
        shown = {name: value for name, value in found.items() if name != "password"}
        if "labels" in shown:
            shown["labels"] = sorted(shown["labels"], reverse=True)
        return {**shown, **self.extra}


def _error(status: int, text: str) -> Response:
    return JSONResponse({"error": text}, status)
