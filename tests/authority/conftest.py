"""Every provider on its own simulator, with one credential that may write and one that only reads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from reconciler.discover import Catalog, discover
from reconciler.ledger.memory import Store
from reconciler.provider import SandboxRequest
from reconciler.runtime import Runtime
from reconciler.testing import Harness, Sample
from reconciler.testing.site import Site

READS = ("GET", "HEAD", "OPTIONS")
READ, WRITE = "CREDENTIAL_TO_READ", "CREDENTIAL_TO_WRITE"


@dataclass(frozen=True)
class Case:
    """What is written of one provider: settings, objects, and the second version of the first of them."""

    settings: Mapping[str, Any]
    objects: tuple[Sample, ...]
    field: str = "token"  # the setting that holds the credential
    lacks: str = ""  # what an apply that may only read is told


CASES: Mapping[str, Case] = {
    "accounts": Case(
        {},
        (
            Sample(
                "accounts/ana@x.com",
                {"name": "Ana", "surname": "Silva", "role": "STUDENT", "state": "disabled"},
                {"name": "Anna", "surname": "Silva", "role": "STUDENT", "state": "disabled"},
            ),
        ),
        field="database_url",
        lacks="INSERT on users",
    ),
    "betterstack": Case(
        {},
        (Sample("urgencies/loud", {"name": "Loud", "sms": True}, {"name": "Loud", "sms": False}),),
        lacks="can write",
    ),
    "cloudflare": Case(
        {"account_id": "023e105f4ecef8ad9ca31a8372d0c353"},
        (Sample("buckets/assets", {"storageClass": "Standard"}, {"storageClass": "InfrequentAccess"}),),
        lacks="Workers R2 Storage Write",
    ),
    "github": Case(
        {"repository": "ai-gurus/production"},
        (Sample("actions_variables/LEVEL", {"value": "info"}, {"value": "debug"}),),
        lacks="Variables: write",
    ),
    "neon": Case(
        {"project": "quiet-meadow-41205793"},
        (
            Sample("branches/staging", {"protected": False}, {"protected": True}),
            Sample("roles/app", {"branch": "staging"}),
        ),
        lacks="CAN_EDIT",
    ),
    "sentry": Case(
        {"organization": "ai-gurus", "project": "ai-gurus-lms"},
        (
            Sample(
                "sentry_project/lms",
                {"slug": "ai-gurus-lms", "resolveAge": "1d", "lifecycle": {"adopt": True}},
                {"slug": "ai-gurus-lms", "resolveAge": "2d", "lifecycle": {"adopt": True}},
            ),
        ),
        lacks="project:write",
    ),
    "vercel": Case(
        {"team": "ai-gurus", "project": "ai-gurus-lms"},
        (
            Sample(
                "env/LOG_LEVEL",
                {"target": ["preview"], "type": "plain", "value": "info"},
                {"target": ["preview"], "type": "plain", "value": "debug"},
            ),
        ),
        lacks="project role ADMIN",
    ),
}


class Recorded(httpx.AsyncBaseTransport):
    """Passes requests on, and keeps what was sent with which credential. An answer may be changed on its way."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner = inner
        self.sent: list[tuple[str, str]] = []  # method, credential
        self.change: Callable[[httpx.Response], None] = lambda answer: None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append((request.method, request.headers.get("authorization", "").removeprefix("Bearer ")))
        answer = await self.inner.handle_async_request(request)
        self.change(answer)
        return answer


@dataclass
class Vendor:
    """One provider's simulator with an empty account. `reader` may only read, `writer` may do all."""

    name: str
    case: Case
    sandbox: Any
    wire: Recorded
    reader: str
    writer: str
    root: Path
    catalog: Catalog
    store: Store = field(default_factory=Store)
    count: int = 0

    async def state(self) -> Any:
        """What the vendor has, without work under way: time alone ends it."""
        api = getattr(self.sandbox, "api", None)
        found = api.state() if api else await self.sandbox.state()
        return {kind: objects for kind, objects in found.items() if kind != "operations"}

    @property
    def wrote(self) -> list[tuple[str, str]]:
        """The requests that were no reads."""
        return [(method, token) for method, token in self.wire.sent if method not in READS]

    def site(self, token: str, write_token: str | None = None, *, changed: bool = False) -> Site:
        """A project whose connections read with the one credential and, where it is given, write with the other."""
        self.count += 1
        settings = {**self.case.settings, "rate": "none", self.case.field: {"secret": READ}}
        environ = {READ: token}
        if write_token is not None:
            settings[f"write_{self.case.field}"] = {"secret": WRITE}
            environ[WRITE] = write_token
        harness = Harness(
            self.catalog.provider_class(self.name),
            tuple(self.catalog.kinds_of(self.name).values()),
            settings=settings,
            environ=environ,
            runtime=replace(Runtime(), transport=lambda: self.wire),
        )
        site = Site(harness, self.root / f"site{self.count}", store=self.store)
        again = frozenset({self.case.objects[0].address}) if changed else frozenset()
        site.desire(self.case.objects, changed=again)
        return site


def simulator_of(name: str, root: Path, catalog: Catalog, **more: Any) -> Any:
    """The simulator of a provider type, made for settings that name both credentials."""
    case = CASES[name]
    [model] = {kind.settings for kind in catalog.kinds_of(name).values()}
    settings = model.model_validate(
        {**case.settings, **more, "type": name, case.field: {"secret": READ}, f"write_{case.field}": {"secret": WRITE}}
    )
    provider: Any = catalog.provider_class(name)
    return provider.sandbox(SandboxRequest(name, settings, workdir=root))


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return discover()


@dataclass(frozen=True)
class Roster:
    """The one PostgreSQL of all tests: each has it as it was made."""

    sandbox: Any
    exports: Mapping[str, str]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def roster(catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Roster]:
    sandbox = simulator_of("accounts", tmp_path_factory.mktemp("roster"), catalog)
    async with sandbox as service:
        yield Roster(sandbox, service.exports)


@pytest.fixture
def open_vendor(tmp_path: Path, catalog: Catalog, roster: Roster) -> Any:
    """Return what opens a vendor by name: in this process, with an empty account."""

    @asynccontextmanager
    async def opened(name: str, **more: Any) -> AsyncIterator[Vendor]:
        if name == "accounts":
            await roster.sandbox.reset()
            sandbox, exports = roster.sandbox, roster.exports
            wire = Recorded(httpx.MockTransport(lambda request: httpx.Response(500)))
        else:
            sandbox = simulator_of(name, tmp_path, catalog, **more)
            exports = {READ: sandbox.api.read_token, WRITE: sandbox.api.token}
            wire = Recorded(httpx.ASGITransport(sandbox.app))
        yield Vendor(name, CASES[name], sandbox, wire, exports[READ], exports[WRITE], tmp_path, catalog)

    return opened


@pytest.fixture(params=sorted(CASES))
async def vendor(request: pytest.FixtureRequest, open_vendor: Any) -> AsyncIterator[Vendor]:
    async with open_vendor(request.param) as made:
        yield made
