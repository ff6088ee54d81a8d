from __future__ import annotations

import json
from dataclasses import replace
from typing import Annotated, ClassVar

import pytest

from reconciler.discover import Catalog
from reconciler.errors import LedgerUnreachable
from reconciler.kind.base import Kind, OutputField, Part
from reconciler.kind.markers import Never, RefTo, Replace, ServerDefault, WriteOnly
from reconciler.kind.settings import ProviderSettings
from reconciler.kind.types import Days, ListOf, OneOf, Seconds, Secret
from reconciler.model import Address


class Settings(ProviderSettings):
    """Nothing of its own."""


class Step(Part):
    """One step."""

    wait: Seconds


class Check(Kind, collection="checks", identity="name", provider="acme"):
    """Looks at one thing.

    Every now and then.
    """

    settings: ClassVar = Settings
    loses: ClassVar = "its history"
    data_bearing: ClassVar = True
    outputs: ClassVar = {"token": OutputField("lets you in", secret=True)}

    name: str | None = None
    every: Annotated[Seconds, OneOf(30, 60), ServerDefault(60)] | None = None
    policy: Annotated[str, RefTo("policies")] | None = None
    password: Annotated[Secret, WriteOnly()] | None = None
    region: Annotated[str, Replace()] | None = None
    plan: Annotated[str, Never("it is billed")] | None = None
    steps: ListOf[Step] = ()
    warn: Days | None = None


class Acme:
    """A client that is never opened."""


@pytest.fixture
def acme(bench):
    bench.catalog = Catalog.of([Check], {"acme": Acme})
    return bench


def test_explaining_a_kind_says_what_delete_loses_and_what_can_change(acme):
    text = acme.run("explain", "checks").stdout
    assert text.startswith("checks: Looks at one thing.\nEvery now and then.\n")
    for line in (
        "delete loses: its history",
        "holds data: never replaced, and deleted only with an approval",
        "identity: name (the handle, unless written)",
        "every: whole number, in seconds or as 3m",
        "warn: whole number, in days or as 7d",
        "one of: 30, 60",
        "default of the API: 60 (1m)",
        "names one of policies",
        "password: {secret: NAME} or {generate: {bytes: 32}}",
        "the API never returns it; a change outside can show by its time only",
        "cannot be changed in place: a change deletes and creates the object",
        "cannot be changed once set: it is billed",
        "token: lets you in (secret)",
    ):
        assert line in text, line


def test_explaining_a_field_goes_inside_lists(acme):
    assert "checks.every" in acme.run("explain", "checks.every").stdout
    assert "steps.wait (required): whole number, in seconds" in acme.run("explain", "checks.steps").stdout
    assert acme.run("explain", "checks.steps.wait").stdout.startswith("checks.steps.wait")


def test_explaining_as_json(acme):
    document = json.loads(acme.run("explain", "checks", "--format", "json").stdout)
    every = next(f for f in document["fields"] if f["name"] == "every")
    assert (every["unit"], every["allowed"], document["loses"]) == ("seconds", ["30", "60"], "its history")


@pytest.mark.parametrize(
    ("what", "said"),
    [
        pytest.param("check", "did you mean checks?", id="kind"),
        pytest.param("checks.evry", "did you mean every?", id="field"),
        pytest.param("checks.every.deep", "has no field 'deep'", id="field-inside-a-leaf"),
        pytest.param("checks/none", "neither desired/ nor the ledger knows checks/none", id="address"),
    ],
)
def test_explaining_what_does_not_exist_suggests_what_does(acme, what, said):
    result = acme.run("explain", what)
    assert result.exit_code == 1
    assert said in result.stderr


def test_explaining_an_unknown_address_lists_a_few_of_its_collection_only(acme, make):
    acme.project.resources = tuple(make.resource(f"checks/c{i:02}", url="https://x/") for i in range(30))
    result = acme.run("explain", "checks/nothing-of-the-kind")
    assert "known here: checks/c00, " in result.stderr
    assert "and more" in result.stderr
    assert "checks/c20" not in result.stderr


def test_explaining_a_short_form_says_what_it_stands_for(acme, make):
    made = replace(make.resource("checks/p0", url="https://x/"), notes=("written as tiers/p0", "paged at once"))
    acme.project.resources = (make.resource("checks/other", url="https://x/"), made)
    result = acme.run("explain", "tiers/p0")
    assert result.exit_code == 1
    assert "tiers/p0 is a short form, and stands for checks/p0" in result.stderr
    assert "reconcile explain checks/p0" in result.stderr


def test_explaining_an_address_says_where_it_is_and_what_was_applied(acme, make):
    from dataclasses import replace

    acme.project.resources = (make.resource("checks/one", url="https://x/"),)
    assert "never applied" in acme.run("explain", "checks/one").stdout
    state = acme.ledger.read()
    acme.ledger.write(replace(state, records={Address("checks", "one"): make.record("checks/one")}), "test")
    text = acme.run("explain", "checks/one").stdout
    assert "checks/one: written at desired/checks.yaml:3" in text
    assert "live id: 812" in text
    assert "last applied: 2026-11-23 03:00Z by run r1, commit 1a2b3c" in text
    document = json.loads(acme.run("explain", "checks/one", "--format", "json").stdout)
    assert (document["live_id"], document["line"]) == ("812", 3)


def test_explaining_an_address_shows_what_is_written_also_where_the_ledger_cannot_be_read(acme, make):
    acme.project.resources = (make.resource("checks/one", url="https://x/"),)
    acme.ledger.store.faults = lambda operation, phase: LedgerUnreachable("origin does not answer", fix="try again")
    result = acme.run("explain", "checks/one")
    assert result.exit_code == 0
    assert "checks/one: written at desired/checks.yaml:3" in result.stdout
    assert "what was last applied is not known" in result.stdout
    assert "never applied" not in result.stdout
    assert result.stderr == "warning: origin does not answer\n  fix: try again\n"
    assert acme.run("explain", "checks/gone").exit_code == 1


def test_providers_are_listed_with_their_kinds(acme):
    text = acme.run("provider", "list").stdout
    assert "acme" in text
    assert "checks: Looks at one thing." in text
    document = json.loads(acme.run("provider", "list", "--format", "json").stdout)
    assert document["providers"][0]["kinds"] == ["checks"]


def test_a_broken_provider_is_named_not_a_traceback(bench):
    from reconciler.discover import Entry

    def fail():
        raise ImportError("no module named left_pad")

    bench.catalog = Catalog(
        [Entry("checks", fail, "acme-plugin", types=("acme",))], [Entry("acme", Acme, "acme-plugin")]
    )
    result = bench.run("provider", "list")
    assert result.exit_code == 0
    assert "BROKEN checks of acme-plugin: ImportError: no module named left_pad" in result.stdout


def test_schemas_are_written_once_and_then_current(acme, tmp_path):
    assert acme.run("schema", "--check").exit_code == 1
    assert "wrote schemas/checks.json" in acme.run("schema", "--write").stdout
    assert json.loads((tmp_path / "schemas" / "checks.json").read_text())["title"] == "Desired checks"
    assert acme.run("schema", "--check").exit_code == 0
    assert acme.run("schema", "--write").stdout == "All files are current.\n"
    (tmp_path / "schemas" / "checks.json").write_text("{}")
    result = acme.run("schema", "--check")
    assert (result.exit_code, "schemas/checks.json" in result.stderr) == (1, True)


def test_validate_counts_what_is_there(bench, make):
    bench.project.resources = (make.resource("monitors/a"), make.resource("monitors/b"))
    assert bench.run("validate").stdout == "desired/ is valid: 2 objects in 1 file (monitors 2).\n"
    document = json.loads(bench.run("validate", "--format", "json").stdout)
    assert (document["valid"], document["collections"]) == (True, {"monitors": 2})
