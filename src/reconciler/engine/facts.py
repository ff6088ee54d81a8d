"""Answers the planner's questions about secrets from the values at hand and the ledger's fingerprints."""

from __future__ import annotations

import hmac

from reconciler.secrets.fingerprint import Fingerprints
from reconciler.secrets.resolve import SecretResolver
from reconciler.values import SecretRef


class KnownSecrets:
    """SecretFacts over a resolver and the ledger's salt."""

    def __init__(self, resolver: SecretResolver, fingerprints: Fingerprints) -> None:
        self._resolver = resolver
        self._fingerprints = fingerprints

    def same(self, ref: SecretRef, live: str) -> bool | None:
        value = self._resolver.known(ref.name)
        return None if value is None else hmac.compare_digest(value.reveal().encode(), live.encode())

    def as_applied(self, ref: SecretRef, fingerprint: str) -> bool | None:
        value = self._resolver.known(ref.name)
        return None if value is None else self.fingerprinted(value.reveal(), fingerprint)

    def fingerprinted(self, value: str, fingerprint: str) -> bool | None:
        if not self._fingerprints.of(value):
            return False  # ours had at least 16 characters, so this one is another
        return self._fingerprints.matches(value, fingerprint)
