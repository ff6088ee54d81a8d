"""Whatever stands in a file that the tool reads, it is read or refused with an error of this tool, in bounded time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reconciler.errors import InputError, LedgerError
from reconciler.journal import Journal
from reconciler.ledger.codec import from_files, run_of, to_files
from reconciler.ledger.state import Announced, Begin, LedgerState, Orphan, RunRecord
from reconciler.load.document import parse as parse_yaml
from reconciler.load.project import load_project, validate_project
from reconciler.model import Address, Lifecycle, Recorded
from reconciler.report import saved
from reconciler.secrets.dotenv import parse_dotenv
from reconciler.testing import memory_catalog, virtual_runtime
from reconciler.testing.garble import ODD, garbled, places
from reconciler.values import Generated, OutputRef, SecretRef

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
LAW = settings(max_examples=100, deadline=None, database=None, suppress_health_check=list(HealthCheck))
LIMIT = 6.0  # seconds of processor time for one file


def variants(document: Any, every: int) -> Iterator[tuple[str, Any]]:
    """Yield a document with each odd thing in each place of it; of these, one in so many."""
    cases = [(at, name) for at in places(document) for name in ODD]
    for at, name in cases[::every]:
        yield f"{at} {name}", garbled(document, at, ODD[name])


HOW_MANY = pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.slow)], ids=["some", "all"])


def a_state() -> LedgerState:
    """Return a ledger with something of everything in it."""
    spec = {
        "url": "https://x.test/",
        "n": 3,
        "key": SecretRef("KEY", 2),
        "made": Generated(32),
        "of": OutputRef("a/b", "id"),
        "l": ({"a": 1},),
    }
    life = Lifecycle(protect=True, on_remove="retain", ignore=("url",), id="7")
    place = Address("widgets", "a")
    record = Recorded(
        place, "one", "7", ("a",), spec, "r1", "c1", NOW, changed_at=NOW, fingerprints={"key": "f"}, lifecycle=life
    )
    made = Announced(Address("widgets", "new"), "one", ("new",), "9")
    begin = Begin("r2", "me", "here", 7, "c2", NOW, NOW, "https://x.test/1", "5", 2, ("d",), (made,))
    run = RunRecord("r1", "c1", NOW, NOW, "me", "p", ({"address": "widgets/a"},), ({"values": {"a": 1}},), True)
    return LedgerState(
        records={place: record},
        scopes={"one": {"team": "t"}},
        salt=b"0" * 16,
        commit="c1",
        run="r1",
        begin=begin,
        orphans=(Orphan(made, "r0", NOW),),
        held=frozenset({"d"}),
        last_run=run,
        head="h",
    )


@HOW_MANY
def test_a_ledger_with_anything_anywhere_in_it_is_read_or_named_as_damaged(every: int) -> None:
    files = to_files(a_state())
    refused = read = 0
    for name, body in files.items():
        for what, odd in variants(json.loads(body), every):
            spoiled = {**files, name: json.dumps(odd).encode()}
            try:
                state = from_files(spoiled, "h")
            except LedgerError as error:
                assert name.removesuffix(".json") in error.message or "format" in error.message, f"{name} {what}"
                refused += 1
                continue
            assert to_files(state), f"{name} {what}"
            read += 1
    assert refused > 500 / every
    assert read > 500 / every


@LAW
@given(body=st.binary(max_size=300))
@example(b"[" * 10**6)
@example(b"9" * 5000)
@example(b"\xff\xfe{\x00")
def test_any_bytes_in_the_ledger_are_refused_with_the_files_name(body: bytes) -> None:
    for work in (lambda: from_files({**to_files(a_state()), "widgets.json": body}, "h"), lambda: run_of(body)):
        try:
            work()
        except LedgerError as error:
            assert "widgets.json" in error.message or "run.json" in error.message


def a_plan() -> dict[str, Any]:
    rows = [
        {"address": "widgets/a", "action": "create", "digest": "d1", "fields": []},
        {"address": "widgets/b", "action": "update", "digest": "d2"},
    ]
    return {
        "schema": saved.SCHEMA,
        "version": "0.1.0",
        "created_at": NOW.isoformat(),
        "environment": "production",
        "commit": "c",
        "digest": "d",
        "changes": rows,
    }


@HOW_MANY
def test_a_plan_file_with_anything_anywhere_in_it_is_read_or_refused(every: int) -> None:
    refused = 0
    for what, odd in variants(a_plan(), every):
        try:
            saved.parse(json.dumps(odd), Path("plan.json"), now=NOW, version="0.1.0")
        except InputError as error:
            assert all(p.where and p.where.file == "plan.json" and p.fix for p in error.problems), what
            refused += 1
    assert refused > 200 / every


APPROVALS = {"approvals": [{"digest": "7f3a19c2d4e5", "reason": "cleaning", "until": "2026-12-31"}]}
ENVIRONMENT = {
    "environment": "production",
    "providers": {
        "memory": {"token": {"secret": "TOKEN"}, "rate": {"per_second": 8, "burst": 16}, "expect": {"account": "acme"}}
    },
    "collections": {"widgets": {"authority": "managed", "allow_empty": True}},
    "secrets": {"file": ".env"},
}
OBJECTS = {"widgets": {"a": {"url": "https://x.test/", "api_key": {"secret": "KEY"}, "lifecycle": {"protect": True}}}}


@HOW_MANY
@pytest.mark.parametrize(
    ("name", "document"),
    [("approvals.yaml", APPROVALS), ("environment.yaml", ENVIRONMENT), ("widgets.yaml", OBJECTS)],
    ids=["approvals", "environment", "objects"],
)
def test_a_file_of_desired_with_anything_anywhere_in_it_is_loaded_or_refused(
    name: str, document: Any, tmp_path: Path, every: int
) -> None:
    desired, catalog = tmp_path / "desired", memory_catalog()
    desired.mkdir()
    for file, whole in (("environment.yaml", ENVIRONMENT), ("widgets.yaml", OBJECTS), ("approvals.yaml", APPROVALS)):
        (desired / file).write_text(yaml.safe_dump(whole))
    refused = 0
    for what, odd in variants(document, 3 * every):
        if any(word in what for word in ("endless-number", "long-text", "deepest")):
            continue  # below: each takes PyYAML's writer long to write
        (desired / name).write_text(yaml.safe_dump(odd, allow_unicode=True), encoding="utf-8", errors="surrogatepass")
        said = []
        for load in (load_project, validate_project):
            try:
                load(desired, catalog)
                said.append("")
            except InputError as error:
                assert error.problems, what
                assert all(p.message for p in error.problems), what
                said.append(str(error))
        assert said[0] == said[1], what
        refused += bool(said[0])
    assert refused > 15 / every


BOMBS: Mapping[str, Callable[[], str]] = {
    "deep-flow": lambda: "a: " + "[" * 100_000,
    "deep-mapping": lambda: "a: " + "{a: " * 50_000,
    "deep-block": lambda: "\n".join(f"{' ' * n}a:" for n in range(1500)),
    "aliases": lambda: (
        "a: &a [x]\n"
        + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(20))
    ),
    "an-alias-of-itself": lambda: "a: &a [*a]\n",
    "many-anchors": lambda: "".join(f"a{n}: &a{n} x\n" for n in range(20_000)),
    "long-scalar": lambda: f"a: {'x' * 10**6}\n",
    "long-quoted-scalar": lambda: f'a: "{"x" * 10**6}"\n',
    "long-key": lambda: f"{'x' * 10**6}: a\n",
    "long-block-scalar": lambda: "a: |\n" + "  x\n" * 200_000,
    "endless-number": lambda: f"a: {'9' * 10**6}\n",
    "endless-fraction": lambda: f"a: 0.{'9' * 10**6}\n",
    "endless-exponent": lambda: f"a: 1e{'9' * 10**5}\n",
    "endless-hexadecimal": lambda: f"a: 0x{'f' * 10**6}\n",
    "endless-sexagesimal": lambda: f"a: {':'.join(['59'] * 10**5)}\n",
    "many-keys": lambda: "".join(f"k{n}: {n}\n" for n in range(50_000)),
    "one-key-many-times": lambda: "a: 1\n" * 20_000,
    "many-documents": lambda: "---\na\n" * 50_000,
    "many-quotes": lambda: "a: '" + "''" * 300_000,
    "many-tags": lambda: "a: " + "!x " * 100_000,
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_file_that_is_made_to_hurt_takes_bounded_time(bomb: Callable[[], str]) -> None:
    started = time.process_time()
    document, problems = parse_yaml(bomb(), "desired/x.yaml")
    assert document is not None or problems
    assert all(p.where and p.where.file == "desired/x.yaml" for p in problems)
    assert time.process_time() - started < LIMIT


@LAW
@given(text=st.text(max_size=200) | st.text(st.sampled_from("AB=\"'\\\n #$ export\t"), max_size=80))
def test_any_env_file_gives_values_and_faults_that_quote_nothing(text: str) -> None:
    values, faults = parse_dotenv(text)
    assert all(isinstance(v, str) for v in values.values())
    assert all(1 <= fault.line <= text.count("\n") + 1 for fault in faults)


@pytest.mark.parametrize(
    "text",
    [
        "A=1\n" * 200_000,
        "nonsense\n" * 100_000,
        'A="' + "x\n" * 500_000,
        'A="x\n' * 200_000,
        "A='" + "\\" * 10**6,
        " " * 10**6,
        "#\n" * 500_000,
    ],
    ids=["lines", "faults", "unclosed", "many-unclosed", "backslashes", "blank", "comments"],
)
def test_a_large_env_file_takes_bounded_time(text: str) -> None:
    started = time.process_time()
    parse_dotenv(text)
    assert time.process_time() - started < LIMIT


@LAW
@given(text=st.text(max_size=60))
@example("\ud800\u2028\x1b[2J\n")
def test_any_text_is_one_line_of_the_journal(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    root = tmp_path_factory.mktemp("journal")
    journal = Journal.open(root, "r1", virtual_runtime())
    journal.write(text, Address("widgets", text.replace("/", "") or "a"), text, detail=text)
    journal.close()
    lines = journal.path.read_bytes().split(b"\n")
    assert (len(lines), lines[1]) == (2, b"")
    assert json.loads(lines[0])["event"] == text
