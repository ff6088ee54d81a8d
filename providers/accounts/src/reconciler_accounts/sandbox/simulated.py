"""The application's database in this process, for the contract suite and for simulations."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from reconciler import Connection
from reconciler.testing import FakeClock, Harness, Simulated, virtual_runtime
from reconciler_accounts.handover.base import Delivery
from reconciler_accounts.handover.choose import delivery_of
from reconciler_accounts.means import Means
from reconciler_accounts.models import Account
from reconciler_accounts.passwords import hash_here
from reconciler_accounts.provider import Accounts
from reconciler_accounts.sandbox.memory.connection import session_on
from reconciler_accounts.sandbox.memory.database import Database
from reconciler_accounts.sandbox.memory.letters import Letters
from reconciler_accounts.sandbox.memory.line import Line
from reconciler_accounts.sandbox.samples import COURSES, OTHER_ADMIN, SAMPLES
from reconciler_accounts.settings import AccountsSettings

URL = "postgresql://lms_owner:in-memory@localhost/ai-gurus-prod"
LOWEST_COST = 4  # of bcrypt: about a millisecond
A_HASH = "$2b$12$" + "a" * 53  # of a password that nobody knows


def account(database: Database, email: str, role: str = "STUDENT", **columns: Any) -> str:
    """Add somebody as the application would, and return the row's id."""
    empty = dict.fromkeys(("surname", "cellNumber", "company", "position", "workAddress"), "")
    made = {"id": str(uuid.uuid5(uuid.NAMESPACE_URL, email)), "name": "Ana", "password": A_HASH, **empty, **columns}
    database.insert("users", {**made, "email": email, "role": role, "updatedAt": database.now()})
    return str(made["id"])


def provider_on(
    database: Database, delivery: Callable[[Connection, AccountsSettings], Delivery] = delivery_of
) -> type[Accounts]:
    """Return the provider on a database in memory, with hashes that cost little and need no thread."""
    means = Means(session_on(database), delivery, hash_here)
    return type("AccountsInMemory", (Accounts,), {"means": means, "bcrypt_cost": LOWEST_COST})


def harness_on(provider: type[Accounts], url: str = URL, **more: Any) -> Harness:
    """Return a harness whose passwords go into files, unless the provider has another way."""
    return Harness(
        provider,
        (Account,),
        settings={"database_url": {"secret": "DIRECT_URL"}, "delivery": {"file": "handover/"}},  # nosec B105  # the name of a secret
        environ={"DIRECT_URL": url},
        **more,
    )


def open_simulated(clock: FakeClock, seed: int) -> Simulated:
    """Return a new database with three courses, and for every other seed an ADMIN whom nobody manages.

    Passwords are handed over in memory (`Database.letters`). `harness.rim` is a `Line`, whose `database` is this one.
    """

    def now() -> datetime:
        return clock.now().astimezone(UTC).replace(tzinfo=None)

    database = Database(now, courses=COURSES)
    if seed % 2:
        account(database, OTHER_ADMIN, "ADMIN")
    provider = provider_on(database, lambda connection, settings: Letters(database))
    harness = harness_on(provider, rim=Line(database), runtime=virtual_runtime(clock, seed=seed))
    return Simulated(harness, SAMPLES, database.state)
