"""Domains of a project: ownership is one fact, DNS another, and both come late."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from reconciler_vercel.sandbox.answers import Allowed, Refusal, bad, body_of, not_found, route, until_page
from reconciler_vercel.sandbox.store import Project, Store

CHANGES: Allowed = {
    "gitBranch": "string?",
    "redirect": "string?",
    "redirectStatusCode": "number?",
    "customEnvironmentId": "string?",
}
MAIN = "main"


def apex_of(name: str) -> str:
    """Return the domain that is bought: the last two labels."""
    return ".".join(name.split(".")[-2:])


class Domains:
    """Endpoints of the domains of a project."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def routes(self) -> list[BaseRoute]:
        """Return its paths."""
        base = "/v{n}/projects/{{project}}/domains"
        made: list[BaseRoute] = [route(base.format(n=n), self.many, "GET", "POST") for n in (9, 10)]
        return [
            *made,
            route(base.format(n=9) + "/{domain}", self.one, "GET", "PATCH", "DELETE"),
            route(base.format(n=9) + "/{domain}/verify", self.verify, "POST"),
            route("/v6/domains/{domain}/config", self.config, "GET"),
            route("/projects/{project}/alias", self.alias, "POST"),
        ]

    def shown(self, project: Project, record: dict[str, Any]) -> dict[str, Any]:
        """Return a domain; one that is not verified says what would prove it."""
        name = record["name"]
        payload = {
            "projectId": project.id,
            "redirect": None,
            "gitBranch": None,
            "customEnvironmentId": None,
            **record,
            "verified": name not in self.store.world.unverified,
        }
        if payload.get("redirectStatusCode") is None:
            payload.pop("redirectStatusCode", None)
        if not payload["verified"]:
            value = f"vc-domain-verify={name},{self.store.new_id(length=20)}"
            apex = f"_vercel.{record['apexName']}"
            payload["verification"] = [
                {"type": "TXT", "domain": apex, "value": value, "reason": "pending_domain_verification"}
            ]
        return {**payload, **self.store.world.extra}

    async def many(self, request: Request) -> Response:
        """List, or add one."""
        project = self.store.project(request.path_params["project"])
        if request.method == "GET":
            rows = [self.shown(project, record) for record in project.domains.values()]
            return JSONResponse(until_page(request, rows, "domains"))
        return JSONResponse(self._added(project, await body_of(request, {"name": "string", **CHANGES}, ("name",))))

    async def alias(self, request: Request) -> Response:
        """Add a domain as the CLI does, by a path of no version."""
        project = self.store.project(request.path_params["project"])
        body = await body_of(request, {"domain": "string", "target": "string", "redirect": "string?"}, ("domain",))
        made = self._added(project, {"name": body["domain"], "redirect": body.get("redirect")})
        return JSONResponse([{**made, "domain": made["name"], "target": "PRODUCTION"}])

    def _added(self, project: Project, body: dict[str, Any]) -> dict[str, Any]:
        name = body["name"].lower()
        self._free(project, name)
        if project.deployments and project.deployments[-1]["readyState"] == "ERROR":
            raise bad("The domain cannot be added: the latest production deployment failed.")
        at = self.store.ms()
        record = {**body, "name": name, "apexName": apex_of(name), "createdAt": at, "updatedAt": at}
        self._valid(project, record)
        project.domains[name] = record
        return self.shown(project, record)

    def _free(self, project: Project, name: str) -> None:
        taken = name in self.store.world.elsewhere or any(name in p.domains for p in self.store.projects.values())
        if name in project.domains:
            raise bad(f"Cannot add {name} since it's already assigned to this project.")
        if taken:
            message = f"Cannot add {name} since it's already assigned to another project."
            raise Refusal(409, "domain_already_in_use", message)

    def _valid(self, project: Project, record: dict[str, Any]) -> None:
        target = record.get("redirect")
        if target and record.get("gitBranch"):
            raise bad("`gitBranch` and `redirect` cannot be used together.")
        if target == record["name"]:
            raise bad("A domain cannot redirect to itself.")
        if target and target not in project.domains:
            raise bad("The domain redirect is not valid.")
        if record.get("gitBranch") == MAIN:
            raise bad(f"The production branch {MAIN} cannot be used.")
        if target and record.get("redirectStatusCode") is None:
            record["redirectStatusCode"] = 307
        if not target:
            record["redirectStatusCode"] = None

    async def one(self, request: Request) -> Response:
        """Read, change or take away one."""
        project = self.store.project(request.path_params["project"])
        record = project.domains.get(request.path_params["domain"])
        if record is None:
            raise not_found("Domain")
        if request.method == "PATCH":
            after = {**record, **await body_of(request, CHANGES)}
            self._valid(project, after)
            record.update(after, updatedAt=self.store.ms())
        if request.method == "DELETE":
            body = await body_of(request, {"removeRedirects": "boolean"})
            leading = [n for n, r in project.domains.items() if r.get("redirect") == record["name"]]
            if leading and not body.get("removeRedirects"):
                raise bad(f"{', '.join(leading)} redirects to this domain.")
            for name in (record["name"], *leading):
                del project.domains[name]
            return JSONResponse({})
        return JSONResponse(self.shown(project, record))

    async def verify(self, request: Request) -> Response:
        """Look for the proof of ownership again."""
        project = self.store.project(request.path_params["project"])
        record = project.domains.get(request.path_params["domain"])
        if record is None:
            raise not_found("Domain")
        if record["name"] in self.store.world.unverified:
            raise Refusal(
                400, "missing_txt_record", f"Domain _vercel.{record['apexName']} is missing required TXT Record"
            )
        return JSONResponse(self.shown(project, record))

    async def config(self, request: Request) -> Response:
        """Tell whether the DNS of a domain leads to Vercel."""
        there = request.path_params["domain"] in self.store.world.dns
        return JSONResponse(
            {
                "configuredBy": "CNAME" if there else None,
                "acceptedChallenges": ["http-01"] if there else [],
                "recommendedIPv4": [{"rank": 2, "value": ["216.198.79.1"]}, {"rank": 1, "value": ["76.76.21.21"]}],
                "recommendedCNAME": [{"rank": 1, "value": "cname.vercel-dns-0.com."}],
                "misconfigured": not there,
            }
        )
