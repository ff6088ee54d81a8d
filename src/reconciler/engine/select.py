"""Which changes of a fresh plan an apply runs: all that are not held, or exactly those of a saved plan. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.kind.shape import Shape
from reconciler.model import LEDGER_ONLY, Address, Change, Plan
from reconciler.outcome import Result, ResultStatus
from reconciler.plan.order import edges_between


@dataclass(frozen=True, slots=True)
class Selection:
    """`run` in order; `results` of what does not run, and why."""

    run: tuple[Change, ...]
    results: tuple[Result, ...]


def select(plan: Plan, shapes: Mapping[str, Shape], saved: Mapping[str, str] | None) -> Selection:
    """Return what to run. `saved` maps `address action` to the digest that was approved; None means everything.

    In the saved plan and equal: run. Already true: done. Different: stale, with its dependants. Not in it: not run.
    Changes that only touch the ledger run in any case: they are not what anybody approves.
    """
    results: list[Result] = []
    refused: set[int] = set()
    edges = edges_between(plan.changes, shapes)
    for i, change in enumerate(plan.changes):
        verdict = _verdict(change, saved)
        if verdict:
            refused.add(i)
            results.append(verdict)
    for i, change in enumerate(plan.changes):  # in order: parents come first
        if i not in refused and edges[i] & refused:
            parent = plan.changes[min(edges[i] & refused)]
            refused.add(i)
            stale = next((r for r in results if r.address == parent.address), None)
            status: ResultStatus = "stale" if stale and stale.status == "stale" else "skipped"
            results.append(Result(change.address, change.action, status, f"it waits for {parent.address}"))
    spoken = {c.address for c in plan.changes}
    for key in saved or ():
        address, _, action = key.rpartition(" ")
        if Address.parse(address) not in spoken:
            results.append(Result(Address.parse(address), action, "already", "already so"))
    return Selection(tuple(c for i, c in enumerate(plan.changes) if i not in refused), tuple(results))


def _verdict(change: Change, saved: Mapping[str, str] | None) -> Result | None:
    if change.held:
        reasons = "; ".join(f"{h.gate}: {h.reason}" for h in change.held)
        return Result(change.address, change.action, "held", reasons, change.held[0].next)
    if saved is None or isinstance(change, LEDGER_ONLY):
        return None
    digest = saved.get(f"{change.address} {change.action}")
    if digest == change.digest:
        return None
    if digest is None and not any(key.rpartition(" ")[0] == str(change.address) for key in saved):
        return Result(change.address, change.action, "not in plan", "it was not in the saved plan", "plan again")
    return Result(
        change.address, change.action, "stale", "it is no longer what was planned", "plan again and review it"
    )
