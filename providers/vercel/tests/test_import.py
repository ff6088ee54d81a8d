"""Import: complete, no secret in it, and the same bytes after a reset and an apply."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from reconciler.importing.run import Imported
from reconciler.model import Record
from reconciler.testing.site import Site
from reconciler_vercel.sandbox.routing import live_of

CANARY = "canary-9f86d081884c7d659a2feaa0c55ad015"


def variable(key: str, value: str, *target: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "value": value, "type": "encrypted", "target": list(target or ("production",)), **more}


VARIABLES = [
    variable("LOG_LEVEL", "info", comment="who reads it: everybody"),
    variable("LOG_LEVEL", "debug", "preview", "development"),
    variable("LOG_LEVEL", "trace", "preview", gitBranch="feature/x"),
    variable("NO", "no", type="plain"),
    variable("TIME", "3:00"),
    variable("SPACES", " a\nb: c "),
    variable("EMPTY", ""),
    variable("CUSTOM", "x", customEnvironmentIds=["env_1"]),
    variable("SESSION_SECRET", CANARY, type="sensitive"),
    variable("SMTP_URL", f"smtp://mailer:{CANARY}@mail.example"),
    variable("NEXT_PUBLIC_DSN", "https://0123456789abcdef@o1.ingest.sentry.io/1", type="plain"),
]
OWNED = [("KV_URL", {"contentHint": {"type": "redis-url", "storeId": "s"}}), ("OLD", {"type": "secret"})]


def transforms(*pairs: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"type": "response.headers", "op": "set", "target": {"key": n}, "args": v} for n, v in pairs]


RULES = [
    {
        "name": "Security: all",
        "src": "/(.*)",
        "transforms": transforms(("x-frame-options", "DENY"), ("x-b", "on")),
    },
    {"name": "csp", "src": "/app", "transforms": transforms(("Content-Security-Policy", "img-src 'self' data:"))},
    {"name": "mixed", "src": "/m", "dest": "/n", "transforms": transforms(("x-a", "b"))},
    {"name": "rewrite", "src": "/r", "dest": "/s"},
]
DOMAINS = [
    {"name": "example.com"},
    {"name": "www.example.com", "redirect": "example.com", "redirectStatusCode": 308},
    {"name": "old.example.com", "redirect": "lms.vercel.app"},
    {"name": "next.example.com", "gitBranch": "next"},
]
SETTINGS = {
    "framework": "nextjs",
    "buildCommand": "npm run build",
    "nodeVersion": "20.x",
    "ssoProtection": None,
    "resourceConfig": {"functionDefaultRegions": ["iad1", "fra1"], "functionDefaultTimeout": 60},
    "trustedIps": {"deploymentType": "all", "protectionMode": "additional", "addresses": [{"value": "192.0.2.1"}]},
}


async def fill(account: Any) -> None:
    """Make everything by hand, in the dashboard."""
    account.store.world.addons = {"trusted_ips"}
    base = f"/v10/projects/{account.project.id}"
    for body in VARIABLES:
        await account.dashboard("POST", f"{base}/env", body, 201)
    for key, owned in OWNED:
        answer = await account.dashboard("POST", f"{base}/env", variable(key, "x"), 201)
        account.project.env[answer["created"]["id"]].update(owned)
    for rule in RULES:
        route = {name: value for name, value in rule.items() if name != "name"}
        body = {"route": {"name": rule["name"], "srcSyntax": "path-to-regexp", "route": route}}
        staged = await account.dashboard("POST", f"/v1/projects/{account.project.id}/routes", body)
    sent = {"id": staged["version"]["id"], "action": "promote"}
    await account.dashboard("POST", f"/v1/projects/{account.project.id}/routes/versions", sent)
    for body in DOMAINS:
        await account.dashboard("POST", f"{base}/domains", body)
    await account.dashboard("PATCH", f"/v9/projects/{account.project.id}", SETTINGS)
    params = {"projectId": account.project.id}
    await account.dashboard("POST", "/web/insights/toggle", {"value": True}, **params)


async def imported(account: Any, folder: Path) -> tuple[Site, Imported]:
    """Import everything into a new project."""
    site = Site(account.harness, folder)
    site.desire(())
    for file in (folder / "desired").glob("*.yaml"):
        if file.name != "environment.yaml":
            file.unlink()
    result = await site.imported()
    site.names.update(result.secrets)
    return site, result


def files(site: Site) -> dict[str, str]:
    folder = site.root / "desired"
    return {f.name: f.read_text() for f in sorted(folder.glob("*.yaml")) if f.name != "environment.yaml"}


def adopt_everything(site: Site) -> None:
    """Let the apply take over what is there already: the project, which no reset takes away."""
    file = site.root / "desired" / "hosting.yaml"
    file.write_text(file.read_text().replace("  lms:\n", "  lms:\n    lifecycle: {adopt: true}\n"))


async def test_what_is_live_is_imported_or_skipped_and_survives_a_reset(account: Any, tmp_path: Path) -> None:
    await fill(account)
    one, first = await imported(account, tmp_path / "one")
    text = "".join(files(one).values())
    assert CANARY not in f"{text}{first}"
    plan = await one.plan()
    assert all(isinstance(c, Record) or c.action == "adopt" for c in plan.changes)
    waiting = {f.path for c in plan.changes if c.action == "adopt" for f in c.fields}
    assert waiting <= {("value",)}, "a secret that is readable has the placeholder's value until its own is given"

    spoken = text + " ".join(what for what, _ in first.skipped)
    everything = account.harness.transport.inner.app.api.state()
    own = account.project.id
    state = {kind: [r for r in everything[kind] if r["projectId"] == own] for kind in ("env", "domains", "routes")}
    for row in state["env"]:
        if "contentHint" not in row:
            assert row["key"] in spoken
    for kind in ("domains", "routes"):
        for row in state[kind]:
            assert row["name"] in spoken or row.get("routeType") == "rewrite", row
    assert "lms" in yaml.safe_load(files(one)["hosting.yaml"])["hosting"]
    assert len(first.objects) == len(VARIABLES) + 2 + 3 + 1

    account.store.reset()
    await one.apply()  # the first part: what can be made in an empty project
    adopt_everything(one)
    again = Site(account.harness, one.root, names=one.names)
    outcome = await again.apply()
    assert {r.status for r in outcome.results} == {"done"}, outcome.results
    assert outcome.not_converged == ()
    two, _ = await imported(account, tmp_path / "two")
    written = files(one)
    written["hosting.yaml"] = written["hosting.yaml"].replace("    lifecycle: {adopt: true}\n", "")
    assert files(two) == written


async def test_what_is_skipped_has_its_reason(account: Any, tmp_path: Path) -> None:
    await fill(account)
    _, first = await imported(account, tmp_path)
    reasons = dict(first.skipped)
    said = " ".join(f"{what}: {why}" for what, why in reasons.items())
    assert "mixed" in said
    assert "the rule also has dest" in said
    assert "lms.vercel.app" in said
    assert "Vercel makes it for the project" in said
    assert "OLD" in said
    assert "no longer made" in said
    assert live_of(account.project) is not None


async def test_handles_are_the_keys_with_what_tells_them_apart(account: Any, tmp_path: Path) -> None:
    await fill(account)
    site, _ = await imported(account, tmp_path)
    env = yaml.safe_load(files(site)["env.yaml"])["env"]
    assert {"LOG_LEVEL", "LOG_LEVEL-development-preview", "LOG_LEVEL-feature-x"} <= set(env)
    assert env["LOG_LEVEL"] == {"value": "info", "target": ["production"], "comment": "who reads it: everybody"}
    assert env["SESSION_SECRET"]["value"].keys() == {"secret"}
    assert env["NEXT_PUBLIC_DSN"]["type"] == "plain"
