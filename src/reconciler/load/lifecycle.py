"""The reserved key `lifecycle:` of every object."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field

from reconciler.kind.base import Part
from reconciler.kind.shape import Shape
from reconciler.kind.types import ListOf
from reconciler.load.names import HANDLE, INSTANCE
from reconciler.model import Lifecycle


class LifecycleForm(Part):
    """How this object is created, kept and removed."""

    protect: Annotated[bool, Field(description="true: never delete it; unprotecting takes a merge of its own.")] = False
    on_remove: Annotated[
        Literal["delete", "retain", "disable"] | None,
        Field(description="What happens to the live object when it is removed from desired/."),
    ] = None
    on_drift: Annotated[
        Literal["correct", "hold"],
        Field(description="`correct`: apply reverts edits made by hand. `hold`: it reports them and waits."),
    ] = "correct"
    ignore: Annotated[
        ListOf[str], Field(description="Fields that are written but not compared, as in `regions` or `steps.name`.")
    ] = ()
    adopt: Annotated[bool, Field(description="true: take over a live object with this identity.")] = False
    id: Annotated[
        Annotated[str, Field(min_length=1)] | int | None, Field(description="The live object's id, which pins it.")
    ] = None
    moved_from: Annotated[
        Annotated[str, Field(pattern=HANDLE)] | None,
        Field(description="The handle it had before; only the record moves."),
    ] = None
    provider: Annotated[
        Annotated[str, Field(pattern=INSTANCE)] | None,
        Field(description="The provider instance, where several have the type."),
    ] = None

    def lifecycle(self) -> Lifecycle:
        """Return it as the engine knows it. A numeric id is text: APIs give ids as strings."""
        return Lifecycle(
            protect=self.protect,
            on_remove=self.on_remove,
            on_drift=self.on_drift,
            ignore=self.ignore,
            adopt=self.adopt,
            id=None if self.id is None else str(self.id),
            moved_from=self.moved_from,
            provider=self.provider,
        )


def ignorable(shape: Shape) -> str:
    """Return a pattern of the paths that `ignore` may name in a kind.

    Members of mappings are named with dots; elements of keyed lists by their key. Other lists are compared as a whole.
    """
    return f"^(?:{_paths(shape)})$"


def _paths(shape: Shape) -> str:
    if shape.fields and shape.form in ("mapping", "keyed"):
        members = "|".join(f"{re.escape(name)}{_inner(field)}" for name, field in shape.fields.items())
        return rf"[^\s.]+(?:\.(?:{members}))?" if shape.form == "keyed" else members
    return r"\S+"


def _inner(shape: Shape) -> str:
    open_mapping = shape.form == "mapping" and not shape.fields
    if open_mapping or (shape.fields and shape.form in ("mapping", "keyed")):
        return rf"(?:\.(?:{_paths(shape)}))?"
    return ""
