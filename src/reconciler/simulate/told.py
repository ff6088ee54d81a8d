"""What a simulation says: the table of what was reached, and of a failed world everything that is needed to see why."""

from __future__ import annotations

from typing import Any

from reconciler.simulate.batch import JUDGED, Batch
from reconciler.simulate.once import Result
from reconciler.simulate.violation import INVARIANTS


def text(batch: Batch) -> str:
    """Return the report of a batch as text. Of a few worlds only what they reached: the rest says nothing of them."""
    lines: list[str] = []
    for group, counts in batch.counters.groups.items():
        shown = {name: n for name, n in counts.items() if n or batch.worlds >= JUDGED}
        width = max((len(name) for name in shown), default=0)
        lines += [group, *(f"  {name.ljust(width)}  {n:>8}" for name, n in shown.items()), ""] if shown else []
    lines.extend(_verdict(batch))
    return "\n".join(lines)


def _verdict(batch: Batch) -> list[str]:
    lines = [f"{batch.worlds} worlds of seed {batch.seed}, {len(batch.failed)} failed."]
    if batch.worlds < JUDGED:
        lines.append(f"Too few worlds to judge coverage: from {JUDGED} on, what was never reached is a failure.")
    elif batch.zeros:
        lines.append("Never reached: " + "; ".join(batch.zeros))
    if batch.failed:
        lines += ["", *failure(batch.failed[0], batch.shortest)]
        others = [str(r.script.index) for r in batch.failed[1:]]
        if others:
            lines += ["", f"Worlds that failed too: {', '.join(others)}"]
    else:
        lines.append("In every world: " + " · ".join(INVARIANTS) + ".")
    return lines


def failure(failed: Result, shortest: Result | None) -> list[str]:
    """Return a failed world in words: how to see it again, what happened, and what is wrong with that."""
    script = failed.script
    lines = [
        f"World {script.index} of seed {script.seed} failed: {failed.invariant}",
        f"replay: reconcile simulate --seed {script.seed} --world {script.index}",
        "",
        *(f"  {line}" for line in failed.trace),
        f"  => {failed.facts}",
    ]
    if shortest is not None and shortest.script.size() < script.size():
        lines += ["", "The shortest history that fails so too:", *(f"  {line}" for line in shortest.trace)]
        lines.append(f"  => {shortest.facts}")
    return lines


def document(batch: Batch) -> dict[str, Any]:
    """Return the report of a batch as JSON."""
    return {
        "schema": 1,
        "seed": batch.seed,
        "worlds": batch.worlds,
        "ok": batch.ok,
        "coverage_judged": batch.worlds >= JUDGED,
        "never_reached": batch.zeros,
        "counters": batch.counters.plain(),
        "failed": [_failed(result) for result in batch.failed],
        "shortest": _failed(batch.shortest) if batch.shortest else None,
    }


def _failed(result: Result) -> dict[str, Any]:
    return {
        "seed": result.script.seed,
        "world": result.script.index,
        "invariant": result.invariant,
        "facts": result.facts,
        "history": list(result.trace),
        "replay": f"reconcile simulate --seed {result.script.seed} --world {result.script.index}",
    }
