"""Which secret fields may also be plain text: `value: str | Secret`."""

from __future__ import annotations

import typing
from functools import cache

from pydantic import BaseModel


@cache
def plain_text_fields(model: type[BaseModel]) -> frozenset[str]:
    """Return the top-level fields whose type allows text beside whatever else. Live, these may carry plain text."""
    return frozenset(
        info.alias or name
        for name, info in model.model_fields.items()
        if info.annotation is str or str in typing.get_args(info.annotation)
    )
