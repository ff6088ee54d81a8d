"""What the ledger holds about one object, as lines."""

from __future__ import annotations

from reconciler.model import Recorded
from reconciler.report.values import escape, short


def record_lines(record: Recorded) -> tuple[str, ...]:
    """Return what was last applied, when and by which run. A record holds no secret."""
    when = f"{record.applied_at:%Y-%m-%d %H:%M}Z" if record.applied_at else "unknown"
    commit = f", commit {escape(record.commit[:12])}" if record.commit else ""
    return (
        escape(str(record.address)),
        f"  live id: {escape(record.live_id) or 'not known'} in {escape(record.provider)}",
        f"  last applied: {when} by run {escape(record.run)}{commit}",
        *(f"    {escape(name)}: {short(value)}" for name, value in record.spec.items()),
    )
