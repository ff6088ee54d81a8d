"""`reconcile heartbeat`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.options import command as make
from reconciler.cli.options import complete_address

if TYPE_CHECKING:
    from reconciler.cli.context import Invocation


@make("heartbeat", formats=("text",), connects=True)
@click.argument("name", shell_complete=complete_address)
@click.option("--fail", is_flag=True, help="Report a failure instead of a success.")
@click.option(
    "--if",
    "conditions",
    multiple=True,
    metavar="ADDRESS",
    shell_complete=complete_address,
    help="Report success only if this (a glob will do) is as desired/ says and nothing about it is pending; else a "
    "failure, and end with 2. Repeatable.",
)
def command(invocation: Invocation, name: str, fail: bool, conditions: tuple[str, ...]) -> int:
    """Report to the heartbeat NAME of desired/: the last step of a nightly job."""
    from reconciler.cli.ping import declared, ping

    project, catalog = invocation.project, invocation.catalog
    resource = declared(project, name)
    wrong, early = _wrong(invocation, conditions) if conditions and not fail else ((), ())
    invocation.run(
        lambda: ping(
            project,
            catalog,
            invocation.runtime,
            resource,
            failed=fail or bool(wrong),
            deadline=invocation.common.deadline,
        )
    )
    for line in wrong:
        invocation.output.error(line)
    for line in early:
        invocation.output.tell(line)
    invocation.output.tell(f"Reported {'a failure' if fail or wrong else 'success'} to {resource.address}.")
    return 2 if wrong else 0


def _wrong(invocation: Invocation, conditions: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what keeps these objects from being as they should be, a line each, and what is not yet due."""
    from dataclasses import replace
    from fnmatch import fnmatchcase

    from reconciler.report.shortcomings import not_yet_due, shortcomings

    named = [r for r in invocation.project.resources if any(fnmatchcase(str(r.address), c) for c in conditions)]
    providers = tuple(sorted({r.provider for r in named}))
    options = replace(invocation.options, targets=conditions, providers=providers, flag="--if")
    plan = invocation.clean(invocation.run(lambda: invocation.engine.plan(options)))
    return shortcomings(plan), not_yet_due(plan)
