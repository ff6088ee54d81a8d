"""What this repository desires of Vercel is the production specification's. Skipped outside the repository."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from reconciler import Kind
from reconciler.discover import Catalog
from reconciler.engine.options import Options
from reconciler.engine.session import Engine
from reconciler.ledger.memory import MemoryLedger
from reconciler.load.project import Project, validate_project
from reconciler.sandbox import SimulatedApp
from reconciler.testing.clock import FakeClock, virtual_runtime
from reconciler_vercel.models import Domain, HeaderRule, Hosting, Variable
from reconciler_vercel.models.header_values import policy_of
from reconciler_vercel.provider import Vercel
from reconciler_vercel.sandbox.api import VercelApi, live_of
from reconciler_vercel.sandbox.store import Store

DESIRED = Path(__file__).resolve().parents[3] / "desired"
FILES = ("env.yaml", "headers.yaml", "hosting.yaml")
TOKEN = "desired-token-0123456789abcdef"
STAND_INS = {
    "database/main.pooled_url": "{secret: STAND_IN_POOLED}",
    "database/main.direct_url": "{secret: STAND_IN_DIRECT}",
    "buckets/public.endpoint": "https://account.r2.cloudflarestorage.com",
    "client_keys/lms.dsn": "https://public@o1.ingest.sentry.io/1",
    "buckets/public.public_url": "https://cdn.aigurus.com",
}
"""For outputs of other providers, which have no simulator here."""

SPECIFIED = """
DATABASE_URL DIRECT_URL NEXTAUTH_URL NEXTAUTH_SECRET CLOUDFLARE_R2_ENDPOINT CLOUDFLARE_R2_ACCESS_KEY_ID
CLOUDFLARE_R2_SECRET_ACCESS_KEY R2_PUBLIC_BUCKET R2_PRIVATE_BUCKET R2_PUBLIC_CDN_URL UPSTASH_REDIS_REST_URL
UPSTASH_REDIS_REST_TOKEN NEXT_PUBLIC_SENTRY_DSN SENTRY_AUTH_TOKEN SENTRY_ORG SENTRY_PROJECT LOG_LEVEL
"""
READ_BY_THE_CODE = """
DB_CONNECTION_LIMIT R2_ACCOUNT_ID R2_ACCESS_KEY_ID R2_SECRET_ACCESS_KEY R2_BUCKET_NAME R2_PUBLIC_URL
RATE_LIMIT_IP_MAX RATE_LIMIT_USER_MAX RATE_LIMIT_LOGIN_MAX STATS_CACHE_TTL GPA_SCALE
"""
SECRET = """
DATABASE_URL DIRECT_URL NEXTAUTH_SECRET CLOUDFLARE_R2_ACCESS_KEY_ID CLOUDFLARE_R2_SECRET_ACCESS_KEY R2_ACCESS_KEY_ID
R2_SECRET_ACCESS_KEY UPSTASH_REDIS_REST_TOKEN SENTRY_AUTH_TOKEN
"""
KINDS: tuple[type[Kind], ...] = (Variable, HeaderRule, Domain, Hosting)


@pytest.fixture(scope="module")
def written() -> dict[str, dict[str, Any]]:
    """Return what the files say, by collection and handle."""
    if not all((DESIRED / name).is_file() for name in FILES):
        pytest.skip("the repository's desired/ is not here")
    found: dict[str, dict[str, Any]] = {}
    for name in FILES:
        for collection, objects in yaml.safe_load((DESIRED / name).read_text()).items():
            found.setdefault(collection, {}).update(objects)
    return found


@pytest.fixture
def project(written: Any, tmp_path: Path) -> Project:
    """Return these files as a project of their own, with stand-ins for what other providers put out."""
    folder = tmp_path / "desired"
    folder.mkdir()
    for name in FILES:
        text = (DESIRED / name).read_text()
        for output, stand_in in STAND_INS.items():
            text = text.replace(f"{{from: {output}}}", stand_in)
        assert "from:" not in text
        (folder / name).write_text(text)
    settings = "{team: ai-gurus, project: ai-gurus-lms, absent: [NODE_ENV], rate: none}"
    (folder / "environment.yaml").write_text(f"environment: production\nproviders: {{vercel: {settings}}}\n")
    return validate_project(folder, Catalog.of(KINDS, {"vercel": Vercel}))


async def test_it_applies_to_a_new_project_and_then_needs_nothing(project: Project) -> None:
    clock = FakeClock()
    store = Store(now=clock.now, projects={"ai-gurus-lms": "prj_1"}, deployed=True)
    transport = httpx.ASGITransport(SimulatedApp(VercelApi(store, TOKEN)))
    names = set(re.findall(r"secret: ([A-Z0-9_]+)", "".join((project.desired / f).read_text() for f in FILES)))
    environ = {"VERCEL_TOKEN": TOKEN, **{name: f"value-of-{name.lower()}-0123456789" for name in names}}
    runtime = virtual_runtime(clock, transport=lambda: transport, environ=environ)
    catalog, ledger = Catalog.of(KINDS, {"vercel": Vercel}), MemoryLedger()

    def engine() -> Engine:
        return Engine(project, catalog, runtime, ledger=ledger)

    plan = await engine().plan(Options(sandbox=True))
    assert not [c for c in plan.changes if c.held]
    outcome = await engine().apply(Options(sandbox=True))
    assert {r.status for r in outcome.results} == {"done"}, outcome.results
    assert outcome.not_converged == ()
    after = await engine().plan(Options(sandbox=True))
    assert after.changes == ()
    assert [str(p.address) for p in after.pending] == ["domains/learn.aigurus.com"]
    (lms,) = store.projects.values()
    version = live_of(lms)
    assert version is not None
    assert [rule["rawSrc"] for rule in version.rules] == ["/(.*)"]
    assert len(lms.deployments) == 2, "built again once, for the variables"


def test_every_variable_of_both_lists_is_there_for_production(written: Any) -> None:
    production = {row.get("key", handle) for handle, row in written["env"].items() if "production" in row["target"]}
    assert production == set((SPECIFIED + READ_BY_THE_CODE).split())
    assert "NODE_ENV" not in production


def test_secret_ones_are_sensitive_and_named_and_the_others_are_not(written: Any) -> None:
    for handle, row in written["env"].items():
        secret = row.get("key", handle) in SECRET.split()
        assert (row.get("type") == "sensitive") is secret, handle
        assert isinstance(row["value"], dict) or not secret, handle


def test_two_names_of_one_value_take_it_from_one_place(written: Any) -> None:
    env = written["env"]
    for one, other in (
        ("R2_ACCESS_KEY_ID", "CLOUDFLARE_R2_ACCESS_KEY_ID"),
        ("R2_SECRET_ACCESS_KEY", "CLOUDFLARE_R2_SECRET_ACCESS_KEY"),
        ("R2_BUCKET_NAME", "R2_PUBLIC_BUCKET"),
        ("R2_PUBLIC_URL", "R2_PUBLIC_CDN_URL"),
    ):
        assert env[one]["value"] == env[other]["value"]


def test_what_other_services_issue_is_taken_from_them(written: Any) -> None:
    env = written["env"]
    assert env["DATABASE_URL"]["value"] == {"from": "database/main.pooled_url"}
    assert env["DIRECT_URL"]["value"] == {"from": "database/main.direct_url"}
    assert env["NEXT_PUBLIC_SENTRY_DSN"]["value"] == {"from": "client_keys/lms.dsn"}
    assert env["R2_PUBLIC_URL"]["value"] == {"from": "buckets/public.public_url"}


def test_production_and_preview_have_different_sign_in_secrets(written: Any) -> None:
    env = written["env"]
    assert env["NEXTAUTH_SECRET"]["value"] != env["NEXTAUTH_SECRET-preview"]["value"]
    assert env["NEXTAUTH_SECRET-preview"]["target"] == ["preview"]
    assert env["NEXTAUTH_URL"]["value"] == "https://learn.aigurus.com"


def test_the_seven_headers_are_the_applications(written: Any) -> None:
    (rule,) = written["headers"].values()
    spec = HeaderRule.model_validate(rule).expand().spec
    headers: Any = spec["headers"]
    policy = policy_of(headers.pop("Content-Security-Policy"))
    assert (spec["source"], headers) == (
        "/(.*)",
        {
            "X-Frame-Options": "SAMEORIGIN",
            "X-Content-Type-Options": "nosniff",
            "X-XSS-Protection": "1; mode=block",
            "Referrer-Policy": "strict-origin-when-cross-origin",
            "Strict-Transport-Security": "max-age=63072000; includeSubDomains; preload",
            "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        },
    )
    table = {
        "default-src": "'self'",
        "script-src": "'self' 'unsafe-eval' 'unsafe-inline' https://cdn.tiny.cloud https://*.sentry.io "
        "https://*.sentry-cdn.com",
        "style-src": "'self' 'unsafe-inline' https://cdn.tiny.cloud",
        "img-src": "'self' data: https: blob:",
        "font-src": "'self' data: https://cdn.tiny.cloud",
        "connect-src": "'self' https://*.neon.tech https://*.r2.cloudflarestorage.com https://*.upstash.io "
        "wss://*.neon.tech https://*.sentry.io https://*.ingest.sentry.io https://cdn.tiny.cloud",
        "frame-src": "'self' https://www.youtube.com https://www.youtube-nocookie.com",
        "media-src": "'self' https://*.r2.dev https://*.r2.cloudflarestorage.com blob: https://cdn.aigurus.com",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'self'",
        "upgrade-insecure-requests": "",
        "worker-src": "'self' blob:",
    }
    assert policy == {name: tuple(sorted(sources.split())) for name, sources in table.items()}


def test_the_project_is_the_specified_one(written: Any) -> None:
    row = written["hosting"]["ai-gurus-lms"]
    assert (row["framework"], row["buildCommand"], row["outputDirectory"]) == ("nextjs", "npm run build", ".next")
    assert (row["nodeVersion"], row["redeploy"]) == ("20.x", "auto")
    assert row["resourceConfig"]["functionDefaultRegions"] == ["iad1"]
    assert set(written["domains"]) == {"learn.aigurus.com"}
