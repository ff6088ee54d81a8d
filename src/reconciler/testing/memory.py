"""The in-memory provider, type `memory`: a `MemoryWorld` is its vendor. For tests of the engine and of what uses it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from reconciler.errors import (
    CredentialRejected,
    NotFound,
    ProviderError,
    ReadOnlyViolation,
    Unavailable,
)
from reconciler.kind.shape import Shape, shape_of
from reconciler.model import Change, Live, Resource, Scope, Update
from reconciler.provider import Connection, ExternalObject, Preview
from reconciler.testing.kinds import MEMORY_KINDS, MemorySettings
from reconciler.testing.plaintext import plain_text_fields
from reconciler.testing.world import MemoryWorld, Stored, Write
from reconciler.values import SecretValue, Unknown, Unreadable

if TYPE_CHECKING:
    from reconciler.discover import Catalog
    from reconciler.provider import Provider


class MemoryProvider:
    """A connection to a `MemoryWorld`. `memory_provider(world)` returns the class bound to one."""

    world: ClassVar[MemoryWorld]
    previews: ClassVar[Mapping[str, Preview]] = {}

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.closed = False
        self._requests = 0

    @classmethod
    async def connect(cls, connection: Connection) -> Self:
        """Return a connection. Raises CredentialRejected when settings name a token that has no value."""
        settings = connection.settings
        if isinstance(settings, MemorySettings) and settings.token is not None and "token" not in connection.secrets:
            raise CredentialRejected("the memory provider's token has no value", fix="set the secret it names")
        return cls(connection)

    async def close(self) -> None:
        """Refuse everything from now on."""
        self.closed = True

    @property
    def requests(self) -> int:
        """How many operations were tried."""
        return self._requests

    async def whoami(self) -> Scope:
        """Return the world's account."""
        await self._request("whoami")
        self._after("whoami")
        return Scope({"account": self.world.account})

    async def list(self, kind: str) -> AsyncIterator[Live]:
        """Yield every object of a collection, a page per request."""
        operation = f"list {kind}"
        await self._request(operation)
        shown = self.world.listing(kind)
        size = self.world.page_size
        for start in range(0, max(len(shown), 1), size):
            if start:
                await self._request(operation)
            self._after(operation)
            for stored in shown[start : start + size]:
                yield self._live(stored)

    async def externals(self, kind: str) -> AsyncIterator[ExternalObject]:
        """Yield what can be referred to by name."""
        await self._request(f"externals {kind}")
        self._after(f"externals {kind}")
        for object_id, name in self.world.externals.get(kind, {}).items():
            yield ExternalObject(kind, name, object_id)

    async def create(self, desired: Resource) -> Live:
        """Store a new object."""
        kind = desired.address.collection
        operation = f"create {desired.address}"
        await self._request(operation, write=True)
        spec = self.world.models[kind].identity_fields(desired.address.handle, desired.spec)
        self.world.before_write(kind)
        stored = self.world.insert(kind, spec)
        self.world.writes.append(Write("create", kind, stored.id, tuple(spec)))
        self._after(operation)
        return self._live(stored)

    async def update(self, change: Update) -> Live:
        """Patch the differing fields."""
        kind, object_id = change.live.kind, change.live.id
        operation = f"update {kind}/{object_id}"
        await self._request(operation, write=True)
        stored = self.world.objects[kind].get(object_id)
        if stored is None:
            raise NotFound(f"{kind} {object_id} is not there", operation=operation)
        sent = self._sent(change)
        self.world.before_write(kind)
        self.world.patch(stored, sent)
        self.world.writes.append(Write("update", kind, object_id, tuple(sent)))
        self._after(operation)
        return self._live(stored)

    def _sent(self, change: Update) -> dict[str, Any]:
        """Return the body of the PATCH: an identity that is not written is the handle's."""
        names = self.world.models[change.live.kind].identity
        wanted = dict(zip(names, change.desired.identity, strict=True))
        differing = {str(f.path[0]) for f in change.fields if f.cause != "released"}
        implied = {n: wanted[n] for n in names if n in differing and n not in change.desired.spec}
        return {**implied, **change.changed()}

    async def delete(self, live: Live) -> None:
        """Remove an object; one that is gone already is fine."""
        operation = f"delete {live.kind}/{live.id}"
        await self._request(operation, write=True)
        stored = self.world.objects[live.kind].get(live.id)
        if stored is not None:
            self.world.before_write(live.kind)
            self.world.remove(stored)
            self.world.writes.append(Write("delete", live.kind, live.id))
        self._after(operation)

    async def disable(self, live: Live) -> None:
        """Take the access of a person away, and keep the person."""
        operation = f"disable {live.kind}/{live.id}"
        await self._request(operation, write=True)
        stored = self.world.objects[live.kind].get(live.id)
        if stored is not None:
            self.world.before_write(live.kind)
            self.world.patch(stored, {"state": "locked"})
            self.world.writes.append(Write("disable", live.kind, live.id))
        self._after(operation)

    def preview(self, change: Change) -> Preview:
        """Return what a test wants said about a change."""
        return self.previews.get(str(change.address), Preview())

    async def _request(self, operation: str, *, write: bool = False) -> None:
        if write and self.connection.read_only:
            raise ReadOnlyViolation(f"{operation} on a connection that only reads")
        if self.closed:
            raise ProviderError("this connection is closed", operation=operation)
        self._requests += 1
        runtime, deadline = self.connection.runtime, self.connection.deadline
        await runtime.sleep(self.world.latency)
        if deadline is not None and runtime.monotonic() > deadline:
            raise Unavailable(f"{operation}: no answer before the deadline", operation=operation)
        token = self.connection.secrets.get("token")
        if self.world.token is not None and (token is None or token.reveal() != self.world.token):
            raise CredentialRejected("the memory provider does not accept this token", operation=operation, status=401)
        fault = self.world.faults(operation, "before")
        if fault is not None:
            raise fault
        if not write:
            self.world.reads.append(operation)

    def _after(self, operation: str) -> None:
        fault = self.world.faults(operation, "after")
        if fault is not None:
            raise fault

    def _live(self, stored: Stored) -> Live:
        return to_live(stored, self.world, self.connection)


def to_live(stored: Stored, world: MemoryWorld, connection: Connection) -> Live:
    """Return an object as the provider reports it. Keys the model does not know are left out."""
    model = world.models[stored.kind]
    payload = {**world.extras, **stored.values}
    if payload.get("type") == "sensitive":
        payload["value"] = Unreadable("a sensitive value is never returned")
    values: dict[str, Any] = {}
    for name, member in shape_of(model).fields.items():
        if (stored.id, name) in world.unreadable:
            values[name] = Unknown(world.unreadable[stored.id, name])
        elif name in payload and not member.write_only:
            secret = member.secret and name not in plain_text_fields(model)
            values[name] = _shown(payload[name], replace(member, secret=secret))
    return Live(
        kind=stored.kind,
        id=stored.id,
        identity=tuple(str(stored.values.get(name, "")) for name in model.identity),
        values=values,
        outputs=_outputs(stored, world),
        unknown=world.unreadable.get((stored.id, ""), ""),
        pending=world.pending.get(stored.id, ()),
        created_at=stored.created_at,
        changed_at=stored.changed_at,
        inactive=stored.values.get("state") == "locked",
    )


def _shown(value: Any, shape: Shape) -> Any:
    """Return a stored value as read: sets and keyed lists in an order of the server's own."""
    if shape.secret and isinstance(value, str):
        return SecretValue(value, shape.name)
    if isinstance(value, dict):
        members = value if shape.element else {k: v for k, v in value.items() if k in shape.fields}
        return {k: _shown(v, shape.member(k)) for k, v in members.items()}
    if isinstance(value, list):
        shown = [_shown(v, shape.item()) for v in value]
        if shape.form == "set":
            shown = sorted(shown, key=str, reverse=True)
        elif shape.form == "keyed" and not shape.ordered:
            shown = sorted(shown, key=lambda part: str(part[shape.key]), reverse=True)
        return tuple(shown)
    return value


def _outputs(stored: Stored, world: MemoryWorld) -> dict[str, Any]:
    made = {
        "url": f"https://{world.account}.example/{stored.kind}/{stored.id}",
        "token": SecretValue(f"token-of-{stored.kind}-{stored.id}", "token"),
        "address": SecretValue(f"vault://root:pw-{stored.id}-{world.account}@vaults.example/{stored.id}", "address"),
    }
    return {name: made[name] for name in world.models[stored.kind].outputs}


def memory_provider(world: MemoryWorld, previews: Mapping[str, Preview] | None = None) -> type[Provider]:
    """Return the provider class whose connections all reach `world`. `previews` maps an address to what it adds."""
    return type("BoundMemoryProvider", (MemoryProvider,), {"world": world, "previews": previews or {}})


def memory_catalog(world: MemoryWorld | None = None) -> Catalog:
    """Return a catalog that knows the memory kinds and, bound to `world`, their provider."""
    from reconciler.discover import Catalog

    return Catalog.of(MEMORY_KINDS, {"memory": memory_provider(world or MemoryWorld())})
