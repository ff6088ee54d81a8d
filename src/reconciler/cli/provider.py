"""`reconcile provider list`, and the group that `reconcile provider reference` is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.options import command as make
from reconciler.cli.reference import command as reference

if TYPE_CHECKING:
    from reconciler.cli.context import Invocation


@click.group("provider")
def command() -> None:
    """List the installed providers, or make their reference pages."""


@make("list")
def list_providers(invocation: Invocation) -> int:
    """List the installed providers: version, kinds, origin. One that cannot be used is named, with the reason."""
    catalog = invocation.catalog
    plugins = catalog.plugins()
    loaded = {name: kind.__doc__ or "" for name, kind in catalog.kinds.items()}
    broken = {b.name: b for b in catalog.broken}
    if invocation.common.format == "json":
        document = {
            "schema": 1,
            "providers": [
                {"name": p.name, "version": p.version, "kinds": list(p.kinds), "origin": p.origin} for p in plugins
            ],
            "broken": [{"name": b.name, "origin": b.origin, "error": b.error} for b in broken.values()],
        }
        invocation.output.document(document)
        return 0
    if not plugins and not broken:
        invocation.output.write("No provider is installed. They are Python packages; see docs/.")
    for plugin in plugins:
        invocation.output.write(f"{plugin.name} {plugin.version}  from {plugin.origin}")
        for name in plugin.kinds:
            doc = loaded.get(name, "").strip().partition("\n")[0]
            invocation.output.write(f"  {name}: {doc if name in loaded else 'BROKEN'}")
    for one in broken.values():
        invocation.output.write(f"BROKEN {one.name} of {one.origin}: {one.error}")
    return 0


command.add_command(list_providers)
command.add_command(reference)
