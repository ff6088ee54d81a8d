"""`reconcile demo`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.options import command as make

if TYPE_CHECKING:
    from reconciler.cli.context import Invocation


@make("demo", formats=("text",))
@click.option("--seed", type=int, default=0, show_default=True, help="Of the simulators.")
@click.option("--transcript", type=click.Path(path_type=Path), metavar="FILE", help="Keep what was shown, normalised.")
def command(invocation: Invocation, seed: int, transcript: Path | None) -> int:
    """Show plan, apply, hand edits, drift and healing on a temporary copy of desired/, against simulators."""
    from reconciler.sandbox.demo import demo

    project, catalog = invocation.project, invocation.catalog
    shown = invocation.run(
        lambda: demo(project, catalog, write=invocation.output.write, seed=seed, environ=invocation.runtime.environ)
    )
    if transcript is not None:
        from reconciler.cli.files import write_file

        write_file(transcript, shown + "\n")
    return 0
