"""One world, from its script to its end: acts, runs, and after each run everything that must be true."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from reconciler.discover import Catalog
from reconciler.errors import InputError
from reconciler.kind.base import Kind
from reconciler.kind.shape import shape_of
from reconciler.load.project import Project
from reconciler.model import Address
from reconciler.simulate import gates, leaks, truth
from reconciler.simulate.counters import Counters
from reconciler.simulate.edits import EDITS
from reconciler.simulate.git import History
from reconciler.simulate.hands import HANDS
from reconciler.simulate.ledger import Remote
from reconciler.simulate.loop import SimulatedLoop
from reconciler.simulate.oracle import Oracle
from reconciler.simulate.process import Process
from reconciler.simulate.reached import count_plan
from reconciler.simulate.run_facts import Facts, Printed
from reconciler.simulate.running import Machine, Ran
from reconciler.simulate.script import Script, Step
from reconciler.simulate.surroundings import SECRET_VALUES, SURROUNDINGS
from reconciler.simulate.things import Key, Thing, Vendor
from reconciler.simulate.tree import Tree
from reconciler.simulate.violation import READ_ONLY, SANE, Violated
from reconciler.simulate.watch import Attempt, Log, Shown, watched
from reconciler.testing.clock import FakeClock

OUTSIDE = {**HANDS, **SURROUNDINGS}


@dataclass(slots=True)
class World:
    """Everything there is, and everything that happened."""

    script: Script
    counters: Counters
    vendor: Vendor
    clock: FakeClock
    machine: Machine
    log: Log
    tree: Tree = field(default_factory=Tree)
    committed: Tree = field(default_factory=Tree)
    environ: dict[str, str] = field(default_factory=dict)
    commits: dict[str, Project] = field(default_factory=dict)
    oracle: Oracle = field(default_factory=Oracle)
    trace: list[str] = field(default_factory=list)
    undo: list[Callable[[], None]] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    all_shown: list[str] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    printed: dict[str, Printed] = field(default_factory=dict)
    gone_by_hand: set[Key] = field(default_factory=set)
    canaries: set[str] = field(default_factory=set)
    applied: dict[tuple[Any, str], str] = field(default_factory=dict)  # secrets last sent
    last_seen: Mapping[Key, Thing] = field(default_factory=dict)
    untold: set[Key] = field(default_factory=set)  # removed by runs that ended before the ledger knew
    number: int = 100
    digest: Any = field(default_factory=hashlib.sha256)

    @classmethod
    def of(cls, script: Script, counters: Counters, vendor: Vendor, clock: FakeClock, loop: SimulatedLoop, root: Path,
) -> World:  # fmt: skip
        """Return a world before anything has happened."""
        log = Log()
        providers = {name: watched(cls, log) for name, cls in vendor.providers.items()}
        catalog = Catalog.of(vendor.kinds, providers)
        machine = Machine(root, clock, loop, Remote(), History(), catalog, vendor.transport)
        world = cls(script, counters, vendor, clock, machine, log)
        world.environ = {**{name: values[0] for name, values in SECRET_VALUES.items()}, **vendor.environ()}
        world.canaries |= set(world.environ.values())
        world.oracle.exact, world.oracle.moves_along = vendor.exact, vendor.moves_along
        world.oracle.reference_fields = lambda kind: references_of(
            next(k for k in vendor.kinds if k.collection == kind)
        )
        world.tree.instances = vendor.instances()
        for seed in script.objects:
            made = vendor.new(random.Random(seed), world.tree)  # nosec B311  # repeatable on purpose
            if made:
                world.tree.put(*made)
        return world

    def say(self, text: str) -> None:
        """Add a line to the history of this world, in words."""
        self.trace.append(text)
        self.digest.update(text.encode())

    def owned_address(self, key: Key) -> Address | None:
        """Return the address that the ledger has for a live object."""
        for address, record in self.machine.remote.state().records.items():
            if (record.provider, address.collection, record.live_id) == (key.instance, key.kind, key.id):
                return address
        return None

    def known_accounts(self) -> Collection[str]:
        """Return the instances whose account the ledger has noted."""
        return self.machine.remote.state().scopes

    # Acts.

    async def acts(self, step: Step) -> None:
        """Do what people do before a run, and merge what they wrote."""
        for act in step.acts:
            rng = random.Random(act.seed)  # nosec B311  # repeatable on purpose
            before = self.tree.copy()
            said = EDITS[act.kind](self, rng) if act.kind in EDITS else await OUTSIDE[act.kind](self, rng)
            if not said:
                continue
            if not self._valid():
                self.tree = before  # the check of the pull request refuses it, so it is never merged
                continue
            self.counters.count("steps", act.kind)
            self.say(said)

    def _valid(self) -> bool:
        try:
            self.tree.project(self.machine.root, self.machine.catalog)
        except InputError:
            return False
        return True

    def merge(self) -> str:
        """Return the commit that holds the tree: a new one, where it changed."""
        history = self.machine.history
        if self.tree != self.committed or not history.tip:
            commit = history.commit()
            self.commits[commit] = self.tree.project(self.machine.root, self.machine.catalog)
            self.committed = self.tree.copy()
            found = (self.machine.root / "desired").glob("*.yaml")
            history.trees[commit] = {f"desired/{path.name}": path.read_bytes() for path in found}
        return history.tip

    # Judging.

    async def judge(
        self, ran: list[Ran], before: Mapping[Key, Thing], started: int, *, calm: bool, by_hand: frozenset[Key]
    ) -> None:
        """Hold what happened against every invariant. Raises Violated."""
        after = self.last_seen = await self.vendor.things()
        self._note_plans(ran, after)
        judged: list[Facts] = []
        for one in ran:
            self._sane(one)
            tried = tuple(a for a in self.log.attempts[started:] if a.process is one.process)
            process = one.process
            process.applied = self.applied
            statuses = {"interrupted"} if one.outcome is None else {r.status for r in one.outcome.results}
            facts = Facts(
                process, before, after, tried, self.clock.now().date(), by_hand, self.printed, calm,
                smooth=not statuses & {"failed", "interrupted"}, unwelcome=self.vendor.unwelcome,
            )  # fmt: skip
            if process.mode != "apply" or (one.error is not None and not process.ledger_writes):
                self._wrote_nothing(one, tried)
            if process.ledger is None:
                continue
            self.oracle.judge(facts)
            gates.judge(facts)
            self._note_secrets(process, tried, after)
            judged.append(facts)
            # A removal whose answer never came has failed, as far as the run can tell.
            if "failed" in statuses or not process.finished:
                self.untold |= facts.tried("delete", "disable")  # at once, or, where a vendor takes its time, later
        for facts in judged:
            self.oracle.learn(self.machine.remote.state(), facts)
        self.oracle.forget_gone(after)
        self.oracle.no_doubles(after)
        ledger = self.machine.remote.state()
        truth.specs(ledger, self.commits)
        self.oracle.recorded |= {Key(r.provider, a.collection, r.live_id) for a, r in ledger.records.items()}
        truth.lives(ledger, after, self.gone_by_hand | self.untold)
        self._leaks(ran)
        self._fold(after)

    def _note_secrets(self, process: Process, tried: tuple[Attempt, ...], after: Mapping[Key, Thing]) -> None:
        """Remember which secret text was last sent to each field of each object; none where the ledger knows nothing
        of the last one: then it is corrected as any hand edit is.
        """
        for attempt in tried:
            sent = {name: str(text) for name, text in attempt.sent.items() if isinstance(text, Shown)}
            for key, thing in after.items() if sent else ():
                if (key.instance, key.kind) == (attempt.instance, attempt.kind) and (
                    key.id == attempt.live_id or (not attempt.live_id and thing.identity == attempt.identity)
                ):
                    self.applied.update({(key, name): text if process.finished else "" for name, text in sent.items()})

    def _sane(self, ran: Ran) -> None:
        if ran.bug:
            raise Violated(SANE, ran.bug[-1500:])

    def _wrote_nothing(self, ran: Ran, tried: tuple[Any, ...]) -> None:
        if tried:
            raise Violated(READ_ONLY, f"{ran.process.mode} sent {tried[0].operation} of {tried[0].kind}")
        if ran.process.ledger_writes:
            raise Violated(READ_ONLY, f"{ran.process.mode} wrote to the ledger")

    def _note_plans(self, ran: list[Ran], after: Mapping[Key, Thing]) -> None:
        """Remember every digest that a plan printed, and how what it is about looked."""
        for one in ran:
            if one.plan is None:
                continue
            count_plan(one.plan, self.counters)
            sets: dict[str, tuple[set[str], set[tuple[Address, str]]]] = {}
            for change in one.plan.changes:
                for hold in change.held:
                    if hold.offered:
                        gates_held, covered = sets.setdefault(hold.offered, (set(), set()))
                        gates_held.add(hold.gate)
                        covered.add((change.address, change.action))
            lives = {c.address: live for c in one.plan.changes if (live := getattr(c, "live", None)) is not None}
            for digest, (named, covers) in sets.items():
                live = {
                    a: thing
                    for a, _ in covers
                    if (seen := lives.get(a)) is not None
                    for thing in after.values()
                    if (thing.key.kind, thing.key.id) == (seen.kind, seen.id)
                }
                self.printed[digest] = Printed(frozenset(named), frozenset(covers), live)
            self.shown = sorted(sets)
            self.all_shown.extend(d for d in self.shown if d not in self.all_shown)
            self.plain = sorted(c.digest for c in one.plan.changes if not c.held)

    def _leaks(self, ran: list[Ran]) -> None:
        self.canaries.update(self.vendor.secrets())
        for one in ran:
            leaks.check(one.said, self.canaries)
        stored = {f"ledger ({name})": body.decode() for name, body in self.machine.remote.files.items()}
        leaks.check(stored, self.canaries)
        journals = sorted(self.machine.root.glob(".reconciler/journal-*.jsonl"))
        leaks.check({path.name: path.read_text() for path in journals[-2:]}, self.canaries)

    def _fold(self, things: Mapping[Key, Thing]) -> None:
        for key in sorted(things, key=str):
            self.digest.update(f"{key}{sorted(things[key].values.items(), key=str)}".encode())
        for name in sorted(self.machine.remote.files):
            self.digest.update(self.machine.remote.files[name])


@cache
def references_of(kind: type[Kind]) -> frozenset[str]:
    """Return the fields of a kind that are stored otherwise than written: ids for names, and what says what is owed."""
    fields = shape_of(kind).fields.items()
    return frozenset(name for name, member in fields if member.ref or member.external or member.follows)
