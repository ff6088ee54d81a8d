"""Git, as this tool needs it: where HEAD is, what is dirty, and one ref that is fetched and pushed as plain data."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from reconciler import git_text
from reconciler.errors import ReconcilerError

TIMEOUT = 60.0  # seconds for one git command; a fetch or push of a few kilobytes
REMOTE = "origin"

# Nothing of a user's configuration may run code, ask, move other refs, or start work in the background.
_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "push.gpgSign=false",
    "push.followTags=false",
    "push.recurseSubmodules=no",
    "fetch.recurseSubmodules=false",
    "submodule.recurse=false",
)
_ENVIRON = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",  # `status` leaves the index as it is: planning writes nothing
    "GIT_AUTHOR_NAME": "reconciler",
    "GIT_AUTHOR_EMAIL": "reconciler@localhost",
    "GIT_COMMITTER_NAME": "reconciler",
    "GIT_COMMITTER_EMAIL": "reconciler@localhost",
}
# Set inside a git hook, these would send us to another repository than the folder's; the last ones add noise.
_NOT_INHERITED = re.compile(
    r"GIT_(DIR|COMMON_DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|NAMESPACE|PREFIX"
    r"|SHALLOW_FILE|GRAFT_FILE|REPLACE_REF_BASE|(AUTHOR|COMMITTER)_DATE|TRACE\w*)"
)


class GitError(ReconcilerError):
    """A git command failed. The message holds what git said, without credentials."""


class GitMissing(GitError):
    """There is no git command on this machine."""


class RefMoved(GitError):
    """The ref is not where it was: a lost race."""


class Git(Protocol):
    """Git in one folder. Every method raises GitError when git itself fails."""

    def root(self) -> Path | None:
        """Return the top of the work tree; None outside a repository."""
        ...

    def head(self) -> str:
        """Return the commit of HEAD; "" before the first commit."""
        ...

    def dirty(self, path: Path) -> tuple[str, ...]:
        """Return what below a path is not as in HEAD, or is hidden from git: paths relative to the top, for people."""
        ...

    def has_commit(self, commit: str) -> bool:
        """Return whether the commit is in this clone."""
        ...

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Return whether `newer` is `older` or comes after it, as far as this clone's history goes."""
        ...

    def is_shallow(self) -> bool:
        """Return whether this clone lacks older history."""
        ...

    def remote(self) -> str:
        """Return the name of the remote: `origin`, or the only one there is; "" for none."""
        ...

    def remote_url(self) -> str:
        """Return the address of the remote, without credentials; "" for none."""
        ...

    def local_ref(self, ref: str) -> str:
        """Return the commit of a ref, by its full name, of this repository; "" when there is none."""
        ...

    def remote_ref(self, ref: str) -> str:
        """Return the commit of a ref of the remote, asked now; "" when it answers and has none."""
        ...

    def fetch(self, ref: str) -> None:
        """Bring a ref's history from the remote here. Moves no ref."""
        ...

    def push(self, commit: str, ref: str) -> None:
        """Move a ref of the remote forward. Raises RefMoved when that is not a fast-forward."""
        ...

    def update_ref(self, ref: str, new: str, old: str) -> None:
        """Move a local ref that is still `old` ("": does not exist). Raises RefMoved when it is not."""
        ...

    def files(self, commit: str, below: str = "") -> Mapping[str, bytes]:
        """Return the files at the top of a commit's tree; or all below a folder, by their names from the top."""
        ...

    def versions(self, commit: str, name: str, limit: int) -> tuple[bytes, ...]:
        """Return what one file was, newest first, at each commit up to `commit` that changed it."""
        ...

    def commit_files(self, files: Mapping[str, bytes], parent: str, message: str) -> str:
        """Make a commit with exactly these files and return it. Moves no ref."""
        ...


@dataclass(slots=True)
class SubprocessGit:
    """Git by its command, in `folder`. Needs no user configuration, runs no hooks, asks no questions.

    `environ` is the process environment: git finds its programs, credentials and configuration by it.
    """

    folder: Path
    environ: Mapping[str, str] = field(default_factory=dict)

    def _run(self, *arguments: str, data: bytes = b"", ok: Sequence[int] = (0,)) -> subprocess.CompletedProcess[bytes]:
        inherited = {k: v for k, v in self.environ.items() if not _NOT_INHERITED.fullmatch(k)}
        command = ["git", *(part for setting in _SETTINGS for part in ("-c", setting)), *arguments]
        pipe = subprocess.PIPE
        try:
            # A session of its own: Ctrl-C does not reach a push in flight, and no program of git's can ask a terminal.
            environ = {**inherited, **_ENVIRON}
            process = subprocess.Popen(  # nosec B603  # no shell; git alone, with arguments of ours
                command, cwd=self.folder, env=environ, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
            )
        except OSError as error:
            raise self._cannot_start(error) from None
        with process:
            try:
                out, err = process.communicate(data, timeout=TIMEOUT)
            except subprocess.TimeoutExpired:
                what = f"git {_name(arguments)} took longer than {TIMEOUT:.0f} s and was stopped"
                raise GitError(what, fix="check the network and the remote") from None
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)  # with what it started: ssh, the transport
        if process.returncode not in ok:
            said, fix = git_text.failure(err.decode(errors="replace"))
            raise GitError(f"git {_name(arguments)} failed: {said}", fix=fix)
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    def _cannot_start(self, error: OSError) -> GitError:
        if not self.folder.is_dir():
            return GitError(f"{self.folder} is not a folder", fix="name an existing one with --desired DIR")
        if isinstance(error, FileNotFoundError):
            return GitMissing("git is not installed, or not on the PATH", fix="install git")
        return GitError(f"git cannot be started: {error.strerror or error}", fix="check the installation of git")

    def _text(self, *arguments: str, ok: Sequence[int] = (0,)) -> str:
        return os.fsdecode(self._run(*arguments, ok=ok).stdout).strip()

    def root(self) -> Path | None:
        """Return the top of the work tree; None outside a repository."""
        try:
            done = self._run("rev-parse", "--show-toplevel", ok=(0, 128))
        except GitMissing:
            top = self.folder.resolve()
            if any((folder / ".git").exists() for folder in (top, *top.parents)):
                raise
            return None
        if done.returncode:
            said = done.stderr.decode(errors="replace")
            if git_text.is_outside(said):
                return None
            why, fix = git_text.failure(said)
            raise GitError(f"git cannot use {self.folder}: {why}", fix=fix)
        return Path(os.fsdecode(done.stdout).rstrip("\n"))

    def head(self) -> str:
        """Return the commit of HEAD; "" before the first commit."""
        return self._text("rev-parse", "--verify", "--quiet", "HEAD^{commit}", ok=(0, 1))

    def dirty(self, path: Path) -> tuple[str, ...]:
        """Return what below a path is not as in HEAD, or is hidden from git: paths relative to the top, for people."""
        options = ("--untracked-files=all", "--ignored=traditional", "--ignore-submodules=none", "--no-renames")
        status = self._run("--literal-pathspecs", "status", "--porcelain", "-z", *options, "--", str(path)).stdout
        listing = self._run("--literal-pathspecs", "ls-files", "-v", "-z", "--full-name", "--", str(path)).stdout
        changed = git_text.changed(status.decode(errors="replace"))
        return tuple(sorted({*changed, *git_text.unwatched(listing.decode(errors="replace"))}))

    def has_commit(self, commit: str) -> bool:
        """Return whether the commit is in this clone."""
        return self._run("cat-file", "-e", f"{commit}^{{commit}}", ok=(0, 1, 128)).returncode == 0

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Return whether `newer` is `older` or comes after it, as far as this clone's history goes."""
        return self._run("merge-base", "--is-ancestor", older, newer, ok=(0, 1)).returncode == 0

    def is_shallow(self) -> bool:
        """Return whether this clone lacks older history."""
        return self._text("rev-parse", "--is-shallow-repository") == "true"

    def remote(self) -> str:
        """Return the name of the remote: `origin`, or the only one there is; "" for none."""
        names = self._text("remote").split()
        if REMOTE in names or not names:
            return REMOTE if names else ""
        if len(names) > 1:
            what = f"which remote is shared? none is called {REMOTE}: {', '.join(names)}"
            raise GitError(what, fix="git remote rename … origin")
        return names[0]

    def remote_url(self) -> str:
        """Return the address of the remote, without credentials; "" for none."""
        name = self.remote()
        return git_text.without_credentials(self._text("remote", "get-url", name)) if name else ""

    def local_ref(self, ref: str) -> str:
        """Return the commit of a ref, by its full name, of this repository; "" when there is none."""
        done = self._run("for-each-ref", "--format=%(objectname)\t%(refname)", ref)
        if b"broken ref" in done.stderr:  # to git it is as good as absent; to us an absent ledger is an empty one
            raise GitError(f"{ref} is damaged", fix=f"restore it from its log: git reflog show {ref}")
        return git_text.refs(done.stdout.decode()).get(ref, "")

    def remote_ref(self, ref: str) -> str:
        """Return the commit of a ref of the remote, asked now; "" when it answers and has none."""
        return git_text.refs(self._text("ls-remote", "--refs", self.remote(), ref)).get(ref, "")

    def fetch(self, ref: str) -> None:
        """Bring a ref's history from the remote here. Moves no ref."""
        # An empty refmap and no pruning: a configured refspec would have moved refs of the user's on the way.
        options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-prune", "--refmap=")
        self._run("fetch", *options, self.remote(), ref)

    def push(self, commit: str, ref: str) -> None:
        """Move a ref of the remote forward. Raises RefMoved when that is not a fast-forward."""
        options = ("--quiet", "--no-verify", "--porcelain")
        done = self._run("push", *options, self.remote(), f"{commit}:{ref}", ok=(0, 1, 128))
        if done.returncode:
            said = (done.stdout + b"\n" + done.stderr).decode(errors="replace")
            if git_text.has_moved(said):
                raise RefMoved(f"{ref} moved on the remote in the meantime", fix="run again")
            why, fix = git_text.failure(said)
            raise GitError(f"git push failed: {why}", fix=fix)

    def update_ref(self, ref: str, new: str, old: str) -> None:
        """Move a local ref that is still `old` ("": does not exist). Raises RefMoved when it is not."""
        done = self._run("update-ref", "--create-reflog", ref, new, old, ok=(0, 1, 128))
        if done.returncode:
            said = done.stderr.decode(errors="replace")
            if git_text.has_moved(said):
                raise RefMoved(f"{ref} moved in the meantime", fix="run again")
            why, fix = git_text.failure(said)
            raise GitError(f"git update-ref failed: {why}", fix=fix)

    def files(self, commit: str, below: str = "") -> Mapping[str, bytes]:
        """Return the files at the top of a commit's tree; or all below a folder, by their names from the top."""
        inside = ("-r", commit, "--", f"{below}/") if below else (commit,)
        objects = git_text.tree(self._run("ls-tree", "-z", "--full-tree", *inside).stdout)
        found = self._blobs(list(objects.values()))
        if len(found) < len(set(objects.values())):
            raise GitError(f"objects of {commit[:12]} are missing from this clone", fix="git fsck, or clone again")
        return {name: found[blob] for name, blob in objects.items()}

    def _blobs(self, names: Sequence[str]) -> Mapping[str, bytes]:
        asked = "".join(f"{name}\n" for name in names).encode()
        return git_text.blobs(self._run("cat-file", "--batch", data=asked).stdout, names) if names else {}

    def versions(self, commit: str, name: str, limit: int) -> tuple[bytes, ...]:
        """Return what one file was, newest first, at each commit up to `commit` that changed it."""
        commits = self._text("rev-list", f"--max-count={limit}", commit, "--", f":/{name}").split()
        return tuple(self._blobs([f"{commit}:{name}" for commit in commits]).values())

    def commit_files(self, files: Mapping[str, bytes], parent: str, message: str) -> str:
        """Make a commit with exactly these files and return it. Moves no ref."""
        rows = []
        for name, body in sorted(files.items()):
            blob = self._run("hash-object", "-w", "--stdin", data=body).stdout.decode().strip()
            rows.append(f"100644 blob {blob}\t{name}\0")
        tree = self._run("mktree", "-z", data="".join(rows).encode()).stdout.decode().strip()
        parents = ("-p", parent) if parent else ()
        return self._text("commit-tree", tree, *parents, "-m", message)


def _name(arguments: Sequence[str]) -> str:
    return next(argument for argument in arguments if not argument.startswith("-"))
