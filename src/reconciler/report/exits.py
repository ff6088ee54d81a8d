"""Exit codes. With several, the least trustworthy wins: 1 > 5 > 4 > 3 > 2 > 0; an interruption stands above 5."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model import Plan, Record
from reconciler.outcome import Outcome

OK = 0
ERROR = 1  # bad input, a rejected credential, a bug
FOUND = 2  # changes, drift
HELD = 3
STALE = 4  # or out of order
PARTIAL = 5
INTERRUPTED = 130

_WORST_FIRST = (ERROR, PARTIAL, STALE, HELD, FOUND)


def worst(codes: Iterable[int]) -> int:
    """Return the least trustworthy of these codes; 0 for none."""
    seen = set(codes)
    return next((code for code in _WORST_FIRST if code in seen), OK)


def _read(plan: Plan) -> list[int]:
    """Return what reading alone says: a credential that was rejected, a provider skipped, something needed unknown."""
    codes = [ERROR for s in plan.providers.values() if s.status == "skipped" and s.credential]
    codes += [PARTIAL for s in plan.providers.values() if s.status == "skipped" and not s.credential]
    codes += [PARTIAL for u in plan.unknown if u.needed]
    return codes


def _denied(plan: Plan) -> list[int]:
    return [HELD] if plan.policies.denied else []


def plan_exit(plan: Plan, *, detailed: bool = False) -> int:
    """Return the exit code of `plan`. Held and changed count only when `detailed`; a mere record is no change.

    What a policy denies always counts.
    """
    codes = [*_read(plan), *_denied(plan)]
    if detailed:
        codes += [HELD for c in plan.changes if c.held]
        codes += [FOUND for c in plan.changes if not isinstance(c, Record)]
    return worst(codes)


def drift_exit(plan: Plan) -> int:
    """Return the exit code of `drift`: neither waiting changes nor unmanaged objects count, unless alarming.

    What a policy denies counts, as in `plan`.
    """
    codes = [*_read(plan), *_denied(plan)]
    codes += [FOUND for _ in plan.drift]
    codes += [FOUND for row in plan.unmanaged if row.alarm]
    return worst(codes)


def apply_exit(outcome: Outcome) -> int:
    """Return the exit code of `apply`. What is held counts only when it was not held by the last run too.

    What a policy denies always counts.
    """
    if outcome.errors:
        return ERROR
    if outcome.interrupted:
        return INTERRUPTED
    codes = [*_read(outcome.plan), *_denied(outcome.plan)]
    codes += [ERROR for r in outcome.results if r.credential]
    codes += [PARTIAL for r in outcome.results if r.status in ("failed", "interrupted")]
    codes += [PARTIAL for _ in outcome.not_converged]
    codes += [STALE for r in outcome.results if r.status == "stale"]
    codes += [HELD] if outcome.newly_held else []
    return worst(codes)
