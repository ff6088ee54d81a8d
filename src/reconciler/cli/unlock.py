"""`reconcile unlock`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.ask import must_be_able_to_ask, says_yes
from reconciler.cli.options import command as make

if TYPE_CHECKING:
    from reconciler.cli.context import Invocation


@make("unlock", formats=("text",))
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(invocation: Invocation, yes: bool) -> int:
    """Remove the lock that a dead run left behind. Shows who holds it, and asks.

    What that run was about to create stays known as ours, so that nothing is made twice.
    """
    from reconciler.cli.environment import environment_name
    from reconciler.ledger.lock import describe, holder_is_dead, released

    desired = invocation.common.desired
    ledger = invocation.world.ledger(desired.resolve().parent, environment_name(desired), invocation.runtime)
    state = ledger.read()
    if state.begin is None:
        invocation.output.write(f"Nobody holds the lock ({ledger.describe()}).")
        return 0
    dead = holder_is_dead(state.begin, invocation.runtime)
    invocation.output.write(f"The lock is held by {describe(state.begin)}.")
    said = "It is dead, as far as this machine can tell; the next apply takes over by itself."
    alive = "It may well be ALIVE. Two runs at once can overwrite each other: unlock only if you know that it is dead."
    invocation.output.write(said if dead else alive)
    must_be_able_to_ask(invocation, "unlock", yes=yes)
    if not yes and not says_yes("Remove the lock?"):
        invocation.output.error("The lock stays.")
        return 130
    ledger.write(released(state), f"unlock {state.begin.run}")
    invocation.output.write("The lock is removed.")
    return 0
