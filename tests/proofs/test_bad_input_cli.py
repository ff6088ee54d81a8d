"""Bad input from the command line: what, where and what to do next; exit code 1, no traceback, nothing touched."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Spoil = Callable[[Any], None]


def wrote(name: str, text: str | bytes) -> Spoil:
    """Have a file in desired/ with this content."""

    def spoil(site: Any) -> None:
        (site.root / "desired" / name).write_bytes(text.encode() if isinstance(text, str) else text)

    return spoil


def changed(old: str, new: str, name: str = "objects.yaml") -> Spoil:
    """Have something else in a file."""

    def spoil(site: Any) -> None:
        path = site.root / "desired" / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new, 1))

    return spoil


def looped(site: Any) -> None:
    (site.root / "desired" / "loop").symlink_to(site.root / "desired", target_is_directory=True)


def dangling(site: Any) -> None:
    (site.root / "desired" / "gone.yaml").symlink_to("nowhere.yaml")


def unreadable(site: Any) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    (site.root / "desired" / "objects.yaml").chmod(0)


def without_desired(site: Any) -> None:
    shutil.rmtree(site.root / "desired")


def a_file_for_desired(site: Any) -> None:
    without_desired(site)
    (site.root / "desired").write_text("monitors: {}\n")


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9)
)
HEARTBEATS_TWICE = "heartbeats:\n  a: {period: 1d, grace: 0}\n  a: {period: 1d, grace: 0}\n"
HOME_AGAIN = "monitors:\n  home: {url: 'https://x.test/', monitor_type: status}\n"
NO_NAME = "providers: {}\n"
SETTINGS = "environment.yaml"


def without_environment(site: Any) -> None:
    (site.root / "desired" / SETTINGS).unlink()


ROWS: dict[str, tuple[Spoil, str, str]] = {  # what is done, where it is found, what is said
    "unknown-provider": (changed("betterstack:", "better:", SETTINGS), f"{SETTINGS}:3:3", "did you mean betterstack"),
    "unknown-setting": (changed("operator:", "operater:", SETTINGS), f"{SETTINGS}:7:5", "did you mean operator"),
    "unknown-collection": (changed("monitors:\n", "monitor:\n"), "objects.yaml:8:1", "did you mean monitors"),
    "unknown-field": (changed("check_frequency", "check_frequancy"), "objects.yaml:9:62", "mean check_frequency"),
    "unknown-reference": (changed("policy: p0}", "policy: p1}"), "objects.yaml:9:83", "escalations"),
    "unknown-reference-in-a-list": (changed("monitors/home}", "monitors/hone}"), "objects.yaml:25:41", "monitors/hone"),
    "secret-without-a-name": (changed("{secret: DIRECT_URL}", "{secret: }", SETTINGS), f"{SETTINGS}:5:", "secret"),
    "duplicate-handle-in-two-files": (
        wrote("more.yaml", HOME_AGAIN),
        "objects.yaml:9:3",
        "first at desired/more",
    ),
    "duplicate-handle-in-one-file": (wrote("more.yaml", HEARTBEATS_TWICE), "more.yaml:3:3", "twice"),
    "empty-file": (wrote("empty.yaml", ""), "empty.yaml", "nothing"),
    "a-file-that-is-a-list": (wrote("list.yaml", "- a\n- b\n"), "list.yaml:1:1", "list"),
    "a-file-that-is-a-text": (wrote("text.yaml", "just words\n"), "text.yaml:1:1", "text"),
    "ten-megabytes": (wrote("big.yaml", "monitors:\n" + "  # nothing\n" * 900_000), "big.yaml", "MB"),
    "a-yaml-bomb": (wrote("bomb.yaml", BOMB), "bomb.yaml", "anchor"),
    "deep-nesting": (wrote("deep.yaml", "[" * 5000), "deep.yaml", "deep"),
    "a-binary-file": (wrote("binary.yaml", bytes(range(256)) * 20), "binary.yaml", "binary"),
    "tabs": (wrote("tab.yaml", "monitors:\n\thome: {}\n"), "tab.yaml:2:1", "tab"),
    "a-country-that-is-false": (changed("name: Bob", "name: NO"), "objects.yaml:31:", "NO"),
    "an-unreadable-file": (unreadable, "objects.yaml", "permission"),
    "a-symlink-loop": (looped, "loop", "loop"),
    "a-link-to-nowhere": (dangling, "gone.yaml", "gone.yaml"),
    "no-desired": (without_desired, "desired", "does not exist"),
    "desired-is-a-file": (a_file_for_desired, "desired", "folder"),
    "no-environment-name": (wrote(SETTINGS, NO_NAME), SETTINGS, "environment"),
    "no-environment-file": (without_environment, SETTINGS, "missing"),
}


@pytest.fixture(scope="module")
def spoilable(make_site: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    return make_site(tmp_path_factory.mktemp("spoilable") / "site")


APPLIED = ("unknown-field", "duplicate-handle-in-two-files", "a-yaml-bomb", "a-symlink-loop", "no-environment-file")


@pytest.mark.parametrize(
    ("command", "name"),
    [*(("validate", name) for name in ROWS), *(("plan", name) for name in APPLIED), *(("apply", n) for n in APPLIED)],
)
def test_bad_input_stops_before_anything_is_read(spoilable: Any, tmp_path: Path, command: str, name: str) -> None:
    shutil.copytree(spoilable.folder, tmp_path / "site", symlinks=True)
    site = type(spoilable)(tmp_path / "site", spoilable.world, spoilable.env, spoilable.secrets)
    spoil, where, said = ROWS[name]
    spoil(site)
    site.world.proxy.reset()
    ran = site.run(command, *(["--yes"] if command == "apply" else []))
    assert ran.code == 1, ran.all
    assert [text for text in (where, said) if text not in ran.err] == [], ran.err
    assert "fix:" in ran.err
    assert ran.out == ""
    assert len(ran.err) < 4000
    assert site.world.proxy.seen == []
    assert not (site.root / ".reconciler").exists()
