"""Questions to the person at the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.run import interruptible

if TYPE_CHECKING:
    from reconciler.cli.context import Invocation


def must_be_able_to_ask(invocation: Invocation, what: str, *, yes: bool) -> None:
    """Refuse to go on where a question would have to be asked and nobody is there. Raises ReconcilerError."""
    if not yes and not invocation.world.interactive():
        from reconciler.errors import ReconcilerError

        raise ReconcilerError(f"{what} asks before it acts, and there is no terminal to ask on", fix="add --yes")


def says_yes(question: str) -> bool:
    """Return whether the answer typed is `yes`. Ctrl-C and the end of input count as no."""
    with interruptible():
        try:
            answer = click.prompt(f"{question} Type yes to go on", default="", show_default=False, err=True)
        except (click.Abort, KeyboardInterrupt):
            return False
    return str(answer).strip().lower() == "yes"
