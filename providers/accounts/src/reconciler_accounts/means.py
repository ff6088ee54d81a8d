"""What the provider reaches the world with: a session, a way to hand passwords over, and a hash."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from reconciler import Connection
from reconciler_accounts.handover.base import Delivery
from reconciler_accounts.handover.choose import delivery_of
from reconciler_accounts.passwords import Entropy, hash_password
from reconciler_accounts.session import Session
from reconciler_accounts.settings import AccountsSettings


@dataclass(frozen=True, slots=True)
class Means:
    """The real ones, where nothing else is given. A stand-in puts others in their place."""

    session: type[Session] = Session
    delivery: Callable[[Connection, AccountsSettings], Delivery] = delivery_of
    hash: Callable[[str, Entropy, int], Awaitable[str]] = hash_password  # password, entropy, cost
