"""`HttpProvider`: what providers of HTTP APIs with one bearer token do alike."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

from reconciler.errors import CredentialRejected, ProviderError
from reconciler.http.client import HttpClient
from reconciler.http.documented import guard
from reconciler.http.failures import Denied
from reconciler.http.transport import Reads
from reconciler.kind.settings import TokenSettings
from reconciler.model import Live, Resource, Scope, Update
from reconciler.provider import Connection

S = TypeVar("S", bound=TokenSettings)


class KindCalls(Protocol):
    """The calls of one collection. What they promise stands at `reconciler.Provider`."""

    def list(self) -> AsyncIterator[Live]: ...
    async def create(self, desired: Resource) -> Live: ...
    async def update(self, change: Update) -> Live: ...
    async def delete(self, live: Live) -> None: ...


class HttpProvider(Generic[S]):
    """One instance of one HTTP API, connected. Each collection has its own calls (`calls`).

    An answer that a method of a subclass cannot take apart is a ProtocolError, after a write AnswerLost. So is a read
    that fails within a method that has written before: what it wrote is there.
    """

    service: ClassVar[str]  # its name in messages
    settings_type: ClassVar[type[TokenSettings]]
    to_get_one: ClassVar[str]  # how to get a token, as the fix of a missing one: "create … in …"
    reads: ClassVar[Reads] = ()  # see `HttpClient`

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Guard what the subclass overrides as what it inherits is guarded."""
        super().__init_subclass__(**kwargs)
        guard(cls)

    def __init__(self, connection: Connection, settings: S, client: HttpClient) -> None:
        """Keep what every call needs. Nothing is sent."""
        self.connection = connection
        self.settings = settings
        self.client = client
        self.calls: Mapping[str, KindCalls] = self.calls_by_collection()

    def calls_by_collection(self) -> Mapping[str, KindCalls]:
        """Return the calls of each collection. Subclasses override this; `client` and `settings` are there."""
        return {}

    async def whoami(self) -> Scope:
        """Return the account behind the credential."""
        raise TypeError(f"{type(self).__name__} does not say whose its credential is")

    @classmethod
    def base_url(cls, settings: S) -> str:
        """Return where the live service answers."""
        return settings.base_url

    @classmethod
    def headers(cls, settings: S) -> Mapping[str, str]:
        """Return headers for every request, beside the credential."""
        return {}

    @classmethod
    def error_text(cls, body: Any) -> str:
        """Return what the vendor says in the parsed body of an error. May raise LookupError, TypeError, ValueError."""
        return str(body["message"])

    @classmethod
    def judge(cls, denied: Denied) -> ProviderError:
        """Return the error that a definite answer means. By default what its status says."""
        return denied.error

    @classmethod
    async def connect(cls, connection: Connection) -> Self:
        """Return a connected provider. Raises CredentialRejected when the token is missing."""
        settings, token = connection.settings, connection.secrets.get("token")
        if not isinstance(settings, cls.settings_type):
            raise TypeError(f"these are not settings of {cls.service}: {type(settings).__name__}")
        if token is None:
            name = connection.name_of("token")
            raise CredentialRejected(
                f"{cls.service}: no API token ({name} is not set)", fix=f"{cls.to_get_one} and set {name}"
            )
        own: Any = settings
        client = HttpClient(
            connection,
            service=cls.service,
            base_url=cls.base_url(own),
            headers={"authorization": f"Bearer {token.reveal()}", **cls.headers(own)},
            error_text=cls.error_text,
            reads=cls.reads,
            judge=cls.judge,
        )
        return cls(connection, own, client)

    async def close(self) -> None:
        """Release connections."""
        await self.client.close()

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return self.client.requests

    async def list(self, kind: str) -> AsyncIterator[Live]:
        """Yield every live object of a collection."""
        async for live in self.calls[kind].list():
            yield live

    async def create(self, desired: Resource) -> Live:
        """Create an object and return it."""
        return await self.calls[desired.address.collection].create(desired)

    async def update(self, change: Update) -> Live:
        """Make the fields that differ so, and return the object."""
        return await self.calls[change.kind].update(change)

    async def delete(self, live: Live) -> None:
        """Delete an object."""
        await self.calls[live.kind].delete(live)


guard(HttpProvider)
