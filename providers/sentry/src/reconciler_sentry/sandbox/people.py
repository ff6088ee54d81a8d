"""The organisation, its teams and members, what it is integrated with, its releases, and what was retired."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from reconciler_sentry.sandbox import shapes
from reconciler_sentry.sandbox.answers import Answering, Rejected, body_of, invalid, missing, page, scopes_of
from reconciler_sentry.sandbox.projects import check_organization
from reconciler_sentry.sandbox.store import Object, Store

RETIRED = ("/projects/{org}/{project}/rules/", "/organizations/{org}/alert-rules/")
GONE = "This API no longer exists."


class People:
    """The endpoints around those of the managed kinds."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def routes(self, answering: Answering) -> list[BaseRoute]:
        """Return the routes."""
        route, org = answering.route, "/organizations/{org}"
        gone = dict.fromkeys(("GET", "POST", "PUT", "DELETE"), self.gone)
        return [
            route("/", GET=self.info),
            route("/organizations/", GET=self.organizations),
            route(f"{org}/", GET=self.organization),
            route(f"{org}/teams/", GET=self.teams, POST=self.create_team),
            route("/teams/{org}/{team}/", GET=self.team, PUT=self.update_team, DELETE=self.delete_team),
            route(f"{org}/members/", GET=self.members),
            route(f"{org}/integrations/", GET=self.integrations),
            route(f"{org}/integrations/{{id}}/", GET=self.integration),
            route(f"{org}/environments/", GET=self.environments),
            route(f"{org}/releases/", GET=self.releases, POST=self.create_release),
            *(route(path + rest, **gone) for path in RETIRED for rest in ("", "{id}/")),
        ]

    async def gone(self, request: Request) -> Response:
        """Say that the old rules are gone, whatever is asked of them."""
        raise Rejected(410, {"detail": GONE})

    async def info(self, request: Request) -> Response:
        given = scopes_of(self.store, request)
        scopes = shapes.SCOPES if given is None else sorted(given)
        return JSONResponse({"version": "0", "auth": {"scopes": scopes}, "user": None})

    async def organizations(self, request: Request) -> Response:
        return page(self.store, request, [shapes.organization(self.store)])

    async def organization(self, request: Request) -> Response:
        check_organization(self.store, request)
        return JSONResponse(shapes.organization(self.store))

    async def teams(self, request: Request) -> Response:
        check_organization(self.store, request)
        return page(self.store, request, self.store.all("teams"), shapes.team)

    async def create_team(self, request: Request) -> Response:
        """Make a team; its slug comes from its name where none is sent."""
        check_organization(self.store, request)
        body = await body_of(request)
        name = body.get("name") or body.get("slug")
        if not name:
            raise Rejected(400, {"nonFieldErrors": ["Name or slug is required"]})
        slug = body.get("slug") or re.sub(r"[^a-z0-9]+", "-", str(name).lower()).strip("-")
        if self.store.by_slug("teams", slug):
            raise Rejected(409, {"detail": "A team with this slug already exists."})
        return JSONResponse(shapes.team(self.store.add("teams", {"slug": slug, "name": name})), 201)

    def _team(self, request: Request) -> Object:
        check_organization(self.store, request)
        found = self.store.by_slug("teams", request.path_params["team"])
        if found is None:
            raise missing()
        return found

    def _whole(self, team: Object) -> Response:
        return JSONResponse({**shapes.team(team), "organization": shapes.organization(self.store)})

    async def team(self, request: Request) -> Response:
        return self._whole(self._team(request))

    async def update_team(self, request: Request) -> Response:
        team, body = self._team(request), await body_of(request)
        if not body.get("slug"):
            raise invalid("slug", "This field is required.")
        team.update({"slug": body["slug"], "name": body.get("name") or team["name"]})
        return self._whole(team)

    async def delete_team(self, request: Request) -> Response:
        self.store.delete("teams", self._team(request)["id"])
        return Response(status_code=204)

    async def members(self, request: Request) -> Response:
        check_organization(self.store, request)
        return page(self.store, request, self.store.all("members"), shapes.member)

    async def integrations(self, request: Request) -> Response:
        check_organization(self.store, request)
        wanted = request.query_params.get("providerKey")
        found = [i for i in self.store.all("integrations") if wanted in (None, i["provider"]["key"])]
        asked = request.query_params.get("includeConfig", "").lower() in ("1", "true")
        around: Object = {} if asked else {"configData": {}}
        return page(self.store, request, found, lambda i: {k: v for k, v in i.items() if k != "dateCreated"} | around)

    async def integration(self, request: Request) -> Response:
        check_organization(self.store, request)
        found = self.store.get("integrations", request.path_params["id"])
        if found is None:
            raise missing()
        return JSONResponse({k: v for k, v in found.items() if k != "dateCreated"})

    async def environments(self, request: Request) -> Response:
        check_organization(self.store, request)
        return JSONResponse([{"id": "1", "name": "production"}])

    async def releases(self, request: Request) -> Response:
        check_organization(self.store, request)
        return page(self.store, request, self.store.all("releases"))

    async def create_release(self, request: Request) -> Response:
        """Make a release; one that is there is answered with 208."""
        check_organization(self.store, request)
        body = await body_of(request)
        if not body.get("version"):
            raise invalid("version", "This field is required.")
        found = next((r for r in self.store.all("releases") if r["version"] == body["version"]), None)
        if found:
            return JSONResponse(found, 208)
        known = [shapes.small_team(p) for p in self.store.all("projects") if p["slug"] in body.get("projects", ())]
        made = self.store.add("releases", {"version": body["version"], "projects": known})
        return JSONResponse(made, 201)


def connect(store: Store, named: str, *, status: str = "active") -> Object:
    """Install an integration, `slack/AI Gurus`, as its flow in the browser would."""
    key, _, name = named.partition("/")
    return store.add(
        "integrations",
        {
            "name": name,
            "icon": None,
            "domainName": f"{re.sub('[^a-z0-9]+', '-', name.lower())}.{key}.com",
            "accountType": None,
            "scopes": [],
            "outOfDate": False,
            "status": status,
            "provider": {"key": key, "slug": key, "name": key.title(), "canAdd": True, "canDisable": False}
            | {"features": ["alert-rule"], "aspects": {}},
            "configOrganization": [],
            "configData": {},
            "externalId": store.new_id(),
            "organizationId": 4507,
            "organizationIntegrationStatus": status,
            "gracePeriodEnd": None,
        },
    )
