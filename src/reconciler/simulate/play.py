"""The runs of a world: each step's run with its faults, then calm, until nothing is left to do."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Collection
from typing import Any

from reconciler.engine.options import Options
from reconciler.model import Plan
from reconciler.simulate import truth
from reconciler.simulate.approving import approve_all
from reconciler.simulate.process import Process
from reconciler.simulate.reached import refusal
from reconciler.simulate.running import Ran
from reconciler.simulate.script import Step
from reconciler.simulate.things import Key
from reconciler.simulate.trouble import CALM, KILLED_LONG, Weather
from reconciler.simulate.violation import CONVERGES, GATES, READ_ONLY, Violated
from reconciler.simulate.world import World

TRIES = 5  # applies after the last fault: what one leaves the next one finishes
_PUSHES = {
    "read": "ledger unreachable",
    "push before": "ledger push lost before the effect",
    "push after": "ledger push lost after the effect",
}
_DURING = ("a write", "ledger begin", "ledger finish")
_COMMON = tuple(f"{side} {what}" for side in ("before", "after") for what in _DURING)
_HIDES = ("page silently gone", "read-after-write lag", "unreadable object", "made twice at once")


async def play(world: World) -> None:
    """Live through a script, and come to rest. Raises Violated."""
    for number, step in enumerate(world.script.steps, 1):
        world.say(f"step {number}")
        await world.acts(step)
        await _step(world, step)
        while world.undo:
            world.undo.pop()()
        world.clock.advance(random.Random(step.seed).choice((45.0, 300.0, 1200.0, 7200.0)))  # nosec B311  # repeatable on purpose
    await settle(world)
    if world.script.approve_all:
        for _ in range(3):
            if not world.shown:
                break
            approve_all(world)
            world.say(f"approve all that is held: {', '.join(d[:12] for d in world.shown)}")
            await settle(world)


async def settle(world: World) -> None:
    """Apply until nothing is left to do but what is held. Raises Violated when that does not come."""
    world.clock.advance(1300.0)  # any lock has run out
    plan: Plan | None = None
    refused: set[str] = set()
    for _ in range(TRIES):
        [ran] = await run(world, "apply")
        refused = _refused(world, ran)
        if ran.error is not None:
            raise Violated(CONVERGES, f"with no fault left, apply says: {ran.error}")
        world.clock.advance(60.0)
        [ran] = await run(world, "plan")
        plan = ran.plan
        if plan is not None and not open_changes(plan, refused):
            break
    assert plan is not None
    if left := open_changes(plan, refused):
        raise Violated(CONVERGES, f"after {TRIES} applies without a fault there is still: {', '.join(left)}")
    _at_rest(world, plan, await world.vendor.things(), refused)


def _refused(world: World, ran: Ran) -> set[str]:
    """Return what a package's vendor did not take in calm weather: something that nobody manages is in its way.

    Vercel takes no redirect beside a branch that somebody set by hand; Sentry no key in a project that is not there and
    that `desired/` does not name. Only a person can decide, and what depends on it waits. The vendors in memory have
    no such rules, and no such excuse.
    """
    if world.vendor.exact or ran.outcome is None:
        return set()
    return {str(r.address) for r in ran.outcome.results if r.status in ("failed", "skipped")}


def open_changes(plan: Plan, refused: Collection[str] = ()) -> list[str]:
    """Return what a plan would still do, and what it could not read."""
    left = [f"{c.action} {c.address}" for c in plan.changes if not c.held and str(c.address) not in refused]
    return left + [f"{u.subject}: {u.reason}" for u in plan.unknown if "have this identity" not in u.reason]


def _at_rest(world: World, plan: Plan, things: Any, refused: Collection[str]) -> None:
    """Check what is true once nothing is left to do: desired is live, and what is ours is recorded."""
    unknown = [u.subject for u in plan.unknown]
    held = {str(c.address) for c in plan.changes if c.held} | {*refused}
    held |= {str(r) for r in world.committed.addresses() if any(f"{u}.".startswith(f"{r}.") for u in unknown)}
    project = world.commits[world.machine.history.tip]
    ledger = world.machine.remote.state()
    for resource in project.resources:
        if str(resource.address) in held or project.settings_for(resource.address.collection).authority == "observe":
            continue
        record = ledger.records.get(resource.address)
        key = Key(resource.provider, resource.address.collection, record.live_id if record else "")
        if record is None or key not in things:
            raise Violated(CONVERGES, f"{resource.address} is desired, nothing holds it, and it is not there")
        left_alone = not world.vendor.exact or resource.lifecycle.on_drift == "hold"
        if not left_alone and not world.oracle.as_desired(resource, things[key]):
            is_now = f"wanted {dict(resource.spec)}, is {dict(things[key].values)}"
            raise Violated(CONVERGES, f"{resource.address} is not as desired, and no plan says so: {is_now}")
    waiting = {Key(r.provider, a.collection, r.live_id) for a, r in ledger.records.items() if str(a) in held}
    truth.lives(ledger, things, world.gone_by_hand | waiting)
    # Where a person pinned one of two of the same name, the other one is nobody's: so it was decided.
    pins = {(r.provider, r.address.collection, r.identity): r.lifecycle.id for r in project.resources if r.lifecycle.id}
    twins = {k for k, t in things.items() if pins.get((k.instance, k.kind, t.identity), k.id) != k.id}
    truth.at_rest(ledger, things, world.oracle, _waiting(plan, things) | twins)


def _waiting(plan: Plan, things: Any) -> set[Key]:
    """Return what a plan leaves to a person: what it holds, and live objects that it cannot tell apart."""
    ids = {live.id for c in plan.changes if c.held and (live := getattr(c, "live", None)) is not None}
    names = {(c.provider, c.kind, d.identity) for c in plan.changes if c.held and (d := getattr(c, "desired", None))}
    doubled = [u.reason for u in plan.unknown if "have this identity" in u.reason]
    return {
        key
        for key, thing in things.items()
        if key.id in ids
        or (key.instance, key.kind, thing.identity) in names
        or any(re.search(rf"\b{key.id}\b", reason) for reason in doubled)
    }


async def run(world: World, kind: str, step: Step | None = None) -> list[Ran]:
    """Run the tool once in calm weather, and judge it."""
    return await _weathered(world, kind, step or Step((), kind, 0, ()))


async def _step(world: World, step: Step) -> None:
    if step.run == "saved plan":
        [planned] = await run(world, "plan")
        world.clock.advance(random.Random(step.seed).choice((60.0, 3600.0)))  # nosec B311  # repeatable on purpose
        if random.Random(step.seed).random() < 0.5:  # nosec B311  # repeatable on purpose
            await world.acts(Step(step.acts[:1], "", 0, ()))
        await _weathered(world, "apply", step, saved=planned.saved)
        world.counters.count("steps", "saved plan")
        return
    await _weathered(world, step.run, step)
    world.counters.count("steps", step.run)


def _target(world: World, rng: random.Random) -> str:
    """Return an address to narrow a run to: more often than not one that refers to another."""
    found = world.committed.addresses()
    needy = [a for a in found if {"group", "endpoint", "owner"} & world.committed.get(a).keys()]
    return str(rng.choice(needy if needy and rng.random() < 0.7 else found))


def _process(world: World, kind: str, rng: random.Random, commit: str) -> Process:
    world.number += 1
    mode: Any = kind if kind in ("plan", "drift") else "apply"
    return Process(world.number, mode, rng.choice(("ci-1", "ci-1", "laptop")), commit)


def _commit(world: World, kind: str, rng: random.Random) -> str:
    """Return the commit that a run stands at: the newest, but for those that are meant to be refused."""
    tip = world.merge()
    history = world.machine.history
    if kind == "older commit" and history.parents[tip]:
        return history.parents[tip]
    if kind == "commit that is not merged":
        made = history.commit(parent=tip, merged=False)
        world.commits[made] = world.commits[tip]
        history.trees[made] = history.trees[tip]
        return made
    return tip


async def _weathered(world: World, kind: str, step: Step, *, saved: str = "") -> list[Ran]:
    rng = random.Random(step.seed)  # nosec B311  # repeatable on purpose
    commit = _commit(world, kind, rng)
    weather = Weather.of(step.troubles, lambda fault: world.counters.count("faults", fault))
    processes = [_process(world, kind, rng, commit)]
    if kind == "race":
        processes.append(_process(world, kind, rng, commit))
        world.counters.count("faults", "two runs racing")
    if armed := weather.has("crash"):
        _doom(processes[0], armed.rng)
    elif armed := weather.has(KILLED_LONG):
        processes[0].crash_points = frozenset({armed.rng.choice(("before ledger renew", "after ledger renew"))})
    skew = 0.0
    if armed := weather.has("clock skew"):
        skew = armed.rng.choice((-100.0, -20.0, 20.0, 100.0))
        weather.hit("clock skew")
    before, started = await world.vendor.things(), len(world.log.attempts)
    ledger_before = world.machine.remote.head
    world.vendor.weather = weather
    world.machine.remote.trouble = lambda point: _ledger_trouble(weather, point)
    options = Options()
    if kind == "targeted apply" and world.committed.addresses():
        options = Options(targets=(_target(world, rng),))
    changed = ("environment.yaml",) if kind == "not committed" else ()
    project = world.commits[commit]

    async def one(process: Process, delay: float) -> Ran:
        if delay:
            await world.clock.sleep(delay)
        return await world.machine.run(
            process, project, world.environ, options=options, saved=saved, skew=skew, changed=changed
        )

    delays = [0.0, rng.choice((0.0, 0.01, 0.3, 1.0))]
    ran = list(await asyncio.gather(*(one(p, d) for p, d in zip(processes, delays, strict=False))))
    world.vendor.weather = CALM
    world.machine.remote.trouble = lambda point: False
    _tell(world, kind, ran, weather, skew)
    twice: list[str] = getattr(world.vendor, "twice", list)()
    by_hand = frozenset(k for k in await world.vendor.things() if k.id in twice)
    calm = not any(weather.has(fault) for fault in _HIDES) and len(ran) == 1
    _refusals(world, kind, ran, commit, ledger_before)
    await world.judge(ran, before, started, calm=calm, by_hand=by_hand)
    return ran


def _doom(process: Process, rng: random.Random) -> None:
    """Choose where a process dies. What the ledger is seldom told of, it dies at whenever it comes there."""
    rare = {rng.choice((f"before ledger {point}", f"after ledger {point}")) for point in ("held", "run")}
    if rng.random() < 0.12:
        process.crash_reading_at = rng.randint(0, 9)
        return
    process.crash_points = frozenset(rare)
    if rng.random() < 0.5:
        process.crash_points |= {rng.choice(_COMMON)}
    else:
        process.crash_at = rng.choice((0, 1, 2, 2, 3, 3, 4, 4, 5, 6, 7, 8, 10, 12, 15))


def _ledger_trouble(weather: Weather, point: str) -> bool:
    fault = _PUSHES[point]
    armed = weather.at(armed_on(weather, fault), (fault,))
    if armed:
        weather.hit(fault)
    return armed is not None


def armed_on(weather: Weather, fault: str) -> str:
    """Return what a fault of the ledger waits for, so that any operation of it will do."""
    armed = weather.has(fault)
    if armed:
        armed.skip = min(armed.skip, 2)
        return armed.on
    return "any"


def _refusals(world: World, kind: str, ran: list[Ran], commit: str, ledger_before: int) -> None:
    """A run that must be refused as a whole was, and left no trace."""
    refused = {"commit that is not merged": "not merged", "not committed": "not committed"}
    if kind == "older commit" and commit != world.machine.history.tip:
        state = world.machine.remote.state()
        last = state.begin.commit if state.begin else state.commit
        if last and not world.machine.history.is_ancestor(last, commit):
            refused[kind] = "older commit"
    for one in ran:
        why = refusal(one.error) if one.error is not None else ""  # type: ignore[arg-type]
        if why:
            world.counters.count("gates", why)
        if kind in refused and not one.crashed and one.error is None:
            raise Violated(GATES, f"{kind}: the run was not refused")
        if kind in refused and one.process.vendor_writes:
            raise Violated(GATES, f"{kind}: {one.process.vendor_writes} writes were sent")
        if one.process.mode != "apply" and one.process.ledger_writes:
            raise Violated(READ_ONLY, f"{one.process.mode} wrote to the ledger")


def _tell(world: World, kind: str, ran: list[Ran], weather: Weather, skew: float) -> None:
    """Say in words what a run was and what became of it."""
    faults = [f"{name} ({n}x)" if n > 1 else name for name, n in sorted(weather.struck.items())]
    if skew:
        faults.append(f"{skew:+.0f} s")
    for one in ran:
        if one.crashed:
            point = one.process.died_at
            world.counters.count("faults", "crash")
            world.counters.count("crash points", point)
            became = f"killed {point}"
        elif one.error is not None:
            became = f"refused: {str(one.error).splitlines()[0]}"
        elif one.bug:
            became = "a traceback"
        elif one.outcome is not None:
            became = "; ".join(f"{r.action} {r.address} {r.status}" for r in one.outcome.results) or "nothing to do"
        else:
            assert one.plan is not None
            became = f"{len(one.plan.changes)} changes, {sum(bool(c.held) for c in one.plan.changes)} held"
        with_faults = f" [{', '.join(faults)}]" if faults else ""
        world.say(f"{kind} (pid {one.process.number}){with_faults}: {became}")
