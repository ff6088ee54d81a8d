"""The vendors of a memory world: one or two accounts, and everything a person could do in their dashboards."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.errors import Refused
from reconciler.kind.base import Kind
from reconciler.kind.shape import Shape, shape_of
from reconciler.model import Address, Resource
from reconciler.simulate.memory_draw import FAVOURITES, OPERATOR, drawn, fields_of, hand_value
from reconciler.simulate.memory_world import BadDayProvider, BadDayWorld, unwelcome
from reconciler.simulate.things import Key, Thing
from reconciler.simulate.tree import Tree
from reconciler.simulate.trouble import Weather
from reconciler.testing.clock import FakeClock
from reconciler.testing.kinds import MEMORY_KINDS
from reconciler.testing.world import Stored

CHANNELS = ("alerts", "general")
_CREDENTIAL = "canary-token/of the=vendor+0123"
_SECRET = ("api_key", "password", "key")


class MemoryVendor:
    """In-memory accounts. Instance `memory` always, `second` where the world has two."""

    kinds: tuple[type[Kind], ...] = MEMORY_KINDS
    exact = True
    transport = None

    def __init__(self, clock: FakeClock, rng: random.Random, count: int) -> None:
        names = ("memory", "second")[:count]
        self.favourite = rng.choice(FAVOURITES)
        unique, size = rng.random() < 0.35, rng.choice((2, 3, 50))
        self.worlds = {
            name: BadDayWorld(
                MEMORY_KINDS, clock, unique=unique, account=f"acme-{name}", token=_CREDENTIAL, page_size=size
            )
            for name in names
        }
        for number, world in enumerate(self.worlds.values()):
            world.page_size = size
            world.latency = 0.05
            world._next = 1000 * (number + 1)
            for channel in CHANNELS:
                world.add_external("channels", channel)
        bound = type("MemoryOfWorld", (BadDayProvider,), {"worlds": self.worlds})
        self.providers: Mapping[str, type[Any]] = {"memory": bound}

    @property
    def weather(self) -> Weather:
        """What is going wrong now."""
        return next(iter(self.worlds.values())).weather

    @weather.setter
    def weather(self, weather: Weather) -> None:
        for world in self.worlds.values():
            world.calm()
            world.weather = weather
        if armed := weather.has("unreadable object"):
            self._hide(armed.rng, weather)

    def _hide(self, rng: random.Random, weather: Weather) -> None:
        for world in self.worlds.values():
            ids = [o for objects in world.objects.values() for o in objects]
            parents = list(world.objects["groups"])
            hidden = rng.sample(ids, min(2, len(ids))) + rng.sample(parents, min(1, len(parents)))
            for object_id in hidden:
                field = rng.choice(("", "notes", "title", "full_name", "size"))
                world.unreadable[object_id, field] = "the page of this object does not load"
                weather.hit("unreadable object")

    def instances(self) -> dict[str, dict[str, Any]]:
        """Return the instances with their settings."""
        settings = {"type": "memory", "token": {"secret": "TOKEN"}, "operator": OPERATOR}  # nosec B105  # its name, and no value
        return {name: dict(settings) for name in self.worlds}

    def environ(self) -> dict[str, str]:
        """Return the token."""
        return {"TOKEN": _CREDENTIAL}

    def new(self, rng: random.Random, tree: Tree) -> tuple[Address, dict[str, Any]] | None:
        """Return an object that could be desired beside what is."""
        address, fields = drawn(rng, tree, self.favourite, CHANNELS)
        if len(self.worlds) > 1:
            # What refers to something stands with it, so only what refers to nothing goes elsewhere.
            lonely = not {"group", "owner", "endpoint", "channel"} & fields.keys() and address.collection != "groups"
            fields["lifecycle"] = {"provider": "second" if lonely and rng.random() < 0.4 else "memory"}
            if address.collection == "people":
                fields["lifecycle"] = {"provider": "memory"}
        return address, fields

    def changed(self, rng: random.Random, tree: Tree, address: Address) -> dict[str, Any] | None:
        """Return other fields for a desired object, its lifecycle and what it may not change kept."""
        before = tree.get(address)
        after = fields_of(rng, tree, address, CHANNELS)
        kept = {k: v for k, v in before.items() if k in ("lifecycle", "placement", "scope", "name", "key", "edition")}
        if address.collection in ("widgets", "people", "groups") and rng.random() < 0.7:
            after = {**before, **dict(rng.sample(sorted(after.items(), key=str), min(2, len(after))))}
        if before.get("lifecycle", {}).get("provider") == "second":
            after = {k: v for k, v in after.items() if k not in ("group", "owner", "endpoint", "channel")}
        return {**after, **kept}

    async def things(self) -> dict[Key, Thing]:
        """Return everything that is stored."""
        return {
            (key := Key(name, kind, stored.id)): _thing(key, stored, world)
            for name, world in self.worlds.items()
            for kind, objects in world.objects.items()
            for stored in objects.values()
        }

    async def make(self, rng: random.Random, tree: Tree, like: Address | None) -> Key | None:
        """Make an object by hand: half of the time, one of our identity is as it is desired, or nearly so."""
        draft = Tree(objects=copy.deepcopy(tree.objects))
        address, fields = (like, tree.get(like)) if like else drawn(rng, draft, self.favourite, ())
        name = fields.get("lifecycle", {}).get("provider", "memory")
        model = next(kind for kind in MEMORY_KINDS if kind.collection == address.collection)
        plain = {k: v for k, v in fields.items() if isinstance(v, str | int | float | bool)}
        plain = {k: v for k, v in plain.items() if k not in ("group", "owner", "channel", "alert_after", "lifecycle")}
        if like is None:
            plain = {**plain, model.identity[0]: f"hand{rng.randint(0, 5)}@x.test"}
        elif rng.random() < 0.5:
            free = [n for n in plain if n not in model.identity and n != "state"]
            plain |= {n: hand_value(rng, n, plain[n]) for n in free[:1]}
        values = dict(model.identity_fields(address.handle, plain))
        if address.collection == "people":
            values.setdefault("state", "active")
        if isinstance(values.get("interval"), str):
            values["interval"] = 300
        if address.collection == "entries":
            values.setdefault("value", "a canary that somebody typed in 01234")
        try:
            return Key(name, address.collection, self.worlds[name].insert(address.collection, values).id)
        except Refused:  # that name is taken
            return None

    async def edit(self, rng: random.Random, tree: Tree, thing: Thing, managed: Iterable[str] | None) -> str:
        """Change a field by hand."""
        model = next(kind for kind in MEMORY_KINDS if kind.collection == thing.key.kind)
        fixed = {*model.identity, "group", "owner", "channel", "publish", "edition", "placement", "type", "parent"}
        names = sorted(set(shape_of(model).fields) - fixed - {"alert_after"})
        if managed is None:
            names = [n for n in names if n not in thing.values or n in ("notes", "title", "full_name")]
            names = [n for n in names if n not in _SECRET]
        else:
            names = sorted(set(names) & {*managed})
        if not names:
            return ""
        name = rng.choice(names)
        value = hand_value(rng, name, thing.values.get(name))
        if (name in _SECRET and thing.key.kind != "entries") or (
            name == "value" and thing.values.get("type") == "sensitive"
        ):
            value = f"canary typed by hand {rng.randint(0, 1)} 0123456789"
        self.worlds[thing.key.instance].edit(thing.key.id, **{name: value})
        return name

    async def rename(self, rng: random.Random, thing: Thing) -> str:
        """Give an object another name by hand."""
        model = next(kind for kind in MEMORY_KINDS if kind.collection == thing.key.kind)
        name = f"renamed{thing.key.id}@x.test"
        self.worlds[thing.key.instance].edit(thing.key.id, **{model.identity[0]: name})
        return name

    async def remove(self, thing: Thing) -> bool:
        """Delete an object by hand."""
        self.worlds[thing.key.instance].drop(thing.key.id)
        return True

    def twice(self) -> list[str]:
        """Return the ids of what somebody made at the very moment when we did."""
        return [made for world in self.worlds.values() for made in world.twice]

    def secrets(self) -> Iterable[str]:
        """Return every secret text in any account, and what is made of them."""
        for world in self.worlds.values():
            for kind, objects in world.objects.items():
                shape = shape_of(world.models[kind])
                for stored in objects.values():
                    yield from _secret_texts(stored, shape)
                    if kind == "groups":
                        yield f"token-of-groups-{stored.id}"
                    if kind == "vaults":
                        yield f"pw-{stored.id}-{world.account}"

    def moves_along(self, kind: str) -> frozenset[str]:
        """Return what the vendor marks as owed when something else is written; else a PATCH changes what it names."""
        shape = shape_of(next(model for model in MEMORY_KINDS if model.collection == kind))
        return frozenset(name for name, member in shape.fields.items() if member.follows)

    def unwelcome(self, desired: Resource) -> str:
        """Return what the provider has against any write of an object."""
        return unwelcome(desired.address.collection, desired.spec)

    def account(self, other: bool) -> bool:
        """Belong to another account, or to the own one again."""
        for name, world in self.worlds.items():
            world.account = "somebody-else" if other else f"acme-{name}"
        return True


def _thing(key: Key, stored: Stored, world: BadDayWorld) -> Thing:
    identity = tuple(str(stored.values.get(name, "")) for name in world.models[stored.kind].identity)
    inactive = stored.values.get("state") == "locked"
    return Thing(key, identity, copy.deepcopy(stored.values), stored.created_at, inactive)


def _secret_texts(stored: Stored, shape: Shape) -> Iterable[str]:
    """Yield the texts of secret fields. A plain entry's value may be shown, unless it looks like a secret."""
    for name in _SECRET:
        if name in shape.fields and shape.fields[name].secret and isinstance(stored.values.get(name), str):
            yield stored.values[name]
    if stored.kind == "entries" and stored.values.get("type") == "sensitive":
        yield str(stored.values.get("value", ""))
