"""The `reconcile` command group. Importing this imports click and nothing heavy."""

from __future__ import annotations

import click

from reconciler.cli.lazy import LazyGroup

_AT = "reconciler.cli."
COMMANDS = {
    "init": (f"{_AT}init", "Set a repository up: files, workflow, first import."),
    "validate": (f"{_AT}validate", "Check desired/ without touching the network."),
    "plan": (f"{_AT}plan", "Show what apply would do."),
    "apply": (f"{_AT}apply", "Make production what desired/ says."),
    "drift": (f"{_AT}drift", "Report what was changed outside since the last apply."),
    "import": (f"{_AT}import_", "Write what is live into desired/."),
    "explain": (f"{_AT}explain", "Explain a kind, a field or one object."),
    "history": (f"{_AT}history", "List the runs that changed something."),
    "unlock": (f"{_AT}unlock", "Remove the lock that a dead run left behind."),
    "forget": (f"{_AT}forget", "Remove one object from the ledger, and touch nothing else."),
    "doctor": (f"{_AT}doctor", "Check credentials, rights, clocks, secrets, git and ledger."),
    "schema": (f"{_AT}schema", "Write or check the JSON Schemas of desired/."),
    "provider": (f"{_AT}provider", "List the installed providers; make their pages."),
    "heartbeat": (f"{_AT}heartbeat", "Report to a heartbeat that desired/ declares."),
    "sandbox": (f"{_AT}sandbox", "Run simulators of the providers on this machine."),
    "simulate": (f"{_AT}simulate", "Live through bad days: random histories and faults, in simulated time."),
    "demo": (f"{_AT}demo", "Show the whole loop on simulators."),
    "completion": (f"{_AT}completion", "Print the script for shell completion."),
}


def _version(ctx: click.Context, option: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from reconciler.cli.version import version

        click.echo(f"reconcile {version()}")
        ctx.exit()


main = LazyGroup(
    "reconcile",
    table=COMMANDS,
    help="Make production what the YAML in desired/ says, and notice when it is not.",
    epilog="Exit codes: 0 done, 1 error, 2 changes or drift found, 3 held by safety, 4 stale, 5 partial,"
    " 130 interrupted.",
    context_settings={"help_option_names": ["-h", "--help"]},
    params=[
        click.Option(
            ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version."
        )
    ],
)
