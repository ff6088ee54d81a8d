"""What a command works with, built from its options on first use: runtime, catalog, project, ledger, engine."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from reconciler.cli.logs import configure
from reconciler.cli.options import Common
from reconciler.cli.output import Output
from reconciler.cli.progress import Bar, Lines
from reconciler.cli.run import run

if TYPE_CHECKING:
    from reconciler.discover import Catalog
    from reconciler.engine.options import Options, Progress
    from reconciler.engine.session import Engine
    from reconciler.ledger.base import Ledger
    from reconciler.load.project import Project
    from reconciler.report.units import UnitOf
    from reconciler.runtime import Runtime

T = TypeVar("T")


def _runtime() -> Runtime:
    from reconciler.runtime import Runtime

    return Runtime()


def _discover() -> Catalog:
    from reconciler.discover import discover

    return discover()


def _load(desired: Path, catalog: Catalog, **given: Any) -> Project:
    from reconciler.load.project import load_project

    return load_project(desired, catalog, **given)


def _validate(desired: Path, catalog: Catalog) -> Project:
    from reconciler.load.project import validate_project

    return validate_project(desired, catalog)


def _engine(project: Project, catalog: Catalog, runtime: Runtime, **given: Any) -> Engine:
    from reconciler.engine.session import Engine

    return Engine(project, catalog, runtime, **given)


def _ledger(root: Path, environment: str, runtime: Runtime) -> Ledger:
    from reconciler.ledger.open import open_ledger

    return open_ledger(root, environment, runtime)


@dataclass(frozen=True)
class World:
    """Where the parts come from. Tests pass their own as `obj` of the click context."""

    runtime: Callable[[], Runtime] = _runtime
    discover: Callable[[], Catalog] = _discover
    load: Callable[..., Project] = _load
    validate: Callable[[Path, Catalog], Project] = _validate
    engine: Callable[..., Engine] = _engine
    ledger: Callable[[Path, str, Runtime], Ledger] = _ledger
    interactive: Callable[[], bool] = lambda: sys.stdin.isatty()


class Invocation:
    """One run of one command."""

    def __init__(self, common: Common, world: World) -> None:
        self.common = common
        self.world = world
        self.runtime = world.runtime()
        self.output = Output(self.runtime.redactor.clean, quiet=common.verbosity < 0)
        configure(self.runtime.redactor, common.verbosity)
        self._cleaned_for = -1
        self._cleaner: Callable[[Any], Any] = lambda value: value

    @cached_property
    def catalog(self) -> Catalog:
        """What is installed. Providers that cannot be used are named on stderr, once."""
        return self.world.discover()

    @cached_property
    def project(self) -> Project:
        """The loaded desired state. Raises InputError with every problem."""
        project = self.world.load(
            self.common.desired,
            self.catalog,
            extra_env_files=self.common.env_files,
        )
        for broken in self.catalog.broken:
            self.output.tell(f"warning: {broken.name} of {broken.origin} cannot be used: {broken.error}")
        return project

    @cached_property
    def progress(self) -> Progress:
        """A bar on stderr when that is a terminal, else lines about waits. Nothing where somebody asked for quiet."""
        if self.common.verbosity == 0 and sys.stderr.isatty():
            return Bar(sys.stderr, self.runtime.monotonic, self.output.tell)
        return Lines(self.output.tell)

    @cached_property
    def engine(self) -> Engine:
        """The engine on this project."""
        return self.world.engine(self.project, self.catalog, self.runtime, progress=self.progress)

    @property
    def options(self) -> Options:
        """What narrows this run."""
        from reconciler.engine.options import Options

        common = self.common
        unknown = [name for name in common.providers if name not in self.project.instances]
        if unknown:
            from reconciler.errors import InputError, Problem

            known = ", ".join(sorted(self.project.instances)) or "none"
            raise InputError(
                [
                    Problem(f"--provider {n}: no such instance in environment.yaml", f"there are: {known}")
                    for n in unknown
                ]
            )
        sandbox = self.runtime.sandbox is not None
        return Options(common.targets, common.providers, common.deadline, sandbox)

    @property
    def color(self) -> bool:
        """Whether stdout takes colours."""
        return not self.common.no_color and not self.runtime.environ.get("NO_COLOR") and sys.stdout.isatty()

    @property
    def unit(self) -> UnitOf:
        """The units of this project's fields."""
        from reconciler.report.units import units_of

        return units_of(self.project.kinds)

    def clean(self, value: T) -> T:
        """Return a plan or outcome without the secrets met so far. An outcome holds the changes of its plan again."""
        from reconciler.report.clean import cleaner

        known = self.runtime.redactor.known
        if known != self._cleaned_for:
            self._cleaned_for, self._cleaner = known, cleaner(self.runtime.redactor.clean)
        result: T = self._cleaner(value)
        return result

    def run(self, work: Callable[[], Coroutine[Any, Any, T]], *, interrupt: Callable[[], bool] | None = None) -> T:
        """Return what `work` returns, on an event loop that ends cleanly on Ctrl-C."""
        try:
            return run(work, interrupt=interrupt, tell=self.output.tell)
        finally:
            self.progress.finish()

    def show(self, report: str, value: Any, **given: Any) -> None:
        """Write a `plan`, `drift` or `outcome` report in the chosen format."""
        self.output.write(self.rendered(report, self.clean(value), **given))

    def rendered(self, report: str, value: Any, **given: Any) -> str:
        """Return a report in the chosen format. `value` is clean already."""
        if self.common.format == "json":
            from reconciler.cli.output import json_text
            from reconciler.report.document import outcome_document, plan_document

            return json_text(outcome_document(value) if report == "outcome" else plan_document(value))
        if self.common.format == "markdown":
            from reconciler.report import markdown

            return str(getattr(markdown, f"render_{report}")(value, unit=self.unit, **given))
        if self.common.format == "html":
            from reconciler.report import html

            return str(getattr(html, f"render_{report}")(value, unit=self.unit, **given))
        from reconciler.report import text

        if report == "plan":
            given["full"] = self.common.verbosity > 0
        return str(getattr(text, f"render_{report}")(value, unit=self.unit, color=self.color, **given))
