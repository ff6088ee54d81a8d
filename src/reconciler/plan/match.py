"""Which live object belongs to which address: by recorded id, then pinned id, then identity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from reconciler.kind.shape import Shape
from reconciler.model import Address, Live, Recorded, Resource
from reconciler.plan.state import Listing, Observation


@dataclass(frozen=True, slots=True)
class Match:
    """One address of one instance with its three states.

    `unknown` says why the live side could not be read; `duplicates` names the ids of several live objects that carry
    the identity, when nothing tells them apart. `by` is how the live object was found. `before` is the record in front
    of which `recorded` stands, when that is only the announcement of a dead run: its object is gone.
    """

    address: Address
    provider: str
    desired: Resource | None = None
    recorded: Recorded | None = None
    live: Live | None = None
    by: Literal["record", "pin", "identity", "nothing"] = "nothing"
    unknown: str = ""
    duplicates: tuple[str, ...] = ()
    before: Recorded | None = None


@dataclass(frozen=True, slots=True)
class Matches:
    """All matches, sorted by address, and the live objects that nobody names."""

    items: tuple[Match, ...]
    unmanaged: tuple[tuple[str, Live], ...]  # (instance, object)


class _Index:
    """The live objects of one listing, by id and by identity; each can be claimed once."""

    def __init__(self, listing: Listing, shape: Shape) -> None:
        self.listing = listing
        self.shape = shape
        self.by_id = {live.id: live for live in listing.live}
        self.by_identity: dict[tuple[str, ...], list[Live]] = defaultdict(list)
        for live in listing.live:
            self.by_identity[live.identity].append(live)
        self.claimed: set[str] = set()

    def take(self, live_id: str | None) -> Live | None:
        live = self.by_id.get(live_id) if live_id else None
        if live is None or live.id in self.claimed:
            return None
        self.claimed.add(live.id)
        return live

    def colliding(self, identity: tuple[str, ...]) -> list[Live]:
        """Return unclaimed objects that cannot stand beside one of this identity, although theirs is another."""
        collide = self.shape.collide
        lives = self.listing.live if collide else ()
        return [live for live in lives if live.id not in self.claimed and collide and collide(identity, live.identity)]

    def named(self, identity: tuple[str, ...]) -> list[Live]:
        return [live for live in self.by_identity.get(identity, ()) if live.id not in self.claimed]


def match(
    resources: Iterable[Resource],
    records: Mapping[Address, Recorded],
    observation: Observation,
    shapes: Mapping[str, Shape] | None = None,
    others: Iterable[Recorded] = (),
) -> Matches:
    """Return every desired or recorded address with its live object, and what is left over.

    A record whose instance differs from the desired one makes two matches: the old object, and a new one. `others`:
    what the ledger has of an address beside `records`.
    """
    ids = {key: {live.id for live in listing.live} for key, listing in observation.listings.items()}

    def there(record: Recorded) -> bool:
        return record.live_id in ids.get((record.provider, record.address.collection), ())

    pending = _pairs(resources, records, others, there)
    indexes: dict[tuple[str, str], _Index] = {}
    for item in pending:
        key = (item.provider, item.address.collection)
        if key not in indexes:
            indexes[key] = _Index(observation.listing(*key), (shapes or {}).get(key[1], Shape()))
    found: dict[int, Match] = {}
    for step in (_by_record, _by_pin, _by_identity, _by_announcement, _by_collision):
        for number, item in enumerate(pending):
            if number not in found:
                result = step(item, indexes[item.provider, item.address.collection])
                if result:
                    found[number] = result
    leftover = [
        (provider, live)
        for (provider, kind), listing in sorted(observation.listings.items())
        for live in listing.live
        if live.id not in (indexes[provider, kind].claimed if (provider, kind) in indexes else ())
    ]
    items = sorted((found[n] for n in range(len(pending))), key=lambda m: (m.address, m.desired is not None))
    return Matches(tuple(items), tuple(leftover))


def _pairs(
    resources: Iterable[Resource],
    records: Mapping[Address, Recorded],
    others: Iterable[Recorded],
    there: Callable[[Recorded], bool],
) -> list[Match]:
    """Return each desired object with the record that is most likely its own; every other record stands alone."""
    pairs: list[Match] = []
    known = {address: [record] for address, record in records.items()}
    for record in others:
        known.setdefault(record.address, []).append(record)
    for desired in resources:
        moved = desired.lifecycle.moved_from
        found = known.pop(desired.address, [])
        if moved:
            found = [*found, *known.pop(Address(desired.address.collection, moved), [])]
        same = [record for record in found if record.provider == desired.provider]
        own = min(same, key=lambda record: _rank(record, desired, there), default=None)
        gone = (r for r in same if own and own.interrupted and not r.interrupted)
        before = next(gone, None)
        told = before if before and before.address == desired.address else None  # by what is made in its place
        pairs += [Match(r.address, r.provider, recorded=r) for r in found if r is not own and r is not told]
        pairs.append(Match(desired.address, desired.provider, desired, own, before=before))
    pairs.extend(Match(r.address, r.provider, recorded=r) for left in known.values() for r in left)
    return pairs


def _rank(record: Recorded, desired: Resource, there: Callable[[Recorded], bool]) -> int:
    """Return how well a record fits, 0 best: what is there, then what a dead run announced, then what is gone.

    Of two that are there, the one under the present handle; of two announced, the one of the present name.
    """
    if record.interrupted:
        return 2 if record.identity == desired.identity else 3
    return (0 if there(record) else 4) + (record.address != desired.address)


def _by_record(item: Match, index: _Index) -> Match | None:
    if index.listing.unknown:
        return replace(item, unknown=index.listing.unknown)
    record = item.recorded
    if record is None or record.interrupted:
        return None
    live = index.take(record.live_id)
    if live is None:
        return None
    twins = tuple(t.id for t in index.by_identity.get(live.identity, ()) if t.id != live.id)
    return replace(item, live=live, by="record", unknown=live.unknown, duplicates=(live.id, *twins) if twins else ())


def _by_pin(item: Match, index: _Index) -> Match | None:
    live = index.take(item.desired.lifecycle.id) if item.desired else None
    return replace(item, live=live, by="pin", unknown=live.unknown) if live else None


def _by_identity(item: Match, index: _Index) -> Match | None:
    source = item.desired or item.recorded
    if source is None or (item.desired is None and item.recorded and not item.recorded.interrupted):
        return item  # recorded, no longer desired, and its id is gone: gone on both sides
    candidates = index.named(source.identity)
    return _only_one(item, index, candidates) if candidates else None


def _by_announcement(item: Match, index: _Index) -> Match | None:
    """What a dead run announced under another name than it is desired by now, and made: ours all the same."""
    record = item.recorded
    if item.desired is None or record is None or not record.interrupted:
        return None
    named = index.named(record.identity)
    candidates = [live for live in named if made_since(record, live) or live.id == record.live_id]
    return _only_one(item, index, candidates) if candidates else None


def _by_collision(item: Match, index: _Index) -> Match:
    candidates = index.colliding(item.desired.identity) if item.desired else []
    return _only_one(item, index, candidates) if candidates else item


def made_since(recorded: Recorded, live: Live) -> bool:
    """Return whether the API says that an object was made after the run that announced it had begun."""
    return bool(live.created_at and recorded.applied_at and live.created_at >= recorded.applied_at)


def _only_one(item: Match, index: _Index, candidates: list[Live]) -> Match:
    if len(candidates) > 1:
        return replace(item, duplicates=tuple(live.id for live in candidates))
    live = candidates[0]
    index.claimed.add(live.id)
    return replace(item, live=live, by="identity", unknown=live.unknown)
