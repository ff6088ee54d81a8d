"""What is live at an instance as the mappings of YAML files: handles given, references by handle. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from reconciler.importing.express import Expresser
from reconciler.importing.names import handles
from reconciler.kind.base import Kind
from reconciler.kind.shape import Shape, shape_of
from reconciler.load.project import Project
from reconciler.model import Address, Live
from reconciler.plan.match import Match
from reconciler.plan.references import References
from reconciler.plan.state import Observation


@dataclass(slots=True)
class Composed:
    """`objects`: collection to handle to mapping. `impossible`: objects that cannot be written, and why."""

    objects: dict[str, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    skipped: list[tuple[str, str]] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    impossible: list[tuple[Live, str]] = field(default_factory=list)


def compose(
    project: Project,
    instance: str,
    kinds: Mapping[str, type[Kind]],
    observation: Observation,
    matched: Sequence[Match],
    chosen: Mapping[str, Sequence[Live]],
) -> Composed:
    """Return the live objects in `chosen`, by collection, as a person would write them."""
    named: list[Match] = list(matched)
    handle_of: dict[tuple[str, str], str] = {}
    for name, lives in chosen.items():
        taken = [r.address.handle for r in project.resources if r.address.collection == name]
        for live_id, handle in handles(lives, kinds[name], taken).items():
            handle_of[name, live_id] = handle
        named.extend(Match(Address(name, handle_of[name, li.id]), instance, live=li, by="identity") for li in lives)
    references = References(named, observation)
    several = sum(one.type == project.instances[instance].type for one in project.instances.values()) > 1
    result = Composed()
    names: set[str] = set()
    for name, lives in chosen.items():
        shape = shape_of(kinds[name])
        writer = Expresser(kinds[name], partial(references.localize, provider=instance, shape=shape), names)
        for live in sorted(lives, key=lambda one: handle_of[one.kind, one.id]):
            handle = handle_of[name, live.id]
            said = writer.express(live, handle)
            if said.impossible:
                result.impossible.append((live, said.impossible))
                continue
            if several:
                said.mapping["lifecycle"] = {**said.mapping.get("lifecycle", {}), "provider": instance}
            result.objects[name][handle] = said.mapping
            result.secrets.extend(said.secrets)
            result.skipped.extend((f"{name}/{handle}.{where}", reason) for where, reason in said.lost)
        result.skipped.extend(_never_returned(name, shape) if lives else ())
    return result


def _never_returned(collection: str, shape: Shape) -> Iterator[tuple[str, str]]:
    """Say of each optional write-only field that nobody can tell whether it is set."""
    for member in shape.fields.values():
        if member.write_only and not member.required:
            value = "{secret: NAME}" if member.secret else "a value"
            yield (
                f"{collection}: {member.name}",
                f"the API never returns it; where it is set it stays, until you write {value}",
            )
