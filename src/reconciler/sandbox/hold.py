"""`reconcile sandbox`: simulators that run until they are told to stop."""

from __future__ import annotations

import asyncio
import shlex
import signal
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from reconciler.runtime import SANDBOX
from reconciler.sandbox.run import serve

if TYPE_CHECKING:
    from reconciler.discover import Catalog
    from reconciler.load.project import Project


def export_lines(exports: Mapping[str, str]) -> list[str]:
    """Return one `export NAME=value` per variable, quoted for a POSIX shell, sorted by name."""
    return [f"export {name}={shlex.quote(value)}" for name, value in sorted(exports.items())]


async def hold(
    project: Project,
    catalog: Catalog,
    *,
    write: Callable[[str], None],
    tell: Callable[[str], None],
    seed: int = 0,
    faults: bool = False,
    only: Collection[str] = (),
) -> None:
    """Run the simulators until Ctrl-C or SIGTERM; returns when nothing of them is left.

    `write` gets each export line, ready for `eval`; `tell` what is meant for people only. Raises what `serve` raises.
    """
    async with stop_signal() as stopped, serve(project, catalog, seed=seed, faults=faults, only=only) as running:
        for service in running.services.values():
            tell(f"{service.title} is up")
        for name in running.without:
            tell(f"{name}: its provider ships no simulator, so commands would talk to the real service")
        for line in export_lines({**running.exports, SANDBOX: str(running.folder)}):
            write(line)
        tell("Set these variables in another shell and use the tool there. Ctrl-C ends the sandbox.")
        await stopped.wait()


@asynccontextmanager
async def stop_signal() -> AsyncIterator[asyncio.Event]:
    """Yield an event that SIGINT or SIGTERM sets, in place of ending the process."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    try:
        yield stopped
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
