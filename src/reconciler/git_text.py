"""What git prints, taken apart. Pure; `reconciler.git` runs the commands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

_USERINFO = re.compile(r"(\w+://)[^/\s]*@")
_LOADED = (".yaml", ".yml")  # what counts as desired state, even when .gitignore hides it
_HINTS = (
    ("dubious ownership", "if you trust the folder: {dubious}"),
    ("Permission denied", "check your access to the remote: git asks no questions here, so keys belong in an agent"),
    ("Host key verification failed", "connect to the remote once by hand, to accept its host key"),
    ("could not read Username", "give git a credential for the remote"),
    ("Authentication failed", "give git a valid credential for the remote"),
    ("does not appear to be a git repository", "check the remote's address: git remote -v"),
    ("Could not resolve host", "check the network, and the remote's address: git remote -v"),
    ("Could not read from remote", "check the remote's address and your access to it"),
    ("unable to access", "check the network, and your access to the remote"),
    ("protected", "allow pushes to refs/reconciler/* on the remote"),
    ("declined", "allow pushes to refs/reconciler/* on the remote"),
    ("File exists", "a git process may have died here: when none is running, remove the .lock file named above"),
    ("No space left", "free some space on that disk"),
    ("must be run in a work tree", "run this in a clone with a work tree, not in a bare repository"),
)
_MOVED = ("fetch first", "non-fast-forward", "but expected", "reference already exists", "[rejected]")


def without_credentials(text: str) -> str:
    """Return a text whose URLs hold no user name or password."""
    return _USERINFO.sub(r"\1", text)


def failure(stderr: str) -> tuple[str, str]:
    """Return what went wrong in a line or two of git's own words, and what to do about it."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    marked = [i for i, line in enumerate(lines) if line.startswith(("fatal:", "error:", "remote:", "!"))]
    last = marked[-1] if marked else len(lines) - 1
    said = without_credentials(" ".join(lines[max(0, last - 1) : last + 1])) or "it said nothing"
    dubious = next((line for line in lines if "safe.directory" in line), "git config --global --add safe.directory DIR")
    hint = next((fix for mark, fix in _HINTS if mark in stderr), "run the same git command by hand to see more")
    return said, hint.format(dubious=dubious)


def is_outside(stderr: str) -> bool:
    """Return whether git says that there is no repository here, as opposed to one that it cannot use."""
    return "not a git repository (or any" in stderr


def has_moved(said: str) -> bool:
    """Return whether a refused push or update-ref means that the ref moved in the meantime."""
    return any(mark in said for mark in _MOVED)


def refs(text: str) -> Mapping[str, str]:
    """Return ref to commit, from lines of `commit TAB ref`."""
    rows = (line.partition("\t") for line in text.splitlines())
    return {ref: commit for commit, tab, ref in rows if tab}


def changed(status: str) -> Iterable[str]:
    """Return the paths in `git status --porcelain -z --no-renames --ignored`, ignored ones only if they are YAML."""
    for entry in status.split("\0"):
        code, path = entry[:2], entry[3:]
        name = PurePosixPath(path).name
        if path and (code != "!!" or (name.lower().endswith(_LOADED) and not name.startswith("."))):
            yield path


def unwatched(listing: str) -> Iterable[str]:
    """Return the paths in `git ls-files -v -z` whose changes git was told not to see, each with the reason."""
    for entry in listing.split("\0"):
        tag, path = entry[:1], entry[2:]
        if path and tag in "Ss":
            yield f"{path} (skip-worktree, as in a sparse checkout: git does not look at it)"
        elif path and tag.islower():
            yield f"{path} (assume-unchanged: git does not look at it)"


def tree(listing: bytes) -> Mapping[str, str]:
    """Return file name to object, from `git ls-tree -z`."""
    rows = (row.partition(b"\t") for row in listing.split(b"\0") if row)
    return {name.decode(errors="replace"): meta.split()[2].decode() for meta, _, name in rows if b" blob " in meta}


def blobs(batch: bytes, wanted: Iterable[str]) -> Mapping[str, bytes]:
    """Return name to content, from `git cat-file --batch` asked for `wanted`. What is missing is left out."""
    found: dict[str, bytes] = {}
    at = 0
    for name in wanted:
        end = batch.index(b"\n", at)
        header = batch[at:end].split(b" ")
        at = end + 1
        if header[-1].isdigit():
            size = int(header[-1])
            found[name] = batch[at : at + size]
            at += size + 1
    return found
