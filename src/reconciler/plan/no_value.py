"""What takes an output that its object does not have is held, and told which reference that is. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from reconciler.kind.base import Kind
from reconciler.model import Address, Adopt, Change, Create, FieldDiff, Hold, Recreate, Resource, Update
from reconciler.plan.follow import writes
from reconciler.plan.references import References
from reconciler.values import KnownAfterApply, NoValue, OutputRef, Path


def held_without_value(
    changes: tuple[Change, ...], references: References, kinds: Mapping[str, type[Kind]]
) -> tuple[Change, ...]:
    """Return the changes, held where one would send a value that is not there.

    While the object that has the output is itself written in this plan, what it reports afterwards counts.
    """
    written = {c.address for c in changes if writes(c) and isinstance(c, Create | Recreate | Update | Adopt)}
    return tuple(_held(change, written, references, kinds) for change in changes)


def _held(change: Change, written: set[Address], references: References, kinds: Mapping[str, type[Kind]]) -> Change:
    if not isinstance(change, Create | Recreate | Update | Adopt):
        return change
    names = {str(f.path[0]) for f in change.fields if f.cause != "released"}
    holds = tuple(
        _hold(ref, path, change.desired, kinds)
        for path, ref in _outputs(change.desired.spec, ())
        if path[0] in names
        and Address.parse(ref.address) not in written
        and isinstance(references.resolve(ref), NoValue)
    )
    return replace(change, held=(*change.held, *holds), fields=tuple(_later(f, written) for f in change.fields))


def _later(diff: FieldDiff, written: set[Address]) -> FieldDiff:
    """Return the difference with a value that this plan may yet make as one that is known after apply."""
    gone = diff.after
    if isinstance(gone, NoValue) and Address.parse(gone.source.rpartition(".")[0]) in written:
        return replace(diff, after=KnownAfterApply(gone.source))
    return diff


def _hold(ref: OutputRef, path: Path, desired: Resource, kinds: Mapping[str, type[Kind]]) -> Hold:
    place = desired.place(path)
    kind = kinds.get(Address.parse(ref.address).collection)
    output = kind.outputs.get(ref.output) if kind else None
    why = output.absent if output and output.absent else f"{ref.address} is there and has no {ref.output}"
    step = f"{output.remedy}, or remove" if output and output.remedy else "give it one, or remove"
    return Hold("reference", f"{ref} has no value ({place.file}:{place.line}): {why}", f"{step} the reference")


def _outputs(value: Any, path: Path) -> Iterator[tuple[Path, OutputRef]]:
    if isinstance(value, OutputRef):
        yield path, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _outputs(inner, (*path, name))
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            yield from _outputs(inner, (*path, index))
