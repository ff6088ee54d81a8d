"""Compact objects: what one stands for is written out before anything else looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reconciler.kind.base import Kind, written
from reconciler.load.judge import Judge
from reconciler.load.places import Places
from reconciler.load.problems import Problems
from reconciler.load.resources import Entry, checked_object
from reconciler.model import Address, Resource


@dataclass(frozen=True, slots=True)
class Compact:
    """A compact object: itself, for the references it holds, and the entries it stands for."""

    itself: Resource
    entries: tuple[Entry, ...]


def unfold(entry: Entry, kind: type[Kind], problems: Problems, judge: Judge | None) -> Compact | None:
    """Return what a compact object stands for, or None with every problem added.

    Each entry stands where the compact one is written, and has its `lifecycle:`.
    """
    checked = checked_object(entry, kind, problems, judge)
    if checked is None:
        return None
    made, _ = checked
    where = entry.places.key(())
    try:
        found = made.unfold(entry.address.handle)
    except ValueError as error:
        problems.add(f"{entry.address}: {error}", f"see `reconcile explain {kind.collection}`", where)
        return None
    itself = Resource(entry.address, "", (), written(made), where, places=entry.places)
    places = Places(entry.places.file, entry.places.mark._replace(inner={}))
    lifecycle = {"lifecycle": entry.data["lifecycle"]} if "lifecycle" in entry.data else {}
    entries = []
    for one in found:
        data: dict[str, Any] = {**one.fields, **lifecycle}
        notes = (f"written as {entry.address}", *one.notes)
        entries.append(Entry(Address(kind.unfolds_into, one.handle), data, places, entry.document, notes))
    return Compact(itself, tuple(entries))
