"""An engine small enough to see through, and a delivery that keeps what it was given."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler import (
    Address,
    Create,
    FieldDiff,
    Lifecycle,
    Live,
    Location,
    Preview,
    Resource,
    Runtime,
    Update,
)
from reconciler_accounts.handover.base import NewPassword
from reconciler_accounts.models import Account
from reconciler_accounts.provider import Accounts

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
OLD_HASH = "$2b$12$" + "a" * 53
COURSES = ("AI-101", "AI-201", "GONE-1")


@dataclass
class Inbox:
    """A delivery that keeps what was handed over. `failing` is raised instead, once per element."""

    received: list[NewPassword] = field(default_factory=list)
    failing: list[BaseException] = field(default_factory=list)

    def preview(self, email: str) -> Preview:
        return Preview(notes=(f"to {email}",))

    async def hand_over(self, new: NewPassword) -> str:
        if self.failing:
            raise self.failing.pop(0)
        self.received.append(new)
        return "inbox"

    def password_of(self, email: str) -> str:
        """The newest password handed over for an address."""
        return next(n.password.reveal() for n in reversed(self.received) if n.email == email)


class Quick(Accounts):
    """The provider with a hash that costs no time."""

    bcrypt_cost = 4


def desired(handle: str, *, lifecycle: Lifecycle | None = None, **spec: Any) -> Resource:
    """A resource as the loader makes it from the roster."""
    written = {"name": "Ana", "role": "STUDENT", **spec}
    if isinstance(written.get("courses"), tuple):
        written["courses"] = list(written["courses"])
    full = Account.model_validate(written).expand().spec
    return Resource(
        address=Address("accounts", handle),
        provider="accounts",
        identity=Account.identify(handle, full),
        spec=full,
        where=Location("desired/accounts.yaml"),
        lifecycle=lifecycle or Lifecycle(),
    )


def create(wanted: Resource) -> Create:
    """The creation that the planner makes of a resource."""
    return Create(address=wanted.address, provider="accounts", why=("test",), desired=wanted)


def change(live: Live, wanted: Resource, *, but: Iterable[str] = ()) -> Update | None:
    """The update that the planner makes of a live object and a resource with live ids; None when they agree."""
    spec = {**wanted.spec, "email": wanted.identity[0]}
    fields = tuple(
        FieldDiff((name,), live.values.get(name), value)
        for name, value in spec.items()
        if name not in but and not same(live.values.get(name), value)
    )
    if not fields:
        return None
    return Update(address=wanted.address, provider="accounts", why=("test",), fields=fields, desired=wanted, live=live)


def same(one: Any, other: Any) -> bool:
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return set(one) == set(other)
    return bool(one == other)


async def resolve(provider: Accounts, wanted: Resource) -> Resource:
    """The resource with course ids for course codes, as the engine hands it over."""
    if "courses" not in wanted.spec:
        return wanted
    ids = {e.name: e.id async for e in provider.externals("courses")}
    codes: Any = wanted.spec["courses"]
    return replace(wanted, spec={**wanted.spec, "courses": tuple(sorted(ids[c] for c in codes))})


async def apply(provider: Accounts, *wanted: Resource, owned: Iterable[str] = ()) -> list[str]:
    """Bring the roster about as the engine would, and return what was done. `owned` are recorded addresses."""
    live = {one.identity[0]: one async for one in provider.list("accounts")}
    done: list[str] = []
    listed = {r.identity[0] for r in wanted}
    for resource in [await resolve(provider, r) for r in wanted]:
        email = resource.identity[0]
        if email not in live:
            await provider.create(resource)
            done.append(f"create {email}")
        elif update := change(live[email], resource):
            await provider.update(update)
            done.append(f"update {email}: {', '.join(sorted(str(f.path[0]) for f in update.fields))}")
    for email in owned:
        if email in live and email not in listed and not live[email].inactive:
            await provider.disable(live[email])
            done.append(f"disable {email}")
    return done


@dataclass(frozen=True)
class Engine:
    """The helpers above, for tests: modules here cannot import each other."""

    desired: Callable[..., Resource] = desired
    change: Callable[..., Update | None] = change
    resolve: Callable[..., Any] = resolve
    apply: Callable[..., Any] = apply
    create: Callable[..., Create] = create
    kind: type[Account] = Account
    inbox: type[Inbox] = Inbox
    quick: type[Accounts] = Quick
    old_hash: str = OLD_HASH
    now: datetime = NOW


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def runtime() -> Runtime:
    return Runtime(now=lambda: NOW, environ={}, host="test.invalid")
