"""No command but apply, unlock and forget writes: as the vendor's requests, PostgreSQL's log and git recorded it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler import Address, Connection, FieldDiff, Live, ReadOnlyViolation, Resource, SecretValue, Update
from reconciler.discover import discover
from reconciler.load.project import load_project
from reconciler.runtime import Runtime

pytestmark = pytest.mark.slow  # real processes, many of them

# (arguments, exit code). Production has drifted, and desired/ has changed since the last apply.
COMMANDS = [
    pytest.param(("validate",), 0, id="validate"),
    pytest.param(("plan",), 0, id="plan"),
    pytest.param(("plan", "--detailed-exitcode", "-o", "plan.json"), 2, id="plan-saved"),
    pytest.param(
        ("plan", "--format", "json", "--target", "monitors/*", "--provider", "betterstack"), 0, id="plan-json"
    ),
    pytest.param(("drift",), 2, id="drift"),
    pytest.param(("drift", "--format", "markdown", "-o", "drift.md"), 2, id="drift-markdown"),
    pytest.param(("import", "betterstack", "--dry-run"), 0, id="import-dry-run"),
    pytest.param(("import", "accounts", "--dry-run"), 0, id="import-accounts-dry-run"),
    pytest.param(("explain", "monitors"), 0, id="explain-kind"),
    pytest.param(("explain", "monitors/home"), 0, id="explain-object"),
    pytest.param(("history",), 0, id="history"),
    pytest.param(("history", "-v", "--format", "json"), 0, id="history-json"),
    pytest.param(("schema",), 0, id="schema"),
    pytest.param(("schema", "--write", "--dir", "schemas"), 0, id="schema-write"),
    pytest.param(("provider", "list"), 0, id="provider-list"),
    pytest.param(("heartbeat", "nightly"), 0, id="heartbeat"),
    pytest.param(("heartbeat", "heartbeats/nightly", "--fail"), 0, id="heartbeat-fail"),
    pytest.param(("completion", "bash"), 0, id="completion"),
    pytest.param(("apply",), 1, id="apply-without-anybody-to-ask"),
]
LOGGED = re.compile(r"^<reconciler> LOG: +(?:statement|execute [^:]*): *(.*?)(?=^<|\Z)", re.MULTILINE | re.DOTALL)
READS = re.compile(r"\s*(SELECT|SHOW)\b", re.IGNORECASE)


class Witness:
    """Remembers what the outside world saw so far, to tell what was written since."""

    def __init__(self, site: Any) -> None:
        self.site = site
        self.log = Path(site.world.accounts.server.log)
        self.start = self.log.stat().st_size
        self.refs = self.all_refs()
        site.world.proxy.seen.clear()

    def all_refs(self) -> tuple[str, ...]:
        """Every ref of the clone and of the remote, HEAD and FETCH_HEAD included."""
        places = (self.site.root, self.site.remote)
        heads = [self.site.git("rev-parse", "HEAD", at=place) for place in places]
        fetched = (self.site.root / ".git" / "FETCH_HEAD").exists()
        return (*(self.site.git("for-each-ref", at=place) for place in places), *heads, str(fetched))

    def statements(self) -> list[str]:
        """What the tool sent to PostgreSQL."""
        with self.log.open() as file:
            file.seek(self.start)
            return [found.strip() for found in LOGGED.findall(file.read())]

    def writes(self) -> list[str]:
        """Everything that was written: requests, statements, moved refs."""
        sent = [f"{r.method} {r.path}" for r in self.site.world.proxy.writes]
        run = [s for s in self.statements() if not READS.match(s) or "FOR UPDATE" in s or "pg_advisory" in s]
        now = self.all_refs()
        return [*sent, *run, *(f"{a} became {b}" for a, b in zip(self.refs, now, strict=True) if a != b)]


@pytest.fixture(scope="module")
def drifted(make_site: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An applied production that somebody edited, with a desired state that wants more, one commit later."""
    site = make_site(tmp_path_factory.mktemp("drifted") / "site")
    applied = site.run("apply", "--yes")
    assert applied.code == 0, applied.all
    world = site.world
    next(m for m in world.vendor.all("monitors")).values["check_frequency"] = 600
    world.sql("UPDATE users SET role = 'ADMIN' WHERE email = 'ana@x.test'")
    world.background.run(world.accounts.register("rogue@x.test", "ADMIN", "let me in please"))
    files = site.files()
    more = "  new: {url: https://new.x.test/, monitor_type: status, check_frequency: 3m}\nheartbeats:"
    site.commit(files | {"objects.yaml": files["objects.yaml"].replace("heartbeats:", more)})
    return site


@pytest.mark.parametrize(("arguments", "code"), COMMANDS)
def test_a_reading_command_writes_nowhere(drifted: Any, arguments: tuple[str, ...], code: int) -> None:
    witness = Witness(drifted)
    ran = drifted.run(*arguments)
    assert ran.code == code, ran.all
    assert witness.writes() == []
    if arguments[0] in ("plan", "drift", "import"):
        assert drifted.world.proxy.seen or witness.statements(), "it did not even read"


def test_a_fresh_clone_reads_the_ledger_without_moving_a_ref(drifted: Any, tmp_path: Path) -> None:
    shutil.copytree(drifted.remote, tmp_path / "remote.git")
    clone = type(drifted)(tmp_path, drifted.world, drifted.env, drifted.secrets)
    clone.git("clone", "--quiet", "remote.git", "work", at=tmp_path)
    witness = Witness(clone)
    ran = clone.run("plan")
    assert ran.code == 0, ran.all
    assert "monitors/new" in ran.out
    assert "Also reverts 2 hand edits" in ran.out, "it did not see what was last applied"
    assert witness.writes() == []


def test_an_import_writes_files_and_nothing_else(drifted: Any, tmp_path: Path) -> None:
    shutil.copytree(drifted.folder, tmp_path / "copy", symlinks=True)
    copy = type(drifted)(tmp_path / "copy", drifted.world, drifted.env, drifted.secrets)
    (copy.root / "desired" / "objects.yaml").unlink()
    copy.git("update-ref", "-d", "refs/reconciler/production")
    copy.git("update-ref", "-d", "refs/reconciler/production", at=copy.remote)
    witness = Witness(copy)
    for name in ("betterstack", "accounts"):
        ran = copy.run("import", name)
        assert ran.code == 0, ran.all
    assert (copy.root / "desired" / "monitors.yaml").is_file()
    assert (copy.root / "desired" / "accounts.yaml").is_file()
    assert copy.run("plan").code == 0
    assert witness.writes() == []


def test_the_witness_sees_what_an_apply_writes(site: Any) -> None:
    witness = Witness(site)
    assert site.run("apply", "--yes").code == 0
    seen = "\n".join(witness.writes())
    for expected in ("POST /api/v2/monitors", "INSERT INTO public.users", "COMMIT", "refs/reconciler/production"):
        assert expected in seen


def test_a_second_apply_sends_no_write(site: Any) -> None:
    assert site.run("apply", "--yes").code == 0
    witness = Witness(site)
    assert site.run("apply", "--yes").code == 0
    assert witness.writes() == []


ADDRESSES = {"betterstack": "monitors/home", "accounts": "accounts/ana@x.test"}


async def attempt(provider: Any, sort: str, resource: Resource) -> None:
    """Ask a provider to write in one way."""
    live = Live(resource.address.collection, "1", resource.identity, dict(resource.spec))
    diffs = tuple(FieldDiff((name,), None, value) for name, value in resource.spec.items())
    common: dict[str, Any] = {"address": resource.address, "provider": resource.provider, "why": ("a test",)}
    match sort:
        case "create":
            await provider.create(resource)
        case "update":
            await provider.update(Update(**common, desired=resource, live=live, fields=diffs))
        case _:
            await getattr(provider, sort)(live)


@pytest.mark.parametrize(
    ("name", "sort"),
    [("betterstack", sort) for sort in ("create", "update", "delete")]
    + [("accounts", sort) for sort in ("create", "update", "delete", "disable")],
)
async def test_a_provider_on_a_reading_connection_refuses_to_write(site: Any, name: str, sort: str) -> None:
    catalog, runtime = discover(), Runtime(environ=site.env)
    project = load_project(site.root / "desired", catalog)
    resource = next(r for r in project.resources if r.address == Address.parse(ADDRESSES[name]))
    settings = project.instances[name].settings
    secrets = {field: SecretValue(site.env[ref.name], ref.name) for field, ref in settings.secrets().items()}
    connection = Connection(name, settings, secrets, runtime, site.root, read_only=True)
    provider = await catalog.provider_class(name).connect(connection)
    witness = Witness(site)
    try:
        with pytest.raises(ReadOnlyViolation):
            await attempt(provider, sort, resource)
        assert witness.writes() == []
    finally:
        await provider.close()
