"""Secrets, loaded and live-only, appear in nothing that comes out: streams, logs, files, ledger, tracebacks."""

from __future__ import annotations

import base64
import html
import json
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
LOADED = {  # from the process environment
    "WATCHER": "canary-ünï-user",
    "HEADER": 'Token canary "quoted" \\back/slash==',
    "PROXY": "prox:canary%40pr0xy@proxy.x.test",
}
FROM_FILE = {  # from the env file
    "PASSWORD": 'first canary line\nsecond "canary" line\n\tthird canary',
    "VARIABLE": "can&ary=in a?script+x",
    "PAGE": "Zq7#w!Kx",
}
LIVE = {  # only ever at the vendor
    "live-username": "canary-live-usér",
    "live-password": 'canary live "pass" word',
    "live-header": "Bearer canary+live/header==",
    "live-proxy": "canary:live@elsewhere.x.test",
    "live-page": "canary-live-page-9!",
    "edited-header": "Bearer somebody-edited-this-canary",
    "edited-username": "edited-canary-usér",
}
HASH = re.compile(r"\$2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{10}")
DESIRED = """
monitors:
  guarded:
    url: https://guarded.x.test/
    monitor_type: status
    check_frequency: 3m
    request_headers: [{name: Authorization, value: {secret: HEADER}}]
    auth_username: {secret: WATCHER}
    auth_password: {secret: PASSWORD}
    proxy_host: {secret: PROXY}
    proxy_port: 8080
  script:
    monitor_type: playwright
    scenario_name: Sign in
    check_frequency: 5m
    playwright_script: "await page.goto('/')"
    environment_variables: {LOGIN: {secret: VARIABLE}}
  echoed:
    url: https://echoed.x.test/
    monitor_type: status
    check_frequency: 3m
    request_headers: [{name: Authorization, value: {secret: HEADER}}]
    auth_password: {secret: PASSWORD}
    proxy_host: {secret: PROXY}
    proxy_port: 8080
escalations:
  p0: {name: P0, steps: []}
heartbeats:
  nightly: {period: 1d, grace: 0}
status_pages:
  closed:
    subdomain: closed-x
    company_name: X
    company_url: https://x.test
    timezone: UTC
    published: true
    subscribable: false
    password_enabled: true
    password: {secret: PAGE}
    sections: []
accounts:
  admin@x.test: {name: Ada, role: ADMIN}
  ana@x.test: {name: Ana, surname: Echo, role: STUDENT}
"""
BUG = """
import os, sys
from reconciler.engine.applying import Applying
async def broken(self, *given):
    try:
        raise ValueError(os.environ["CANARY_LIVE"])
    except ValueError as error:
        raise RuntimeError(f"no {os.environ['HEADER']!r} in {os.environ['DIRECT_URL']}") from error
Applying._verify = broken
from reconciler.cli.main import main
main(prog_name="reconcile")
"""


def forms(value: str) -> Iterator[str]:
    """Every way in which a value might be written: as it is, line by line, in base64, URL-encoded, escaped."""
    for text in {value, *(line.strip() for line in value.splitlines() if len(line.strip()) >= 6)}:
        yield from (text, quote(text), quote(text, safe=""), quote_plus(text), html.escape(text), repr(text)[1:-1])
        yield from (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], repr(text.encode())[2:-1])
        for before in range(3):
            encoded = base64.b64encode(b"\0" * before + text.encode()).decode().rstrip("=")
            inside = encoded[2 * before if before < 2 else 3 : -1]
            yield from (inside, inside.replace("+", "-").replace("/", "_"))


def post(site: Any, path: str, body: Mapping[str, Any], method: str = "POST") -> Any:
    """Do something in the vendor's dashboard."""
    request = urllib.request.Request(f"{site.world.running.exports['BETTERSTACK_API_URL']}{path}", method=method)
    request.add_header("authorization", f"Bearer {site.env['BETTERSTACK_API_TOKEN']}")
    request.add_header("content-type", "application/json")
    with urllib.request.urlopen(request, json.dumps(body).encode()) as answer:
        return json.load(answer)


def live_only(site: Any) -> None:
    """Have objects that nobody declared, with a secret in each field that takes one."""
    monitor = {
        "pronounceable_name": "unmanaged", "url": "https://unmanaged.x.test/", "monitor_type": "status",
        "request_headers": [{"name": "Authorization", "value": LIVE["live-header"]}],
        "auth_username": LIVE["live-username"], "auth_password": LIVE["live-password"],
        "proxy_host": LIVE["live-proxy"], "proxy_port": 3128,
    }  # fmt: skip
    post(site, "/api/v2/monitors", monitor)
    post(site, "/api/v2/heartbeats", {"name": "unmanaged", "period": 60, "grace": 0})
    post(site, "/api/v3/policies", {"name": "unmanaged", "steps": []})
    page = {"subdomain": "unmanaged-x", "company_name": "U", "company_url": "https://x.test", "timezone": "UTC"}
    post(site, "/api/v2/status-pages", {**page, "password_enabled": True, "password": LIVE["live-page"]})


def edited_by_hand(site: Any) -> None:
    """Change secrets that we own, and put a secret where none belongs: into a text and into a map key."""
    ids = {
        r.values[r.schema.identity]: r.id for kind in ("monitors", "status_pages") for r in site.world.vendor.all(kind)
    }
    guarded, script = (f"/api/v2/monitors/{ids[name]}" for name in ("guarded", "script"))
    [header] = post(site, guarded, {}, "PATCH")["data"]["attributes"]["request_headers"]
    changed = [{"id": header["id"], "name": "Authorization", "value": LIVE["edited-header"]}]
    post(site, guarded, {"request_headers": changed, "auth_username": LIVE["edited-username"]}, "PATCH")
    variables = {"LOGIN": FROM_FILE["VARIABLE"], LIVE["edited-header"]: "a secret as a key"}
    post(site, script, {"environment_variables": variables}, "PATCH")
    named = {"company_name": f"Call {LOADED['PROXY']} {FROM_FILE['PAGE']}"}
    post(site, f"/api/v2/status-pages/{ids['closed-x']}", named, "PATCH")
    site.world.sql("UPDATE users SET name = %s WHERE email = 'admin@x.test'", LOADED["WATCHER"])


async def echoing(request: Any, forward: Any) -> bytes:
    """Refuse one monitor, and say back all that was sent."""
    if request.method == "POST" and b"echoed" in request.body:
        sent = json.loads(request.body)
        body = json.dumps({"errors": {"base": [f"got {sent} as {request.body.decode()} with {request.headers}"]}})
        return f"HTTP/1.1 422 X\r\nconnection: close\r\ncontent-length: {len(body.encode())}\r\n\r\n{body}".encode()
    return bytes(await forward())


@pytest.fixture(scope="module")
def shown(make_site: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Everything that came out of a life with secrets, by where it came out; and the site it happened to."""
    site = make_site(tmp_path_factory.mktemp("canaries") / "site")
    texts: dict[str, str] = {}

    def run(label: str, *arguments: str, codes: tuple[int, ...] = (0,), at: Any = site, **more: Any) -> None:
        ran = at.run(*arguments, **more)
        assert ran.code in codes, ran.all
        texts[f"{label}: {' '.join(arguments)}"] = ran.all

    settings = (site.root / "desired" / "environment.yaml").read_text() + "secrets: [{env_file: values.secret}]\n"
    (site.root / "values.secret").write_text("".join(f"{k}={_quoted(v)}\n" for k, v in FROM_FILE.items()))
    site.env.update(LOADED)
    site.commit({"environment.yaml": settings, "objects.yaml": DESIRED})
    live_only(site)
    run("before", "validate", "-vv")
    for style in ("text", "json", "markdown"):
        run("before", "plan", "-vv", "--format", style, "-o", f"plan-{style}.json")
    site.world.sql("ALTER TABLE users ADD CONSTRAINT echo CHECK (surname <> 'Echo')")
    site.world.proxy.behave = echoing
    run("echo", "apply", "--yes", "-vv", codes=(5,))
    site.world.proxy.behave = lambda request, forward: forward()
    site.world.sql("ALTER TABLE users DROP CONSTRAINT echo")
    run("mended", "apply", "--yes", "-vv", "--format", "json")
    run("after", "plan", "--detailed-exitcode", "-vv")
    for arguments in (("history", "-v"), ("history", "--format", "json"), ("explain", "monitors/guarded")):
        run("after", *arguments)
    run("after", "explain", "status_pages/closed", "-vv")
    run("after", "heartbeat", "nightly", "-vv")
    edited_by_hand(site)
    for style in ("text", "json", "markdown"):
        run("edited", "drift", "-vv", "--format", style, "-o", f"drift-{style}", codes=(2,))
    run("edited", "plan", "-vv")
    for style in ("text", "json"):
        run("edited", "import", "betterstack", "--dry-run", "-vv", "--format", style)
    _import_all(site, run)
    bug = [sys.executable, "-c", BUG, "apply", "--yes", "-v"]
    env = {**site.env, "CANARY_LIVE": LIVE["live-header"]}
    done = subprocess.run(bug, cwd=site.root, env=env, capture_output=True, text=True, check=False)
    texts["a bug"] = done.stdout + done.stderr
    run("healed", "apply", "--yes", "-vv")
    run("end", "forget", "monitors/guarded", "--yes", "-vv")
    run("end", "unlock", "--yes", "-vv")
    texts.update(_files(site))
    texts.update({f"git objects of {p.name}": _objects(site, p) for p in (site.root, site.remote)})
    return texts, site


def _import_all(site: Any, run: Callable[..., None]) -> None:
    """Import into a copy that declares nothing and has no ledger."""
    shutil.copytree(site.folder, site.folder.parent / "copy", symlinks=True)
    copy = type(site)(site.folder.parent / "copy", site.world, dict(site.env), list(site.secrets))
    (copy.root / "desired" / "objects.yaml").unlink()  # and with it every name: the copy knows no loaded secret
    site.world.sql("UPDATE users SET name = 'Ada' WHERE email = 'admin@x.test'")
    for place in (copy.root, copy.remote):
        copy.git("update-ref", "-d", "refs/reconciler/production", at=place)
    run("import", "import", "betterstack", "-vv", at=copy)
    run("import", "import", "accounts", "-vv", at=copy)
    shutil.copytree(copy.root / "desired", site.folder / "imported")
    run("imported", "plan", "-vv", at=copy)


def _quoted(value: str) -> str:
    text = value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("\n", "\\n").replace("\t", "\\t")
    return f'"{text}"'


def _files(site: Any) -> dict[str, str]:
    found = [p for p in site.folder.rglob("*") if p.is_file() and not {".git", "remote.git", "handover"} & {*p.parts}]
    return {str(p.relative_to(site.folder)): p.read_text(errors="replace") for p in found if p.suffix != ".secret"}


def _objects(site: Any, place: Path) -> str:
    """Every blob, tree and commit of a repository, reachable or not, and where its refs have been."""
    logs = [p.read_text() for p in place.rglob("logs/**/*") if p.is_file()]
    return site.git("cat-file", "--batch-all-objects", "--batch", at=place) + "\n".join(logs)


def secrets_of(site: Any) -> dict[str, str]:
    """All secrets there are by now, those that the vendors and the tool made up included."""
    state = site.world.vendor.state()
    made = {f"token of {b['id']}": b["attributes"]["url"].rpartition("/")[2] for b in state["heartbeats"]}
    made |= {f"incident token of {p['id']}": p["attributes"]["incident_token"] for p in state["policies"]}
    for letter in (site.root / "handover").iterdir():
        found = re.search(r"Password: +(\S+)", letter.read_text())
        assert found
        made[letter.name] = found[1]
    url = site.env["DIRECT_URL"]
    made |= {"DIRECT_URL": url, "its password": url.partition("@")[0].rpartition(":")[2]}
    return {**LOADED, **FROM_FILE, **LIVE, **made, "api token": site.env["BETTERSTACK_API_TOKEN"]}


def test_no_secret_is_in_anything_that_came_out(shown: Any) -> None:
    texts, site = shown
    leaks = [
        f"{name} in {where} as {form!r}: ...{text[max(0, text.index(form) - 60) : text.index(form) + len(form)]!r}"
        for name, value in secrets_of(site).items()
        for form in set(forms(value))
        for where, text in texts.items()
        if form in text
    ]
    assert leaks == [], "\n".join(leaks)


def test_no_password_hash_is_in_anything_that_came_out(shown: Any) -> None:
    assert [where for where, text in shown[0].items() if HASH.search(text)] == []


def test_the_secrets_really_went_through(shown: Any) -> None:
    """Were they not sent, stored, refused and read back, their absence would prove nothing."""
    texts, site = shown
    sent = b"\n".join(r.body for r in site.world.proxy.writes).decode()
    assert [n for n, v in {**LOADED, **FROM_FILE}.items() if json.dumps(v, ensure_ascii=False)[1:-1] not in sent] == []
    echo = next(text for where, text in texts.items() if where.startswith("echo"))
    assert "got" in echo
    assert "(secret HEADER)" in echo
    assert "violates check constraint" in echo or "accounts/ana@x.test" in echo
    assert "RuntimeError" in texts["a bug"]
    assert "Traceback" in texts["a bug"]
    assert "ValueError" in texts["a bug"]
    assert "{secret: " in texts["imported/monitors.yaml"]
    assert "holds the value of a secret" in " ".join(texts["import: import betterstack -vv"].split())
    assert "monitors/guarded" in next(t for w, t in texts.items() if "drift" in w)
    assert any("journal" in where for where in texts)
    assert "ledger.json" in texts["git objects of remote.git"]
