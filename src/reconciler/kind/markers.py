"""What a model says about a field beyond its type. Written inside `Annotated[...]`; read by `reconciler.kind.shape`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SecretField:
    """Rendered as a name or a fingerprint wherever it appears. The `Secret` type carries this already."""


@dataclass(frozen=True, slots=True)
class MayBeText:
    """A secret field that takes text as well. Where text is desired it is shown, and so is a live text beside it.

    The provider gives a live text that looks like a secret as a `SecretValue`: that one is never shown.
    """


@dataclass(frozen=True, slots=True)
class TakesOutput:
    """A field that takes `{from: …}`, so that what is live in it may be a secret that another object gave out."""


@dataclass(frozen=True, slots=True)
class WriteOnly:
    """The API never returns it, so it can never be compared."""


@dataclass(frozen=True, slots=True)
class Replace:
    """The API cannot change it: delete and create (refused for data-bearing kinds).

    Values in `among` can be changed into one another in place.
    """

    among: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Never:
    """Cannot be changed, and not worth a replacement: a change is refused with this reason."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class OnlyAtCreation:
    """Sent when the object is made, and never compared afterwards: a wish that the vendor need not follow."""


@dataclass(frozen=True, slots=True)
class Essential:
    """Always written by `import`, even when it equals the default."""


@dataclass(frozen=True, slots=True)
class KeyedBy:
    """A list of parts matched by this key instead of by position. `ordered`: the order is part of the value.

    Each part must have the key, and no two the same.
    """

    key: str
    ordered: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], Any]) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, core: Any, handler: Callable[[Any], Any]) -> dict[str, Any]:
        return {**handler(core), "x-unique-key": self.key}

    def _check(self, parts: Any) -> Any:
        keys = [getattr(part, self.key) for part in parts]
        if any(key is None for key in keys):
            raise ValueError(f"each element needs a {self.key}: it is what elements are told apart by")
        twice = [key for index, key in enumerate(keys) if key in keys[:index]]
        if twice:
            raise ValueError(f"{self.key} {twice[0]} is given to two elements; each needs its own")
        return parts


@dataclass(frozen=True, slots=True, init=False)
class RefTo:
    """Names another resource: a bare handle for one collection, `collection/handle` for several."""

    collections: tuple[str, ...]

    def __init__(self, *collections: str) -> None:
        object.__setattr__(self, "collections", collections)


@dataclass(frozen=True, slots=True)
class External:
    """Names something we do not manage, found by name when observing. `create` tells the user how to make one."""

    kind: str
    create: str


@dataclass(frozen=True, slots=True, init=False)
class Follows:
    """Written again after anything in these collections of the same instance was written: a redeploy, a publication.

    Live is what the field says while nothing is owed, and anything else while something is. What is owed is never
    drift: it is a change, and is carried out after all others.
    """

    collections: tuple[str, ...]

    def __init__(self, *collections: str) -> None:
        object.__setattr__(self, "collections", collections)


@dataclass(frozen=True, slots=True)
class ServerDefault:
    """The value the API fills in when the field is omitted on create. `import` leaves the field out when equal."""

    value: Any


@dataclass(frozen=True, slots=True)
class Unit:
    """What a bare number means: `seconds`, `milliseconds`, `days`, ..."""

    name: str


@dataclass(frozen=True, slots=True)
class Sugar:
    """Not a vendor field: `expand` turns it into some."""
