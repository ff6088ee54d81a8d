"""Leaf values that are not plain data: references to secrets and outputs, and what could not be read.

A spec is a tree of mappings, tuples and scalars whose leaves may also be one of these. They are frozen and hold no
secret in a form that prints: `SecretValue` shows its name only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class SecretRef:
    """`{secret: NAME}`: the value that NAME has at the rim. Bumping `rotate` sends it again."""

    name: str
    rotate: int = 0


@dataclass(frozen=True, slots=True)
class OutputRef:
    """`{from: database/main.pooled_url}`: an output of another resource."""

    address: str
    output: str

    def __str__(self) -> str:
        return f"{self.address}.{self.output}"


@dataclass(frozen=True, slots=True)
class Generated:
    """`{generate: {bytes: 32}}`: a random value made once, when the object is created."""

    bytes: int
    rotate: int = 0


@dataclass(frozen=True, slots=True)
class SecretValue:
    """A secret itself, on its way to or from a provider. Prints as its label, never as its value."""

    value: str = field(repr=False)
    label: str = "secret"

    def reveal(self) -> str:
        """Return the secret text. Only code that sends it to its owner may call this."""
        return self.value

    def __str__(self) -> str:
        return f"({self.label})"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A live value that could not be read this time: neither equal nor different."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A live value that the API never returns (write-only, hashed, hidden by design)."""

    reason: str = "the API never returns it"


@dataclass(frozen=True, slots=True)
class KnownAfterApply:
    """A value that exists only once the named output's resource has been created in this plan."""

    source: str


@dataclass(frozen=True, slots=True)
class NoValue:
    """An output that its object, which was read, does not have."""

    source: str


@dataclass(frozen=True, slots=True)
class LiveId:
    """A reference to a live object that `desired/` does not name."""

    id: str


Scalar: TypeAlias = str | int | float | bool | None
Special: TypeAlias = (
    SecretRef | OutputRef | Generated | SecretValue | Unknown | Unreadable | KnownAfterApply | NoValue | LiveId
)
Value: TypeAlias = "Scalar | Special | Mapping[str, Value] | tuple[Value, ...]"
Spec: TypeAlias = Mapping[str, Value]
Path: TypeAlias = tuple[str | int, ...]


def path_text(path: Path) -> str:
    """Return a path as people write it: `steps[0].wait_before`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else str(part))
    return text


def leaves(value: object) -> Iterator[Any]:
    """Yield every value at the ends of a tree of mappings, tuples and lists, in order; a leaf itself. No keys."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from leaves(inner)
    else:
        yield value


def secret_refs(value: object) -> Iterator[SecretRef]:
    """Yield every reference to a secret in a tree of values, in order."""
    return (leaf for leaf in leaves(value) if isinstance(leaf, SecretRef))
