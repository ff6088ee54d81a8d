"""Client keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from reconciler_sentry.sandbox.answers import Answering, body_of, invalid, missing, page
from reconciler_sentry.sandbox.births import new_key
from reconciler_sentry.sandbox.projects import Projects
from reconciler_sentry.sandbox.store import Object, Store

VERSIONS = ("latest", "7.x")
USES = ("user", "profiling", "tempest", "demo")


class Keys:
    """The endpoints below /projects/{org}/{project}/keys/."""

    def __init__(self, store: Store, projects: Projects) -> None:
        self.store = store
        self.projects = projects

    def routes(self, answering: Answering) -> list[BaseRoute]:
        """Return the routes."""
        base = "/projects/{org}/{project}/keys/"
        return [
            answering.route(base, GET=self.listing, POST=self.create),
            answering.route(f"{base}{{key}}/", GET=self.read, PUT=self.update, DELETE=self.delete),
        ]

    def _of(self, project: Object) -> list[Object]:
        return [k for k in self.store.all("keys") if str(k["projectId"]) == project["id"]]

    def _find(self, request: Request) -> Object:
        named = request.path_params["key"]
        found = next((k for k in self._of(self.projects.find(request)) if k["id"] == named), None)
        if found is None:
            raise missing()
        return found

    def show(self, made: Object) -> dict[str, Any]:
        """Return a key with its addresses, of which one holds the secret."""
        public, secret, project = made["id"], made["secret"], made["projectId"]
        host = f"o4507.ingest.{self.store.region_url.removeprefix('https://').removesuffix('.sentry.io')}.sentry.io"
        base = f"https://{host}/api/{project}"
        dsn = {name: f"{base}/{path}" for name, path in _PATHS.items()}
        dsn |= {
            "secret": f"https://{public}:{secret}@{host}/{project}",
            "public": f"https://{public}@{host}/{project}",
            "cdn": f"https://js.sentry-cdn.com/{public}.min.js",
        }
        return {
            **{name: value for name, value in made.items() if not name.startswith("_")},
            "label": made["name"],
            "public": public,
            "dsn": {name: value.replace("{key}", public) for name, value in dsn.items()},
            "browserSdk": {"choices": [[v, v] for v in VERSIONS]},
            **made.get("_unannounced", {}),
        }

    async def listing(self, request: Request) -> Response:
        found = self._of(self.projects.find(request))
        wanted = request.query_params.get("status")
        if wanted in ("active", "inactive"):
            found = [k for k in found if k["isActive"] == (wanted == "active")]
        return page(self.store, request, found, self.show)

    async def create(self, request: Request) -> Response:
        project, body = self.projects.find(request), await body_of(request)
        fields = self._checked(body)
        if body.get("useCase", "user") not in USES:
            raise invalid("useCase", f'"{body["useCase"]}" is not a valid choice.')
        known = {k: v for k, v in fields.items() if k in ("name", "rateLimit") and v is not None}
        made = new_key(self.store, project, {**known, "useCase": body.get("useCase", "user")})
        return JSONResponse(self.show(made), 201)

    async def read(self, request: Request) -> Response:
        return JSONResponse(self.show(self._find(request)))

    async def update(self, request: Request) -> Response:
        made, body = self._find(request), await body_of(request)
        fields = self._checked(body)
        options = fields.pop("dynamicSdkLoaderOptions", None) or {}
        made.update(fields)
        made["dynamicSdkLoaderOptions"] = {**made["dynamicSdkLoaderOptions"], **options}
        return JSONResponse(self.show(made))

    async def delete(self, request: Request) -> Response:
        self.store.delete("keys", self._find(request)["id"], scheduled=False)
        return Response(status_code=204)

    @staticmethod
    def _checked(body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields that an update knows. Raises Rejected for values that do not do."""
        names = ("name", "isActive", "rateLimit", "browserSdkVersion", "dynamicSdkLoaderOptions")
        fields = {name: body[name] for name in names if name in body}
        if len(str(fields.get("name") or "")) > 64:
            raise invalid("name", "Ensure this field has no more than 64 characters.")
        if not fields.get("name"):
            fields.pop("name", None)
        limit = fields.get("rateLimit")
        if isinstance(limit, Mapping):
            if not 0 <= int(limit.get("window") or 0) <= 86_400:
                raise invalid("rateLimit.window", "Ensure this value is less than or equal to 86400.")
            on = limit.get("window") and limit.get("count")
            fields["rateLimit"] = {"window": limit["window"], "count": limit["count"]} if on else None
        if "browserSdkVersion" in fields and fields["browserSdkVersion"] not in VERSIONS:
            raise invalid("browserSdkVersion", f'"{fields["browserSdkVersion"]}" is not a valid choice.')
        known = ("hasReplay", "hasPerformance", "hasDebug", "hasFeedback", "hasLogsAndMetrics")
        if isinstance(fields.get("dynamicSdkLoaderOptions"), Mapping):
            fields["dynamicSdkLoaderOptions"] = {
                k: v for k, v in fields["dynamicSdkLoaderOptions"].items() if k in known
            }
        return fields


_PATHS = {
    "csp": "csp-report/?sentry_key={key}",
    "security": "security/?sentry_key={key}",
    "minidump": "minidump/?sentry_key={key}",
    "nel": "nel/?sentry_key={key}",
    "unreal": "unreal/{key}/",
    "crons": "crons/___MONITOR_SLUG___/{key}/",
    "playstation": "playstation/?sentry_key={key}",
    "integration": "integration/",
    "otlp_traces": "integration/otlp/v1/traces",
    "otlp_logs": "integration/otlp/v1/logs",
}
