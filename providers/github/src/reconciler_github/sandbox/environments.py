"""Environments: a PUT resets what it leaves out, and reads back as three kinds of protection rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reconciler_github.sandbox.answers import answering, body_of, empty, paged
from reconciler_github.sandbox.people import WEB, team, user
from reconciler_github.sandbox.store import Environment, Invalid, Store, stamp

WRITABLE = ("wait_timer", "prevent_self_review", "reviewers", "deployment_branch_policy")
LONGEST_WAIT = 43_200  # minutes
BILLING = (
    "Failed to create the environment protection rule. Please ensure the billing plan supports the required reviewers "
    "protection rule."
)


class Environments:
    """The endpoints of environments, of their branch policies, and of their custom gates."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def routes(self, base: str) -> list[Route]:
        """Return the routes, the longer paths first: a name may hold slashes."""
        one = f"{base}/environments/{{environment:path}}"
        policies, gates = f"{one}/deployment-branch-policies", f"{one}/deployment_protection_rules"
        found = [
            (f"{policies}/{{number:int}}", {"GET": self.policy, "PUT": self.rename_policy, "DELETE": self.drop_policy}),
            (policies, {"GET": self.policies, "POST": self.add_policy}),
            (f"{gates}/{{number:int}}", {"GET": self.gate, "DELETE": self.drop_gate}),
            (gates, {"GET": self.gates, "POST": self.add_gate}),
            (f"{base}/environments", {"GET": self.listing}),
            (one, {"GET": self.read, "PUT": self.put, "DELETE": self.delete}),
        ]
        return [
            Route(path, answering(endpoint), methods=[method])
            for path, methods in found
            for method, endpoint in methods.items()
        ]

    def _found(self, request: Request) -> Environment:
        return self.store.environment(request.path_params["environment"])

    async def listing(self, request: Request) -> Response:
        """List them."""
        return paged(request, list(self.store.environments.values()), self._show, wrapped="environments")

    async def read(self, request: Request) -> Response:
        """Return one."""
        return JSONResponse(self._show(self._found(request)))

    async def put(self, request: Request) -> Response:
        """Create or update one: 200 both ways."""
        store, name, moment = self.store, request.path_params["environment"], self.store.now()
        wanted = self._checked(await body_of(request, empty=True))
        found = store.environments.get(name.lower())
        if found is None:
            if len(name) > 255:
                raise Invalid(422, "The environment name is invalid")
            found = Environment(store.new_id(), name, store.new_vault(), moment, moment)
            store.environments[name.lower()] = found
        found.wait_timer = wanted.get("wait_timer") or 0
        found.prevent_self_review = bool(wanted.get("prevent_self_review"))
        found.reviewers = [(r["type"], r["id"]) for r in wanted.get("reviewers") or ()]
        found.policy = wanted.get("deployment_branch_policy")
        found.updated_at = moment
        return JSONResponse(self._show(found))

    def _checked(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        store = self.store
        strangers = sorted(set(body) - set(WRITABLE))
        if strangers:
            raise Invalid(422, f'Invalid request.\n\n"{strangers[0]}" is not a permitted key.')
        wait = body.get("wait_timer", 0)
        if not isinstance(wait, int) or not 0 <= wait <= LONGEST_WAIT:
            raise Invalid(422, "Validation Failed", ["Wait timer must be between 0 and 43200"])
        reviewers = body.get("reviewers") or []
        if len(reviewers) > 6:
            raise Invalid(422, "Validation Failed", ["No more than 6 reviewers"])
        if reviewers and store.private and store.plan != "enterprise":
            raise Invalid(422, BILLING)
        for reviewer in reviewers:
            people = store.teams if reviewer.get("type") == "Team" else store.users
            if reviewer.get("id") not in people:
                raise Invalid(422, "Validation Failed", [f"Reviewer {reviewer.get('id')} does not exist"])
        policy = body.get("deployment_branch_policy")
        if policy is not None and policy.get("protected_branches") == policy.get("custom_branch_policies"):
            raise Invalid(422, "protected_branches and custom_branch_policies cannot have the same value")
        return body

    async def delete(self, request: Request) -> Response:
        """Delete one, with all that is kept in it."""
        del self.store.environments[self._found(request).name.lower()]
        return empty()

    def _show(self, one: Environment) -> dict[str, Any]:
        url = f"{self.store.home}/repos/{self.store.full_name}/environments/{quote(one.name, safe='')}"
        return {
            "id": one.id,
            "node_id": f"EN_{one.id}",
            "name": one.name,
            "url": url,
            "html_url": f"{WEB}/{self.store.full_name}/deployments/activity_log?environments_filter={one.id}",
            "created_at": stamp(one.created_at),
            "updated_at": stamp(one.updated_at),
            "can_admins_bypass": True,
            "protection_rules": self._rules(one),
            "deployment_branch_policy": one.policy,
            **self.store.unannounced,
        }

    def _rules(self, one: Environment) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        if one.wait_timer:
            found.append({"id": one.id * 10 + 1, "type": "wait_timer", "wait_timer": one.wait_timer})
        if one.reviewers:
            people = [{"type": kind, "reviewer": self._person(kind, number)} for kind, number in one.reviewers]
            rule = {"type": "required_reviewers", "prevent_self_review": one.prevent_self_review, "reviewers": people}
            found.append({"id": one.id * 10 + 2, **rule})
        if one.policy:
            found.append({"id": one.id * 10 + 3, "type": "branch_policy"})
        return [{**rule, "node_id": f"GA_{rule['id']}"} for rule in found]

    def _person(self, kind: str, number: int) -> dict[str, Any]:
        if kind == "Team":
            return team(self.store.home, number, self.store.teams.get(number, "gone"), self.store.owner)
        return user(self.store.home, number, self.store.users.get(number, "ghost"))

    def _custom(self, request: Request) -> Environment:
        found = self._found(request)
        if not (found.policy or {}).get("custom_branch_policies"):
            raise Invalid(404, "Not Found")
        return found

    async def policies(self, request: Request) -> Response:
        """List the branch policies; none where the environment has no custom ones."""
        found = self._found(request)
        custom = (found.policy or {}).get("custom_branch_policies")
        items = list(found.policies.items()) if custom else []
        return paged(request, items, _policy, wrapped="branch_policies")

    async def add_policy(self, request: Request) -> Response:
        """Add one. A pattern that is there already is answered with 303."""
        found, body = self._custom(request), await body_of(request)
        if not isinstance(body.get("name"), str) or body.get("type", "branch") not in ("branch", "tag"):
            raise Invalid(422, "Validation Failed", ["Name is invalid"])
        policy = {"name": body["name"], "type": body.get("type", "branch")}
        if policy in found.policies.values():
            return empty(303)
        number = self.store.new_id()
        found.policies[number] = policy
        return JSONResponse(_policy((number, policy)))

    def _one_policy(self, request: Request) -> tuple[Environment, int]:
        found, number = self._custom(request), request.path_params["number"]
        if number not in found.policies:
            raise Invalid(404, "Not Found")
        return found, number

    async def policy(self, request: Request) -> Response:
        """Return one branch policy."""
        found, number = self._one_policy(request)
        return JSONResponse(_policy((number, found.policies[number])))

    async def rename_policy(self, request: Request) -> Response:
        """Change the pattern of one."""
        found, number = self._one_policy(request)
        found.policies[number] = {**found.policies[number], "name": (await body_of(request))["name"]}
        return JSONResponse(_policy((number, found.policies[number])))

    async def drop_policy(self, request: Request) -> Response:
        """Remove one."""
        found, number = self._one_policy(request)
        del found.policies[number]
        return empty()

    async def gates(self, request: Request) -> Response:
        """List the custom gates."""
        shown = [self._gate(gate) for gate in self._found(request).gates.items()]
        return JSONResponse({"total_count": len(shown), "custom_deployment_protection_rules": shown})

    async def gate(self, request: Request) -> Response:
        """Return one custom gate."""
        found, number = self._found(request), request.path_params["number"]
        if number not in found.gates:
            raise Invalid(404, "Not Found")
        return JSONResponse(self._gate((number, found.gates[number])))

    async def add_gate(self, request: Request) -> Response:
        """Have an app decide about deployments, too."""
        found, number = self._found(request), self.store.new_id()
        found.gates[number] = int((await body_of(request))["integration_id"])
        return JSONResponse(self._gate((number, found.gates[number])), 201)

    async def drop_gate(self, request: Request) -> Response:
        """Remove a custom gate."""
        self._found(request).gates.pop(request.path_params["number"], None)
        return empty()

    def _gate(self, item: tuple[int, int]) -> dict[str, Any]:
        number, app = item
        url = f"{self.store.home}/apps/app-{app}"
        shown = {"id": app, "node_id": f"A_{app}", "slug": f"app-{app}", "integration_url": url}
        return {"id": number, "node_id": f"DPR_{number}", "enabled": True, "app": shown}


def _policy(item: tuple[int, Mapping[str, str]]) -> dict[str, Any]:
    return {"id": item[0], "node_id": f"GB_{item[0]}", **item[1]}
