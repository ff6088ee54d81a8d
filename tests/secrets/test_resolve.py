"""From names to values."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from reconciler.errors import InputError, Location
from reconciler.redact import Redactor
from reconciler.secrets.resolve import SecretResolver

PLACE = Location("desired/environment.yaml", 12, 3)


@dataclass(frozen=True)
class EnvFile:
    path: str
    where: Location = PLACE
    kind: str = "env_file"


@pytest.fixture
def resolver(tmp_path):
    def make(environ=None, **files):
        sources = []
        for name, text in files.items():
            path = tmp_path / f".env.{name}"
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            sources.append(EnvFile(path.name))
        return SecretResolver(environ or {}, tuple(sources), tmp_path, Redactor())

    return make


ORDER = [
    pytest.param({"A": "env"}, {"one": "A=file"}, "env", id="the-process-environment-first"),
    pytest.param({}, {"one": "A=first", "two": "A=second"}, "first", id="then-files-in-their-order"),
    pytest.param({}, {"one": "B=x", "two": "A=second"}, "second", id="a-later-file-fills-in"),
    pytest.param({"A": ""}, {"one": "A=file"}, "file", id="set-to-nothing-is-not-set"),
    pytest.param({"A": " x\n"}, {}, " x\n", id="taken-as-it-is"),
]


@pytest.mark.parametrize(("environ", "files", "expected"), ORDER)
def test_the_first_that_has_a_name_gives_its_value(resolver, environ, files, expected):
    found = resolver(environ, **files).get("A")
    assert found.reveal() == expected
    assert str(found) == "(secret A)"


def test_a_value_that_nobody_has_is_none_and_says_where_it_was_looked_for(resolver):
    made = resolver({"A": ""}, production="B=1\nA=")
    assert made.get("A") is None
    assert made.missing_reason("A") == "A is empty in the process environment, and empty in .env.production"
    assert made.missing_reason("C") == "C is not set in the process environment, and not in .env.production"


def test_every_value_that_was_resolved_joins_the_funnel(tmp_path):
    redactor = Redactor()
    made = SecretResolver({"A": "hush-hush", "B": "plain-text"}, (), tmp_path, redactor)
    made.get("A")
    assert redactor.clean("hush-hush and plain-text") == "(secret A) and plain-text"


def test_no_env_file_is_read_unless_it_is_named(tmp_path):
    (tmp_path / ".env").write_text("A=1")
    assert SecretResolver({}, (), tmp_path, Redactor()).get("A") is None


def test_every_file_that_cannot_be_used_is_an_error_where_it_is_named(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary").write_bytes(b"\x00\xff\xfe")
    (tmp_path / "large").write_bytes(b"A" * 1_100_000)
    names = ["missing", "folder", "binary", "large", "bad\x00name"]
    with pytest.raises(InputError) as caught:
        SecretResolver({}, tuple(EnvFile(name) for name in names), tmp_path, Redactor())
    problems = caught.value.problems
    assert len(problems) == len(names)
    assert {str(problem.where) for problem in problems} == {"desired/environment.yaml:12:3"}
    assert all(problem.fix for problem in problems)


def test_a_broken_line_is_an_error_in_the_env_file_and_is_not_quoted(resolver):
    with pytest.raises(InputError) as caught:
        resolver({}, production="A=1\nhush-hush\n")
    (problem,) = caught.value.problems
    assert (problem.where.file, problem.where.line) == (".env.production", 2)
    assert "hush" not in str(caught.value)
