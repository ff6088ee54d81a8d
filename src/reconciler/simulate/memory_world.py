"""A vendor in memory that has bad days: it lags, loses a page, refuses, is slow, and answers half."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, ClassVar

from reconciler.errors import (
    AnswerLost,
    CredentialRejected,
    ProtocolError,
    ProviderError,
    Refused,
    Unavailable,
)
from reconciler.kind.base import Kind
from reconciler.model import Adopt, Change, Create, Live, Recreate, Resource, Update
from reconciler.provider import Connection, Preview
from reconciler.simulate.process import CURRENT
from reconciler.simulate.trouble import CALM, KILLED_LONG, LONG, Weather
from reconciler.testing.clock import FakeClock
from reconciler.testing.memory import MemoryProvider
from reconciler.testing.world import MemoryWorld, Phase, Stored, plain

SENDING: ContextVar[str] = ContextVar("sending", default="")  # the body of the request under way, secrets and all
LAG = 3.0  # seconds in which a listing may still show what was; the engine looks for longer than that
SENDS = 0.6  # seconds that a write is on its way: so that two runs at once are really under way together
WAITS = 200.0  # seconds that it waits where a vendor is that busy: more than the lock is renewed in
SLOW = 31.0  # seconds that a slow answer takes: more than any time-out
_BEFORE = (
    "429, and no more tries", "server error before the effect", "reset before the effect", "slow, before the effect",
    "credential revoked in mid-run", "refusal that quotes the request", "bug in a provider", "429",
)  # fmt: skip
_AFTER = (
    "server error after the effect", "reset after the effect", "slow, after the effect", "truncated answer",
    "answer that is not JSON", "made twice at once",
)  # fmt: skip


def unwelcome(kind: str, spec: Mapping[str, Any]) -> str:
    """Return what the provider has against any write of a desired object; "" for nothing."""
    often = kind == "widgets" and spec.get("interval") == 30 and "au" in (spec.get("regions") or ())
    return "from au this vendor looks every 60 s at most" if often else ""


class Bug(Exception):
    """What a provider with a bug raises."""


class BadDayWorld(MemoryWorld):
    """A memory world with weather. `unique`: it refuses a second object of one identity, as some vendors do."""

    def __init__(self, kinds: tuple[type[Kind], ...], clock: FakeClock, *, unique: bool, **given: Any) -> None:
        super().__init__(kinds, now=clock.now, **given)
        self.clock, self.unique = clock, unique
        self.weather: Weather = CALM
        self.faults = self._fault
        self.shown_past: dict[str, list[tuple[float, tuple[Stored, ...]]]] = {}
        self.revoked = False
        self.twice: list[str] = []  # ids of what somebody made at the very moment when we did

    def calm(self) -> None:
        """Let the bad weather pass."""
        self.weather, self.revoked = CALM, False
        self.shown_past.clear()
        self.unreadable.clear()

    def listing(self, kind: str) -> tuple[Stored, ...]:
        """Return what a listing shows: perhaps what was there before the last writes, perhaps not everything."""
        now = self.clock.elapsed
        past = [(at, shown) for at, shown in self.shown_past.get(kind, ()) if at + LAG > now]
        self.shown_past[kind] = past
        shown = past[0][1] if past else tuple(self.objects[kind].values())
        if past:
            self.weather.hit("read-after-write lag")
        if len(shown) >= 1 and (gap := self.weather.at("list", ("page silently gone",))):
            self.weather.hit("page silently gone")
            start = gap.rng.randrange(0, len(shown), self.page_size)
            return shown[:start] + shown[start + self.page_size :]
        return shown

    def before_write(self, kind: str) -> None:
        """Keep what listings go on showing for a while."""
        if self.weather.has("read-after-write lag"):
            shown = tuple(copy.deepcopy(list(self.objects[kind].values())))
            self.shown_past.setdefault(kind, []).append((self.clock.elapsed, shown))

    def insert(self, kind: str, values: Mapping[str, Any]) -> Stored:
        """Store a new object. Raises Refused for a second one of an identity, where the vendor is like that."""
        names = self.models[kind].identity
        wanted = tuple(values.get(name) for name in names)
        if self.unique and any(tuple(o.values.get(n) for n in names) == wanted for o in self.objects[kind].values()):
            raise Refused(f"{kind}: that name is taken", status=409)
        return super().insert(kind, values)

    def _fault(self, operation: str, phase: Phase) -> BaseException | None:
        process = CURRENT.get()
        if process:
            process.alive()
        verb = operation.split()[0]
        what = "list" if verb == "list" else "read" if verb in ("whoami", "externals") else "write"
        if self.revoked and phase == "before":
            return CredentialRejected("this token was revoked", operation=operation, status=401)
        if phase == "before":
            if what == "list" and (early := self.weather.at("list", ("listing that ends early",))):
                self.weather.hit(early.fault)
                return ProtocolError(f"{operation}: the next page is not there", operation=operation)
            armed = self.weather.at(what, _BEFORE)
        else:
            armed = self.weather.at(what, _AFTER)
        return self._error(armed.fault, operation, what) if armed else None

    def _error(self, fault: str, operation: str, what: str) -> BaseException | None:
        lost: type[ProviderError] = AnswerLost if what == "write" else Unavailable
        if fault == "made twice at once":
            return self._twice(operation)
        if fault != "429":
            self.weather.hit(fault)
        match fault:
            case "429":
                return None  # the client waits and tries again: only a vendor over HTTP shows that
            case "slow, before the effect" | "slow, after the effect":
                self.clock.elapsed += SLOW
                return lost(f"{operation}: no answer in time", operation=operation)
            case "credential revoked in mid-run":
                self.revoked = True
                return CredentialRejected("this token was revoked", operation=operation, status=401)
            case "refusal that quotes the request":
                return Refused(f"cannot process {operation}: {SENDING.get()}", operation=operation, status=422)
            case "bug in a provider":
                return Bug(f"{operation}: {SENDING.get()}")
            case "truncated answer" | "answer that is not JSON":
                kind = AnswerLost if what == "write" else ProtocolError
                return kind(f"{operation}: {fault}", operation=operation)
            case "server error after the effect" | "reset after the effect":
                return lost(f"{operation}: {fault}", operation=operation)
            case _:
                return Unavailable(f"{operation}: {fault}", operation=operation)

    def _twice(self, operation: str) -> BaseException | None:
        """Let somebody make the same object by hand at the moment when the answer to our create is lost."""
        verb, _, name = operation.partition(" ")
        kind = name.partition("/")[0]
        if verb != "create" or self.unique or not self.objects[kind]:
            return None
        made = list(self.objects[kind].values())[-1]
        self.twice.append(super().insert(kind, made.values).id)
        self.weather.hit("reset after the effect")
        return AnswerLost(f"{operation}: reset", operation=operation)


class BadDayProvider(MemoryProvider):
    """The in-memory provider; which world it reaches depends on its instance."""

    worlds: ClassVar[Mapping[str, BadDayWorld]] = {}

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.__dict__["world"] = self.worlds.get(connection.instance) or next(iter(self.worlds.values()))

    async def _request(self, operation: str, *, write: bool = False) -> None:
        if write:
            await self.connection.runtime.sleep(self._takes())
        await super()._request(operation, write=write)

    def _takes(self) -> float:
        """Return how long a write is on its way: in a run that takes long, until the lock has to be renewed."""
        weather: Weather = self.world.weather  # type: ignore[attr-defined]
        if not (weather.has(LONG) or weather.has(KILLED_LONG)):
            return SENDS
        weather.hit(LONG)
        return WAITS

    async def create(self, desired: Resource) -> Live:
        """Store a new object."""
        SENDING.set(str(plain(desired.spec)))
        return await super().create(desired)

    async def update(self, change: Update) -> Live:
        """Patch the differing fields."""
        SENDING.set(str(plain(change.changed())))
        return await super().update(change)

    def preview(self, change: Change) -> Preview:
        """Hold what the vendor would not do as it is written."""
        if not isinstance(change, Create | Recreate | Update | Adopt):
            return Preview()
        return Preview(hold=unwelcome(change.kind, change.desired.spec), next="write another interval")
