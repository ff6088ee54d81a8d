"""Backups: when Neon takes snapshots of a branch, and how long it keeps them. Snapshots themselves are not managed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from reconciler import (
    Address,
    AtLeastOne,
    Expansion,
    Handle,
    Live,
    Never,
    NotBoth,
    OneOf,
    OneOfIf,
    OnlyIf,
    Part,
    ProviderSettings,
    RefTo,
    Removal,
    RequiredIf,
    Resource,
    Seconds,
    SetOf,
    Sugar,
    written,
)
from reconciler_neon.models.common import Found, NeonKind, no_such_handle, on_named_branches, own

LONGEST = 3_024_000
"""35 days, in seconds: what Neon keeps a snapshot at most."""
FREQUENCIES = ("daily", "weekly", "monthly")


class Entry(Part):
    """One kind of snapshot. `hourly` and `yearly` are of an older document; Neon no longer takes them."""

    rules: ClassVar = (
        RequiredIf("day", when={"frequency": ("weekly", "monthly")}),
        OnlyIf("day", when={"frequency": ("weekly", "monthly")}),
        OneOfIf("day", tuple(range(1, 8)), when={"frequency": ("weekly",)}),
    )

    frequency: Literal["daily", "weekly", "monthly"]
    day: Annotated[int, Field(ge=1, le=31)] = Field(0, description="weekly 1 Monday to 7 Sunday, monthly 1 to 31")
    hour: Annotated[int, Field(ge=0, le=23)] = Field(description="UTC")
    retention_seconds: Annotated[Seconds, Field(ge=3_600, le=LONGEST)] = Field(
        description="how long it is kept: 1h to 35d. What exists already keeps its own"
    )


class Backups(NeonKind, collection="backups", identity="branch"):
    """The snapshot schedule of a root branch. It always exists; empty means off. Needs a paid plan.

    Nothing here takes, restores or deletes a snapshot.
    """

    on_remove = "disable"
    removals = ("disable", "retain")
    loses = "snapshots that would have been taken; those that exist stay until they expire"
    rules: ClassVar = (
        AtLeastOne(("schedule", "enabled"), when={}),
        NotBoth(("schedule", "enabled"), "enabled: false turns backups off"),
    )

    branch: Annotated[Handle, RefTo("branches"), Never("a schedule belongs to its branch")] = Field(
        "", description="a root branch; others cannot have backups"
    )
    schedule: Annotated[SetOf[Entry], Field(min_length=1)] = Field(
        frozenset(), description="all entries, in any order; at most one for each frequency, day and hour"
    )
    enabled: Annotated[bool, OneOf(False), Sugar()] = Field(
        True, description="false turns backups off, in so many words: an empty schedule is refused"
    )

    def expand(self) -> Expansion:
        """Turn `enabled: false` into the empty schedule that it means at Neon."""
        spec = written(self)
        if spec.pop("enabled", True) is False:
            return Expansion({**spec, "schedule": ()}, {"schedule": "enabled: false"})
        return Expansion(spec)

    @classmethod
    def guards(
        cls, removals: tuple[Removal, ...], live: tuple[Live, ...], settings: ProviderSettings
    ) -> Mapping[Address, str]:
        """Refuse to turn off the backups of the default branch, and the last ones of the project."""
        off = {r.address: r.live for r in removals if _turns_off(r)}
        going = {schedule.id for schedule in off.values()}
        left = [schedule for schedule in live if schedule.values.get("schedule") and schedule.id not in going]
        return {
            address: "it is the only backup schedule" if not left else "it is the backup of the default branch"
            for address, schedule in off.items()
            if not left or schedule.private.get("on_default")
        }

    @classmethod
    def cross_check(cls, resources: tuple[Resource, ...], settings: ProviderSettings) -> Found:
        """Find entries that get in each other's way, and schedules on a branch whose handle is not its name."""
        for backups in own(cls, resources):
            for message, fix in _collisions(backups.spec.get("schedule")):
                yield backups.address, "schedule", message, fix
        yield from on_named_branches(cls, resources)

    @classmethod
    def unimportable(cls, live: Live) -> str:
        """Return why it cannot be written."""
        entries = live.values.get("schedule")
        for entry in entries if isinstance(entries, tuple) else ():
            if isinstance(entry, Mapping) and entry.get("frequency") not in FREQUENCIES:
                return f"it has a {entry.get('frequency')} entry, which Neon no longer documents"
        return no_such_handle(live.values.get("branch"))


def _turns_off(removal: Removal) -> bool:
    after = removal.after.spec.get("schedule", removal.live.values.get("schedule")) if removal.after else ()
    return bool(removal.live.values.get("schedule")) and not after


def _collisions(schedule: Any) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with pairs of entries, and what to do.

    Neon's rule for two that fall together is not documented; a sister product takes one snapshot for both.
    """
    for one, other in combinations(schedule if isinstance(schedule, tuple) else (), 2):
        if all(one.get(name) == other.get(name) for name in ("frequency", "day", "hour")):
            yield f"two {one['frequency']} entries are for the same time", "keep one of them"
        elif one["frequency"] != other["frequency"] and one["hour"] == other["hour"]:
            names = f"a {one['frequency']} and a {other['frequency']} entry"
            yield (
                f"{names} both run at {one['hour']:02}:00 UTC, and one may swallow the other",
                "move one to another hour",
            )
