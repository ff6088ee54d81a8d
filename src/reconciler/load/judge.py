"""The second opinion that `validate` asks of the published schema. One verdict is the rule; two are a bug."""

from __future__ import annotations

from typing import Any, Protocol

from pydantic import BaseModel

from reconciler.errors import Location
from reconciler.kind.base import Kind
from reconciler.load.problems import Problems


class Judge(Protocol):
    """What the published schemas say. An empty answer accepts."""

    def object(self, kind: type[Kind], data: Any) -> tuple[str, ...]: ...

    def model(self, model: type[BaseModel], data: Any) -> tuple[str, ...]: ...

    def policies(self, data: Any) -> tuple[str, ...]: ...


def compare(accepted: bool, refused: tuple[str, ...], what: str, where: Location, problems: Problems) -> None:
    """Add a problem when the model and the published schema do not agree."""
    if accepted != bool(refused):
        return
    if accepted:
        message = f"{what}: the model accepts it and the published schema refuses it ({'; '.join(refused[:3])})"
    else:
        message = f"{what}: the model refuses it and the published schema accepts it"
    problems.add(f"internal error: {message}", "please report this as a bug, with these lines of the file", where)
