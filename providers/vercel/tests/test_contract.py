"""Vercel obeys the laws of every provider: in an instance for one project, and in one for the projects of a team."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest

from reconciler import Kind, Live
from reconciler.sandbox import SimulatedApp
from reconciler.testing import FakeClock, Harness, ProviderContract, Sample, virtual_runtime
from reconciler_vercel.models import Domain, HeaderRule, Hosting, Variable
from reconciler_vercel.provider import Vercel
from reconciler_vercel.sandbox.api import VercelApi
from reconciler_vercel.sandbox.store import Store

TOKEN = "contract-token-0123456789abcdef"


def harness_of(kinds: tuple[type[Kind], ...], **settings: Any) -> Harness:
    """Return a harness on a new team."""
    clock = FakeClock()
    store = Store(now=clock.now, projects={"lms": "prj_lms"} if "project" in settings else {})
    store.world.addons = {"protection", "trusted_ips"}

    async def pollute(live: Live) -> None:
        store.world.extra = {"announcedLater": {"kind": "new"}}

    return Harness(
        Vercel,
        kinds,
        settings={"team": "ai-gurus", "rate": "none", **settings},
        environ={"VERCEL_TOKEN": TOKEN},
        transport=httpx.ASGITransport(SimulatedApp(VercelApi(store, TOKEN))),
        runtime=virtual_runtime(clock),
        pollute=pollute,
    )


class TestProject(ProviderContract):
    """What belongs to a project."""

    page_size = 100
    samples = (
        Sample(
            "env/LOG_LEVEL",
            {"target": ["production"], "value": "info", "comment": "who reads it: src/lib/logger.ts"},
            {"target": ["production", "preview"], "value": "debug", "comment": ""},
        ),
        Sample(
            "env/NEXTAUTH_SECRET",
            {"target": ["production"], "type": "sensitive", "value": {"secret": "NEXTAUTH_SECRET"}},
            {"target": ["production", "preview"], "type": "sensitive", "value": {"secret": "NEXTAUTH_SECRET_2"}},
        ),
        Sample(
            "env/DATABASE_URL",
            {"target": ["production", "preview"], "type": "encrypted", "value": {"secret": "DATABASE_URL"}},
            {"target": ["production"], "type": "plain", "value": {"secret": "DATABASE_URL_2"}, "comment": "moved"},
        ),
        Sample(
            "env/DATABASE_URL-branch",
            {"key": "DATABASE_URL", "target": ["preview"], "gitBranch": "next", "value": {"secret": "BRANCH_URL"}},
            {"key": "DATABASE_URL", "target": ["preview"], "gitBranch": "beta", "value": {"secret": "BRANCH_URL"}},
        ),
        Sample(
            "headers/security",
            {
                "source": "/(.*)",
                "headers": {
                    "x-frame-options": "SAMEORIGIN",
                    "Link": ["</a.css>; rel=preload", "</b.css>; rel=preload"],
                    "Content-Security-Policy": {"default-src": ["'self'"], "upgrade-insecure-requests": []},
                },
            },
            {
                "source": "/app/(.*)",
                "description": "for the application",
                "enabled": False,
                "headers": {
                    "X-Frame-Options": "DENY",
                    "Link": "</a.css>; rel=preload",
                    "Content-Security-Policy": "img-src data: 'self'; default-src 'self'",
                },
            },
        ),
        Sample("domains/example.com", {}),
        Sample(
            "domains/www",
            {"name": "WWW.example.com", "redirect": "example.com", "redirectStatusCode": 308},
            {"name": "www.example.com", "redirect": None, "redirectStatusCode": None, "gitBranch": "beta"},
        ),
    )

    @pytest.fixture
    def harness(self) -> Harness:
        return harness_of((Variable, HeaderRule, Domain), project="lms")

    def another(self, kind: type[Kind], sample: Sample, number: int) -> Sample:
        """Return a sample with a key that is a name, or a domain below another one."""
        if kind is Variable:
            key = f"{sample.fields.get('key', sample.where.handle)}_{number}".replace("-", "_")
            return self._as(sample, number, key=key)
        if kind is Domain:
            return self._as(sample, number, name=f"n{number}.{sample.fields.get('name', sample.where.handle)}")
        return super().another(kind, sample, number)

    def _as(self, sample: Sample, number: int, **identity: str) -> Sample:
        def of(fields: Mapping[str, Any] | None) -> Any:
            return None if fields is None else {**fields, **identity}

        address = f"{sample.address}-{number}"
        return replace(sample, address=address, fields=of(sample.fields), changed=of(sample.changed))


class TestHosting(ProviderContract):
    """The projects of a team."""

    page_size = 100
    samples = (
        Sample(
            "hosting/lms",
            {
                "framework": "nextjs",
                "buildCommand": "npm run build",
                "outputDirectory": ".next",
                "nodeVersion": "20.x",
                "resourceConfig": {"functionDefaultRegions": ["iad1"], "functionDefaultTimeout": "1m"},
                "ssoProtection": {"deploymentType": "preview"},
                "passwordProtection": {"deploymentType": "all", "password": {"secret": "SITE_PASSWORD"}},
                "optionsAllowlist": {"paths": [{"value": "/api"}]},
                "webAnalytics": True,
                "redeploy": "auto",
            },
            {
                "framework": None,
                "buildCommand": None,
                "outputDirectory": "out",
                "nodeVersion": "22.x",
                "resourceConfig": {"functionDefaultRegions": ["fra1", "cdg1"], "functionDefaultTimeout": 300},
                "ssoProtection": None,
                "passwordProtection": {"deploymentType": "preview", "password": {"secret": "SITE_PASSWORD_2"}},
                "trustedIps": {
                    "deploymentType": "production",
                    "protectionMode": "additional",
                    "addresses": [{"value": "192.0.2.0/24", "note": "office"}, {"value": "192.0.2.7"}],
                },
                "optionsAllowlist": None,
                "webAnalytics": False,
                "speedInsights": True,
                "redeploy": "auto",
            },
        ),
    )

    @pytest.fixture
    def harness(self) -> Harness:
        return harness_of((Hosting,))
