from __future__ import annotations

import os

import pytest

from reconciler.load.files import LARGEST, read_all


def names(tree):
    sources, problems = read_all(tree.desired)
    return [s.name for s in sources], [str(p) for p in problems]


def test_all_yaml_files_at_any_depth_are_read_sorted_by_name(tree):
    tree.file("z.yaml", "a: 1").file("sub/deep/b.yml", "a: 1").file("a.YAML", "a: 1").file("notes.txt", "x")
    tree.file(".hidden.yaml", "x").file(".git/c.yaml", "x")
    found, problems = names(tree)
    assert found == ["desired/a.YAML", "desired/environment.yaml", "desired/sub/deep/b.yml", "desired/z.yaml"]
    assert problems == []


def test_a_byte_order_mark_is_not_content(tree):
    tree.file("a.yaml", b"\xef\xbb\xbfa: 1\n")
    sources, _ = read_all(tree.desired)
    assert sources[0].text == "a: 1\n"


BAD = [
    pytest.param(b"\x00\x01", "binary", id="binary"),
    pytest.param("a: 1\n".encode("utf-16"), "binary", id="utf-16"),
    pytest.param(b"a: 1\nb: \xff\n", ":2:4: is not UTF-8", id="latin-1"),
    pytest.param(b"a: x\n" * 2_000_000, "larger than", id="10-mb"),
]


@pytest.mark.parametrize(("content", "said"), BAD)
def test_a_file_that_is_no_text_is_refused(tree, content, said):
    tree.file("a.yaml", content)
    assert said in names(tree)[1][0]


def test_the_largest_file_is_read(tree):
    tree.file("a.yaml", b"#" * LARGEST)
    assert names(tree)[1] == []


def test_a_named_pipe_does_not_hang(tree):
    os.mkfifo(tree.desired / "a.yaml")
    assert "not a regular file" in names(tree)[1][0]


def test_a_folder_named_like_a_file_is_a_folder(tree):
    tree.file("a.yaml/b.yaml", "a: 1")
    assert names(tree) == (["desired/a.yaml/b.yaml", "desired/environment.yaml"], [])


LINKS = [
    pytest.param("loop.yaml", "loop.yaml", id="to-itself"),
    pytest.param("loop", ".", id="to-the-folder-it-is-in"),
    pytest.param("a.yaml", "../outside.yaml", id="out-of-desired"),
    pytest.param("a.yaml", "nowhere", id="to-nothing"),
    pytest.param("a.yaml", "environment.yaml", id="to-a-neighbour"),
]


@pytest.mark.parametrize(("name", "target"), LINKS)
def test_a_symbolic_link_is_refused_and_not_followed(tree, name, target):
    (tree.desired.parent / "outside.yaml").write_text("secret: x", encoding="utf-8")
    (tree.desired / name).symlink_to(target)
    found, problems = names(tree)
    assert found == ["desired/environment.yaml"]
    assert f"desired/{name}" in problems[0]
    assert "symbolic link" in problems[0]


def test_a_file_that_may_not_be_read_is_named(tree, monkeypatch):
    tree.file("a.yaml", "a: 1")
    real = os.open

    def refuse(path, *rest, **more):
        if str(path).endswith("a.yaml"):
            raise PermissionError(13, "Permission denied")
        return real(path, *rest, **more)

    monkeypatch.setattr(os, "open", refuse)
    assert "desired/a.yaml:1:1: cannot be read: Permission denied" in names(tree)[1][0]


def test_no_folder_is_said_with_a_way_out(tmp_path):
    _, problems = read_all(tmp_path / "desired")
    assert "desired/ does not exist" in problems[0].message
    assert "--desired DIR" in problems[0].fix


def test_a_file_in_place_of_the_folder_is_said(tmp_path):
    (tmp_path / "desired").write_text("x", encoding="utf-8")
    _, problems = read_all(tmp_path / "desired")
    assert "is not a folder" in problems[0].message
