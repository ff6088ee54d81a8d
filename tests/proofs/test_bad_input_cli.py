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
ROWS = [
    pytest.param(changed("betterstack:", "betterstacks:", "environment.yaml"), ("environment.yaml:4:3", "betterstack"), id="unknown-provider"),
    pytest.param(changed("monitors:\n", "monitor:\n"), ("objects.yaml:7:1", "did you mean monitors"), id="unknown-collection"),
    pytest.param(changed("check_frequency: 3m, policy", "check_frequancy: 3m, policy"), ("objects.yaml:8:66", "check_frequency"), id="unknown-field"),
    pytest.param(changed("policy: p0}", "policy: p1}"), ("p1", "escalations"), id="unknown-reference"),
    pytest.param(changed("monitors/home}", "monitors/hone}"), ("monitors/hone", "home"), id="unknown-reference-in-a-list"),
    pytest.param(changed("{secret: DIRECT_URL}", "{secret: }", "environment.yaml"), ("environment.yaml",), id="secret-without-a-name"),
    pytest.param(wrote("more.yaml", "monitors:\n  home: {url: 'https://x.test/', monitor_type: status}\n"), ("more.yaml:2:3", "objects.yaml:8:3", "written twice"), id="duplicate-handle-in-two-files"),
    pytest.param(wrote("more.yaml", "heartbeats:\n  a: {period: 1d, grace: 0}\n  a: {period: 1d, grace: 0}\n"), ("more.yaml:3:3", "twice"), id="duplicate-handle-in-one-file"),
    pytest.param(wrote("empty.yaml", ""), ("empty.yaml",), id="empty-file"),
    pytest.param(wrote("list.yaml", "- a\n- b\n"), ("list.yaml:1:1",), id="a-file-that-is-a-list"),
    pytest.param(wrote("text.yaml", "just words\n"), ("text.yaml:1:1",), id="a-file-that-is-a-text"),
    pytest.param(wrote("big.yaml", "monitors:\n" + "  # nothing\n" * 900_000), ("big.yaml", "MB"), id="ten-megabytes"),
    pytest.param(wrote("bomb.yaml", BOMB), ("bomb.yaml",), id="a-yaml-bomb"),
    pytest.param(wrote("deep.yaml", "[" * 5000), ("deep.yaml",), id="deep-nesting"),
    pytest.param(wrote("binary.yaml", bytes(range(256)) * 20), ("binary.yaml",), id="a-binary-file"),
    pytest.param(wrote("tab.yaml", "monitors:\n\thome: {}\n"), ("tab.yaml:2:1", "tab"), id="tabs"),
    pytest.param(changed("name: Bob", "name: NO"), ("objects.yaml", "NO"), id="a-country-that-is-false"),
    pytest.param(unreadable, ("objects.yaml", "permission"), id="an-unreadable-file"),
    pytest.param(looped, ("loop",), id="a-symlink-loop"),
    pytest.param(dangling, ("gone.yaml",), id="a-link-to-nowhere"),
    pytest.param(without_desired, ("desired", "does not exist"), id="no-desired"),
    pytest.param(a_file_for_desired, ("desired",), id="desired-is-a-file"),
    pytest.param(wrote("environment.yaml", "providers: {}\n"), ("environment.yaml", "environment"), id="no-environment-name"),
    pytest.param(lambda site: (site.root / "desired/environment.yaml").unlink(), ("environment.yaml", "does not exist"), id="no-environment-file"),
]  # fmt: skip


@pytest.fixture(scope="module")
def spoilable(make_site: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    return make_site(tmp_path_factory.mktemp("spoilable") / "site")


@pytest.mark.parametrize(("spoil", "says"), ROWS)
@pytest.mark.parametrize("command", ["validate", "apply"])
def test_bad_input_stops_before_anything_is_read(
    spoilable: Any, tmp_path: Path, spoil: Spoil, says: tuple[str, ...], command: str
) -> None:
    shutil.copytree(spoilable.folder, tmp_path / "site", symlinks=True)
    site = type(spoilable)(tmp_path / "site", spoilable.world, spoilable.env, spoilable.secrets)
    spoil(site)
    site.world.proxy.reset()
    ran = site.run(command, *(["--yes"] if command == "apply" else []))
    assert ran.code == 1, ran.all
    assert [text for text in says if text not in ran.err] == [], ran.err
    assert "fix:" in ran.err
    assert ran.out == ""
    assert len(ran.err) < 4000
    assert site.world.proxy.seen == []
    assert not (site.root / ".reconciler").exists()
