"""`reconcile schema`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.options import command as make

if TYPE_CHECKING:
    from reconciler.cli.context import Invocation


@make("schema", formats=("text",))
@click.option("--write", "do", flag_value="write", help="Write the files that differ.")
@click.option("--check", "do", flag_value="check", help="Exit with 1 when a file is stale.")
@click.option("--dir", "folder", type=click.Path(path_type=Path), help="Where. Default: schemas/ beside DIR.")
def command(invocation: Invocation, do: str | None, folder: Path | None) -> int:
    """Write or check the JSON Schemas that editors use for desired/. Without an option: list them."""
    from reconciler.schema.files import generate, stale, write

    place = folder or invocation.common.desired.resolve().parent / "schemas"
    files = generate(invocation.catalog)
    for broken in invocation.catalog.broken:
        invocation.output.error(f"warning: {broken.name} of {broken.origin} cannot be used: {broken.error}")
    if do == "write":
        changed = write(place, files)
        invocation.output.write("\n".join(f"wrote {place.name}/{name}" for name in changed) or "All files are current.")
        return 0
    old = stale(place, files)
    if do == "check":
        if old:
            names = ", ".join(f"{place.name}/{name}" for name in old)
            invocation.output.error(f"stale: {names}\n  fix: run `reconcile schema --write` and commit the result")
        else:
            invocation.output.write("All files are current.")
        return 1 if old else 0
    state = {name: " (stale)" if (place / name).exists() else " (missing)" for name in old}
    invocation.output.write("\n".join(f"{place.name}/{name}{state.get(name, '')}" for name in files))
    return 0
