"""The document that policies are about: `{resources: [{address, kind, desired, effective}], changes: [...]}`. Pure.

It is built from what was planned, and only as far as a rule asks for it. Objects that nothing in `desired/` names are
not in it: they are coverage, and reported as that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.kind.shape import Shape, shape_of
from reconciler.model import ABSENT, Address, Recorded, Resource
from reconciler.plan.planner import Planned
from reconciler.plan.state import PlanInput
from reconciler.policy.effective import UNWRITTEN, Merge, data_of
from reconciler.report.document import change_document
from reconciler.values import OutputRef, Unknown

OFFLINE = "the live state is not read"


@dataclass(frozen=True, slots=True)
class Source:
    """One desired object with what is known of its live side: values, ABSENT (to be made), or why they are unknown.

    `stays` are dotted paths of fields that no apply writes, whatever they should be; `observed`: none of them.
    `outside` is true where this run was told not to look: what is unknown there is nobody's fault.
    """

    resource: Resource
    live: Any = ABSENT
    unread: str = ""
    outside: bool = False
    stays: frozenset[str] = frozenset()
    observed: bool = False


@dataclass(slots=True)
class Document:
    """The objects of a plan. What a rule asks for is made once."""

    sources: tuple[Source, ...]
    shapes: Mapping[str, Shape]
    resolve: Callable[[OutputRef], Any]
    changes: Callable[[], list[Any]] = list
    _effective: dict[Address, dict[str, Any]] = field(default_factory=dict)

    def of(self, covers: Callable[[str], bool]) -> list[Source]:
        """Return the objects whose kind is covered, by address."""
        return [s for s in self.sources if covers(s.resource.address.collection)]

    def effective(self, source: Source) -> dict[str, Any]:
        """Return what an object would be if all that is desired were so."""
        address = source.resource.address
        if address not in self._effective:
            shape = self.shapes.get(address.collection, Shape(form="mapping"))
            missing = source.unread or (UNWRITTEN if source.live is ABSENT else "")
            merge = Merge(self.resolve, source.stays, missing, source.observed)
            self._effective[address] = merge.whole(source.resource.spec, source.live, shape)
        return self._effective[address]

    def whole(self) -> dict[str, Any]:
        """Return the document."""
        resources = [
            {
                "address": str(s.resource.address),
                "kind": s.resource.address.collection,
                "desired": data_of(s.resource.spec),
                "effective": self.effective(s),
            }
            for s in self.sources
        ]
        return {"resources": resources, "changes": self.changes()}

    @property
    def narrowed(self) -> bool:
        """Whether some objects were not looked at because nobody asked for them."""
        return any(s.outside for s in self.sources)


def document_of(planned: Planned, given: PlanInput) -> Document:
    """Return the document of a plan."""
    shapes = {name: shape_of(kind) for name, kind in given.kinds.items()}
    sources = []
    for item in planned.matches.items:
        if item.desired is None:
            continue
        live: Any = ABSENT
        unread = item.unknown or (f"{len(item.duplicates)} live objects have its identity" if item.duplicates else "")
        if item.live is not None and not item.unknown:
            live, unread = planned.references.localize(item.live, item.provider, shapes[item.address.collection]), ""
        outside = bool(given.providers) and item.provider not in given.providers
        observed = given.authority.get(item.address.collection) == "observe"
        sources.append(Source(item.desired, live, unread, outside, _stays(item.desired, item.recorded), observed))
    changes = planned.plan.changes
    return Document(
        tuple(sources), shapes, planned.references.resolve, lambda: [change_document(change) for change in changes]
    )


def _stays(desired: Resource, recorded: Recorded | None) -> frozenset[str]:
    """Return what is left as it is live: what is ignored, and what may have drifted where drift is not corrected."""
    ignored = frozenset(desired.lifecycle.ignore)
    if desired.lifecycle.on_drift != "hold" or recorded is None:
        return ignored
    return ignored | {name for name, value in desired.spec.items() if recorded.spec.get(name, ABSENT) == value}


def offline_document(resources: Iterable[Resource], kinds: Mapping[str, Any]) -> Document:
    """Return the document of what is written, with a gap wherever the live state would tell."""
    shapes = {name: shape_of(kind) for name, kind in kinds.items()}
    sources = tuple(Source(resource, unread=OFFLINE, outside=True) for resource in resources)
    return Document(sources, shapes, lambda ref: Unknown(f"{ref}: {OFFLINE}"))
