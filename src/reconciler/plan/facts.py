"""What the planner is told about secrets and outputs, without ever holding a secret itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from reconciler.values import OutputRef, SecretRef, SecretValue


class SecretFacts(Protocol):
    """Answers about secret values. None means: cannot be told, since there is no value at hand."""

    def same(self, ref: SecretRef, live: str) -> bool | None:
        """Is the value NAME has now the one that is live?"""
        ...

    def as_applied(self, ref: SecretRef, fingerprint: str) -> bool | None:
        """Is the value NAME has now the one we last sent?"""
        ...

    def fingerprinted(self, value: str, fingerprint: str) -> bool | None:
        """Does this value, read from a provider, carry that fingerprint?"""
        ...


class NoSecrets:
    """Knows nothing: a plan made without any secret value."""

    def same(self, ref: SecretRef, live: str) -> bool | None:
        return None

    def as_applied(self, ref: SecretRef, fingerprint: str) -> bool | None:
        return None

    def fingerprinted(self, value: str, fingerprint: str) -> bool | None:
        return None


class Outputs(Protocol):
    """Resolves `{from: …}`: a value, a SecretValue, Unknown, NoValue, or KnownAfterApply."""

    def resolve(self, ref: OutputRef) -> Any: ...


@dataclass(frozen=True, slots=True)
class Facts:
    """All that comparing one object needs beside the three states.

    `fingerprints` are those of its record; `applied_on` says when that was, for messages.
    """

    secrets: SecretFacts
    outputs: Outputs
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    applied_on: str = ""


def text_of(value: Any) -> str:
    """Return the text a fingerprint is taken of."""
    return value.reveal() if isinstance(value, SecretValue) else str(value)
