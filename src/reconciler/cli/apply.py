"""`reconcile apply`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.ask import must_be_able_to_ask, says_yes
from reconciler.cli.options import command as make

if TYPE_CHECKING:
    from reconciler.cli.context import Invocation
    from reconciler.model import Plan
    from reconciler.outcome import Outcome


@make("apply", formats=("text", "json", "markdown", "html"), connects=True, reads=True)
@click.argument("planfile", required=False, type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(invocation: Invocation, planfile: Path | None, yes: bool) -> int:
    """Make production what desired/ says.

    Without PLANFILE: plans, shows, asks, and carries out what is not held. With it: carries out what is in the file and
    still true, without asking.
    """
    from reconciler.report.exits import INTERRUPTED, apply_exit

    must_be_able_to_ask(invocation, "apply", yes=yes or planfile is not None)
    saved = None
    if planfile is not None:
        from reconciler.cli.version import version
        from reconciler.report.saved import load

        saved = load(planfile, now=invocation.runtime.now(), version=version())
        _same_environment(saved.environment, invocation.project.environment, planfile)
    consent = _Consent(invocation, ask=not yes and planfile is None)
    engine, options = invocation.engine, invocation.options
    outcome = invocation.run(lambda: engine.apply(options, saved=saved, confirm=consent), interrupt=engine.interrupt)
    if consent.refused:
        invocation.output.error("Not applied: nothing was changed.")
        return INTERRUPTED
    if invocation.common.format == "text":
        if not consent.shown and outcome.plan.changes and not outcome.plan.policies.denied:
            invocation.show("plan", outcome.plan, command="")
            consent.shown = True
        if consent.shown:
            invocation.output.write("")
            outcome = _without_what_was_shown(outcome, held=saved is None)
    invocation.show("outcome", outcome)
    return apply_exit(outcome)


def _without_what_was_shown(outcome: Outcome, *, held: bool) -> Outcome:
    """Return the outcome without what the plan above it has said already. `held`: why changes are held is part of that.

    Of a plan file only what is about to run was shown.
    """
    return replace(
        outcome,
        plan=replace(outcome.plan, unmanaged=(), unknown=(), pending=(), notices=()),
        results=tuple(replace(r, reason="", fix="") if held and r.status == "held" else r for r in outcome.results),
        notices=tuple(n for n in outcome.notices if n not in outcome.plan.notices),
    )


def _same_environment(planned: str, here: str, path: Path) -> None:
    if planned != here:
        from reconciler.errors import InputError, Location, Problem

        said = f"is a plan for {planned}, and desired/ here is for {here}"
        raise InputError([Problem(said, "use the plan of this environment, or --desired", Location(str(path)))])


class _Consent:
    """Shows the plan and asks, where asking was not ruled out. Called by the engine before the first write."""

    def __init__(self, invocation: Invocation, *, ask: bool) -> None:
        self._invocation = invocation
        self._ask = ask
        self.shown = False
        self.refused = False

    def __call__(self, plan: Plan) -> bool:
        """Return whether to go on."""
        text = self._invocation.common.format == "text"
        self._invocation.progress.finish()
        if text:
            self._invocation.show("plan", plan, command="")
            self.shown = True
        if not self._ask:
            return True
        self.refused = not says_yes(f"{self._losses(plan)}Apply this to {plan.environment}?")
        return not self.refused

    def _losses(self, plan: Plan) -> str:
        from reconciler.model import Delete, Disable
        from reconciler.report.values import escape

        lost = [f"{c.action} {c.address}" for c in plan.changes if isinstance(c, Delete | Disable) and not c.held]
        return f"\nThis takes away: {escape(', '.join(lost))}\n" if lost else "\n"
