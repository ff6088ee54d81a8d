"""Pages of docs/ that are executed as they stand: every ```console block is run, and what it prints is compared.

A block holds commands (`$ ...`) and what each of them prints. They run one after the other in one folder and one
environment, on a terminal, as a reader would type them. In a block titled "second terminal" the command goes on running
in the background. A ```yaml block that starts with `# desired/...` is that file, from there on; a ```diff block that
starts so is a change to it.

What differs from run to run (digests, runs, times, ports, ids) may differ, but consistently: a digest that the page
copies from a plan into a file is replaced there by the one that the plan has just printed.

With DOCS_WRITE=1 in the environment, the outputs in the page are written anew instead of compared.
"""

from __future__ import annotations

import difflib
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(?P<kind>\w+)(?P<info>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# (?P<path>desired/\S+\.yaml)\n(?P<rest>.*)", re.DOTALL)
VOLATILE = re.compile(
    r"(?P<run>\b\d{8}T\d{6}Z?(?:-[0-9a-f]{8})?\b)"
    r"|(?P<time>\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?Z?)"
    r"|(?P<date>\b\d{4}-\d{2}-\d{2}\b)"
    r"|(?P<port>(?<=127\.0\.0\.1:)\d+)"
    r"|(?P<folder>(?:/[\w.-]+)*/reconcile-sandbox-\w+)"
    r"|(?P<digest>\b(?=[0-9a-f]*\d)[0-9a-f]{12,64}\b)"
    r"|(?P<id>\b\d{6}\b)"
)
ANY = "..."  # a line of a page that stands for any number of lines
QUESTION = "Type yes to go on: "
UP = "Ctrl-C ends the sandbox."
REDRAWN = re.compile(r"[^\n]*\r(?!\n)|\x1b\[[0-9;?]*[A-Za-z]")
SECONDS = 60.0
# What a shell keeps between two commands: the last exit code, exported variables, the folder.
KEEPING = '(exit {status})\n{command}\nstatus=$?\nenv -0 > "$DOCS_STATE"; pwd >> "$DOCS_STATE"\nexit $status\n'


def commands(body: str) -> Iterator[tuple[str, str]]:
    """Yield each command of a block, and what the page says it prints."""
    parts = re.split(r"^\$ ", body, flags=re.MULTILINE)
    assert not parts[0], f"a block starts with a command, not with {parts[0]!r}"
    for part in parts[1:]:
        command, _, output = re.sub(r"\\\n", "\0", part).partition("\n")
        yield command.replace("\0", "\\\n"), output.rstrip("\n")


def edited(text: str, difference: str) -> str:
    """Return a text with one change: lines that stay, `-` lines that go, `+` lines that come."""
    lines = difference.splitlines(keepends=True)
    old, new = ("".join(line[1:] for line in lines if line[0] in (" ", sign)) for sign in "-+")
    assert text.count(old) == 1, f"these lines are not there exactly once:\n{old}"
    return text.replace(old, new)


def shortened(page: str, printed: str) -> str:
    """Return what was printed, left out in the middle where the page leaves out: as many lines before and after."""
    before, gap, after = (part.splitlines() for part in f"\n{page}\n".partition(f"\n{ANY}\n"))
    lines, head, tail = printed.splitlines(), len(before) - 1, len(after)
    if not gap or len(lines) <= head + tail:
        return printed
    return "\n".join([*lines[:head], ANY, *lines[len(lines) - tail :]])


class Tokens:
    """Which digest, id and so on of this run stands for which of the page."""

    def __init__(self) -> None:
        self.here: dict[str, str] = {}

    def in_this_run(self, text: str) -> str:
        """Return a text of the page as it is here."""
        return VOLATILE.sub(lambda m: self.here.get(m[0], m[0]), text)

    def in_the_page(self, text: str) -> str:
        """Return a text of this run as the page would have it."""
        theirs = {ours: page for page, ours in self.here.items()}
        return VOLATILE.sub(lambda m: theirs.get(m[0], m[0]), text)

    def agree(self, page: str, printed: str) -> bool:
        """Return whether the page says what was printed, and learn from it."""
        rest, learned = printed.splitlines(), dict(self.here)
        wanted = page.splitlines()
        for i, line in enumerate(wanted):
            if line.strip() == ANY:
                following = wanted[i + 1 :][:1]
                while rest and not (following and self._same(following[0], rest[0], dict(learned))):
                    rest.pop(0)
            elif not rest or not self._same(line, rest.pop(0), learned):
                return False
        if rest:
            return False
        self.here = learned
        return True

    def _same(self, page: str, printed: str, learned: dict[str, str]) -> bool:
        if VOLATILE.sub("<>", page).rstrip() != VOLATILE.sub("<>", printed).rstrip():
            return False
        for theirs, ours in zip(VOLATILE.finditer(page), VOLATILE.finditer(printed), strict=True):
            if theirs.lastgroup != ours.lastgroup:
                return False
            if theirs.lastgroup == "time":
                continue
            if learned.setdefault(theirs[0], ours[0]) != ours[0] or list(learned.values()).count(ours[0]) > 1:
                return False
        return True


class Terminal:
    """A process on a terminal, and what it has printed so far."""

    def __init__(self, command: list[str], cwd: Path, environ: dict[str, str]) -> None:
        self._master, slave = pty.openpty()
        self._printed = b""
        self.typed = 0  # lines
        self.process = subprocess.Popen(
            command, cwd=cwd, env=environ, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
        )
        os.close(slave)

    @property
    def printed(self) -> str:
        """What a reader sees: lines that were drawn over are gone."""
        text = self._printed.decode(errors="replace").replace("\r\n", "\n")
        return REDRAWN.sub("", text)

    def read(self, until: Callable[[str], bool] = lambda _: False) -> bool:
        """Read until a condition on all that was printed holds, and return True; or to the end, and return False."""
        limit = time.monotonic() + SECONDS
        while not until(self.printed):
            assert time.monotonic() < limit, f"still running after {SECONDS} s:\n{self.printed}"
            if not select.select([self._master], [], [], 0.2)[0]:
                continue
            try:
                more = os.read(self._master, 65536)
            except OSError:  # Linux says so when the other end is closed
                more = b""
            if not more:
                return False
            self._printed += more
        return True

    def type(self, text: str) -> None:
        """Type a line."""
        self.typed += 1
        os.write(self._master, f"{text}\n".encode())

    def close(self, number: signal.Signals | None = None) -> int:
        """Wait until the process ended, after a signal if one is given; returns its exit code."""
        if number and self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
        self.read()
        code = self.process.wait(SECONDS)
        os.close(self._master)
        return code


class Reader:
    """Somebody who reads a page from top to bottom and does what it says, starting in an empty home folder."""

    def __init__(self, home: Path) -> None:
        self.cwd = home
        self.tokens = Tokens()
        self.background: list[Terminal] = []
        self._state = home / ".state"
        self._status = 0
        kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
        roles = [f"GIT_{role}_{what}" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")]
        self.environ = {
            **kept,
            **dict.fromkeys(roles, "you@example.org"),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "HOME": str(home),
            "USER": "you",
            "TZ": "UTC",
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "DOCS_STATE": str(self._state),
        }

    def follow(self, page: Path) -> None:
        """Run the page. Fails where something else is printed than it says; with DOCS_WRITE=1, changes the page."""
        text = page.read_text(encoding="utf-8")
        write = os.environ.get("DOCS_WRITE") == "1"
        wrong: list[str] = []

        def done(match: re.Match[str]) -> str:
            body = match["body"]
            if match["kind"] in ("yaml", "diff") and (file := FILE.match(body)):
                whole = match["kind"] == "yaml"
                self._edit(
                    self.cwd / file["path"], self.tokens.in_this_run(body if whole else file["rest"]), whole=whole
                )
            if match["kind"] != "console":
                return match[0]
            lines = []
            for command, output in commands(body):
                printed = self._run(command, output, apart="second terminal" in match["info"])
                if not self.tokens.agree(output, printed):
                    seen = self.tokens.in_the_page(printed)
                    shown = difflib.unified_diff(output.splitlines(), seen.splitlines(), "page", "here", lineterm="")
                    wrong.append(f"$ {command}\n" + "\n".join(shown))
                    assert write, f"{page.name}: {wrong[0]}"
                    output = shortened(output, seen)
                lines += [f"$ {command}", *([output] if output else [])]
            return f"```console{match['info']}\n" + "\n".join(lines) + "\n```"

        made = FENCE.sub(done, text)
        if write:
            page.write_text(made, encoding="utf-8")

    def _edit(self, file: Path, text: str, *, whole: bool) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text if whole else edited(file.read_text(encoding="utf-8"), text), encoding="utf-8")

    def _run(self, command: str, output: str, *, apart: bool) -> str:
        here = self.tokens.in_this_run(command)
        if apart:
            terminal = Terminal(["sh", "-c", f"exec {here}"], self.cwd, self.environ)
            self.background.append(terminal)
            terminal.read(lambda printed: UP in printed)
            return terminal.printed.rstrip()
        script = KEEPING.format(status=self._status, command=here)
        terminal = Terminal(["sh", "-c", script], self.cwd, self.environ)
        answers = re.findall(rf"{re.escape(QUESTION)}(.*)", output)
        while terminal.read(lambda printed: printed.count(QUESTION) > terminal.typed):
            terminal.type(answers[terminal.typed] if terminal.typed < len(answers) else "yes")
        self._status = terminal.close()
        *kept, cwd = self._state.read_text(encoding="utf-8").split("\0")
        self.environ = dict(entry.split("=", 1) for entry in kept)
        self.cwd = Path(cwd.strip())
        return terminal.printed.rstrip()

    def serve(self, environment: str) -> None:
        """Run the sandbox for an environment.yaml, and set its variables as if they were those of a real account."""
        folder = self.cwd / ".sandbox"
        self._edit(folder / "desired" / "environment.yaml", environment, whole=True)
        terminal = Terminal(["reconcile", "sandbox"], folder, self.environ)
        self.background.append(terminal)
        terminal.read(lambda printed: UP in printed)
        self.environ |= dict(re.findall(r"^export (?!RECONCILE_)(\w+)=(.*)$", terminal.printed, re.MULTILINE))

    def start(self, environment: str) -> None:
        """Go to a repository that holds an environment.yaml and nothing else."""
        self.cwd = self.cwd / "production"
        self._edit(self.cwd / "desired" / "environment.yaml", environment, whole=True)
        self._run("git init --quiet --initial-branch main && echo .reconciler/ > .gitignore", "", apart=False)

    def leave(self) -> None:
        """End what still runs in the background. Fails when it does not end by itself."""
        for terminal in self.background:
            assert terminal.close(signal.SIGINT) == 0, terminal.printed


@pytest.fixture
def root() -> Path:
    """Return the folder of the repository."""
    return ROOT


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """Return somebody who has installed the tool, and nothing else."""
    somebody = Reader(tmp_path)
    yield somebody
    somebody.leave()
