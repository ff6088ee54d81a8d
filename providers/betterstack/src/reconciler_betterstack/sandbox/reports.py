"""The rest of the simulated API: availability, response times, on-call, metadata, incidents, pings, public pages."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reconciler_betterstack.sandbox.endpoints import Rejected, answering, body_of, found, page_of
from reconciler_betterstack.sandbox.publishing import public_page
from reconciler_betterstack.sandbox.store import Record, Store, stamp
from reconciler_betterstack.sandbox.validation import Invalid

ROTATION = {"users", "rotation_length", "rotation_interval", "start_rotations_at", "end_rotations_at"}
OWNERS = (
    "Monitor",
    "Heartbeat",
    "Incident",
    "WebhookIntegration",
    "EmailIntegration",
    "IncomingWebhook",
    "CallRouting",
)


class Reports:
    """Endpoints that read what the simulated service would have measured, and a few odd ones."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def routes(self) -> list[Route]:
        """Return the routes; those that need no token are told apart by their path."""
        get, post = ["GET"], ["GET", "POST"]
        table = [
            ("/api/v2/monitors/{id}/sla", self.monitor_sla, get),
            ("/api/v2/monitors/{id}/response-times", self.response_times, get),
            ("/api/v2/heartbeats/{id}/availability", self.heartbeat_availability, get),
            ("/api/v2/monitor-groups/{id}/monitors", self.members, get),
            ("/api/v2/on-calls/default", self.default_calendar, get),
            ("/api/v2/on-calls/{id}/rotation", self.rotation, post),
            ("/api/v2/on-calls/{id}/events", self.events, get),
            ("/api/v3/metadata", self.metadata, post),
            ("/api/v3/incidents", self.incidents, get),
            ("/api/v3/incidents/{id}", self.incident, get),
            ("/api/v1/heartbeat/{token}", self.ping, ["GET", "HEAD", "POST"]),
            ("/api/v1/heartbeat/{token}/{outcome}", self.ping, ["GET", "HEAD", "POST"]),
            ("/index.json", self.public, get),
        ]
        return [Route(path, answering(endpoint), methods=methods) for path, endpoint, methods in table]

    async def monitor_sla(self, request: Request) -> Response:
        """Availability of a monitor, in percent."""
        return self._availability(found(self.store, "monitors", request), request, "monitor_sla")

    async def heartbeat_availability(self, request: Request) -> Response:
        """Availability of a heartbeat, in percent."""
        return self._availability(found(self.store, "heartbeats", request), request, "heartbeat_availability")

    def _availability(self, record: Record, request: Request, kind: str) -> Response:
        today = self.store.now().date()
        start, end = (self._date(request, name) for name in ("from", "to"))
        if start and (start > today or (end and start > end)):
            raise Rejected(400, "The given timeframe is invalid")
        attributes = {
            "availability": 100.0,
            "total_downtime": 0,
            "number_of_incidents": 0,
            "longest_incident": 0,
            "average_incident": 0,
        }
        return JSONResponse({"data": {"id": str(record.id), "type": kind, "attributes": attributes}})

    def _date(self, request: Request, name: str) -> date | None:
        text = request.query_params.get(name)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise Rejected(400, f"The {name} date is invalid") from None

    async def response_times(self, request: Request) -> Response:
        """Response times of the last day, by region, in seconds."""
        record = found(self.store, "monitors", request)
        moment = stamp(self.store.now() - timedelta(minutes=3))
        parts = {
            "at": moment,
            "response_time": 0.21,
            "name_lookup_time": 0.01,
            "connection_time": 0.02,
            "tls_handshake_time": 0.03,
            "data_transfer_time": 0.15,
        }
        regions = [{"region": region, "response_times": [parts]} for region in record.values["regions"]]
        body = {"id": str(record.id), "type": "monitor_response_times", "attributes": {"regions": regions}}
        return JSONResponse({"data": body})

    async def members(self, request: Request) -> Response:
        """The monitors of a group."""
        group = found(self.store, "monitor_groups", request)
        records = [m for m in self.store.all("monitors") if m.values["monitor_group_id"] == group.id]
        return JSONResponse(page_of(request, [self.store.show(m, listed=True) for m in records]))

    async def default_calendar(self, request: Request) -> Response:
        """The calendar that steps use when they name none."""
        record = next((c for c in self.store.all("on_calls") if c.values["default_calendar"]), None)
        if record is None:
            raise Rejected(404, "There is no default calendar")
        return JSONResponse({"data": self.store.show(record), "included": []})

    async def rotation(self, request: Request) -> Response:
        """The rotation of a calendar: a bare object; POST replaces it."""
        record = found(self.store, "on_calls", request)
        if request.method == "POST":
            body = await body_of(request)
            missing = {name: ["can't be blank"] for name in sorted(ROTATION - set(body))}
            if missing:
                raise Invalid(missing)
            self.store.rotations[record.id] = {name: body[name] for name in sorted(ROTATION)}
            return JSONResponse(self.store.rotations[record.id], 201)
        if record.id not in self.store.rotations:
            raise Rejected(404, "The calendar has no rotation")
        return JSONResponse(self.store.rotations[record.id])

    async def events(self, request: Request) -> Response:
        """The events of a calendar: none."""
        found(self.store, "on_calls", request)
        return JSONResponse(page_of(request, []))

    async def metadata(self, request: Request) -> Response:
        """Metadata of one owner; POST creates, changes, and with null values deletes."""
        held = self.store.metadata
        if request.method == "GET":
            owner = (request.query_params.get("owner_type"), request.query_params.get("owner_id"))
            return JSONResponse(page_of(request, [self._shown(k, v) for k, v in held.items() if k[:2] == owner]))
        body = await body_of(request)
        key = (str(body.get("owner_type")), str(body.get("owner_id")), str(body.get("key")))
        if key[0] not in OWNERS:
            raise Invalid({"owner_type": ["is not included in the list"]})
        if body.get("values") is None:
            held.pop(key, None)
            return Response(status_code=204)
        status = 200 if key in held else 201
        held[key] = {"id": held[key]["id"] if key in held else str(self.store.new_id()), "values": body["values"]}
        return JSONResponse({"data": self._shown(key, held[key])}, status)

    def _shown(self, key: tuple[str, str, str], entry: Any) -> dict[str, Any]:
        attributes = {"owner_type": key[0], "owner_id": key[1], "key": key[2], "values": entry["values"]}
        return {"id": entry["id"], "type": "metadata", "attributes": attributes}

    async def incidents(self, request: Request) -> Response:
        """Incidents: none. Their pages are smaller than those of other listings."""
        return JSONResponse(page_of(request, [], per_page=10, most=50))

    async def incident(self, request: Request) -> Response:
        """One incident: there is none."""
        raise Rejected(404, "Resource with provided ID was not found")

    async def ping(self, request: Request) -> Response:
        """A job reports. Needs no token; the path is the secret."""
        token, outcome = request.path_params["token"], request.path_params.get("outcome", "0")
        record = next((h for h in self.store.all("heartbeats") if h.extra["token"] == token), None)
        if record is None:
            raise Rejected(404, "Heartbeat not found")
        record.extra |= {"pinged_at": self.store.now(), "failed": outcome != "0"}
        return Response("OK", media_type="text/plain")

    async def public(self, request: Request) -> Response:
        """The public data of the page whose host was asked for."""
        host = (request.headers.get("host") or "").split(":")[0]
        for page in self.store.all("status_pages"):
            if host == page.values["custom_domain"] or host.split(".")[0] == page.values["subdomain"]:
                if page.values["password_enabled"]:
                    return Response("Password required", 401)
                if page.values["published"]:
                    return JSONResponse(public_page(self.store, page))
        return Response("Not found", 404)
