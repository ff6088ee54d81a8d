"""`reconcile doctor`: what a run stands on, for every provider. It writes nothing, wherever it looks."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from reconciler.cli.context import World
from reconciler.cli.main import main
from reconciler.engine.connect import resolver_of
from reconciler.engine.doctor import Doctor
from reconciler.engine.options import Options
from reconciler.errors import LedgerUnreachable
from reconciler.ledger.memory import MemoryLedger
from reconciler.sandbox import call
from reconciler.testing import Sample

READ, WRITE = "CREDENTIAL_TO_READ", "CREDENTIAL_TO_WRITE"


class Run:
    """`doctor` on a site, by its command."""

    def __init__(self, site: Any, ledger: Any = None) -> None:
        self.site = site
        self.ledger = ledger or MemoryLedger(site.store)

    def text(self, *options: str) -> Result:
        runtime = replace(self.site.runtime, environ={**self.site.runtime.environ, "RECONCILE_SANDBOX": "there"})
        world = World(runtime=lambda: runtime, discover=lambda: self.site.catalog, ledger=lambda *_: self.ledger)
        desired = str(self.site.root / "desired")
        return CliRunner().invoke(main, ["doctor", "--desired", desired, *options], obj=world, catch_exceptions=False)

    def checks(self) -> tuple[int, dict[str, dict[str, str]]]:
        """The exit code, and the checks by name."""
        done = self.text("--format", "json")
        told = json.loads(done.stdout)
        assert told["exit"] == done.exit_code
        return done.exit_code, {row["check"]: row for row in told["checks"]}


@pytest.fixture
def examine() -> Any:
    """Return what runs `doctor` outside the event loop of the test."""

    async def run(site: Any, ledger: Any = None) -> Any:
        return await asyncio.to_thread(Run(site, ledger).checks)

    return run


async def test_a_healthy_instance_is_ok_and_nothing_is_written(vendor: Any, examine: Any) -> None:
    await vendor.site(vendor.writer).apply()
    vendor.wire.sent.clear()
    before, ledger = await vendor.state(), vendor.store.state
    code, checks = await examine(vendor.site(vendor.reader, vendor.writer))
    assert code == 0, checks
    assert checks["token"] == {
        "subject": vendor.name, "check": "token", "status": "ok", "said": f"{READ} is accepted", "next": "",
    }  # fmt: skip
    assert checks["token to write"]["said"] == f"{WRITE} is accepted"
    assert checks["account"]["status"] == "warn"  # no `expect:`
    assert "write `expect: {" in checks["account"]["next"]
    assert checks["rights to plan"]["status"] in ("ok", "warn")
    assert checks["rights to apply"]["status"] == ("ok" if vendor.name == "accounts" else "untold")
    assert vendor.case.lacks.split(":")[0] in checks["rights to apply"]["said"] or vendor.name == "accounts"
    assert vendor.wrote == []
    assert await vendor.state() == before
    assert vendor.store.state == ledger


async def test_a_credential_to_write_that_may_not_is_told_where_the_vendor_tells(
    open_vendor: Any, examine: Any
) -> None:
    async with open_vendor("accounts") as vendor:
        code, checks = await examine(vendor.site(vendor.reader, vendor.reader))
        assert code == 1
        assert checks["token to write"]["status"] == "fail"
        assert f"the role of {WRITE} lacks INSERT on users" in checks["token to write"]["said"]


async def test_a_credential_to_write_without_a_value_is_worth_a_look_only(vendor: Any, examine: Any) -> None:
    code, checks = await examine(vendor.site(vendor.reader, ""))
    assert code == 0
    assert checks["token to write"]["status"] == "warn"
    assert f"{WRITE} has no value here" in checks["token to write"]["said"]


async def test_a_wrong_credential_fails_with_1_and_what_to_do(vendor: Any, examine: Any) -> None:
    wrong = vendor.reader.replace("lms_reader:", "lms_reader:x") if vendor.name == "accounts" else "wrong-0123456789"
    code, checks = await examine(vendor.site(wrong))
    assert code == 1
    assert checks["token"]["status"] == "fail"
    assert checks["token"]["next"]
    assert wrong not in json.dumps(checks)
    assert "rights to plan" not in checks


async def test_another_account_than_expected_fails(vendor: Any, examine: Any) -> None:
    site = vendor.site(vendor.reader)
    if vendor.name == "accounts":
        key, value = "database", "another"
    else:
        scope = await (await site.harness.connect(read_only=True)).whoami()
        key, value = next(iter(scope.fields)), "another"
    site.harness.settings = {**site.harness.settings, "expect": {key: value}}
    site.desire(vendor.case.objects)
    code, checks = await examine(site)
    assert code == 1
    assert checks["account"]["status"] == "fail"
    assert f"not {value}" in checks["account"]["said"]


async def test_a_vendor_that_is_down_fails_with_5(vendor: Any, examine: Any) -> None:
    nowhere = re.sub(r":[0-9]+/", ":1/", vendor.reader) if vendor.name == "accounts" else vendor.reader
    vendor.wire.inner = SimpleNamespace(handle_async_request=_refuse)
    code, checks = await examine(vendor.site(nowhere))
    assert code == 5, checks
    assert checks["token"]["status"] == "fail"
    assert checks["token"]["next"]


async def _refuse(request: Any) -> httpx.Response:
    return httpx.Response(503, headers={"retry-after": "7200"})


CLOCKS = [
    pytest.param(timedelta(), "ok", 0, id="right"),
    pytest.param(timedelta(seconds=60), "warn", 0, id="a-minute-behind"),
    pytest.param(timedelta(seconds=-300), "fail", 1, id="five-minutes-ahead"),
]


@pytest.mark.parametrize(("by", "status", "code"), CLOCKS)
async def test_a_clock_that_is_off_is_told(
    open_vendor: Any, examine: Any, by: timedelta, status: str, code: int
) -> None:
    async with open_vendor("neon") as vendor:
        site = vendor.site(vendor.reader)

        def dated(answer: Any) -> None:
            answer.headers["date"] = format_datetime(site.runtime.now() + by, usegmt=True)

        vendor.wire.change = dated
        found, checks = await examine(site)
        assert (found, checks["clock"]["status"]) == (code, status)


RATES = [pytest.param("4999", "ok", id="plenty"), pytest.param("3", "warn", id="nearly-spent")]


@pytest.mark.parametrize(("left", "status"), RATES)
async def test_what_is_left_of_the_rate_is_told(open_vendor: Any, examine: Any, left: str, status: str) -> None:
    async with open_vendor("betterstack") as vendor:
        vendor.wire.change = lambda answer: answer.headers.update(
            {"x-ratelimit-remaining": left, "x-ratelimit-limit": "5000", "x-ratelimit-reset": "60"}
        )
        code, checks = await examine(vendor.site(vendor.reader))
        assert (code, checks["rate"]["status"]) == (0, status)
        assert checks["rate"]["said"] == f"{left} of 5000 requests left, renewed in 60 s"


async def test_what_a_credential_may_not_see_is_worth_a_look(open_vendor: Any, examine: Any) -> None:
    async with open_vendor("vercel") as vendor:
        path = f"/v10/projects/{vendor.sandbox.project}/env"
        body = {"key": "KEPT", "value": "hush-hush-value", "type": "encrypted", "target": ["production"]}
        headers = {"authorization": f"Bearer {vendor.writer}"}
        made = await call(vendor.sandbox.app, "POST", f"{path}?slug=ai-gurus", body, headers=headers)
        assert made.status_code < 300
        code, checks = await examine(vendor.site(vendor.reader))
        assert code == 0
        assert checks["rights to plan"]["status"] == "warn"
        assert "did not decrypt it for this token" in checks["rights to plan"]["said"]
        assert (await examine(vendor.site(vendor.writer)))[1]["rights to plan"]["status"] == "ok"


class Broken(MemoryLedger):
    def read(self) -> Any:
        raise LedgerUnreachable("the ledger cannot be read", fix="check `git fetch`")


async def test_a_ledger_that_cannot_be_read_fails_and_the_rest_is_looked_at(open_vendor: Any, examine: Any) -> None:
    async with open_vendor("betterstack") as vendor:
        code, checks = await examine(vendor.site(vendor.reader), Broken())
        assert code == 1
        assert checks["reachable"]["status"] == "fail"
        assert checks["token"]["status"] == "ok"


async def test_secrets_without_a_value_are_named_and_never_shown(open_vendor: Any, examine: Any) -> None:
    async with open_vendor("betterstack") as vendor:
        site = vendor.site(vendor.reader)
        url = {"url": "https://a.example.test/", "monitor_type": "status"}
        site.desire(
            [
                Sample("monitors/a", {**url, "auth_password": {"secret": "HAS_ONE"}}),
                Sample("monitors/b", {**url, "auth_password": {"secret": "HAS_NONE"}}),
            ]
        )
        site.harness.environ = {**site.harness.environ, "HAS_ONE": "hush-hush-value", "HAS_NONE": ""}
        code, checks = await examine(site)
        assert code == 0
        assert (checks["values"]["status"], checks["values"]["said"]) == ("warn", "no value here for HAS_NONE")
        assert "hush" not in json.dumps(checks)


async def test_the_text_has_one_line_a_check_and_says_what_to_do(open_vendor: Any) -> None:
    async with open_vendor("betterstack") as vendor:
        done = await asyncio.to_thread(Run(vendor.site("wrong-0123456789")).text)
    lines = done.stdout.splitlines()
    [failed] = [line for line in lines if line.startswith("FAIL")]
    assert failed.split()[:3] == ["FAIL", "betterstack", "token"]
    assert f"-> check the value of {READ}" in failed
    assert lines[-1] == "test: 1 failed, 4 ok. Nothing was changed."
    assert done.exit_code == 1


async def test_a_source_that_cannot_be_asked_fails_where_it_is_named(open_vendor: Any, examine: Any) -> None:
    async with open_vendor("betterstack") as vendor:
        site = vendor.site("")
        (site.root / "s.yaml").write_text(
            "A: ENC[x]\nsops: {age: [{recipient: age1x, enc: x}], mac: x, version: 3.11.0}\n"
        )
        environment = site.root / "desired" / "environment.yaml"
        environment.write_text(environment.read_text() + "secrets: [{sops_file: s.yaml}]\n")
        site.harness.environ = {**site.harness.environ, "PATH": str(site.root)}
        code, checks = await examine(site)
    assert code == 1
    assert checks["source"]["status"] == "fail"
    assert checks["source"]["said"].startswith("desired/environment.yaml:")
    assert "install sops" in checks["source"]["next"]
    assert "s.yaml was not opened" in checks["token"]["said"]


async def test_the_commit_gate_is_foretold_and_a_missing_remote_is_worth_a_look(
    open_vendor: Any, clone: Any, alone: Any
) -> None:
    async with open_vendor("betterstack") as vendor:
        site = vendor.site(vendor.reader)
        found = {}
        for name, git in (("merged", clone("one")), ("no-commit", alone)):
            runtime = replace(site.runtime, git=lambda folder, git=git: git)
            project = replace(site.load(), root=git.folder, desired=git.folder / "desired")
            resolver = resolver_of(project, runtime)
            doctor = Doctor(project, site.catalog, runtime, MemoryLedger(site.store), resolver, Options())
            found[name] = {c.name: c for c in await doctor.examine() if c.subject == "git"}
    assert (found["merged"]["commit"].status, found["merged"]["remote"].status) == ("ok", "ok")
    assert found["merged"]["commit"].said == "HEAD is merged into origin/main, and may be applied"
    assert found["no-commit"]["commit"].status == "warn"
    assert "commit desired/ first" in found["no-commit"]["commit"].next


async def test_a_sandbox_that_is_told_of_both_credentials_exports_both(vendor: Any) -> None:
    if vendor.name == "accounts":
        exports = vendor.sandbox._exports()
    else:
        async with vendor.sandbox as service:
            exports = service.exports
    assert (exports[READ], exports[WRITE]) == (vendor.reader, vendor.writer)
    assert exports[READ] != exports[WRITE]
