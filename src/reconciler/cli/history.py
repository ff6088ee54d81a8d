"""`reconcile history`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.options import command as make

if TYPE_CHECKING:
    from reconciler.cli.context import Invocation
    from reconciler.ledger.state import RunRecord


@make("history")
@click.option("-n", "--number", type=click.IntRange(1), default=20, show_default=True, help="How many runs.")
def command(invocation: Invocation, number: int) -> int:
    """List the runs that changed something, the last one first."""
    from reconciler.cli.environment import environment_name

    desired = invocation.common.desired
    ledger = invocation.world.ledger(desired.resolve().parent, environment_name(desired), invocation.runtime)
    runs = ledger.history(number)
    if invocation.common.format == "json":
        invocation.output.document({"schema": 1, "ledger": ledger.describe(), "runs": [_document(r) for r in runs]})
        return 0
    if not runs:
        invocation.output.write(f"No run has applied anything yet ({ledger.describe()}).")
    for run in runs:
        invocation.output.write(_text(run, verbose=invocation.common.verbosity > 0))
    return 0


def _text(run: RunRecord, *, verbose: bool) -> str:
    from reconciler.report.values import escape

    counts = Counter(f"{r.get('action')} {r.get('status')}" for r in run.results)
    nothing = "it did not say what it did: it was killed, or is still running" if run.interrupted else "no change"
    done = ", ".join(f"{n} {what}" for what, n in sorted(counts.items())) or nothing
    head = f"{run.started_at:%Y-%m-%d %H:%M}Z  {escape(run.run)}  by {escape(run.holder)}"
    at = f" at commit {escape(run.commit[:12])}" if run.commit else ""
    lines = [f"{head}{at}{' (interrupted)' if run.interrupted else ''}", f"    {escape(done)}"]
    if verbose:
        lines.extend(escape(f"    {r.get('status')}: {r.get('action')} {r.get('address')}") for r in run.results)
    return "\n".join(lines)


def _document(run: RunRecord) -> dict[str, Any]:
    return {
        "run": run.run,
        "commit": run.commit,
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat(),
        "holder": run.holder,
        "plan_digest": run.plan_digest,
        "interrupted": run.interrupted,
        "results": [dict(r) for r in run.results],
    }
