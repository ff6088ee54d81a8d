"""The provider contract: what a plugin implements, and what it is given.

The engine matches, diffs, orders, gates, confirms, records and reports; a provider only talks to its API.
What not every API can do is a small protocol that a provider opts into by having the method.

Rules the contract suite (`reconciler.testing.ProviderContract`) checks on every provider:

- `list` yields every object of the kind, over all pages, or raises: never a part of them.
- It converts each payload to the shape of the kind's YAML (see `Live`), ignoring keys and enum values it does not know.
- A write returns only when the API has confirmed it, and returns the object as the API then has it.
- `delete` of an object that is already gone is done, not an error.
- A failure is a `ProviderError` of the right type. No message holds a secret.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable

from reconciler.model import Change, Live, Resource, Scope, Update
from reconciler.values import SecretValue

if TYPE_CHECKING:
    import httpx

    from reconciler.http.budget import RateBudget
    from reconciler.kind.settings import ProviderSettings
    from reconciler.runtime import Runtime


@dataclass(frozen=True)
class Connection:
    """What a provider is opened with.

    `transport` is already read-only when `read_only` is true (a write raises ReadOnlyViolation before a byte is sent);
    a provider that does not speak HTTP must make its own sessions read-only. `secrets` holds the settings' secrets,
    resolved, by field name; a missing one is not in it. `requests` counts what was sent.
    """

    instance: str
    settings: ProviderSettings
    secrets: Mapping[str, SecretValue]
    runtime: Runtime
    root: Path  # the project's folder: relative paths in settings start here
    read_only: bool = True
    deadline: float | None = None  # in runtime.monotonic() seconds; None: no deadline
    transport: httpx.AsyncBaseTransport | None = None
    budget: RateBudget | None = None  # shared by all clients of one (instance, credential)
    for_writing: bool | None = None  # whose credential it has; None: that of what it may do

    @property
    def writing(self) -> bool:
        """Whether it has the credential that writes: to write with it, or only to look what it may (`doctor`)."""
        return not self.read_only if self.for_writing is None else self.for_writing

    @property
    def references(self) -> Mapping[str, Any]:
        """The references that `secrets` has the values of."""
        return self.settings.secrets_to_write() if self.writing else self.settings.secrets()

    def name_of(self, field_name: str) -> str:
        """Return the name of a secret, for messages: the variable it comes from, else the field it stands in."""
        return str(getattr(self.references.get(field_name), "name", field_name))


class Provider(Protocol):
    """One instance of one vendor API or database, connected."""

    @classmethod
    async def connect(cls, connection: Connection) -> Self:
        """Return a connected provider. Raises CredentialRejected when a secret it needs is missing."""
        ...

    async def close(self) -> None:
        """Release connections. Must be safe to call twice."""
        ...

    @property
    def requests(self) -> int:
        """How many requests (or SQL statements) were sent so far."""
        ...

    async def whoami(self) -> Scope:
        """Return the account behind the credential."""
        ...

    def list(self, kind: str) -> AsyncIterator[Live]:
        """Yield every live object of a collection, all pages."""
        ...

    async def create(self, desired: Resource) -> Live:
        """Create and return it. References in `desired.spec` are live ids, secrets are SecretValue."""
        ...

    async def update(self, change: Update) -> Live:
        """Make the differing fields (`change.changed()`) so, and return the object. `change.live` is what was seen."""
        ...

    async def delete(self, live: Live) -> None:
        """Delete it."""
        ...


@runtime_checkable
class Disables(Protocol):
    """Can take an object out of service reversibly (`on_remove: disable`)."""

    async def disable(self, live: Live) -> None: ...


@dataclass(frozen=True, slots=True)
class ExternalObject:
    """Something the provider can see and we do not manage, referred to by name."""

    kind: str
    name: str
    id: str


@runtime_checkable
class Resolves(Protocol):
    """Knows external objects (`External` fields): Slack channels, course codes."""

    def externals(self, kind: str) -> AsyncIterator[ExternalObject]: ...


@dataclass(frozen=True, slots=True)
class Preview:
    """What a provider adds to a planned change: `notes` are shown with it, `hold` (a reason) keeps it from running.

    `pending` says that the change is not ours to make, and who must act: it is reported, and never carried out.
    `settled` says that it is so already where the provider alone can look: nothing is done, and nothing is said.
    """

    notes: tuple[str, ...] = ()
    hold: str = ""
    next: str = ""  # what to do about the hold
    pending: str = ""
    settled: bool = False


@runtime_checkable
class Previews(Protocol):
    """Adds to what the plan says about a change (where a password will be handed over)."""

    def preview(self, change: Change) -> Preview: ...


@runtime_checkable
class Pings(Protocol):
    """Can report to a declared heartbeat."""

    async def ping(self, live: Live, *, failed: bool) -> None: ...


@dataclass(frozen=True, slots=True)
class SandboxService:
    """A running simulator: the environment variables that make the tool use it, and for people, what it is."""

    title: str
    exports: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SandboxRequest:
    """What `reconcile sandbox` asks of a simulator.

    `settings` are those of the instance in environment.yaml, `expect` included, so that the ids it names can exist;
    `needs` holds the names that desired resources refer to, by external kind (`courses`: the codes in the roster).
    """

    instance: str
    settings: ProviderSettings
    needs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    seed: int = 0
    faults: bool = False
    workdir: Path = field(default_factory=Path)


@runtime_checkable
class Sandbox(Protocol):
    """A simulator to run: entered, it serves; left, it is gone."""

    async def __aenter__(self) -> SandboxService: ...
    async def __aexit__(self, *exc: Any) -> None: ...


@runtime_checkable
class HasSandbox(Protocol):
    """A provider class that ships a simulator of its vendor."""

    @classmethod
    def sandbox(cls, request: SandboxRequest) -> Sandbox: ...
