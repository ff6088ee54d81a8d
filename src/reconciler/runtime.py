"""Everything the engine takes from the world, as one value: tests and simulations pass their own.

No other module reads the clock, sleeps, draws randomness, starts a process, or looks at the process environment.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.redact import Redactor

if TYPE_CHECKING:
    import ssl

    import httpx

    from reconciler.git import Git
    from reconciler.process import Ran, RunProcess


SANDBOX = "RECONCILE_SANDBOX"  # exported by `reconcile sandbox`: what is applied to it is recorded in that folder


def _now() -> datetime:
    return datetime.now(UTC)


def pid_is_alive(pid: int) -> bool:
    """Return whether a process of this host is running."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def login() -> str:
    """Return the name of who runs this process, where its environment does not say; "" where nothing does."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        return ""


def effective_uid() -> int | None:
    """Return the number of the user whose rights this process has; None where users have none (Windows)."""
    return os.geteuid() if hasattr(os, "geteuid") else None


@cache
def _certificates() -> ssl.SSLContext:
    """Return the trusted certificates, read once: a run opens several connections to each provider."""
    import httpx

    return httpx.create_ssl_context()


def _transport() -> httpx.AsyncBaseTransport:
    import httpx

    from reconciler.http.lanes import Lanes

    one = httpx.Limits(max_connections=1, max_keepalive_connections=1)
    return Lanes(lambda: httpx.AsyncHTTPTransport(verify=_certificates(), limits=one))


def _git(folder: Path) -> Git:
    from reconciler.git import SubprocessGit

    return SubprocessGit(folder, dict(os.environ))


def _process(argv: Sequence[str], environ: Mapping[str, str]) -> Ran:
    from reconciler.process import run_process

    return run_process(argv, environ)


@dataclass(frozen=True)
class Runtime:
    """The rim. `now` is aware UTC; `monotonic` and `sleep` are in seconds.

    `random` decides jitter and ids and may be seeded; `entropy` makes secrets and salts and never is, outside tests.
    """

    now: Callable[[], datetime] = _now
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: random.Random = field(default_factory=random.SystemRandom)
    entropy: Callable[[int], bytes] = os.urandom
    redactor: Redactor = field(default_factory=Redactor)
    transport: Callable[[], httpx.AsyncBaseTransport] = _transport
    git: Callable[[Path], Git] = _git
    process: RunProcess = _process
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    host: str = field(default_factory=socket.gethostname)
    pid: int = field(default_factory=os.getpid)
    user: str = field(default_factory=login)
    uid: int | None = field(default_factory=effective_uid)
    pid_alive: Callable[[int], bool] = pid_is_alive

    @property
    def sandbox(self) -> Path | None:
        """The folder of the running sandbox whose exports are in the environment; None for the real world."""
        folder = self.environ.get(SANDBOX)
        return Path(folder) if folder else None
