"""The tool as a real process, against the real sandbox, through a proxy that records and misbehaves on demand."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, TypeVar

import psycopg
import pytest

from reconciler.discover import discover
from reconciler.load.project import load_project
from reconciler.sandbox.run import Running, serve

T = TypeVar("T")
WHO = {f"GIT_{who}_{what}": "p@x.test" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
GIT = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C.UTF-8", **WHO}
LOUD = {"log_statement": "all", "log_line_prefix": "<%a> "}
FILES = {path.name: path.read_text() for path in sorted((Path(__file__).parent / "desired").glob("*.yaml"))}


class Background:
    """An event loop in a thread of its own: what serves there goes on while a test waits for a process."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what a coroutine returns when it runs there."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def close(self) -> None:
        """End it, and what still waits there."""

        async def cancel() -> None:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        self.run(cancel())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


@dataclass(frozen=True)
class Request:
    """One request as it came to the proxy. `path` has no query."""

    method: str
    path: str
    headers: str
    body: bytes

    @property
    def writes(self) -> bool:
        return self.method not in ("GET", "HEAD", "OPTIONS")


Forward: TypeAlias = Callable[[], Awaitable[bytes]]
Behaviour: TypeAlias = Callable[[Request, Forward], Awaitable["bytes | None"]]


async def honest(request: Request, forward: Forward) -> bytes | None:
    """Pass a request on, and the answer back."""
    return await forward()


class Proxy:
    """Stands in front of the simulator. `behave` answers each request with bytes, or resets the connection (None)."""

    def __init__(self, upstream: str) -> None:
        self._upstream = int(upstream.rpartition(":")[2])
        self.behave: Behaviour = honest
        self.seen: list[Request] = []
        self._open: set[Any] = set()
        self.url = ""

    @property
    def writes(self) -> list[Request]:
        return [r for r in self.seen if r.writes]

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=2**22)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        self._server.close()
        await self._server.wait_closed()

    def reset(self) -> None:
        """Be honest again, and forget what was seen."""
        self.behave = honest
        self.seen.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(asyncio.current_task())  # the loop itself keeps no task alive
        try:
            request, raw = await self._read(reader)
            self.seen.append(request)
            answer = await self.behave(request, lambda: self._forward(raw))
            if answer is None:
                writer.transport.abort()
                return
            writer.write(answer)
            await writer.drain()
            writer.close()
            await asyncio.wait_for(writer.wait_closed(), 1)
        except (OSError, EOFError):  # TimeoutError is an OSError: whoever asked is gone
            writer.transport.abort()
        finally:
            self._open.discard(asyncio.current_task())

    async def _read(self, reader: asyncio.StreamReader) -> tuple[Request, bytes]:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        lines = head.split("\r\n")
        size = next((int(li.split(":")[1]) for li in lines if li.lower().startswith("content-length:")), 0)
        body = await reader.readexactly(size)
        method, target, _ = lines[0].split(" ", 2)
        kept = "\r\n".join(line for line in lines if line and not line.lower().startswith("connection:"))
        raw = f"{kept}\r\nconnection: close\r\n\r\n".encode("latin-1") + body
        return Request(method, target.partition("?")[0], head, body), raw

    async def _forward(self, raw: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._upstream)
        writer.write(raw)
        try:
            return await reader.read()
        finally:
            writer.close()


@dataclass
class World:
    """The running sandbox and the proxy in front of its simulator."""

    background: Background
    running: Running
    proxy: Proxy
    template: Path

    @property
    def exports(self) -> dict[str, str]:
        return {**self.running.exports, "BETTERSTACK_API_URL": self.proxy.url}

    @property
    def vendor(self) -> Any:
        """The store of the Better Stack simulator."""
        return self.running.sandboxes["betterstack"].store  # type: ignore[attr-defined]

    @property
    def accounts(self) -> Any:
        """The sandbox with the database."""
        return self.running.sandboxes["accounts"]

    def sql(self, query: str, *values: Any, user: str = "lms_owner", database: str = "") -> list[Any]:
        """Run a statement as somebody else would."""
        with psycopg.connect(self.accounts.url(database, user), autocommit=True, application_name="test") as connection:
            cursor = connection.execute(query, values or None)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def reset(self) -> None:
        """Have an empty account and an empty roster again."""
        self.proxy.reset()
        url = self.running.exports["BETTERSTACK_API_URL"]
        with urllib.request.urlopen(urllib.request.Request(f"{url}/_sandbox/reset", method="POST")) as answer:
            assert answer.status == 204
        self.background.run(self.accounts.reset())

    def names(self, kind: str) -> list[str]:
        """The names of simulated objects, doubles included."""
        return sorted(str(r.values[r.schema.identity]) for r in self.vendor.all(kind))


class Ran(NamedTuple):
    """How a process ended."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


@dataclass
class Site:
    """A project with a remote, as its owner has it on disk. `env` is what its processes see."""

    folder: Path
    world: World
    env: dict[str, str] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.root, self.remote = self.folder / "work", self.folder / "remote.git"

    def write(self, files: Mapping[str, str]) -> None:
        """Have exactly these files in desired/."""
        shutil.rmtree(self.root / "desired", ignore_errors=True)
        for name, text in files.items():
            path = self.root / "desired" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def files(self) -> dict[str, str]:
        """What is in desired/."""
        return {path.name: path.read_text() for path in (self.root / "desired").iterdir()}

    def git(self, *arguments: str, at: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=at or self.root, env={**os.environ, **GIT}, check=True, capture_output=True
        )
        return done.stdout.decode(errors="replace").strip()

    def commit(self, files: Mapping[str, str] | None = None) -> None:
        """Write, commit and push."""
        if files is not None:
            self.write(files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "desired")
        self.git("push", "--quiet", "origin", "main")

    def start(self, *arguments: str, env: Mapping[str, str] | None = None, **more: Any) -> subprocess.Popen[bytes]:
        """Start the tool as a process of its own, in a process group of its own."""
        given = {k: v for k, v in {**self.env, **(env or {})}.items() if v is not None}  # None takes a variable out
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        command = [sys.executable, "-m", "reconciler", *arguments]
        return subprocess.Popen(command, env=given, cwd=self.root, start_new_session=True, **{**pipes, **more})

    def run(self, *arguments: str, **more: Any) -> Ran:
        """Run the tool to its end. Whatever it prints holds no secret and no traceback."""
        out, err = (process := self.start(*arguments, **more)).communicate(timeout=60)
        ran = Ran(process.returncode, (out or b"").decode(), (err or b"").decode())
        assert [s for s in self.secrets if s in ran.all] == []
        assert "Traceback" not in ran.all, ran.all
        return ran


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    template = tmp_path_factory.mktemp("template")
    site = Site(template, None)  # type: ignore[arg-type]
    site.root.mkdir()
    site.write(FILES)
    (site.root / ".gitignore").write_text(".reconciler/\nhandover/\n*.secret\n")
    site.git("init", "--quiet", "--bare", "--initial-branch", "main", str(site.remote))
    site.git("init", "--quiet", "--initial-branch", "main")
    site.git("remote", "add", "origin", "../remote.git")
    site.commit()
    background = Background()
    serving = serve(load_project(site.root / "desired", catalog := discover()), catalog)
    running = background.run(serving.__aenter__())
    proxy = Proxy(running.exports["BETTERSTACK_API_URL"])
    background.run(proxy.start())
    made = World(background, running, proxy, template)
    for name, value in LOUD.items():
        made.sql(f"ALTER SYSTEM SET {name} = '{value}'", user="postgres")
    made.sql("SELECT pg_reload_conf()", user="postgres")
    yield made
    background.run(proxy.stop())
    background.run(serving.__aexit__(None, None, None))
    background.close()


@pytest.fixture(scope="session")
def make_site(world: World) -> Callable[[Path], Site]:
    """Return what makes a project, in a folder that is not there yet, whose production is still empty."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LD_LIBRARY_PATH") if name in os.environ}
    fixed = {"NO_COLOR": "1", "COLUMNS": "120", "TZ": "UTC", **GIT}

    def make(folder: Path) -> Site:
        world.reset()
        shutil.copytree(world.template, folder, symlinks=True)
        secrets = [world.exports["BETTERSTACK_API_TOKEN"], world.exports["DIRECT_URL"]]
        return Site(folder, world, {**inherited, **fixed, **world.exports}, secrets)

    return make


@pytest.fixture
def site(make_site: Callable[[Path], Site], tmp_path: Path) -> Site:
    return make_site(tmp_path / "site")
