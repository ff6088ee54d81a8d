"""`reconcile doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.options import command as make

if TYPE_CHECKING:
    from reconciler.cli.context import Invocation


@make("doctor", connects=True)
@click.option("--provider", "providers", multiple=True, metavar="NAME", help="Only these instances. Repeatable.")
def command(invocation: Invocation) -> int:
    """Check what a run stands on: credentials, accounts, rights, clocks, rates, secrets, git and ledger.

    Changes nothing. Exits with 1 or 5 when a check failed; what is only worth a look exits with 0.
    """
    from reconciler.engine.connect import resolver_of
    from reconciler.engine.doctor import Doctor
    from reconciler.report.checkup import checks_document, exit_of, render_checks

    project, runtime = invocation.project, invocation.runtime
    ledger = invocation.world.ledger(project.root, project.environment, runtime)
    doctor = Doctor(project, invocation.catalog, runtime, ledger, resolver_of(project, runtime), invocation.options)
    checks = invocation.run(doctor.examine)
    if invocation.common.format == "json":
        invocation.output.document(checks_document(checks, project.environment))
    else:
        invocation.output.write(render_checks(checks, project.environment))
    return exit_of(checks)
