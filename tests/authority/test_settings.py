"""Which secrets a connection is given, and which jobs of the workflow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.discover import Catalog
from reconciler.errors import InputError
from reconciler.initial.run import needs_of
from reconciler.initial.workflow import render
from reconciler.load.project import load_project
from reconciler.testing.project import write_project

PROVIDERS = {
    "betterstack": {"token": {"secret": "BEACON"}, "write_token": {"secret": "BEACON_WRITES"}},
    "accounts": {"database_url": {"secret": "ROSTER"}, "write_database_url": {"secret": "ROSTER_WRITES"}},
}
MONITOR = {"url": "https://a.example.test/", "monitor_type": "status", "auth_password": {"secret": "SENT"}}


def _environment(job: dict[str, Any]) -> dict[str, Any]:
    """Return the variables that the steps of a job are given."""
    return {name: value for step in job["steps"] for name, value in step.get("env", {}).items()}


@pytest.fixture
def workflow(tmp_path: Path, catalog: Catalog) -> Any:
    """Return what makes the jobs of a project with these secret sources."""

    def make(*sources: dict[str, str]) -> dict[str, Any]:
        desired = write_project(tmp_path, {"monitors": {"home": MONITOR}}, providers=PROVIDERS)
        path = desired / "environment.yaml"
        path.write_text(path.read_text() + yaml.safe_dump({"secrets": list(sources)}))
        jobs: dict[str, Any] = yaml.safe_load(render(needs_of(load_project(desired, catalog), None)))["jobs"]
        given = {name: _environment(job) for name, job in jobs.items()}
        return {name: {k for k, v in env.items() if "secrets." in str(v)} for name, env in given.items()}

    return make


def test_jobs_that_read_get_the_credentials_to_read_and_apply_gets_all(workflow: Any) -> None:
    given = workflow()
    assert given["preview"] == given["plan"] == given["drift"] == {"BEACON", "ROSTER"}
    assert given["apply"] == {"BEACON", "BEACON_WRITES", "ROSTER", "ROSTER_WRITES", "SENT"}


def test_only_apply_gets_the_key_of_sops_files(workflow: Any) -> None:
    given = workflow({"sops_file": "secrets/production.yaml"})
    assert [name for name, names in given.items() if "SOPS_AGE_KEY" in names] == ["apply"]


@pytest.mark.parametrize("name", ["betterstack", "accounts"])
def test_a_writing_connection_has_the_credential_to_write_under_the_name_of_the_other(
    tmp_path: Path, catalog: Catalog, name: str
) -> None:
    settings = load_project(write_project(tmp_path, {}, providers=PROVIDERS), catalog).instances[name].settings
    reading, writing = settings.secrets(), settings.secrets_to_write()
    assert set(reading) == set(writing)
    [field] = reading
    assert writing[field].name == f"{reading[field].name}_WRITES"


def test_a_source_is_one_file(tmp_path: Path, catalog: Catalog) -> None:
    desired = write_project(tmp_path, {}, providers=PROVIDERS)
    path = desired / "environment.yaml"
    good = path.read_text()
    for entry, why in (("{}", "one of env_file, sops_file"), ("{env_file: a, sops_file: b}", "cannot stand together")):
        path.write_text(f"{good}secrets: [{entry}]\n")
        with pytest.raises(InputError, match=why):
            load_project(desired, catalog)
