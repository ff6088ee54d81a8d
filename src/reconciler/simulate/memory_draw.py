"""Random desired objects of the in-memory kinds: every form of field that the core knows."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from reconciler.model import Address
from reconciler.simulate.tree import Tree

SECRETS = ("ALPHA", "BETA", "GAMMA", "SHORT")
OPERATOR = "p0@x.test"
NAMES = {"groups": "g{}", "widgets": "w{}", "vaults": "v{}", "entries": "e{}", "people": "p{}@x.test"}
FAVOURITES = ("widgets", "widgets", "people", "entries", "groups", "vaults")
_WORDS = ("one", "two", "three", "four", "five")


def drawn(rng: random.Random, tree: Tree, favourite: str, channels: tuple[str, ...]) -> tuple[Address, dict[str, Any]]:
    """Return a new object: of the favourite kind more often than not, under a handle that is free."""
    kind = favourite if rng.random() < 0.55 else rng.choice(FAVOURITES)
    taken = tree.objects.get(kind, {})
    free = [handle for n in range(20) if (handle := NAMES[kind].format(n)) not in taken]
    address = Address(kind, rng.choice(free[:6]))
    return address, fields_of(rng, tree, address, channels)


def fields_of(rng: random.Random, tree: Tree, address: Address, channels: tuple[str, ...]) -> dict[str, Any]:
    """Return random fields for an object."""
    groups = sorted(h for h in tree.objects.get("groups", {}) if h != address.handle)
    match address.collection:
        case "groups":
            return _some(rng, {"title": lambda: rng.choice(_WORDS), "publish": lambda: "auto"})
        case "widgets":
            return _widget(rng, groups, sorted(tree.objects.get("people", {})), channels)
        case "vaults":
            return _some(rng, {"size": lambda: rng.randint(1, 4), "key": lambda: _secret(rng, generate=True)})
        case "entries":
            return _entry(rng)
        case _:
            return _some(
                rng,
                {
                    "full_name": lambda: rng.choice(_WORDS),
                    "role": lambda: rng.choice(("admin", "admin", "member")),
                    "state": lambda: "active",
                },
            )


def _some(rng: random.Random, makers: dict[str, Callable[[], Any]], chance: float = 0.6) -> dict[str, Any]:
    return {name: make() for name, make in makers.items() if rng.random() < chance}


def _secret(rng: random.Random, *, generate: bool = False) -> dict[str, Any]:
    if generate and rng.random() < 0.5:
        return {"generate": {"bytes": 32}}
    return {"secret": rng.choice(SECRETS)}


def _entry(rng: random.Random) -> dict[str, Any]:
    if rng.random() < 0.5:
        return {"scope": "live", "type": "sensitive", "value": {"secret": rng.choice(SECRETS)}}
    secret = rng.random() < 0.3
    return {"scope": "live", "value": {"secret": rng.choice(SECRETS)} if secret else rng.choice(_WORDS)}


def _widget(rng: random.Random, groups: list[str], people: list[str], channels: tuple[str, ...]) -> dict[str, Any]:
    makers: dict[str, Callable[[], Any]] = {
        "interval": lambda: rng.choice((30, 60, "5m")),
        "notes": lambda: rng.choice(_WORDS),
        "paused": lambda: rng.random() < 0.5,
        "ratio": lambda: rng.choice((0.5, 1.25)),
        "regions": lambda: rng.sample(["us", "eu", "as", "au"], rng.randint(1, 3)),
        "labels": lambda: {rng.choice(_WORDS): rng.choice(_WORDS), "team": rng.choice(_WORDS)},
        "window": lambda: {"start": "01:00", "end": rng.choice(("02:00", "03:00"))},
        "headers": lambda: [{"name": n, "value": rng.choice(_WORDS)} for n in _WORDS[: rng.randint(1, 2)]],
        "routes": lambda: [{"pattern": p, "weight": rng.randint(1, 3)} for p in rng.sample(_WORDS, 2)],
        "ports": lambda: rng.sample([80, 443, 8080], rng.randint(1, 3)),
        "steps": lambda: [{"type": "email"}, {"type": "wait", "wait": rng.choice((5, 10))}],
        "api_key": lambda: _secret(rng),
        "password": lambda: _secret(rng),
        "alert_after": lambda: rng.choice(("1 failure", "3 failures")),
        "placement": lambda: rng.choice(("here", "there")),
    }
    fields = {"url": f"https://{rng.choice(_WORDS)}.test/", **_some(rng, makers, 0.28)}
    if groups and rng.random() < 0.45:
        fields["group"] = rng.choice(groups)
    if people and rng.random() < 0.2:
        fields["owner"] = f"people/{rng.choice(people)}"
    if groups and rng.random() < 0.25:
        fields["endpoint"] = {"from": f"groups/{rng.choice(groups)}.{rng.choice(('url', 'token'))}"}
    if channels and rng.random() < 0.15:
        fields["channel"] = rng.choice(channels)
    return fields


def hand_value(rng: random.Random, name: str, before: Any) -> Any:
    """Return what somebody might put into a field in the dashboard: another value of the same form."""
    choices: dict[str, tuple[Any, ...]] = {
        "url": ("https://hand.test/", "https://other.test/"), "interval": (3600, 86400), "paused": (True, False),
        "ratio": (9.5, 8.5), "regions": (["au"], ["as", "us"]), "ports": ([1], [2, 3]), "size": (7, 8),
        "window": ({"start": "05:00", "end": "06:00", "zone": "UTC"},), "labels": ({"by": "hand"},),
        "headers": ([{"name": "one", "value": "by hand"}],), "routes": ([{"pattern": "hand", "weight": 9}],),
        "steps": ([{"type": "call", "wait": 0, "channels": []}],), "role": ("admin", "member"),
        "state": ("locked", "active"), "confirmation_period": (77, 78), "mode": ("off", "status"),
    }  # fmt: skip
    options = [value for value in choices.get(name, ("by hand", "by another hand")) if value != before]
    return rng.choice(options) if options else None  # null: cleared
