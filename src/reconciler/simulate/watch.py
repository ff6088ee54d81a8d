"""A provider whose every write is noted, with whose it was, and at whose every effect a process may die."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.model import Address, Identity, Live, Resource, Update
from reconciler.provider import Disables
from reconciler.simulate.process import CURRENT, Process
from reconciler.values import SecretValue


@dataclass(frozen=True, slots=True)
class Attempt:
    """One write that was begun. `live_id` is "" for a create; `sent` are the top-level fields, secrets as text."""

    process: Process | None
    operation: str
    instance: str
    kind: str
    live_id: str
    identity: Identity
    address: Address | None
    sent: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Log:
    """Every attempt of a world, in order, and `told` of each."""

    attempts: list[Attempt] = field(default_factory=list)
    told: Callable[[Attempt], None] = lambda _: None

    def note(self, attempt: Attempt) -> None:
        """Add an attempt, and let the process die before it if that is its time."""
        if attempt.process:
            attempt.process.touch("before a write")
            attempt.process.vendor_writes += 1
        self.attempts.append(attempt)
        self.told(attempt)


def watched(cls: type[Any], log: Log) -> type[Any]:
    """Return the provider class, watched. What it can do beside the contract it still can."""

    def note(self: Any, operation: str, kind: str, live: Live | None, desired: Resource | None, sent: Any) -> Any:
        process = CURRENT.get()
        identity = desired.identity if desired else live.identity if live else ()
        instance = self.simulated_instance
        address = desired.address if desired else None
        log.note(Attempt(process, operation, instance, kind, live.id if live else "", identity, address, sent))
        return process

    def done(process: Process | None) -> None:
        if process:
            process.touch("after a write")

    async def connect(_: type[Any], connection: Any) -> Any:
        provider = await cls.connect.__func__(made, connection)
        provider.simulated_instance = connection.instance
        return provider

    async def listing(self: Any, kind: str) -> AsyncIterator[Live]:
        process = CURRENT.get()
        if process:
            process.read()
        async for live in cls.list(self, kind):
            yield live

    async def create(self: Any, desired: Resource) -> Live:
        process = note(self, "create", desired.address.collection, None, desired, _sent(desired.spec))
        live: Live = await cls.create(self, desired)
        done(process)
        return live

    async def update(self: Any, change: Update) -> Live:
        process = note(self, "update", change.live.kind, change.live, change.desired, _sent(change.changed()))
        live: Live = await cls.update(self, change)
        done(process)
        return live

    async def delete(self: Any, live: Live) -> None:
        process = note(self, "delete", live.kind, live, None, {})
        await cls.delete(self, live)
        done(process)

    async def disable(self: Any, live: Live) -> None:
        process = note(self, "disable", live.kind, live, None, {})
        await cls.disable(self, live)
        done(process)

    body: dict[str, Any] = {
        "connect": classmethod(connect), "list": listing, "create": create, "update": update, "delete": delete,
    }  # fmt: skip
    if issubclass(cls, Disables):
        body["disable"] = disable
    made: type[Any] = type(f"Watched{cls.__name__}", (cls,), body)
    return made


def _sent(value: Any) -> Any:
    """Return what is sent with secrets as text: for the simulation's eyes only."""
    if isinstance(value, SecretValue):
        return Shown(value.reveal())
    if isinstance(value, Mapping):
        return {k: _sent(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_sent(v) for v in value]
    return value


class Shown(str):
    """A secret that was sent, as text."""

    __slots__ = ()
