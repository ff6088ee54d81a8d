"""`reconcile drift`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.files import must_be_writable, write_file
from reconciler.cli.options import command as make

if TYPE_CHECKING:
    from reconciler.cli.context import Invocation


@make("drift", formats=("text", "json", "markdown", "html"), connects=True, reads=True)
@click.option("-o", "--out", type=click.Path(path_type=Path), metavar="FILE", help="Write the report to a file too.")
def command(invocation: Invocation, out: Path | None) -> int:
    """Report what was changed outside since the last apply, and what nobody declared.

    Exits with 2 on drift, or when something alarming is live. Changes nothing.
    """
    from reconciler.report.exits import drift_exit

    if out is not None:
        must_be_writable(out)
    engine, options = invocation.engine, invocation.options
    plan = invocation.clean(invocation.run(lambda: engine.plan(options, coverage=True)))
    if out is not None:
        write_file(out, click.unstyle(invocation.rendered("drift", plan)))
    invocation.output.write(invocation.rendered("drift", plan))
    return drift_exit(plan)
