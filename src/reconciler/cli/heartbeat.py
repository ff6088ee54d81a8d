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
def command(invocation: Invocation, name: str, fail: bool) -> int:
    """Report to the heartbeat NAME of desired/: the last step of a nightly job."""
    from reconciler.cli.ping import declared, ping

    project, catalog = invocation.project, invocation.catalog
    resource = declared(project, name)
    invocation.run(
        lambda: ping(project, catalog, invocation.runtime, resource, failed=fail, deadline=invocation.common.deadline)
    )
    invocation.output.tell(f"Reported {'a failure' if fail else 'success'} to {resource.address}.")
    return 0
