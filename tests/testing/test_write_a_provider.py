"""The page "Write a provider" is tested as written: its blocks are the example, and the example keeps the contract."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "write-a-provider.md"
EXAMPLE = ROOT / "examples" / "reconciler_notes"
BLOCK = re.compile(r'^```\w+ title="(?P<path>[^"]+)"\n(?P<text>.*?)^```$', re.MULTILINE | re.DOTALL)
BLOCKS = {match["path"]: match["text"] for match in BLOCK.finditer(PAGE.read_text(encoding="utf-8"))}
YAML = re.compile(r"^```yaml\n# (?P<path>desired/\S+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
LOOK = """
from reconciler.discover import discover
catalog = discover()
print(*catalog.kinds_of("notes"), catalog.provider_class("notes").__name__, *(b.error for b in catalog.broken))
"""
SANDBOX = """
import asyncio, httpx
from reconciler import SandboxRequest
from reconciler_notes.models import NotesSettings
from reconciler_notes.provider import Notes

async def main():
    async with Notes.sandbox(SandboxRequest("notes", NotesSettings())) as service:
        async with httpx.AsyncClient(base_url=service.exports["NOTES_API_URL"], trust_env=False) as client:
            print((await client.get("/_sandbox/state")).json(), (await client.get("/v1/me")).status_code)

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the package as the page has it, and the metadata an installer would write beside it."""
    folder = tmp_path_factory.mktemp("written")
    for path, text in BLOCKS.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    project = tomllib.loads(BLOCKS["pyproject.toml"])["project"]
    metadata = folder / "src" / "reconciler_notes-0.1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    groups = [
        "\n".join([f"[{group}]", *(f"{name} = {target}" for name, target in points.items())])
        for group, points in project["entry-points"].items()
    ]
    (metadata / "entry_points.txt").write_text("\n".join(groups))
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join([str(folder / "src"), *(p for p in sys.path if p)])
    environ = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=100
    )


def test_the_page_shows_every_file_of_the_example_and_no_other() -> None:
    files = {
        str(path.relative_to(EXAMPLE))
        for path in EXAMPLE.rglob("*")
        if path.suffix in (".py", ".toml") and ".egg-info" not in str(path)
    }
    assert set(BLOCKS) == files


@pytest.mark.parametrize("path", sorted(BLOCKS))
def test_a_block_of_the_page_is_the_file_of_the_example(path: str) -> None:
    assert BLOCKS[path] == (EXAMPLE / path).read_text(encoding="utf-8")


def test_the_package_as_written_keeps_the_contract(package: Path) -> None:
    done = run(package, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert re.search(r"\d{3} passed", done.stdout)


def test_the_package_as_written_is_discovered(package: Path) -> None:
    done = run(package, "-c", LOOK)
    assert done.stdout.split() == ["boards", "notes", "Notes"], done.stderr


def test_the_package_as_written_serves_its_simulator(package: Path) -> None:
    done = run(package, "-c", SANDBOX)
    assert done.stdout.strip() == "{'boards': [], 'notes': []} 401", done.stderr


def test_the_yaml_of_the_page_is_valid(package: Path) -> None:
    for match in YAML.finditer(PAGE.read_text(encoding="utf-8")):
        (package / match["path"]).parent.mkdir(exist_ok=True)
        (package / match["path"]).write_text(match["text"], encoding="utf-8")
    done = run(package, "-m", "reconciler", "validate")
    assert done.returncode == 0, done.stdout + done.stderr
