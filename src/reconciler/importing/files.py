"""The YAML files an import writes: one per collection, with the header editors need."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

import yaml

from reconciler.load.scalars import resolve


class _Block(dict[str, Any]):
    """A mapping with one key a line; nested ones that are short stand in one line."""


class _Dumper(yaml.SafeDumper):
    """Writes what every YAML reader reads alike: what one of them might misread is quoted."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists below their key, as people do."""
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        """Write a value out each time it occurs."""
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "'" if resolve(value) != value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _number(dumper: yaml.SafeDumper, value: float) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:float", format(Decimal(repr(value)), "f"))


def _block(dumper: yaml.SafeDumper, value: _Block) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", value.items(), flow_style=False)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(float, _number)
_Dumper.add_representer(_Block, _block)


def text(collection: str, objects: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a file's text. Objects stand in the order of their handles, fields in the order of the model."""
    ordered = {handle: objects[handle] for handle in sorted(objects)}
    return f"{header(collection)}{dump({collection: ordered}, levels=3)}"


def header(schema: str) -> str:
    """Return the first line of a file below `desired/`: where editors find its schema."""
    return f"# yaml-language-server: $schema=../schemas/{schema}.json\n"


def dump(data: Mapping[str, Any], *, levels: int) -> str:
    """Return data as YAML in the order given, one key a line for the first so many levels of mappings."""
    blocks = _blocks(data, levels)
    return yaml.dump(blocks, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=None, width=120)


def _blocks(data: Mapping[str, Any], levels: int) -> _Block:
    deeper = levels > 1
    return _Block({k: _blocks(v, levels - 1) if deeper and isinstance(v, Mapping) else v for k, v in data.items()})


def name_for(collection: str, existing: Collection[str]) -> str:
    """Return a file name that is not taken: `monitors.yaml`, else `monitors.imported.yaml`, with a number at need."""
    name, number = f"{collection.replace('_', '-')}.yaml", 1
    while name in existing:
        suffix = "" if number == 1 else f"-{number}"
        name, number = f"{collection.replace('_', '-')}.imported{suffix}.yaml", number + 1
    return name
