"""One object of one collection: from data to a `Resource`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field
from pydantic_core import ValidationError

from reconciler.kind.base import Kind, Part
from reconciler.kind.shape import shape_of
from reconciler.kind.types import OUTPUT, parse_output
from reconciler.load.document import Document
from reconciler.load.explain import Written, explain
from reconciler.load.judge import Judge, compare
from reconciler.load.lifecycle import LifecycleForm, ignorable
from reconciler.load.places import Places
from reconciler.load.problems import Problems
from reconciler.load.suggest import did_you_mean
from reconciler.model import Address, Lifecycle, Resource


class _Reserved(Part):
    lifecycle: Annotated[LifecycleForm, Field(default_factory=LifecycleForm)]


@dataclass(frozen=True, slots=True)
class Entry:
    """One object as it is written. `trapped`: a value in it was refused already."""

    address: Address
    data: Any
    places: Places
    document: Document
    notes: tuple[str, ...] = ()

    @property
    def trapped(self) -> bool:
        refused = self.document.refused
        return bool(refused) and any(path[:2] == tuple(self.address) for path in refused)


def read_object(
    entry: Entry, kind: type[Kind], types: Mapping[str, str] | None, problems: Problems, judge: Judge | None
) -> Resource | None:
    """Return the resource, or None with every problem added.

    `types` maps the instances of environment.yaml to provider types; None when they are not known.
    """
    checked = checked_object(entry, kind, problems, judge)
    if checked is None:
        return None
    made, lifecycle = checked
    instance = _instance(entry, kind, lifecycle, types, problems)
    if instance is None:
        return None
    where = entry.places.key(())
    try:
        expansion = made.expand()
    except ValueError as error:
        problems.add(f"{entry.address}: {error}", f"see `reconcile explain {kind.collection}`", where)
        return None
    handle = entry.address.handle
    spec = kind.identity_fields(handle, expansion.spec)
    return Resource(
        entry.address,
        instance,
        kind.identify(handle, spec),
        spec,
        where,
        lifecycle,
        places=entry.places,
        origins=expansion.origins,
        notes=entry.notes,
    )


def checked_object(
    entry: Entry, kind: type[Kind], problems: Problems, judge: Judge | None
) -> tuple[Kind, Lifecycle] | None:
    """Return what is written, validated, and its lifecycle; None with every problem added."""
    where = entry.places.key(())
    if not isinstance(entry.data, Mapping):
        if entry.data != "" or not entry.trapped:  # nothing at all is reported already
            fix = "write its fields below it, or {} for an object that leaves them all to the API"
            problems.add(f"{entry.address} must be a mapping of fields", fix, where)
        if judge is not None and not entry.trapped:
            compare(False, judge.object(kind, entry.data), str(entry.address), where, problems)
        return None
    fields = {name: value for name, value in entry.data.items() if name != "lifecycle"}
    lifecycle = _lifecycle(entry, kind, problems)
    made = _validated(kind, fields, entry, problems)
    if judge is not None and not entry.trapped:
        accepted = made is not None and lifecycle is not None
        compare(accepted, judge.object(kind, entry.data), str(entry.address), where, problems)
    return None if made is None or lifecycle is None else (made, lifecycle)


def _validated(kind: type[Kind], fields: Mapping[str, Any], entry: Entry, problems: Problems) -> Kind | None:
    try:
        return kind.model_validate(fields, by_alias=True, by_name=False)
    except ValidationError as error:
        help_text = f"`reconcile explain {kind.collection}` lists the fields"
        problems.extend(explain(error, Written(fields, shape_of(kind), entry.places, help_text)))
        return None


def _lifecycle(entry: Entry, kind: type[Kind], problems: Problems) -> Lifecycle | None:
    written = entry.data.get("lifecycle", {})
    possible = _possible(written, entry, kind, problems) if isinstance(written, Mapping) else True
    data = {"lifecycle": written}
    try:
        form = _Reserved.model_validate(data).lifecycle
    except ValidationError as error:
        problems.extend(explain(error, Written(data, shape_of(_Reserved), entry.places)))
        return None
    return form.lifecycle() if possible else None


def _possible(written: Mapping[str, Any], entry: Entry, kind: type[Kind], problems: Problems) -> bool:
    """Return whether the kind can do what is written; forms that no kind knows are the model's to refuse."""
    right = True
    removal = written.get("on_remove")
    if removal in ("delete", "retain", "disable") and removal not in kind.removals:
        where = entry.places.value(("lifecycle", "on_remove"))
        message = f"lifecycle.on_remove: {removal} is not possible for {kind.collection}"
        problems.add(message, f"write one of {', '.join(kind.removals)}", where)
        right = False
    ignored = written.get("ignore")
    if not isinstance(ignored, list):
        return right
    pattern = re.compile(ignorable(shape_of(kind)))
    for index, path in enumerate(ignored):
        if isinstance(path, str) and not pattern.fullmatch(path):
            fix = did_you_mean(path.partition(".")[0], shape_of(kind).fields)
            where = entry.places.value(("lifecycle", "ignore", index))
            problems.add(f"lifecycle.ignore: {kind.collection} have no field {path}", fix, where)
            right = False
    return right


def _instance(
    entry: Entry, kind: type[Kind], lifecycle: Lifecycle, types: Mapping[str, str] | None, problems: Problems
) -> str | None:
    """Return the instance that has the object: the one it names, else the only one of its kind's provider type."""
    wanted = lifecycle.provider
    if types is None:
        return wanted or kind.provider
    candidates = [name for name, provider_type in types.items() if provider_type == kind.provider]
    if wanted in candidates:
        return wanted
    if wanted is not None:
        where = entry.places.value(("lifecycle", "provider"))
        if wanted in types:
            why = f"{wanted} is of type {types[wanted]}; {kind.collection} belong to {kind.provider}"
            problems.add(f"lifecycle.provider: {why}", f"write one of {', '.join(candidates)}", where)
        else:
            fix = did_you_mean(wanted, candidates)
            problems.add(f"lifecycle.provider: environment.yaml has no instance {wanted}", fix, where)
        return None
    if len(candidates) > 1:
        names = ", ".join(candidates)
        message = f"{entry.address} could belong to several instances of {kind.provider}: {names}"
        problems.add(message, f"add `lifecycle: {{provider: {candidates[0]}}}`", entry.places.key(()))
        return None
    return candidates[0] if candidates else kind.provider


def loose(entry: Entry) -> Resource | None:
    """Return an object that a model refused as if it were one, for the references that can still be checked."""
    if not isinstance(entry.data, Mapping):
        return None
    spec = {name: _loose(value) for name, value in entry.data.items() if name != "lifecycle"}
    return Resource(entry.address, "", (), spec, entry.places.key(()), places=entry.places)


def _loose(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_loose(item) for item in value)
    if isinstance(value, Mapping):
        if set(value) == {"from"} and isinstance(value["from"], str) and re.fullmatch(OUTPUT, value["from"]):
            return parse_output(value)
        return {name: _loose(inner) for name, inner in value.items()}
    return value
