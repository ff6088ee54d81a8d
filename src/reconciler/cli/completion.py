"""`reconcile completion`."""

from __future__ import annotations

import click


@click.command("completion")
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def command(shell: str) -> None:
    """Print the script that makes SHELL complete commands, options and addresses.

    For bash, add to ~/.bashrc: eval "$(reconcile completion bash)"
    """
    from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

    from reconciler.cli.main import main

    kinds: dict[str, type[ShellComplete]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}
    # Not the class's own source(), which for bash starts one to ask for its version.
    click.echo(ShellComplete.source(kinds[shell](main, {}, "reconcile", "_RECONCILE_COMPLETE")))
