"""Which changes of a fresh plan an apply runs: all that are not held, or exactly those of a saved plan. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reconciler.kind.shape import Shape
from reconciler.model import LEDGER_ONLY, Address, Change, Plan
from reconciler.outcome import Result, ResultStatus
from reconciler.plan.order import waits_for
from reconciler.plan.waiting import kept_back


@dataclass(frozen=True, slots=True)
class Selection:
    """`run` in order; `results` of what does not run, and why."""

    run: tuple[Change, ...]
    results: tuple[Result, ...]


def select(
    plan: Plan,
    shapes: Mapping[str, Shape],
    saved: Mapping[str, str] | None,
    *,
    unread: Mapping[Address, str] | None = None,
    inside: Callable[[Address], bool] = lambda _: True,
) -> Selection:
    """Return what to run. `saved` maps `address action` to the digest that was approved; None means everything.

    In the saved plan and equal: run. Already true: done. Different: stale, with its dependants. Not in it: not run.
    Changes that only touch the ledger run in any case: they are not what anybody approves.
    `unread` maps what could not be read to the reason: of that, nobody knows whether it is already so. `inside` tells
    whether this run is about an address at all.
    """
    refused: dict[int, Result] = {}
    for i, change in enumerate(plan.changes):
        verdict = _verdict(change, saved)
        if verdict:
            refused[i] = verdict
    results = list(refused.values())

    def needs(i: int, j: int) -> bool:
        one, other = plan.changes[i], plan.changes[j]
        return refused[j].status == "stale" or waits_for(one, other, shapes[one.kind])

    for kept in kept_back(plan.changes, tuple(refused), needs, shapes):
        change = plan.changes[kept.position]
        stale = [j for j in kept.others if refused[j].status == "stale"]
        status: ResultStatus = "stale" if stale else "skipped"
        reason = kept.words(plan.changes[(stale or kept.others)[0]])
        refused[kept.position] = Result(change.address, change.action, status, reason)
        results.append(refused[kept.position])
    spoken = {c.address for c in plan.changes}
    for key in saved or ():
        text, _, action = key.rpartition(" ")
        address = Address.parse(text)
        if address in spoken or not inside(address):
            continue
        why = (unread or {}).get(address)
        if why:
            results.append(Result(address, action, "failed", f"it could not be read: {why}", "apply again"))
        else:
            results.append(Result(address, action, "already", "already so"))
    return Selection(tuple(c for i, c in enumerate(plan.changes) if i not in refused), tuple(results))


def _verdict(change: Change, saved: Mapping[str, str] | None) -> Result | None:
    if change.held:
        reasons = "; ".join(f"{h.gate}: {h.reason}" for h in change.held)
        fixes = "; ".join(dict.fromkeys(h.next for h in change.held if h.next))
        return Result(change.address, change.action, "held", reasons, fixes)
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
