"""From a world that fails to the smallest one that fails the same way: leave out what is not needed for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from reconciler.simulate.once import Result
from reconciler.simulate.script import Script

MOST = 400  # worlds that are tried


def shrink(failed: Result, live: Callable[[Script], Result], most: int = MOST) -> Result:
    """Return a result that violates the same invariant, of a script from which nothing more can be left out.

    Steps go first, then acts, faults and objects, one at a time, until none can go.
    """
    best, tried = failed, 0
    grown = True
    while grown:
        grown = False
        for smaller in _smaller(best.script):
            if tried >= most:
                return best
            tried += 1
            found = live(smaller)
            if found.invariant == failed.invariant:
                best, grown = found, True
                break
    return best


def _smaller(script: Script) -> Iterator[Script]:
    """Yield scripts with one thing less, those that leave out most first."""
    steps = script.steps
    for n in range(len(steps) - 1, 0, -1):
        yield replace(script, steps=steps[:n])
    for i in range(len(steps)):
        yield replace(script, steps=steps[:i] + steps[i + 1 :])
    if script.approve_all:
        yield replace(script, approve_all=False)
    half = len(script.objects) // 2
    if half:
        yield replace(script, objects=script.objects[:half])
        yield replace(script, objects=script.objects[half:])
    for i, step in enumerate(steps):
        for j in range(len(step.troubles)):
            less = replace(step, troubles=step.troubles[:j] + step.troubles[j + 1 :])
            yield replace(script, steps=(*steps[:i], less, *steps[i + 1 :]))
        for j in range(len(step.acts)):
            less = replace(step, acts=step.acts[:j] + step.acts[j + 1 :])
            yield replace(script, steps=(*steps[:i], less, *steps[i + 1 :]))
        if step.run not in ("apply", "plan"):
            yield replace(script, steps=(*steps[:i], replace(step, run="apply"), *steps[i + 1 :]))
    for i in range(len(script.objects)):
        yield replace(script, objects=script.objects[:i] + script.objects[i + 1 :])
    if script.instances > 1:
        yield replace(script, instances=1)
