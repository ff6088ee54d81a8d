"""Projects: settings, options, inbound filters, teams, ownership, and spike protection."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from reconciler_sentry.sandbox import settings, shapes
from reconciler_sentry.sandbox.answers import (
    Answering,
    Rejected,
    body_of,
    invalid,
    missing,
    no_right,
    page,
    scopes_of,
)
from reconciler_sentry.sandbox.births import new_project
from reconciler_sentry.sandbox.store import Object, Store

AUTO = ("Auto Assign to Issue Owner", "Auto Assign to Suspect Commits", "Turn off Auto-Assignment")


class Projects:
    """The endpoints below /projects/, and the listings of projects."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def routes(self, answering: Answering) -> list[BaseRoute]:
        """Return the routes."""
        one, route = "/projects/{org}/{project}", answering.route
        return [
            route("/organizations/{org}/projects/", GET=self.listing, POST=self.create_for_caller),
            route("/teams/{org}/{team}/projects/", GET=self.of_team, POST=self.create),
            route(f"{one}/", GET=self.read, PUT=self.update, DELETE=self.delete),
            route(f"{one}/filters/", GET=self.filters),
            route(f"{one}/filters/{{filter}}/", PUT=self.set_filter),
            route(f"{one}/teams/", GET=self.teams),
            route(f"{one}/teams/{{team}}/", POST=self.add_team, DELETE=self.drop_team),
            route(f"{one}/ownership/", GET=self.ownership, PUT=self.set_ownership),
            route("/organizations/{org}/spike-protections/", POST=self.spikes_on, DELETE=self.spikes_off),
        ]

    def find(self, request: Request) -> Object:
        """Return the project that the path names by id or slug."""
        check_organization(self.store, request)
        found = self.store.by_slug("projects", request.path_params["project"])
        if found is None:
            raise missing()
        return found

    def show(self, made: Object) -> dict[str, Any]:
        """Return a project with its settings."""
        forced = dict.fromkeys(self.store.required, True)
        shown = shapes.project(self.store, made)
        del shown["environments"], shown["hasUserReports"]
        if shown["team"] is None:
            del shown["team"]
        return {
            **shown,
            **shapes.AROUND_SETTINGS,
            **copy.deepcopy(made["settings"]),
            **forced,
            "options": {**made["options"], "sentry:token": made["settings"]["securityToken"]},
            "organization": shapes.organization(self.store),
            **made.get("_unannounced", {}),
        }

    async def listing(self, request: Request) -> Response:
        check_organization(self.store, request)
        return page(self.store, request, self.store.all("projects"), lambda p: shapes.project(self.store, p))

    async def of_team(self, request: Request) -> Response:
        team = self._team(request)
        found = [p for p in self.store.all("projects") if team["id"] in p["teamIds"]]
        return page(self.store, request, found, lambda p: shapes.project(self.store, p))

    def _team(self, request: Request) -> Object:
        check_organization(self.store, request)
        team = self.store.by_slug("teams", request.path_params["team"])
        if team is None:
            raise missing()
        return team

    async def create(self, request: Request) -> Response:
        """Make a project under a team."""
        return self._created(await body_of(request), [self._team(request)["id"]])

    async def create_for_caller(self, request: Request) -> Response:
        """Make a project, and a team for whoever asks: the wrong way to make one for a team that is there."""
        check_organization(self.store, request)
        body = await body_of(request)
        team = self.store.add("teams", {"slug": f"team-{self.store.new_id()}", "name": "Personal"})
        return self._created(body, [team["id"]])

    def _created(self, body: Mapping[str, Any], teams: list[str]) -> Response:
        name = body.get("name")
        if not isinstance(name, str) or not name:
            raise invalid("name", "This field is required.")
        if len(name) > 50:
            raise invalid("name", "Ensure this field has no more than 50 characters.")
        slug = body.get("slug") or re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        there = any(p["slug"] == slug for p in self.store.all("projects"))
        if there or (slug in self.store.held and self.store.now() < self.store.held[slug]):
            raise Rejected(409, {"detail": "A project with this slug already exists."})
        rules = body.get("default_rules", True)
        made = new_project(self.store, name, slug, teams, platform=body.get("platform"), default_rules=rules)
        return JSONResponse(shapes.project(self.store, made), 201)

    async def read(self, request: Request) -> Response:
        return JSONResponse(self.show(self.find(request)))

    async def update(self, request: Request) -> Response:
        """Change what is sent, and ignore what nobody knows."""
        made, body = self.find(request), await body_of(request)
        scopes = scopes_of(self.store, request)
        if (
            scopes is not None
            and not {"project:write", "project:admin"} & set(scopes)
            and set(body) - settings.FOR_MEMBERS
        ):
            raise no_right()
        changed = settings.checked(made, body)
        options = settings.options(self.store, body.get("options") or {})
        made["options"].update(options)
        for name, value in changed.items():
            if name == "slug":
                self.store.moved[made["slug"]] = value
            if name in ("name", "slug", "platform"):
                made[name] = value
            else:
                made["settings"][name] = value
        return JSONResponse(self.show(made))

    async def delete(self, request: Request) -> Response:
        self.store.delete("projects", self.find(request)["id"])
        return Response(status_code=204)

    async def filters(self, request: Request) -> Response:
        found = self.find(request)["filters"]
        return JSONResponse([{"id": name, "active": active} for name, active in found.items()])

    async def set_filter(self, request: Request) -> Response:
        """Switch one filter; the browsers are replaced as a whole."""
        made, name, body = self.find(request), request.path_params["filter"], await body_of(request)
        if name not in settings.FILTERS:
            raise missing()
        if name == "legacy-browsers":
            chosen = body.get("subfilters")
            if not isinstance(chosen, list) or set(chosen) - set(settings.BROWSERS):
                raise invalid("subfilters", "Select a valid choice.")
            made["filters"][name] = list(dict.fromkeys(chosen))
        elif isinstance(body.get("active"), bool):
            made["filters"][name] = body["active"]
        else:
            raise invalid("active", "This field is required.")
        return Response(status_code=204)

    async def teams(self, request: Request) -> Response:
        made = self.find(request)
        found = [t for t in self.store.all("teams") if t["id"] in made["teamIds"]]
        return page(self.store, request, found, shapes.team)

    async def add_team(self, request: Request) -> Response:
        made, team = self.find(request), self._team(request)
        made["teamIds"] = list(dict.fromkeys([*made["teamIds"], team["id"]]))
        return JSONResponse(self._with_teams(made), 201)

    async def drop_team(self, request: Request) -> Response:
        made, team = self.find(request), self._team(request)
        made["teamIds"] = [i for i in made["teamIds"] if i != team["id"]]
        return JSONResponse(self._with_teams(made))

    def _with_teams(self, made: Object) -> dict[str, Any]:
        shown = shapes.project(self.store, made)
        return {name: value for name, value in shown.items() if name != "team" or value is not None}

    async def ownership(self, request: Request) -> Response:
        return JSONResponse(self.find(request)["ownership"])

    async def set_ownership(self, request: Request) -> Response:
        """Change the rules that are sent."""
        made, body = self.find(request), await body_of(request)
        if "autoAssignment" in body and body["autoAssignment"] not in AUTO:
            raise invalid("autoAssignment", f"{body['autoAssignment']} is not a valid choice.")
        known = {k: v for k, v in body.items() if k in made["ownership"] and k not in ("schema", "isActive")}
        if "raw" in known:
            known["raw"] = known["raw"] if str(known["raw"] or "").strip() else None
        made["ownership"].update(known)
        return JSONResponse(made["ownership"], 202)

    async def spikes_on(self, request: Request) -> Response:
        return await self._spikes(request, disabled=False, status=201)

    async def spikes_off(self, request: Request) -> Response:
        return await self._spikes(request, disabled=True, status=200)

    async def _spikes(self, request: Request, *, disabled: bool, status: int) -> Response:
        check_organization(self.store, request)
        if "spike-protection" not in self.store.features:
            raise Rejected(403, {"detail": "Spike protection is not available on your plan."})
        chosen = (await body_of(request)).get("projects") or []
        for made in self.store.all("projects"):
            if made["slug"] in chosen or "$all" in chosen:
                made["options"]["quotas:spike-protection-disabled"] = disabled
        return JSONResponse({}, status)


def check_organization(store: Store, request: Request) -> None:
    """Answer 404 for another organisation than this one."""
    if request.path_params["org"] not in (store.organization, shapes.organization(store)["id"]):
        raise missing()
