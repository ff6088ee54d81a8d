"""Three-way comparison of one object: per field, what differs, why, and what could not be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.kind.shape import Shape
from reconciler.model import ABSENT, Cause, FieldDiff, Recorded
from reconciler.plan.equality import equal
from reconciler.plan.facts import Facts, text_of
from reconciler.plan.inner import inner_differences
from reconciler.plan.secret import judge_secret
from reconciler.values import (
    Generated,
    KnownAfterApply,
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
            here = (*path, name)
            if path_text(here) not in self.ignore:
                sub = shape.member(name)
                have = live if isinstance(live, Unknown) else _member(live, name)
                self.value(wanted, have, _member(recorded, name), sub, here)

    def value(self, wanted: Any, live: Any, recorded: Any, shape: Shape, path: Path) -> None:
        if shape.form == "mapping" and isinstance(wanted, Mapping):
            self.mapping(wanted, live, recorded, shape, path)
        elif isinstance(wanted, tuple) and shape.fields and not isinstance(live, Unknown | Unreadable):
            if shape.form == "keyed":
                self.keyed(wanted, live, recorded, shape, path)
            else:
                self.parts(wanted, live, recorded, shape, path)
        else:
            self.leaf(wanted, live, recorded, shape, path)

    def keyed(self, wanted: tuple[Any, ...], live: Any, recorded: Any, shape: Shape, path: Path) -> None:
        """A wholly owned list whose elements are matched by key."""
        want, have, before = (_by_key(part, shape.key) for part in (wanted, live, recorded))
        element = shape.item()
        for key, part in want.items():
            if key in have:
                self.mapping(part, have[key], before.get(key, ABSENT), element, (*path, key))
            else:
                self.differs(ABSENT, part, before.get(key, ABSENT), element, (*path, key))
        for key, part in have.items():
            if key not in want:
                self.differs(part, ABSENT, before.get(key, ABSENT), element, (*path, key))
        if shape.ordered and list(want) != list(have) and set(want) == set(have):
            order = Shape(name=shape.name, form="list")
            self.differs(tuple(have), tuple(want), tuple(before) if before else ABSENT, order, path)

    def parts(self, wanted: tuple[Any, ...], live: Any, recorded: Any, shape: Shape, path: Path) -> None:
        """An atomic list of mappings: any difference inside is a difference of the whole list."""
        have = live if isinstance(live, list | tuple) else ()
        before = recorded if isinstance(recorded, tuple) and len(recorded) == len(wanted) else ()
        scratch = _Walk(self.facts, self.ours, self.ignore, self.origins, Comparison())
        element = shape.item()
        for index, (want, seen) in enumerate(zip(wanted, have, strict=False)):
            was = before[index] if before else ABSENT
            scratch.mapping(want, seen, was, element, (*path, index))
        self.found.unknown.extend(scratch.found.unknown)
        self.found.unverified.extend(scratch.found.unverified)
        self.found.withheld.extend(scratch.found.withheld)
        if scratch.found.diffs or len(wanted) != len(have):
            self.differs(tuple(have), wanted, recorded, shape, path)

    def leaf(self, wanted: Any, live: Any, recorded: Any, shape: Shape, path: Path) -> None:
        if live is ABSENT and shape.write_only:
            live = Unreadable()
        if isinstance(live, Unknown):
            self.found.unknown.append((path, live.reason, not self.ours or recorded != wanted))
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
            self.found.unknown.append((path, now.reason, not self.ours or recorded != wanted))
        elif isinstance(now, KnownAfterApply):
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
                moved = not (isinstance(before, Unreadable) or equal(recorded, before, shape))
                cause = "conflict" if moved else "desired"
        self.add(before, after, recorded, shape, path, cause)

    def add(self, before: Any, after: Any, recorded: Any, shape: Shape, path: Path, cause: Cause) -> None:
        inner = inner_differences(before, after) if isinstance(after, tuple) and shape.fields else ()
        origin = self.origins.get(str(path[0]), "")
        self.found.diffs.append(FieldDiff(path, before, after, cause, shape.secret, recorded, origin, inner))


def _member(value: Any, name: str) -> Any:
    return value.get(name, ABSENT) if isinstance(value, Mapping) else ABSENT


def _by_key(parts: Any, key: str) -> dict[str, Any]:
    if not isinstance(parts, list | tuple):
        return {}
    return {str(part.get(key)): part for part in parts if isinstance(part, Mapping)}
