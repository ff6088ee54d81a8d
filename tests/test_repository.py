"""Rules that hold for the repository as a whole, whoever wrote the file."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import reconciler

ROOT = Path(__file__).parents[1]
SOURCES = sorted([*ROOT.glob("src/**/*.py"), *ROOT.glob("providers/*/src/**/*.py")])
PYTHON = sorted(
    [*SOURCES, *ROOT.glob("tests/**/*.py"), *ROOT.glob("providers/*/tests/**/*.py"), *ROOT.glob("bench/**/*.py")]
)
LOCKS = sorted(ROOT.glob("requirements/*.txt"))
PUBLIC_MODULES = {"reconciler", "reconciler.asgi", "reconciler.sandbox", "reconciler.testing"}


def ids(path: Path) -> str:
    return str(path.relative_to(ROOT))


def kept_files() -> list[Path]:
    """Return every file that git tracks, or would."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


# Written in pieces, so that this file does not hold what it forbids.
ADDRESSES = {
    "a registry host": re.compile(r"(?:\bpypi|pythonhosted|npmjs|crates|rubygems|anaconda)" + r"\.(?:org|com|io)\b"),
    "an index address": re.compile(r"(?<!emit-)\b(?:extra-)?index[-_]url[ =:]+\S+|find-links[ =:]+[\w/]|file:" + "///"),
    "a path of one machine": re.compile(r"(?<![\w.~*<>}$-])/(?:work|root|home|Users|opt|tmp|mnt|srv)/[\w.]"),
}


@pytest.mark.parametrize(("what", "pattern"), ADDRESSES.items(), ids=ADDRESSES.keys())
def test_no_kept_file_names(what: str, pattern: re.Pattern[str]) -> None:
    found = []
    for file in kept_files():
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        found += [f"{ids(file)}:{i}: {line.strip()[:120]}" for i, line in enumerate(lines, 1) if pattern.search(line)]
    assert found == []


def test_no_file_leaves_work_for_later() -> None:
    later = re.compile(r"\b(?:TO" + "DO|FIX" + r"ME|XX" + r"X)\b")
    assert [ids(f) for f in PYTHON if later.search(f.read_text(encoding="utf-8"))] == []


def test_no_module_is_over_300_lines() -> None:
    lengths = {ids(file): len(file.read_text(encoding="utf-8").splitlines()) for file in PYTHON}
    assert {name: length for name, length in lengths.items() if length > 300} == {}


def undocumented(file: Path) -> Iterator[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    if tree.body and not ast.get_docstring(tree):
        yield f"{ids(file)}: the module"
    for node in tree.body:
        named = isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith(
            "_"
        )
        if named and not ast.get_docstring(node):
            yield f"{ids(file)}:{node.lineno}: {node.name}"


def test_everything_public_says_what_it_is() -> None:
    assert [line for file in SOURCES for line in undocumented(file)] == []


# The rim: who may touch the clock, randomness, processes and the environment, and which of them.
CLOCK, RANDOM, PROCESS, ENVIRON = "clock", "random", "process", "environ"
TOUCHES = {
    "time.time": CLOCK,
    "time.monotonic": CLOCK,
    "time.perf_counter": CLOCK,
    "time.sleep": CLOCK,
    "asyncio.sleep": CLOCK,
    "datetime.datetime.now": CLOCK,
    "datetime.datetime.utcnow": CLOCK,
    "datetime.datetime.today": CLOCK,
    "datetime.date.today": CLOCK,
    "random.random": RANDOM,
    "random.randint": RANDOM,
    "random.choice": RANDOM,
    "random.shuffle": RANDOM,
    "random.uniform": RANDOM,
    "random.SystemRandom": RANDOM,
    "os.urandom": RANDOM,
    "secrets.token_bytes": RANDOM,
    "secrets.token_hex": RANDOM,
    "secrets.token_urlsafe": RANDOM,
    "secrets.choice": RANDOM,
    "uuid.uuid1": RANDOM,
    "uuid.uuid4": RANDOM,
    "subprocess.run": PROCESS,
    "subprocess.Popen": PROCESS,
    "subprocess.check_output": PROCESS,
    "subprocess.check_call": PROCESS,
    "asyncio.create_subprocess_exec": PROCESS,
    "asyncio.create_subprocess_shell": PROCESS,
    "os.system": PROCESS,
    "os.environ": ENVIRON,
    "os.getenv": ENVIRON,
}
ALLOWED = {
    "src/reconciler/runtime.py": {CLOCK, RANDOM, ENVIRON},
    "src/reconciler/git.py": {PROCESS, ENVIRON},  # git inherits the surroundings
    "src/reconciler/process.py": {PROCESS},  # sops, and commands that print a secret
    "src/reconciler/sandbox/shell.py": {PROCESS},
    "src/reconciler/testing/clock.py": {CLOCK},
    "src/reconciler/testing/conformance.py": {ENVIRON},  # where the vendors' documents are
}


def allowed(file: Path) -> set[str]:
    """Return what a module may touch. A provider's simulator is a world of its own, with clock and server."""
    simulator = file.is_relative_to(ROOT / "providers") and "sandbox" in file.parts
    return ALLOWED.get(ids(file), {CLOCK, PROCESS} if simulator else set())


def dotted(node: ast.expr, imported: dict[str, str]) -> str:
    if isinstance(node, ast.Name):
        return imported.get(node.id, "")
    if isinstance(node, ast.Attribute) and (base := dotted(node.value, imported)):
        return f"{base}.{node.attr}"
    return ""


def touches(file: Path) -> Iterator[tuple[int, str]]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    imported: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {
                a.asname or a.name.split(".")[0]: a.name if a.asname else a.name.split(".")[0] for a in node.names
            }
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            imported |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and (name := dotted(node, imported)) in TOUCHES:
            yield node.lineno, name


def test_only_the_rim_touches_the_world() -> None:
    found = [
        f"{ids(file)}:{line}: {name}"
        for file in SOURCES
        for line, name in touches(file)
        if TOUCHES[name] not in allowed(file)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("import time\ntime.time()", ["time.time"], id="module"),
        pytest.param("from time import time as t\nt()", ["time.time"], id="renamed"),
        pytest.param("import os as o\no.environ['A']", ["os.environ"], id="module-renamed"),
        pytest.param("from datetime import datetime\ndatetime.now()", ["datetime.datetime.now"], id="class"),
        pytest.param("import random\ndef f(r: random.Random): r.random()", [], id="passed-in-is-fine"),
    ],
)
def test_a_touch_is_seen_however_it_is_imported(tmp_path: Path, source: str, expected: list[str]) -> None:
    file = tmp_path / "module.py"
    file.write_text(source)
    assert [name for _, name in touches(file)] == expected


def test_providers_import_only_public_names() -> None:
    found = []
    for file in sorted(ROOT.glob("providers/*/src/**/*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [a.name for a in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
                if node.module == "reconciler":
                    names += [f"reconciler: {a.name}" for a in node.names if a.name not in reconciler.__all__]
            else:
                continue
            found += [
                f"{ids(file)}:{node.lineno}: {name}"
                for name in names
                if re.match(r"reconciler[.:]", name) and name not in PUBLIC_MODULES
            ]
    assert found == []


@pytest.mark.parametrize("lock", LOCKS, ids=ids)
def test_every_locked_requirement_has_hashes_and_no_address(lock: Path) -> None:
    entries = re.sub(r"\\\n", " ", lock.read_text(encoding="utf-8")).split("\n")
    entries = [entry for entry in entries if entry.strip() and not entry.startswith("#")]
    wrong = [e for e in entries if not re.match(r"^[\w.-]+==\S+(?: ;.*?)?(?:\s+--hash=sha256:[0-9a-f]{64})+$", e)]
    assert wrong == []


def test_tests_run_with_the_versions_that_are_installed_for_users() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[\w.-]+==[^\s;]+", (ROOT / "requirements" / name).read_text(), re.MULTILINE))

    assert pins("runtime.txt") - pins("dev.txt") == set()


def test_every_provider_is_under_every_check() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    packages = sorted(p.parent.name for p in ROOT.glob("providers/*/src/*/__init__.py"))
    folders = {f"providers/{p.parents[1].parent.name}/src" for p in ROOT.glob("providers/*/src/*/__init__.py")}
    assert set(packages) <= set(settings["importlinter"]["root_packages"])
    assert folders <= set(settings["mypy"]["mypy_path"].split(":"))
    assert folders <= set(settings["ruff"]["src"])
    forbidden = next(c for c in settings["importlinter"]["contracts"] if c["name"] == "The core knows no provider")
    assert set(packages) <= set(forbidden["forbidden_modules"])


RUN = 6  # lines that stand in two providers, and should stand in the core


def runs_of(file: Path) -> Iterator[tuple[str, ...]]:
    """Yield every run of lines that say something: no blanks, imports, lone brackets and docstring quotes."""
    text = file.read_text(encoding="utf-8")
    imported = {
        number
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    lines = [
        line.strip()
        for number, line in enumerate(text.splitlines(), 1)
        if number not in imported and re.search(r"\w", line) and not line.strip().startswith("#")
    ]
    for start in range(len(lines) - RUN + 1):
        yield tuple(lines[start : start + RUN])


def test_no_run_of_lines_stands_in_two_providers() -> None:
    where: dict[tuple[str, ...], str] = {}
    found = set()
    for file in sorted(ROOT.glob("providers/*/src/**/*.py")):
        provider = file.relative_to(ROOT / "providers").parts[0]
        for run in runs_of(file):
            other = where.setdefault(run, ids(file))
            if Path(other).parts[1] != provider:
                found.add(f"{ids(file)} and {other}: {run[0]}")
    assert found == set()
