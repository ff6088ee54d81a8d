"""`reconcile demo`: the whole loop on a copy of the real `desired/`, against simulators, with the real commands.

Nothing is staged: each step runs the installed tool as its own process, as a user would, and what it prints is what
is shown. The copy is a git repository of its own in a temporary folder, so the clone keeps no trace; ledger and gates
work there as they would in production, which is why the commands are not told that they run in a sandbox.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import ReconcilerError
from reconciler.sandbox.calls import calls
from reconciler.sandbox.edits import HandEdit, HandEdits
from reconciler.sandbox.run import Running, serve
from reconciler.sandbox.shell import Shell
from reconciler.sandbox.transcript import normalise, shortened

if TYPE_CHECKING:
    from reconciler.discover import Catalog
    from reconciler.load.project import Project

STAND_IN = "~/production"  # what the transcript calls the temporary copy


class DemoFailed(ReconcilerError):
    """A step of the demonstration did not do what it claims."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command, and what must be true of it. `mentions` is about its standard output."""

    title: str
    arguments: tuple[str, ...]
    exit_code: int
    mentions: tuple[str, ...] = ()


@dataclass
class Stage:
    """Where a demonstration is shown, and what is kept of it."""

    write: Callable[[str], None]
    lines: list[str] = field(default_factory=list)

    def show(self, text: str = "", *, keep: str | None = None) -> None:
        """Show lines, and keep them, or `keep` in their place, for the transcript."""
        self.lines.append(text if keep is None else keep)
        self.write(text)

    @property
    def transcript(self) -> str:
        return "\n".join(self.lines)


def script(objects: int, edits: Sequence[HandEdit]) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """Return the steps before the hand edits and the steps after them, for a desired state of so many objects."""
    healed = tuple(text for edit in edits if not edit.stays for text in edit.mentions)
    staying = tuple(text for edit in edits if edit.stays for text in edit.mentions)
    before = (
        Step(
            "What would happen to a production that has next to nothing yet?",
            ("plan", "--detailed-exitcode"),
            2,
            mentions=(" to create",),
        ),
        Step("Do it.", ("apply", "--yes"), 0),
        Step(
            "Is anything left to do?",
            ("plan", "--detailed-exitcode"),
            0,
            mentions=(f"nothing to do. {objects} objects unchanged",),
        ),
    )
    after = (
        Step("The next morning: has anybody changed production?", ("drift",), 2, mentions=healed + staying),
        Step("Put it back.", ("apply", "--yes"), 0, mentions=healed),
        Step(
            "Nothing is left to do. What git does not know is named, and left alone.",
            ("plan", "--detailed-exitcode"),
            0,
            mentions=(f"nothing to do. {objects} objects unchanged", *staying),
        ),
    )
    return before, after


async def demo(
    project: Project, catalog: Catalog, *, write: Callable[[str], None], seed: int = 0, environ: Mapping[str, str]
) -> str:
    """Run the demonstration, showing each command and its output through `write`; returns the normalised transcript.

    Raises DemoFailed as soon as a command's exit code or output is not what the step claims, and what `serve` raises.
    """
    stage = Stage(write)
    with _copied(project) as copy:
        async with serve(project, catalog, seed=seed) as running:
            shell = Shell(copy, running.exports, environ)
            await _commit(shell)
            await _play(stage, shell, project, running)
        return normalise(stage.transcript, places={str(copy): STAND_IN})


async def _play(stage: Stage, shell: Shell, project: Project, running: Running) -> None:
    stage.show("# Up on this machine:")
    for _, service in sorted(running.services.items()):
        stage.show(f"#   {service.title}")
    stage.show("# A copy of desired/ is in a git repository of its own.")
    stage.show()
    edits = chosen(_offers(project, running))
    before, after = script(len(project.resources), edits)
    for step in before:
        await perform(stage, shell, step)
    await _count(stage, shell, project, running)
    stage.show("# Meanwhile, behind git's back:")
    for edit in edits:
        await edit.perform()
        stage.show(f"#   {edit.title}")
    stage.show()
    for step in after:
        await perform(stage, shell, step)


async def _count(stage: Stage, shell: Shell, project: Project, running: Running) -> None:
    """Show that a plan with nothing to do reads what it has to and nothing else. Raises DemoFailed when it does not."""
    finished = await shell.reconcile("plan", "--format", "json")
    counted = calls(finished.output, running.sandboxes, project.resources)
    stage.show("# What that plan asked of each vendor = the pages and details that it cannot do without:")
    for count in counted:
        stage.show(f"#   {count}")
    stage.show()
    wrong = [str(count) for count in counted if not count.right]
    if wrong:
        raise DemoFailed(f"a plan made other calls than it needs: {'; '.join(wrong)}", fix="this is a bug in the tool")


async def perform(stage: Stage, shell: Shell, step: Step) -> None:
    """Run a step's command and show it with its output. Raises DemoFailed when it is not what the step claims."""
    stage.show(f"# {step.title}")
    stage.show(f"$ reconcile {' '.join(step.arguments)}")
    finished = await shell.reconcile(*step.arguments)
    stage.show(finished.output.rstrip("\n"), keep=shortened(finished.output))
    stage.show(f"[exit {finished.exit_code}]")
    stage.show()
    command = f"`reconcile {' '.join(step.arguments)}`"
    if finished.exit_code != step.exit_code:
        raise DemoFailed(
            f"{command} ended with exit code {finished.exit_code}; {step.exit_code} was expected\n{finished.errors}",
            fix="this is a bug in the tool or in a simulator; run the commands by hand against `reconcile sandbox`",
        )
    missing = [text for text in step.mentions if text not in finished.output]
    if missing:
        said = [f"does not name {text!r}" for text in missing]
        raise DemoFailed(f"{command} {', '.join(said)}", fix="this is a bug in the tool or in a simulator")


def chosen(offered: Iterable[Sequence[HandEdit]]) -> tuple[HandEdit, ...]:
    """Return what to show of what the sandboxes offer: of each one edit that is healed and one that stays."""
    edits = [
        next((edit for edit in offer if edit.stays is stays), None) for stays in (False, True) for offer in offered
    ]
    return tuple(edit for edit in edits if edit is not None)


def _offers(project: Project, running: Running) -> list[Sequence[HandEdit]]:
    return [
        sandbox.hand_edits([r for r in project.resources if r.provider == name])
        for name, sandbox in sorted(running.sandboxes.items())
        if isinstance(sandbox, HandEdits)
    ]


@contextmanager
def _copied(project: Project) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="reconcile-demo-") as folder:
        copy = Path(folder).resolve() / "production"
        shutil.copytree(project.desired, copy / "desired")
        schemas = project.root / "schemas"
        if schemas.is_dir():
            shutil.copytree(schemas, copy / "schemas")
        (copy / ".gitignore").write_text(".reconciler/\nhandover/\n", encoding="utf-8")
        yield copy


async def _commit(shell: Shell) -> None:
    await shell.git("init", "--quiet", "--initial-branch", "main")
    await shell.git("add", ".")
    await shell.git("commit", "--quiet", "--message", "What production must be")
