"""Git, as this tool needs it: where HEAD is, what is dirty, and one ref that is fetched and pushed as plain data."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from reconciler.errors import ReconcilerError

TIMEOUT = 60.0  # seconds for one git command; a fetch or push of a few kilobytes
REMOTE = "origin"


class GitError(ReconcilerError):
    """A git command failed. The message holds its last line of output."""


class PushRejected(GitError):
    """The remote ref moved in the meantime: a lost race."""


class Git(Protocol):
    """Git in one folder. Every method raises GitError when git itself fails."""

    def root(self) -> Path | None:
        """Return the top of the work tree; None outside a repository."""
        ...

    def head(self) -> str:
        """Return the commit of HEAD; "" before the first commit."""
        ...

    def dirty(self, path: Path) -> tuple[str, ...]:
        """Return what is changed or untracked below a path, relative to the top."""
        ...

    def has_commit(self, commit: str) -> bool: ...

    def is_ancestor(self, older: str, newer: str) -> bool: ...

    def is_shallow(self) -> bool: ...

    def has_remote(self) -> bool: ...

    def local_ref(self, ref: str) -> str:
        """Return the commit of a ref of this repository; "" when there is none."""
        ...

    def remote_ref(self, ref: str) -> str:
        """Return the commit of a ref of the remote, asked now; "" when there is none."""
        ...

    def fetch(self, commit_or_ref: str) -> None:
        """Bring an object of the remote here. Moves no ref."""
        ...

    def push(self, commit: str, ref: str) -> None:
        """Move a ref of the remote forward. Raises PushRejected when that is not a fast-forward."""
        ...

    def update_ref(self, ref: str, new: str, old: str) -> None:
        """Move a local ref if it still is `old` ("" for: does not exist)."""
        ...

    def files(self, commit: str) -> Mapping[str, bytes]:
        """Return the files of a flat tree."""
        ...

    def commit_files(self, files: Mapping[str, bytes], parent: str, message: str) -> str:
        """Make a commit with exactly these files and return it. Moves no ref."""
        ...

    def log(self, commit: str, limit: int) -> tuple[str, ...]:
        """Return the commits of a chain, newest first."""
        ...


@dataclass(slots=True)
class SubprocessGit:
    """Git by its command. Needs no user configuration, runs no hooks, asks no questions."""

    folder: Path
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    def _run(self, *arguments: str, data: bytes = b"", ok: Sequence[int] = (0,)) -> subprocess.CompletedProcess[bytes]:
        environ = {
            **self.environ,
            "LC_ALL": "C",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_AUTHOR_NAME": "reconciler",
            "GIT_AUTHOR_EMAIL": "reconciler@localhost",
            "GIT_COMMITTER_NAME": "reconciler",
            "GIT_COMMITTER_EMAIL": "reconciler@localhost",
        }
        command = ["git", "-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0", *arguments]
        try:
            done = subprocess.run(
                command, cwd=self.folder, env=environ, input=data, capture_output=True, timeout=TIMEOUT, check=False
            )
        except FileNotFoundError:
            raise GitError("git is not installed, or the folder is gone", fix="install git") from None
        except subprocess.TimeoutExpired:
            raise GitError(f"git {arguments[0]} took longer than {TIMEOUT:.0f} s", fix="check the remote") from None
        if done.returncode not in ok:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            last = next((line for line in reversed(said) if line.startswith(("fatal:", "error:"))), "".join(said[-1:]))
            raise GitError(f"git {arguments[0]} failed: {last}", fix=_hint(last))
        return done

    def _text(self, *arguments: str, ok: Sequence[int] = (0,)) -> str:
        return self._run(*arguments, ok=ok).stdout.decode(errors="replace").strip()

    def root(self) -> Path | None:
        """Return the top of the work tree; None outside a repository."""
        done = self._run("rev-parse", "--show-toplevel", ok=(0, 128))
        if done.returncode:
            said = done.stderr.decode(errors="replace")
            if "dubious ownership" in said:
                raise GitError("git refuses this folder: it belongs to another user", fix=_hint("safe.directory"))
            return None
        return Path(done.stdout.decode().rstrip("\n"))

    def head(self) -> str:
        """Return the commit of HEAD; "" before the first commit."""
        return self._text("rev-parse", "--verify", "--quiet", "HEAD", ok=(0, 1))

    def dirty(self, path: Path) -> tuple[str, ...]:
        """Return what is changed or untracked below a path, relative to the top."""
        text = self._run("status", "--porcelain", "-z", "--untracked-files=all", "--", str(path)).stdout
        return tuple(part[3:] for part in text.decode(errors="replace").split("\0") if len(part) > 3 and part[2] == " ")

    def has_commit(self, commit: str) -> bool:
        """Return whether the commit is in this clone."""
        return self._run("cat-file", "-e", f"{commit}^{{commit}}", ok=(0, 1, 128)).returncode == 0

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Return whether `newer` is `older` or comes after it."""
        return self._run("merge-base", "--is-ancestor", older, newer, ok=(0, 1)).returncode == 0

    def is_shallow(self) -> bool:
        """Return whether this clone lacks older history."""
        return self._text("rev-parse", "--is-shallow-repository") == "true"

    def has_remote(self) -> bool:
        """Return whether there is a remote `origin`."""
        return REMOTE in self._text("remote").split()

    def local_ref(self, ref: str) -> str:
        """Return the commit of a ref of this repository; "" when there is none."""
        return self._text("rev-parse", "--verify", "--quiet", ref, ok=(0, 1))

    def remote_ref(self, ref: str) -> str:
        """Return the commit of a ref of the remote, asked now; "" when there is none."""
        return self._text("ls-remote", REMOTE, ref).partition("\t")[0]

    def fetch(self, commit_or_ref: str) -> None:
        """Bring an object of the remote here. Moves no ref."""
        self._run("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", REMOTE, commit_or_ref)

    def push(self, commit: str, ref: str) -> None:
        """Move a ref of the remote forward. Raises PushRejected when that is not a fast-forward."""
        done = self._run("push", "--quiet", "--no-verify", "--porcelain", REMOTE, f"{commit}:{ref}", ok=(0, 1, 128))
        if done.returncode:
            said = (done.stdout + done.stderr).decode(errors="replace")
            if "fetch first" in said or "non-fast-forward" in said or "[rejected]" in said or "cannot lock ref" in said:
                raise PushRejected(f"{ref} moved on the remote in the meantime", fix="run again")
            last = next(
                (li for li in reversed(said.splitlines()) if li.startswith(("fatal:", "error:", "remote:"))), ""
            )
            raise GitError(f"git push failed: {last or said.strip()[-200:]}", fix=_hint(said))

    def update_ref(self, ref: str, new: str, old: str) -> None:
        """Move a local ref if it still is `old` ("" for: does not exist)."""
        self._run("update-ref", "--create-reflog", ref, new, old or "0" * 40)

    def files(self, commit: str) -> Mapping[str, bytes]:
        """Return the files of a flat tree."""
        listing = self._run("ls-tree", "-z", commit).stdout.split(b"\0")
        rows = [line.partition(b"\t") for line in listing if line]
        names = [(name.decode(), meta.split()[2]) for meta, _, name in rows if meta.split()[1] == b"blob"]
        batch = self._run("cat-file", "--batch", data=b"".join(sha + b"\n" for _, sha in names)).stdout
        found: dict[str, bytes] = {}
        at = 0
        for name, _ in names:
            end = batch.index(b"\n", at)
            size = int(batch[at:end].split()[2])
            found[name] = batch[end + 1 : end + 1 + size]
            at = end + 1 + size + 1
        return found

    def commit_files(self, files: Mapping[str, bytes], parent: str, message: str) -> str:
        """Make a commit with exactly these files and return it. Moves no ref."""
        lines = [
            f"100644 blob {self._run('hash-object', '-w', '--stdin', data=body).stdout.decode().strip()}\t{name}\0"
            for name, body in sorted(files.items())
        ]
        tree = self._run("mktree", "-z", data="".join(lines).encode()).stdout.decode().strip()
        parents = ["-p", parent] if parent else []
        return self._text("commit-tree", tree, *parents, "-m", message)

    def log(self, commit: str, limit: int) -> tuple[str, ...]:
        """Return the commits of a chain, newest first."""
        return tuple(self._text("rev-list", f"--max-count={limit}", commit).split())


def _hint(said: str) -> str:
    hints: Iterable[tuple[str, str]] = (
        ("safe.directory", "run `git config --global --add safe.directory <folder>` if you trust it"),
        ("does not appear to be a git repository", "check the remote's address: `git remote -v`"),
        ("Could not read from remote", "check the remote's address and your access to it"),
        ("Permission denied", "check your access to the remote"),
        ("could not read Username", "give git a credential for the remote"),
        ("protected", "allow this tool to push refs/reconciler/* on the remote"),
    )
    return next((fix for mark, fix in hints if mark in said), "run the git command by hand to see more")
