"""Rulesets: listed without what they say, shown whole one by one, and replaced list by list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reconciler_github.sandbox import rules
from reconciler_github.sandbox.answers import answering, body_of, empty, paged
from reconciler_github.sandbox.people import WEB
from reconciler_github.sandbox.store import Invalid, Ruleset, Store, stamp

TARGETS = ("branch", "tag", "push")
UPGRADE = "Upgrade to GitHub Pro or make this repository public to enable this feature."


class Rulesets:
    """The endpoints. `may_write` says of a request whether its token could write: others see no bypass actors."""

    def __init__(self, store: Store, may_write: Callable[[Request], bool]) -> None:
        self.store = store
        self.may_write = may_write

    def routes(self, base: str) -> list[Route]:
        """Return the routes; `base` is the path of the repository."""
        one = f"{base}/rulesets/{{number:int}}"
        return [
            Route(f"{base}/rulesets", answering(self.listing), methods=["GET"]),
            Route(f"{base}/rulesets", answering(self.create), methods=["POST"]),
            Route(one, answering(self.read), methods=["GET"]),
            Route(one, answering(self.update), methods=["PUT"]),
            Route(one, answering(self.delete), methods=["DELETE"]),
            Route(f"{base}/rules/branches/{{branch:path}}", answering(self.effective), methods=["GET"]),
        ]

    async def listing(self, request: Request) -> Response:
        """List them in short: neither rules, nor conditions, nor bypass actors."""
        self._included_in_plan()
        targets = request.query_params.get("targets", "").split(",")
        found = [one for one in self._visible(request) if targets == [""] or one.target in targets]
        return paged(request, found, self._summary)

    async def read(self, request: Request) -> Response:
        """Return one whole."""
        self._included_in_plan()
        return JSONResponse(self._whole(self._found(request), request))

    async def create(self, request: Request) -> Response:
        """Create one."""
        self._included_in_plan()
        body, moment = await body_of(request), self.store.now()
        for name in ("name", "enforcement"):
            if not body.get(name):
                raise rules.invalid(f"/{name}", "is required")
        number, source = self.store.new_id(), self.store.full_name
        made = Ruleset(number, "", "branch", "active", "Repository", source, None, [], [], moment, moment)
        self._write(made, {"target": "branch", "conditions": None, "rules": [], "bypass_actors": [], **body})
        self.store.rulesets[number] = made
        return JSONResponse(self._whole(made, request), 201)

    async def update(self, request: Request) -> Response:
        """Change one: what is given replaces what was there, what is left out stays."""
        self._included_in_plan()
        found = self._found(request, own=True)
        self._write(found, await body_of(request, empty=True))
        return JSONResponse(self._whole(found, request))

    async def delete(self, request: Request) -> Response:
        """Delete one."""
        del self.store.rulesets[self._found(request, own=True).id]
        return empty()

    async def effective(self, request: Request) -> Response:
        """List the rules that bind a branch."""
        found = rules.effective(self.store, request.path_params["branch"])
        return paged(request, found, lambda rule: rule)

    def _included_in_plan(self) -> None:
        if self.store.private and self.store.plan == "free":
            raise Invalid(403, UPGRADE)

    def _visible(self, request: Request) -> list[Ruleset]:
        parents = request.query_params.get("includes_parents", "true") != "false"
        return [r for r in self.store.rulesets.values() if parents or r.source_type == "Repository"]

    def _found(self, request: Request, *, own: bool = False) -> Ruleset:
        found = self.store.rulesets.get(request.path_params["number"])
        if found is None or (own and found.source_type != "Repository"):
            raise Invalid(404, "Not Found")
        return found

    def _write(self, one: Ruleset, body: Mapping[str, Any]) -> None:
        """Put a body into a ruleset. Raises Invalid, and then nothing has changed."""
        store = self.store
        name, target = body.get("name", one.name), body.get("target", one.target)
        enforcement = body.get("enforcement", one.enforcement)
        if target not in TARGETS:
            raise rules.invalid("/target", f"`{target}` is not a possible value")
        if enforcement not in ("disabled", "active", "evaluate"):
            raise rules.invalid("/enforcement", f"`{enforcement}` is not a possible value")
        if enforcement == "evaluate" and store.plan != "enterprise":
            raise Invalid(422, "Validation Failed", ["Enforcement evaluate is only available with GitHub Enterprise"])
        others = [r for r in store.rulesets.values() if r is not one and r.source_type == "Repository"]
        if any(other.name == name for other in others):
            raise Invalid(422, "Validation Failed", ["Name must be unique"])
        kept = rules.rules(body["rules"], target) if "rules" in body else one.rules
        where = rules.conditions(body["conditions"], target) if "conditions" in body else one.conditions
        who = rules.actors(store, body["bypass_actors"], target) if "bypass_actors" in body else one.bypass_actors
        one.name, one.target, one.enforcement = name, target, enforcement
        one.rules, one.conditions, one.bypass_actors = kept, where, who
        one.updated_at = store.now()

    def _summary(self, one: Ruleset) -> dict[str, Any]:
        return {
            "id": one.id,
            "name": one.name,
            "target": one.target,
            "source_type": one.source_type,
            "source": one.source,
            "enforcement": one.enforcement,
            "node_id": f"RRS_{one.id}",
            "_links": {
                "self": {"href": f"{self.store.home}/repos/{self.store.full_name}/rulesets/{one.id}"},
                "html": {"href": f"{WEB}/{self.store.full_name}/rules/{one.id}"},
            },
            "created_at": stamp(one.created_at),
            "updated_at": stamp(one.updated_at),
        }

    def _whole(self, one: Ruleset, request: Request) -> dict[str, Any]:
        extra = self.store.unannounced
        shown = [
            {**rule, "parameters": {**rule["parameters"], **extra}} if extra and "parameters" in rule else rule
            for rule in one.rules
        ]
        whole = {**self._summary(one), "conditions": one.conditions, "rules": shown, **extra}
        if self.may_write(request):
            whole["bypass_actors"] = one.bypass_actors
        return {**whole, "current_user_can_bypass": "never"}
