"""Three-way comparison of one object: per field, what differs, why, and what could not be told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.kind.shape import Shape
from reconciler.model import ABSENT, Cause, FieldDiff, Recorded
from reconciler.plan.equality import equal
from reconciler.plan.facts import Facts, text_of
from reconciler.plan.inner import inner_differences
from reconciler.plan.parts import by_key, member
from reconciler.plan.secret import judge_secret
from reconciler.values import (
    Generated,
    KnownAfterApply,
    NoValue,
    OutputRef,
    Path,
    SecretRef,
    Spec,
    Unknown,
    Unreadable,
    path_text,
)


@dataclass(slots=True)
class Comparison:
    """What one comparison found. Built up by `compare`; read-only afterwards.

    `unknown`: (path, reason, needed by a desired change). `unverified`: unreadable fields of a foreign object.
    `withheld`: secret fields that may not be sent, with the reason. `released`: recorded and no longer written.
    """

    diffs: list[FieldDiff] = field(default_factory=list)
    unknown: list[tuple[Path, str, bool]] = field(default_factory=list)
    unverified: list[Path] = field(default_factory=list)
    withheld: list[tuple[Path, str]] = field(default_factory=list)
    released: list[Path] = field(default_factory=list)


def compare(
    desired: Spec,
    live: Spec,
    shape: Shape,
    *,
    recorded: Recorded | None,
    facts: Facts,
    ignore: tuple[str, ...] = (),
    origins: Mapping[str, str] | None = None,
) -> Comparison:
    """Return how `live` differs from `desired`, field by field, over the written fields only.

    `live` has its references already turned into handles. `recorded` None means the object is not ours (yet).
    """
    walk = _Walk(facts, recorded is not None, frozenset(ignore), origins or {}, Comparison())
    before = recorded.spec if recorded else {}
    walk.mapping(desired, live, before, shape, ())
    if recorded:
        walk.found.released.extend(_released(before, desired, shape, ()))
    return walk.found


def _released(recorded: Any, desired: Any, shape: Shape, path: Path) -> list[Path]:
    """Return the recorded paths that are no longer written. Lists are wholly owned: nothing inside is released."""
    gone: list[Path] = []
    for name, value in recorded.items():
        sub = shape.fields.get(name) or Shape(form="mapping" if isinstance(value, Mapping) else "leaf")
        if name not in desired:
            gone.append((*path, name))
        elif sub.form == "mapping" and isinstance(value, Mapping) and isinstance(desired[name], Mapping):
            gone.extend(_released(value, desired[name], sub, (*path, name)))
    return gone


@dataclass(frozen=True, slots=True)
class _Walk:
    facts: Facts
    ours: bool
    ignore: frozenset[str]
    origins: Mapping[str, str]
    found: Comparison

    def mapping(self, desired: Mapping[str, Any], live: Any, recorded: Any, shape: Shape, path: Path) -> None:
        for name, wanted in desired.items():
            here, sub = (*path, name), shape.member(name)
            if sub.mutable != "only at creation" and path_text(here) not in self.ignore:
                have = live if isinstance(live, Unknown) else member(live, name)
                self.value(wanted, have, member(recorded, name), sub, here)

    def value(self, wanted: Any, live: Any, recorded: Any, shape: Shape, path: Path) -> None:
        if shape.form == "mapping" and isinstance(wanted, Mapping) and (wanted or isinstance(live, Mapping)):
            self.mapping(wanted, live, recorded, shape, path)
        elif isinstance(wanted, tuple) and (hidden := _unknown_element(live)):
            self.unknown(path, hidden, needed=recorded != wanted)
        elif isinstance(wanted, tuple) and _parted(wanted, shape) and not isinstance(live, Unknown | Unreadable):
            if shape.form == "keyed":
                self.keyed(wanted, live, recorded, shape, path)
            else:
                self.parts(wanted, live, recorded, shape, path)
        else:
            self.leaf(wanted, live, recorded, shape, path)

    def keyed(self, wanted: tuple[Any, ...], live: Any, recorded: Any, shape: Shape, path: Path) -> None:
        """A wholly owned list whose elements are matched by key."""
        want, have, before = (by_key(part, shape.key) for part in (wanted, live, recorded))
        element = shape.item()
        walk = replace(self, found=Comparison())
        for key in [*want, *(k for k in have if k not in want)]:
            here, part, seen, was = (*path, key), want.get(key, ABSENT), have.get(key, ABSENT), before.get(key, ABSENT)
            if path_text(here) in self.ignore:
                continue
            if part is not ABSENT and seen is not ABSENT:
                walk.mapping(part, seen, was, element, here)
            else:
                walk.differs(seen, part, was, element, here)
        for part in _twins(live, shape.key):
            here = (*path, str(part.get(shape.key)))
            if path_text(here) not in self.ignore:
                walk.differs(part, ABSENT, ABSENT, element, here)
        self.take(walk.found, needed=recorded != wanted)
        if walk.found.unknown:
            return
        if shape.ordered and list(want) != list(have) and set(want) == set(have):
            order = Shape(name=shape.name, form="list")
            self.differs(tuple(have), tuple(want), tuple(before) if before else ABSENT, order, path)

    def parts(self, wanted: tuple[Any, ...], live: Any, recorded: Any, shape: Shape, path: Path) -> None:
        """An atomic list of mappings or references: any difference inside is a difference of the whole list."""
        have = live if isinstance(live, list | tuple) else ()
        before = recorded if isinstance(recorded, tuple) and len(recorded) == len(wanted) else ()
        scratch = replace(self, found=Comparison())
        element = shape.item()
        for index, (want, seen) in enumerate(zip(wanted, have, strict=False)):
            was = before[index] if before else ABSENT
            scratch.value(want, seen, was, element, (*path, index))
        if scratch.found.diffs or len(wanted) != len(have):
            scratch.found.diffs.clear()
            scratch.differs(tuple(have), wanted, recorded, shape, path)
        self.take(scratch.found, needed=recorded != wanted)

    def take(self, part: Comparison, *, needed: bool) -> None:
        """Add what was found in a list. It is written as a whole, so not at all while an element is unknown."""
        for at, reason, asked in part.unknown:
            self.found.unknown.append((at, reason, asked or needed or not self.ours))
        if not part.unknown:
            self.found.diffs.extend(part.diffs)
        self.found.unverified.extend(part.unverified)
        self.found.withheld.extend(part.withheld)

    def unknown(self, path: Path, reason: str, *, needed: bool) -> None:
        self.found.unknown.append((path, reason, needed or not self.ours))

    def leaf(self, wanted: Any, live: Any, recorded: Any, shape: Shape, path: Path) -> None:
        if live is ABSENT and shape.write_only:
            live = Unreadable()
        if isinstance(live, Unknown):
            self.unknown(path, live.reason, needed=recorded != wanted)
        elif isinstance(wanted, SecretRef | Generated):
            self.secret(wanted, live, recorded, shape, path)
        elif isinstance(wanted, OutputRef):
            self.computed(wanted, live, recorded, shape, path)
        elif isinstance(live, Unreadable):
            if not self.ours:
                self.found.unverified.append(path)
            elif recorded != wanted:
                self.differs(live, wanted, recorded, shape, path)
        elif not equal(wanted, live, shape):
            self.differs(live, wanted, recorded, shape, path)

    def secret(self, wanted: SecretRef | Generated, live: Any, recorded: Any, shape: Shape, path: Path) -> None:
        verdict = judge_secret(
            wanted,
            live,
            recorded,
            ours=self.ours,
            fingerprint=self.facts.fingerprints.get(path_text(path), ""),
            facts=self.facts,
        )
        if verdict.cause:
            self.add(live, wanted, recorded, shape, path, verdict.cause)
        if verdict.unverified:
            self.found.unverified.append(path)
        if verdict.withheld:
            self.found.withheld.append((path, verdict.withheld))

    def computed(self, wanted: OutputRef, live: Any, recorded: Any, shape: Shape, path: Path) -> None:
        """A `{from: …}` value. Its fingerprint in the record tells a moved source from a hand edit."""
        now = self.facts.outputs.resolve(wanted)
        fingerprint = self.facts.fingerprints.get(path_text(path), "")
        if isinstance(now, Unknown):
            self.unknown(path, now.reason, needed=recorded != wanted)
        elif isinstance(now, KnownAfterApply | NoValue):  # one that has no value is a difference, and held
            self.add(live, now, recorded, shape, path, "desired" if self.ours else "foreign")
        elif isinstance(live, Unreadable):
            same = bool(fingerprint) and self.facts.secrets.fingerprinted(text_of(now), fingerprint)
            if not self.ours:
                self.found.unverified.append(path)
            elif recorded != wanted or same is False:
                self.add(live, wanted, recorded, shape, path, "desired")
        elif live is ABSENT or text_of(now) != text_of(live):
            moved = recorded != wanted or not fingerprint
            hand = not moved and self.facts.secrets.fingerprinted(text_of(live), fingerprint) is False
            self.add(
                live, wanted, recorded, shape, path, "foreign" if not self.ours else "drift" if hand else "desired"
            )

    def differs(self, before: Any, after: Any, recorded: Any, shape: Shape, path: Path) -> None:
        cause: Cause = "foreign"
        if self.ours:
            if recorded is ABSENT:
                cause = "drift" if after is ABSENT else "new"
            elif recorded == after:
                cause = "drift"
            else:
                cause = "conflict" if self.moved(recorded, before, shape, path) else "desired"
        self.add(before, after, recorded, shape, path, cause)

    def moved(self, recorded: Any, live: Any, shape: Shape, path: Path) -> bool:
        """Return whether live differs from what we last applied, secrets told apart by their fingerprints."""
        if isinstance(live, Unreadable):
            return False
        if live is ABSENT or recorded is None:
            return not equal(recorded, live, shape)
        walk = replace(self, found=Comparison())
        walk.value(recorded, live, recorded, shape, path)
        return bool(walk.found.diffs)

    def add(self, before: Any, after: Any, recorded: Any, shape: Shape, path: Path, cause: Cause) -> None:
        inner = inner_differences(before, after) if isinstance(after, tuple) and shape.fields else ()
        origin = self.origins.get(str(path[0]), "")
        self.found.diffs.append(FieldDiff(path, before, after, cause, shape.hides(after), recorded, origin, inner))


def _parted(wanted: tuple[Any, ...], shape: Shape) -> bool:
    """Return whether the elements of a list are looked at one by one: mappings, secrets and computed values."""
    special = shape.form == "list" and any(isinstance(w, SecretRef | Generated | OutputRef) for w in wanted)
    return bool(shape.fields) or special


def _unknown_element(live: Any) -> str:
    """Return why an element of a live list could not be read; "" when all could."""
    hidden = (part.reason for part in live if isinstance(part, Unknown)) if isinstance(live, list | tuple) else ()
    return next(iter(hidden), "")


def _twins(parts: Any, key: str) -> Iterator[Mapping[str, Any]]:
    """Yield the elements of a live list whose key an earlier one has: somebody's, since ours have one each."""
    seen: set[str] = set()
    for part in parts if isinstance(parts, list | tuple) else ():
        if isinstance(part, Mapping):
            if str(part.get(key)) in seen:
                yield part
            seen.add(str(part.get(key)))
