"""What `doctor` found, as text with one line per check, and as JSON data. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from reconciler.checkup import Check
from reconciler.report.exits import worst
from reconciler.report.values import escape

_SIGNS = {"ok": "ok", "warn": "warn", "fail": "FAIL", "untold": "?"}
_COUNTED = (("fail", "failed"), ("warn", "to look at"), ("untold", "that nobody can tell"), ("ok", "ok"))


def exit_of(checks: Sequence[Check]) -> int:
    """Return the exit code: 0 unless something failed, then the least trustworthy of theirs (1 or 5)."""
    return worst(check.code for check in checks if check.status == "fail")


def render_checks(checks: Sequence[Check], environment: str) -> str:
    """Return one line per check, what to do behind an arrow, and a line that counts them."""
    subjects = max((len(check.subject) for check in checks), default=0)
    names = max((len(check.name) for check in checks), default=0)
    lines = [f"{_SIGNS[c.status]:<4}  {escape(c.subject):<{subjects}}  {c.name:<{names}}  {_said(c)}" for c in checks]
    counts: Counter[str] = Counter(check.status for check in checks)
    told = ", ".join(f"{counts[status]} {word}" for status, word in _COUNTED if counts[status])
    return "\n".join([*lines, "", f"{escape(environment)}: {told}. Nothing was changed.", ""])


def _said(check: Check) -> str:
    return escape(f"{check.said}  -> {check.next}" if check.next else check.said)


def checks_document(checks: Sequence[Check], environment: str) -> dict[str, Any]:
    """Return `{schema, environment, exit, checks: [{subject, check, status, said, next}]}`."""
    rows = [{"subject": c.subject, "check": c.name, "status": c.status, "said": c.said, "next": c.next} for c in checks]
    return {"schema": 1, "environment": environment, "exit": exit_of(checks), "checks": rows}
