"""`Kind` and `Part`, the base classes of every model, and `written`, which turns an instance into a spec."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

from reconciler.kind.rules import Rule, broken
from reconciler.model import Address, Identity, Live, OnRemove, Resource
from reconciler.values import Spec, Value

if TYPE_CHECKING:
    from reconciler.kind.settings import ProviderSettings


@dataclass(frozen=True, slots=True)
class OutputField:
    """A value that other resources may take with `{from: collection/handle.name}`.

    Where an object may be without it: `absent` says why, and `remedy` what gives it one.
    """

    doc: str
    secret: bool = False
    absent: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Expansion:
    """The vendor fields an object stands for, and for each that sugar made, the text it came from."""

    spec: Spec
    origins: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unfolded:
    """One object that a compact one stands for, as a user would write it in `Kind.unfolds_into`.

    `fields` is YAML as plain data; `notes` are shown with every change of the object.
    """

    handle: str
    fields: Mapping[str, Any]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Removal:
    """One object a plan would take away or weaken, as `Kind.guards` sees it."""

    address: Address
    live: Live
    after: Resource | None  # None: deleted or disabled; else what it would become


class _Model(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, populate_by_name=True, arbitrary_types_allowed=True
    )
    rules: ClassVar[tuple[Rule, ...]] = ()

    @model_validator(mode="after")
    def _obey_rules(self) -> Self:
        if self.rules:
            fields = type(self).model_fields
            values = {fields[n].alias or n: getattr(self, n) for n in self.model_fields_set}
            errors = [
                InitErrorDetails(type=PydanticCustomError("rule", "{text}", {"text": text}), loc=(name,), input=None)
                for name, text in broken(self.rules, values)
            ]
            if errors:
                raise ValidationError.from_exception_data(type(self).__name__, errors)
        return self


class Part(_Model):
    """A mapping inside a kind: an element of a list, or a nested object."""


class Kind(_Model):
    """One kind of object of one provider. Subclass with `collection=` and `identity=`; see docs/how-to.

    The class docstring's first line is what `explain` shows. Only fields the user wrote are managed.
    """

    collection: ClassVar[str] = ""
    identity: ClassVar[tuple[str, ...]] = ()  # field names; the first defaults to the handle
    provider: ClassVar[str] = ""  # the provider type
    settings: ClassVar[type[ProviderSettings]]
    data_bearing: ClassVar[bool] = False
    on_remove: ClassVar[OnRemove] = "delete"
    removals: ClassVar[tuple[OnRemove, ...]] = ("delete", "retain")  # what `on_remove:` may say
    loses: ClassVar[str] = ""  # what delete loses, in a sentence
    pingable: ClassVar[bool] = False  # `reconcile heartbeat` can report to it
    schema_version: ClassVar[int] = 1
    unfolds_into: ClassVar[str] = ""  # the collection of the objects that one of this stands for; see `unfold`
    outputs: ClassVar[Mapping[str, OutputField]] = {}
    written_after: ClassVar[tuple[str, ...]] = ()  # collections that go first, and are removed last

    def __init_subclass__(
        cls, *, collection: str = "", identity: str | tuple[str, ...] = (), provider: str = "", **kwargs: Any
    ) -> None:
        super().__init_subclass__(**kwargs)
        if collection:
            cls.collection = collection
        if identity:
            cls.identity = (identity,) if isinstance(identity, str) else identity
        if provider:
            cls.provider = provider

    def expand(self) -> Expansion:
        """Return the vendor fields this object stands for. Kinds with sugar override this."""
        return Expansion(written(self))

    def unfold(self, handle: str) -> tuple[Unfolded, ...]:
        """Return the objects of `unfolds_into` that this one stands for: it is no object of the vendor itself.

        Raises ValueError with a sentence for what the fields alone do not show to be wrong.
        """
        return ()

    @classmethod
    def identify(cls, handle: str, spec: Spec) -> tuple[str, ...]:
        """Return the identity of an object: its identity fields, the first defaulting to the handle."""
        first, *rest = cls.identity
        return (str(spec.get(first, handle)), *(str(spec.get(name, "")) for name in rest))

    @classmethod
    def collide(cls, one: Identity, other: Identity) -> bool:
        """Return whether objects of these identities cannot stand side by side. By default only equal ones cannot.

        A live object that collides with a desired one is taken for it when none has its very identity: its identity
        is then changed in place.
        """
        return one == other

    @classmethod
    def identity_fields(cls, handle: str, spec: Spec) -> Spec:
        """Return `spec` with the identity field filled in from the handle: what a create must send."""
        return spec if cls.identity[0] in spec else {cls.identity[0]: handle, **spec}

    @classmethod
    def handle_for(cls, live: Live) -> str:
        """Return the handle `import` gives a live object, before it is made unique."""
        import re

        return re.sub(r"[^A-Za-z0-9@._+-]+", "-", live.title).strip("-").lower() or cls.collection

    @classmethod
    def alarming(cls, live: Live) -> str:
        """Return why an unmanaged live object of this kind is alarming; "" when it is not."""
        return ""

    @classmethod
    def guards(
        cls, removals: tuple[Removal, ...], live: tuple[Live, ...], settings: ProviderSettings
    ) -> Mapping[Address, str]:
        """Return the removals that must never happen, each with its reason (the last admin, the default branch)."""
        return {}

    @classmethod
    def cross_check(
        cls, resources: tuple[Resource, ...], settings: ProviderSettings
    ) -> Iterable[tuple[Address, str, str, str]]:
        """Return problems only visible across objects: (address, top-level field or "", message, fix)."""
        return ()

    @classmethod
    def unimportable(cls, live: Live) -> str:
        """Return why `import` cannot express a live object; "" when it can."""
        return ""


def written(model: BaseModel) -> dict[str, Value]:
    """Return the fields a user wrote, recursively, under their YAML names, in model order, as plain frozen data.

    Lists become tuples, sets sorted tuples; references (`SecretRef`, ...) stay as they are.
    """
    return {
        info.alias or name: plain(getattr(model, name))
        for name, info in type(model).model_fields.items()
        if name in model.model_fields_set
    }


def plain(value: Any) -> Value:
    """Return a validated value as plain frozen data (see `written`)."""
    if isinstance(value, BaseModel):
        return written(value)
    if isinstance(value, list | tuple):
        return tuple(plain(v) for v in value)
    if isinstance(value, set | frozenset):
        return tuple(sorted((plain(v) for v in value), key=str))
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    return cast(Value, value)
