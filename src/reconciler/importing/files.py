"""The YAML files an import writes: one per collection, with the header editors need."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import yaml


class _Dumper(yaml.SafeDumper):
    """Indents lists below their key, as people do."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def text(collection: str, objects: Mapping[str, Mapping[str, Any]], schemas: str) -> str:
    """Return a file's text. Objects stand in the order of their handles, fields in the order of the model."""
    ordered = {handle: dict(objects[handle]) for handle in sorted(objects)}
    body = yaml.dump(
        {collection: ordered},
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
        width=120,
    )
    return f"# yaml-language-server: $schema={schemas}/{collection}.json\n{body}"


def name_for(collection: str, existing: Collection[str]) -> str:
    """Return a file name that is not taken: `monitors.yaml`, else `monitors.imported.yaml`, with a number at need."""
    name, number = f"{collection.replace('_', '-')}.yaml", 1
    while name in existing:
        suffix = "" if number == 1 else f"-{number}"
        name, number = f"{collection.replace('_', '-')}.imported{suffix}.yaml", number + 1
    return name
