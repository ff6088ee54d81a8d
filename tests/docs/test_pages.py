"""What the documents name exists: links, commands, options, exit codes, make targets; and their YAML is valid."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from reconciler.cli.main import main
from reconciler.discover import Catalog, discover
from reconciler.errors import InputError
from reconciler.load.project import validate_project
from reconciler.report import exits

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
FENCE = re.compile(r"^( *)(?P<ticks>```+)(?P<kind>\w*)(?P<info>[^\n]*)\n(?P<body>.*?)^\1(?P=ticks)$", re.M | re.S)
EXECUTED = {"docs/tutorial.md", "docs/how-to/first-day-import.md", "docs/how-to/rotate-a-secret.md"}
EXECUTED_ELSEWHERE = {"README.md", "docs/how-to/write-a-provider.md"}  # by `make demo-check`, and by tests/testing
PLANNED = {"verify", "accept", "rollback"}  # no page may promise these


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    return FENCE.sub("", text(page))


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}


def links(page: Path) -> Iterator[str]:
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if not re.match(r"[a-z]+:", link):
            yield link


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in seen and page.suffix == ".md":
            seen.add(page)
            waiting += [(page.parent / link.partition("#")[0]).resolve() for link in links(page)]
    assert set(PAGES) - seen == set()


def spoken(page: Path) -> Iterator[str]:
    """Yield every command line of the tool that a page shows, in prose and in blocks."""
    yield from re.findall(r"(?<!`)`([^`\n]+)`(?!`)", prose(page))
    for match in FENCE.finditer(text(page)):
        if match["kind"] in ("sh", "console", "bash"):
            for line in match["body"].replace("\\\n", " ").splitlines():
                if match["kind"] != "console" or line.startswith("$ "):
                    yield from re.split(r"&&|;", line.removeprefix("$ "))


def invocations(page: Path) -> Iterator[list[str]]:
    for line in spoken(page):
        words = shlex.split(line.split(" > ")[0], comments=True) if line.count("'") % 2 == 0 else line.split()
        if words and Path(words[0]).name == "reconcile":
            yield words[1:]


def command_of(words: list[str]) -> tuple[click.Command, list[str]]:
    """Return the command that some words run, and the rest of them."""
    command: click.Command = main
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, f"there is no command {words[0]}"
        command, words = found, words[1:]
    return command, words


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_and_option_exists(page: Path) -> None:
    for words in invocations(page):
        if words[:1] == ["COMMAND"]:
            continue
        command, rest = command_of(words)
        known = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h"}
        used = {word.split("=")[0].strip("[]") for word in rest if word.strip("[").startswith("-")}
        assert used - known == set(), f"reconcile {' '.join(words)}"


@pytest.mark.parametrize("page", [p for p in PAGES if p.name != "CHANGELOG.md"], ids=name)
def test_no_page_promises_a_command_that_is_not_there(page: Path) -> None:
    assert [word for word in PLANNED if f"reconcile {word}" in text(page)] == []


def every_command(group: click.Group, path: str = "reconcile") -> Iterator[tuple[str, click.Command]]:
    for key in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), key)
        assert command is not None
        if isinstance(command, click.Group):
            yield from every_command(command, f"{path} {key}")
        else:
            yield f"{path} {key}", command


def test_the_reference_has_every_command_and_every_option() -> None:
    page = text(ROOT / "docs" / "reference" / "cli.md")
    missing = [path for path, _ in every_command(main) if f"`{path}" not in page]
    missing += sorted(
        {
            option
            for _, command in every_command(main)
            for parameter in command.params
            if isinstance(parameter, click.Option)
            for option in parameter.opts
            if option.startswith("--") and f"`{option}" not in page and f"{option}`" not in page
        }
    )
    assert missing == []


def test_the_table_of_exit_codes_has_the_codes_of_the_tool() -> None:
    codes = {exits.OK, exits.ERROR, exits.FOUND, exits.HELD, exits.STALE, exits.PARTIAL, exits.INTERRUPTED}
    section = text(ROOT / "docs" / "reference" / "cli.md").split("## Exit codes")[1].split("\n## ")[0]
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", section, re.MULTILINE)} == codes
    order = [int(code) for code in section.partition("wins: ")[2].partition(".")[0].split(" > ")]
    assert [exits.worst(order[i:]) for i in range(len(order))] == order
    for code in codes:
        assert re.search(rf"\b{code} \w+", main.epilog or "")


def test_no_page_explains_an_exit_code_that_is_not_there() -> None:
    said = {int(c) for p in PAGES for c in re.findall(r"exits?(?: with| code)? (\d+)", text(p), re.IGNORECASE)}
    assert said - {0, 1, 2, 3, 4, 5, 130} == set()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_make_target_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text(ROOT / "Makefile"), re.MULTILINE))
    blocks = "\n".join(m["body"] for m in FENCE.finditer(text(page)) if m["kind"] == "sh")
    named = re.findall(r"`make ([a-z-]+)`", prose(page)) + re.findall(r"^make ([a-z-]+)", blocks, re.MULTILINE)
    assert set(named) - targets == set()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_block_of_commands_with_output_is_executed(page: Path) -> None:
    executed = name(page) in EXECUTED | EXECUTED_ELSEWHERE
    assert executed or not re.search(r"^```console", text(page), re.MULTILINE)
    run = [p for p in ROOT.glob("tests/docs/test_*.py") if f'"{page.name}"' in text(p)]
    assert run or name(page) not in EXECUTED


@pytest.mark.parametrize("page", ["how-to/approve-a-held-change.md", "how-it-works/planning.md"])
def test_every_gate_is_explained(page: str) -> None:
    sources = [*ROOT.glob("src/reconciler/plan/*.py"), *ROOT.glob("src/reconciler/engine/*.py")]
    call = re.compile(r"""(?:\bHold\(|\bhold\(\s*change,|_each\(\w+,)\s*"([a-z_ ]+)\"""")
    gates = {gate for source in sources for gate in call.findall(text(source))}
    assert {"budget", "recreate", "target", "secret"} <= gates
    first = re.findall(r"^\| ([^|]+) \|", text(ROOT / "docs" / page), re.MULTILINE)
    explained = {name.strip("` ") for cell in first for name in cell.split(",")}
    assert sorted(gates - explained) == []


YAML = re.compile(r"# (?P<path>desired/[\w/.-]+\.yaml)\n")
WHOLE = [
    pytest.param(match["body"], id=f"{name(page)}-{number}")
    for page in PAGES
    if name(page) not in EXECUTED | {"docs/how-to/write-a-provider.md"}  # those are validated where they are executed
    for number, match in enumerate(FENCE.finditer(text(page)), 1)
    if match["kind"] == "yaml" and YAML.match(match["body"].lstrip())
]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return discover()


@pytest.mark.parametrize("block", WHOLE)
def test_a_whole_file_in_a_page_is_valid(block: str, catalog: Catalog, tmp_path: Path) -> None:
    """It may refer to objects of the real desired/, which it takes the place of."""
    indent = len(block) - len(block.lstrip())
    body = "".join(line[indent:] for line in block.splitlines(keepends=True))
    desired = tmp_path / "desired"
    shutil.copytree(ROOT / "desired", desired)
    path = YAML.match(body)
    assert path
    (tmp_path / path["path"]).write_text(body, encoding="utf-8")
    try:
        validate_project(desired, catalog)
    except InputError as error:
        mine = [p for p in error.problems if p.where and p.where.file == path["path"]]
        assert mine == []
