"""`reconcile plan`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.files import must_be_writable, write_file
from reconciler.cli.options import command as make

if TYPE_CHECKING:
    from reconciler.cli.context import Invocation


@make("plan", formats=("text", "json", "markdown", "html"), connects=True, reads=True)
@click.option("-o", "--out", type=click.Path(path_type=Path), metavar="FILE", help="Save the plan, for `apply FILE`.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when there are changes, 3 when some are held.")
@click.option("--policies-from", default="", metavar="COMMIT", help="Judge by the policies of this commit.")
def command(invocation: Invocation, out: Path | None, detailed_exitcode: bool, policies_from: str) -> int:
    """Show what apply would do. Writes to no vendor and moves no git ref."""
    from reconciler.report.exits import plan_exit

    if out is not None:
        must_be_writable(out)
    engine, options = invocation.engine, replace(invocation.options, policies_from=policies_from)
    plan = invocation.clean(invocation.run(lambda: engine.plan(options)))
    command = "reconcile apply"
    if out is not None:
        from reconciler.cli.output import json_text
        from reconciler.cli.version import version
        from reconciler.report.saved import saved_document

        write_file(out, json_text(saved_document(plan, version())))
        command = f"reconcile apply {out}"
    given = {} if invocation.common.format == "json" else {"command": command}
    invocation.output.write(invocation.rendered("plan", plan, **given))
    return plan_exit(plan, detailed=detailed_exitcode)
