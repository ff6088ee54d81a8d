"""`reconcile sandbox`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from reconciler.cli.options import command as make

if TYPE_CHECKING:
    from reconciler.cli.context import Invocation


@make("sandbox", formats=("text",))
@click.option("--seed", type=int, default=0, show_default=True, help="Of ids, made-up secrets and faults.")
@click.option("--faults", is_flag=True, help="Misbehave as real services do; the same seed, the same faults.")
@click.option("--provider", "only", multiple=True, metavar="NAME", help="Only these instances. Repeatable.")
def command(invocation: Invocation, seed: int, faults: bool, only: tuple[str, ...]) -> int:
    """Run simulators of the providers in environment.yaml, print the variables to export, and wait for Ctrl-C."""
    from reconciler.sandbox.hold import hold

    output = invocation.output
    asyncio.run(
        hold(
            invocation.project,
            invocation.catalog,
            write=output.write,
            tell=output.tell,
            seed=seed,
            faults=faults,
            only=only,
        )
    )
    return 0
