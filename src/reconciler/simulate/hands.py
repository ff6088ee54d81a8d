"""What people do in dashboards between two runs."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from reconciler.model import Address
from reconciler.simulate.outside import Hand, Outside, owned_of
from reconciler.simulate.things import Key, Thing


async def _make(world: Outside, rng: random.Random, like: Address | None) -> Key | None:
    """Make an object by hand. Where a vendor's id is the name, one made in place of ours cannot be told from it."""
    key = await world.vendor.make(rng, world.tree, like)
    if key and world.owned_address(key):
        world.oracle.owned.add(key)
        world.gone_by_hand.discard(key)
    return key


async def made(world: Outside, rng: random.Random) -> str:
    """Make an object that nobody desires."""
    key = await _make(world, rng, None)
    return f"by hand: make {key}" if key else ""


async def made_like_ours(world: Outside, rng: random.Random) -> str:
    """Make an object that has the identity of one that is desired and not there yet."""
    there = {(t.key.instance, t.key.kind, t.identity) for t in (await world.vendor.things()).values()}
    free = [a for a in world.tree.addresses() if not any(k == a.collection and i[0] == a.handle for _, k, i in there)]
    if not free:
        made_now = world.vendor.new(rng, world.tree)
        if made_now is None:
            return ""
        world.tree.put(*made_now)
        free = [made_now[0]]
    address = rng.choice(free)
    key = await _make(world, rng, address)
    return f"by hand: make {key}, as {address}" if key else ""


async def doubled(world: Outside, rng: random.Random) -> str:
    """Make a second object beside one of ours."""
    owned = await owned_of(world)
    addresses = [a for t in owned if (a := world.owned_address(t.key)) and a in world.tree.addresses()]
    if not addresses:
        return ""
    key = await _make(world, rng, rng.choice(addresses))
    return f"by hand: make {key}, a second one beside ours" if key else ""


async def renamed(world: Outside, rng: random.Random) -> str:
    """Give an object of ours another name; now and then it is no longer desired either."""
    if not world.vendor.exact:
        return ""
    owned = [t for t in await owned_of(world) if world.owned_address(t.key) in world.tree.addresses()]
    if not owned:
        return ""
    thing = rng.choice(owned)
    address = world.owned_address(thing.key)
    assert address is not None
    name = await world.vendor.rename(rng, thing)
    if rng.random() < 0.6:
        world.tree.drop(address)
        return f"by hand: rename {thing.key} to {name}; and remove {address}"
    return f"by hand: rename {thing.key} to {name} ({address})"


def _leaves_drift(world: Outside, address: Address | None) -> bool:
    if address is None or address not in world.tree.addresses():
        return False
    return bool(world.tree.get(address).get("lifecycle", {}).get("on_drift") == "hold")


async def changed(world: Outside, rng: random.Random) -> str:
    """Change a managed field of an object of ours."""
    found = rng.sample(owned := await owned_of(world), len(owned))
    if rng.random() < 0.6:  # first those whose drift is to be left alone
        found.sort(key=lambda t: not _leaves_drift(world, world.owned_address(t.key)))
    for thing in found:
        address = world.owned_address(thing.key)
        if address and address in world.tree.addresses():
            name = await world.vendor.edit(rng, world.tree, thing, world.tree.get(address))
            if name:
                return f"by hand: change {name} of {thing.key} ({address})"
    return ""


async def changed_on_both_sides(world: Outside, rng: random.Random) -> str:
    """Change a field by hand, and write another value for it."""
    said = await changed(world, rng)
    if not said or not world.vendor.exact:
        return said
    name, address = said.split()[3], Address.parse(said.rpartition("(")[2].rstrip(")"))
    other: dict[str, Any] = {
        "notes": "both",
        "title": "both",
        "full_name": "both",
        "size": 3,
        "url": "https://both.test/",
    }
    if name in other:
        world.tree.get(address)[name] = other[name]
    return f"{said}; and write another {name}"


async def name_taken(world: Outside, rng: random.Random) -> str:
    """Give an object the name that one of nobody's has."""
    if not world.vendor.exact:
        return ""
    things = sorted((await world.vendor.things()).values(), key=lambda t: str(t.key))
    free = [t for t in things if t.key not in world.oracle.owned and t.key.kind in ("groups", "widgets")]
    found = [(a, t) for t in free for a in world.tree.addresses() if a.collection == t.key.kind]
    if not found:
        key = await world.vendor.make(rng, world.tree, None)
        return f"by hand: make {key}" if key else ""
    address, thing = rng.choice(found)
    world.tree.get(address)["name"] = thing.identity[0]
    return f"change {address} (name: {thing.identity[0]}, as {thing.key})"


async def changed_unmanaged(world: Outside, rng: random.Random) -> str:
    """Change a field that nobody manages, of any object."""
    things = sorted((await world.vendor.things()).values(), key=lambda t: str(t.key))
    for thing in rng.sample(things, len(things)):
        name = await world.vendor.edit(rng, world.tree, thing, None)
        if name:
            return f"by hand: change {name} of {thing.key}"
    return ""


async def _delete(world: Outside, thing: Thing) -> bool:
    before = await world.vendor.things()
    if not await world.vendor.remove(thing):
        return False
    gone = before.keys() - (await world.vendor.things()).keys()  # with what the vendor took along
    world.gone_by_hand |= gone
    world.oracle.owned -= gone
    return True


async def deleted(world: Outside, rng: random.Random) -> str:
    """Delete an object of ours."""
    owned = await owned_of(world)
    if not owned:
        return ""
    thing = rng.choice(owned)
    if not await _delete(world, thing):
        return ""
    if rng.random() < 0.35 and (address := world.owned_address(thing.key)) in world.tree.addresses():
        assert address is not None
        world.tree.drop(address)
        return f"by hand: delete {thing.key}; and remove {address}"
    return f"by hand: delete {thing.key}"


async def many_deleted(world: Outside, rng: random.Random) -> str:
    """Delete most objects of one kind."""
    owned = await owned_of(world)
    kinds = [k for k in {t.key.kind for t in owned} if sum(t.key.kind == k for t in owned) >= 3]
    if not kinds:
        return ""
    kind = rng.choice(sorted(kinds))
    same = [t for t in owned if t.key.kind == kind]
    chosen = rng.sample(same, max(3, len(same) - rng.randint(0, 1)))
    gone = [thing for thing in chosen if await _delete(world, thing)]
    return f"by hand: delete {', '.join(str(t.key) for t in gone)}" if gone else ""


async def made_again(world: Outside, rng: random.Random) -> str:
    """Delete an object of ours and make another of its name."""
    owned = [t for t in await owned_of(world) if world.owned_address(t.key) in world.tree.addresses()]
    if not owned:
        return ""
    thing = rng.choice(owned)
    address = world.owned_address(thing.key)
    if not await _delete(world, thing):
        return ""
    key = await _make(world, rng, address)
    return f"by hand: delete {thing.key}, and make {key} in its place"


async def pinned(world: Outside, rng: random.Random) -> str:
    """Pin a live object by its id: the own one, or any of the kind."""
    things = sorted((await world.vendor.things()).values(), key=lambda t: str(t.key))
    found = world.tree.addresses()
    if not found or not world.vendor.exact:
        return ""
    address = rng.choice(found)
    instance = world.tree.get(address).get("lifecycle", {}).get("provider", "memory")
    same = [t for t in things if (t.key.kind, t.key.instance) == (address.collection, instance)]
    chosen = rng.choice(same).key.id if same and rng.random() < 0.8 else "404404"
    world.tree.lifecycle(address)["id"] = chosen
    return f"{address}: lifecycle.id = {chosen}"


HANDS: Mapping[str, Hand] = {
    "made by hand": made,
    "made by hand with our identity": made_like_ours,
    "changed by hand": changed,
    "changed on both sides": changed_on_both_sides,
    "a name that is taken": name_taken,
    "unmanaged field changed by hand": changed_unmanaged,
    "deleted by hand": deleted,
    "many deleted by hand": many_deleted,
    "made again by hand": made_again,
    "doubled by hand": doubled,
    "renamed by hand": renamed,
    "pin": pinned,
}
