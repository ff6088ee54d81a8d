"""One run of the tool in a world: the real engine, in a process of its own, with everything it says kept."""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import Context, copy_context
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from reconciler.discover import Catalog
from reconciler.engine.options import Options
from reconciler.engine.session import Engine
from reconciler.errors import ReconcilerError
from reconciler.load.project import Project
from reconciler.model import Plan
from reconciler.outcome import Outcome
from reconciler.redact import CleanFormatter, Redactor
from reconciler.report import markdown, text
from reconciler.report.clean import cleaned
from reconciler.report.document import outcome_document, plan_document
from reconciler.report.failure import error_document
from reconciler.report.saved import SavedPlan, parse, saved_document
from reconciler.runtime import Runtime
from reconciler.simulate.git import History, SimulatedGit
from reconciler.simulate.ledger import Remote, RemoteLedger
from reconciler.simulate.loop import SimulatedLoop
from reconciler.simulate.process import CURRENT, Crash, Process, acting
from reconciler.testing.clock import FakeClock, virtual_runtime

LONGEST = 6 * 3600.0  # virtual seconds: a run that takes longer does not end
VERSION = "0.1.0"


@dataclass(slots=True)
class Ran:
    """What became of a run. `said` is everything that it printed, wrote to a file or logged, by where it stood."""

    process: Process
    plan: Plan | None = None
    outcome: Outcome | None = None
    error: BaseException | None = None
    said: dict[str, str] = field(default_factory=dict)
    saved: str = ""  # the plan file
    bug: str = ""  # a traceback where none may be

    @property
    def crashed(self) -> bool:
        return self.process.dead


@dataclass(slots=True)
class Machine:
    """What the processes of a world share: the clock, the loop, the remotes, and who is running."""

    root: Path
    clock: FakeClock
    loop: SimulatedLoop
    remote: Remote
    history: History
    catalog: Catalog
    transport: Callable[[], Any] | None = None
    running: list[Process] = field(default_factory=list)
    tasks: dict[int, list[asyncio.Task[Any]]] = field(default_factory=dict)  # by process

    def __post_init__(self) -> None:
        self.loop.set_task_factory(self._task)

    def _task(self, loop: asyncio.AbstractEventLoop, coro: Any, context: Context | None = None) -> asyncio.Task[Any]:
        """Make a task that is known to belong to the process that started it: it dies with that."""
        task = asyncio.Task(coro, loop=loop, context=context)
        process = (context or copy_context()).get(CURRENT)
        if process:
            self.tasks.setdefault(process.number, []).append(task)
        return task

    def runtime(self, process: Process, environ: Mapping[str, str], skew: float, changed: tuple[str, ...]) -> Runtime:
        """Return the rim of one process. `skew` is how far its clock is off, in seconds."""

        def alive(pid: int) -> bool:
            return any(p.number == pid and p.host == process.host and not p.dead for p in self.running)

        more: dict[str, Any] = {"transport": self.transport} if self.transport else {}
        runtime = virtual_runtime(
            self.clock,
            seed=process.number,
            environ=environ,
            git=lambda folder: SimulatedGit(self.root, self.history, process.commit, changed=changed),
            redactor=Redactor(),
            host=process.host,
            pid=process.number,
            pid_alive=alive,
            **more,
        )
        return replace(runtime, now=lambda: self.clock.now() + timedelta(seconds=skew))

    async def run(
        self,
        process: Process,
        project: Project,
        environ: Mapping[str, str],
        *,
        options: Options,
        saved: str = "",
        skew: float = 0.0,
        changed: tuple[str, ...] = (),
        journal: bool = True,
    ) -> Ran:
        """Run the command once, and return what became of it. Nothing of a killed process is left running."""
        ran = Ran(process)
        process.project = project
        runtime = self.runtime(process, environ, skew, changed)
        self.running.append(process)
        with acting(process), _logged(runtime.redactor, ran):
            work = asyncio.ensure_future(self._command(ran, project, runtime, options, saved))
            try:
                async with asyncio.timeout(LONGEST):
                    await work
            except Crash:
                pass
            except TimeoutError:
                ran.bug = f"the run does not end: {LONGEST:.0f} virtual seconds"
            except ReconcilerError as error:
                ran.error = error
                ran.said["error"] = runtime.redactor.clean(str(error))
                ran.said["error as JSON"] = runtime.redactor.clean(json.dumps(error_document(error)))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is a bug, and reported with its traceback
                ran.bug = "".join(traceback.format_exception(error))
            await self._bury(process)
        self.running.remove(process)
        return ran

    async def _bury(self, process: Process) -> None:
        """End every task of a process that is over."""
        left = [task for task in self.tasks.pop(process.number, ()) if not task.done()]
        left = [task for task in left if task is not asyncio.current_task()]
        was, process.dead = process.dead, True
        for task in left:
            task.cancel()
        if left:
            await asyncio.gather(*left, return_exceptions=True)
        process.dead = was

    async def _command(self, ran: Ran, project: Project, runtime: Runtime, options: Options, saved: str) -> None:
        engine = Engine(project, self.catalog, runtime, ledger=RemoteLedger(self.remote))
        if ran.process.mode == "apply":
            path = Path("plan.json")
            approved = parse(saved, path, now=runtime.now(), version=VERSION) if saved else None
            ran.outcome = await engine.apply(options, saved=approved)
            ran.plan = ran.outcome.plan
        else:
            ran.plan = await engine.plan(options, coverage=ran.process.mode == "drift")
        _render(ran, runtime.redactor.clean)


def _render(ran: Ran, clean: Callable[[str], str]) -> None:
    """Print as the command line does: through the redaction funnel, in every format."""
    if ran.plan is not None:
        plan = cleaned(ran.plan, clean)
        drift = ran.process.mode == "drift"
        ran.said["plan as text"] = text.render_drift(plan) if drift else text.render_plan(plan, full=True)
        ran.said["plan as Markdown"] = markdown.render_drift(plan) if drift else markdown.render_plan(plan)
        ran.said["plan as JSON"] = json.dumps(plan_document(plan))
        ran.saved = json.dumps(saved_document(plan, VERSION))
        ran.said["plan file"] = ran.saved
    if ran.outcome is not None:
        outcome = cleaned(ran.outcome, clean)
        ran.said["outcome as text"] = text.render_outcome(outcome)
        ran.said["outcome as Markdown"] = markdown.render_outcome(outcome)
        ran.said["outcome as JSON"] = json.dumps(outcome_document(outcome))


class _Kept(logging.Handler):
    def __init__(self, redactor: Redactor) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(CleanFormatter(redactor))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record as `-vv` would print it."""
        self.lines.append(self.format(record))


@contextmanager
def _logged(redactor: Redactor, ran: Ran) -> Iterator[None]:
    """Keep what is logged meanwhile, as the command line would print it with `-vv`."""
    logger, kept = logging.getLogger("reconciler"), _Kept(redactor)
    kept.addFilter(lambda _: CURRENT.get() is ran.process)
    before = logger.level, logger.propagate
    logger.addHandler(kept)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(kept)
        logger.setLevel(before[0])
        logger.propagate = before[1]
        ran.said["log"] = "\n".join(kept.lines)


def saved_changes(saved: str) -> SavedPlan:
    """Return a plan file, read, whenever it was made."""
    document = json.loads(saved)
    from datetime import datetime

    return parse(saved, Path("plan.json"), now=datetime.fromisoformat(document["created_at"]), version=VERSION)
