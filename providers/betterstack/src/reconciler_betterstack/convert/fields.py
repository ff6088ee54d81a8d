"""Payload to the shape of the YAML and back, field by field, for every kind. Pure.

Reading takes the attributes it knows and ignores the rest, since the vendor adds attributes without notice. Null and
"" mean "not set" for every field whose default is not "". Ids are compared as text: the API sends them as integer, as
string or null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from reconciler import Kind, SecretValue, ServerDefault, Sugar, Unreadable, WriteOnly

Attributes: TypeAlias = Mapping[str, Any]
Reader: TypeAlias = Callable[[Attributes], Any]
Writer: TypeAlias = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Reference:
    """A field that holds the id of another object: its name in the API, and the form it is sent in."""

    attribute: str
    integer: bool = True
    clear: Any = None  # what takes the reference away


@dataclass(frozen=True, slots=True)
class Codec:
    """How one kind reads and writes. `readers` and `writers` are by YAML name and replace the plain copy.

    `clear` maps a field to what stands for null. A reader returns None for "not set". `apart` names fields that are no
    attributes of the object itself.
    """

    collection: str
    model: type[Kind]
    path: str
    references: Mapping[str, Reference] = field(default_factory=dict)
    readers: Mapping[str, Reader] = field(default_factory=dict)
    writers: Mapping[str, Writer] = field(default_factory=dict)
    clear: Mapping[str, Any] = field(default_factory=dict)
    apart: frozenset[str] = frozenset()
    whole: tuple[str, ...] = ()  # sent with every PATCH
    outputs: Mapping[str, str] = field(default_factory=dict)  # secret attributes, by name, with their labels
    team: bool = True  # takes team_name on create
    shown_as: str = ""  # its type as a row of a status page
    pending: Callable[[Attributes, Any], tuple[str, ...]] = lambda _attributes, _now: ()
    private: Callable[[Attributes], Mapping[str, Any]] = lambda _attributes: {}

    def values(self, attributes: Attributes) -> dict[str, Any]:
        """Return the readable fields of a payload in the shape of the YAML; what is not set is left out."""
        found: dict[str, Any] = {}
        for name, info in self.model.model_fields.items():
            if name in self.apart or any(isinstance(m, Sugar | WriteOnly) for m in info.metadata):
                continue
            value = self._read(name, attributes)
            empty = value == "" and not any(isinstance(m, ServerDefault) and m.value == "" for m in info.metadata)
            if value is not None and not empty:
                found[name] = value
        return found

    def _read(self, name: str, attributes: Attributes) -> Any:
        if name in self.readers:
            return self.readers[name](attributes)
        if name in self.references:
            return id_text(attributes.get(self.references[name].attribute))
        return frozen(attributes.get(name))

    def body(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """Return the flat JSON body for these fields. References are live ids, secrets are revealed here."""
        return dict(self._written(name, value) for name, value in spec.items() if name not in self.apart)

    def _written(self, name: str, value: Any) -> tuple[str, Any]:
        reference = self.references.get(name)
        if reference:
            return reference.attribute, reference.clear if value is None else id_sent(value, reference.integer)
        if value is None:
            return name, self.clear.get(name)
        return name, self.writers.get(name, thawed)(value)


def id_text(value: Any) -> str | None:
    """Return an id as text; None for null, "" and 0, which all mean "none"."""
    return str(value) if value not in (None, "", 0) else None


def id_sent(value: Any, integer: bool = True) -> Any:
    """Return an id in the form the API takes it."""
    return int(value) if integer and str(value).isdecimal() else str(value)


def frozen(value: Any) -> Any:
    """Return JSON as frozen plain data, members that are null left out."""
    if isinstance(value, list | tuple):
        return tuple(frozen(v) for v in value)
    if isinstance(value, Mapping):
        return {str(k): frozen(v) for k, v in value.items() if v is not None}
    return value


def thawed(value: Any) -> Any:
    """Return frozen data as JSON, secrets revealed."""
    if isinstance(value, SecretValue):
        return value.reveal()
    if isinstance(value, tuple | list):
        return [thawed(v) for v in value]
    if isinstance(value, Mapping):
        return {k: thawed(v) for k, v in value.items()}
    return value


def set_of(name: str) -> Reader:
    """Return a reader of a list whose order means nothing."""

    def read(attributes: Attributes) -> Any:
        value = attributes.get(name)
        return tuple(sorted(value, key=str)) if isinstance(value, list) else None

    return read


def secret(name: str) -> Reader:
    """Return a reader of a secret that the API may or may not return: where it shows nothing, nothing is known."""

    def read(attributes: Attributes) -> Any:
        value = attributes.get(name)
        return SecretValue(value, name) if isinstance(value, str) and value else Unreadable("the API does not show it")

    return read
