"""What changes around the tool between two runs: secrets, accounts, instances, and the time of day."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from reconciler.simulate.outside import Hand, Outside, owned_of

WAITS = (30.0, 300.0, 900.0, 3600.0, 86400.0, 40 * 86400.0)
SECRET_VALUES: Mapping[str, tuple[str, ...]] = {
    name: tuple(f"canary-{name.lower()}/{n} of+this=world&{n * 7919:06d}" for n in range(3))
    for name in ("ALPHA", "BETA", "GAMMA")
} | {"SHORT": ("sh0rt+canary", "sh0rt/canarx")}


async def secret_changed(world: Outside, rng: random.Random) -> str:
    """Give a secret another value, without anything in git saying so."""
    name = rng.choice(sorted(n for n in world.environ if n != "TOKEN" and n in SECRET_VALUES))
    world.environ[name] = rng.choice([v for v in SECRET_VALUES[name] if v != world.environ[name]])
    world.canaries.add(world.environ[name])
    return f"the secret {name} has another value"


async def secret_missing(world: Outside, rng: random.Random) -> str:
    """Lose the value of a secret for one run."""
    name = rng.choice(sorted(n for n in world.environ if n in SECRET_VALUES or n == "TOKEN"))
    value = world.environ.pop(name)
    world.undo.append(lambda: world.environ.__setitem__(name, value))
    return f"the secret {name} has no value, this time"


async def wait(world: Outside, rng: random.Random) -> str:
    """Let time pass."""
    seconds = rng.choice(WAITS)
    world.clock.advance(seconds)
    return f"{seconds:.0f} s pass"


async def account_changed(world: Outside, rng: random.Random) -> str:
    """Use a credential of another account for one run."""
    if not {*world.tree.instances} <= {*world.known_accounts()} or not world.vendor.account(True):
        return ""  # the first account that is ever seen is the right one from then on

    def undo() -> None:
        world.vendor.account(False)

    world.undo.append(undo)
    return "the credential is one of another account, this time"


async def instance_gone(world: Outside, rng: random.Random) -> str:
    """Take an instance out of environment.yaml, with what it holds, for one run."""
    name = rng.choice(sorted(world.tree.instances))
    if not any(t.key.instance == name and world.owned_address(t.key) for t in await owned_of(world)):
        return ""  # then nothing would be missed
    before: Any = world.tree.copy()
    del world.tree.instances[name]
    if not world.tree.instances:
        world.tree.instances["other"] = dict(before.instances[name])
    for address in world.tree.addresses():
        if before.get(address).get("lifecycle", {}).get("provider", next(iter(before.instances))) == name:
            world.tree.drop(address)

    def undo() -> None:
        world.tree.instances, world.tree.objects = before.instances, before.objects

    world.undo.append(undo)
    return f"the instance {name} is gone from environment.yaml, this time"


SURROUNDINGS: Mapping[str, Hand] = {
    "secret changed without rotate": secret_changed,
    "secret missing": secret_missing,
    "wait": wait,
    "account changed": account_changed,
    "instance gone": instance_gone,
}
