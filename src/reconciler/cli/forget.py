"""`reconcile forget`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.ask import must_be_able_to_ask, says_yes
from reconciler.cli.options import command as make
from reconciler.cli.options import complete_address

if TYPE_CHECKING:
    from reconciler.cli.context import Invocation
    from reconciler.model import Recorded


@make("forget", formats=("text",))
@click.argument("address", shell_complete=complete_address)
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(invocation: Invocation, address: str, yes: bool) -> int:
    """Remove one object from the ledger, and touch nothing else.

    The live object stays as it is, and is nobody's until desired/ names it again.
    """
    from reconciler.cli.environment import environment_name
    from reconciler.errors import InputError, LockHeld, Problem
    from reconciler.ledger.lock import describe, holder_is_dead, without
    from reconciler.model import Address

    try:
        wanted = Address.parse(address)
    except ValueError as error:
        raise InputError([Problem(str(error), "addresses are listed by `reconcile plan`")]) from None
    desired = invocation.common.desired
    ledger = invocation.world.ledger(desired.resolve().parent, environment_name(desired), invocation.runtime)
    state = ledger.read()
    orphaned = any(o.announced.address == wanted for o in state.orphans)
    record = state.records.get(wanted)
    if record is None and not orphaned:
        from difflib import get_close_matches

        near = get_close_matches(address, [str(a) for a in state.records], 3)
        fix = f"did you mean {' or '.join(near)}?" if near else f"the ledger holds {len(state.records)} objects"
        raise InputError([Problem(f"the ledger holds no {address}", fix)])
    if state.begin is not None and not holder_is_dead(state.begin, invocation.runtime):
        raise LockHeld(f"a run is applying: {describe(state.begin)}", fix="wait for it, or `reconcile unlock`")
    invocation.output.write(_text(record) if record else f"{wanted}: announced by a run that died, never recorded")
    must_be_able_to_ask(invocation, "forget", yes=yes)
    if not yes and not says_yes("Forget it? The live object stays."):
        invocation.output.error("The record stays.")
        return 130
    ledger.write(without(state, wanted), f"forget {wanted}")
    invocation.output.write(f"{wanted} is forgotten; nothing live was touched.")
    return 0


def _text(record: Recorded) -> str:
    from reconciler.report.record import record_lines

    return "\n".join(record_lines(record))
