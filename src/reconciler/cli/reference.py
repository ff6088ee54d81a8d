"""`reconcile provider reference`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.options import command as make

if TYPE_CHECKING:
    from reconciler.cli.context import Invocation
    from reconciler.discover import Catalog
    from reconciler.report.reference import Reference


@make("reference", formats=("text",))
@click.argument("types", nargs=-1, metavar="[TYPE]...")
@click.option("--write", "do", flag_value="write", help="Write the pages that differ.")
@click.option("--check", "do", flag_value="check", help="Exit with 1 when a page is stale.")
@click.option("--dir", "folder", type=click.Path(path_type=Path), help="Where. Default: docs/reference/ beside DIR.")
def command(invocation: Invocation, types: tuple[str, ...], do: str | None, folder: Path | None) -> int:
    """Make the reference page of each installed provider type from its models. Without an option: print it.

    What was written by hand between the markers of a page is kept.
    """
    from reconciler.cli.files import write_file
    from reconciler.report.reference import index_page, reference_page

    place = folder or invocation.common.desired.resolve().parent / "docs" / "reference"
    references = _references(invocation.catalog)
    chosen = {name: references[name] for name in _known(types, references)}
    pages = {f"{name}.md": reference_page(one, _text(place / f"{name}.md")) for name, one in chosen.items()}
    if do is None:
        invocation.output.write("\n".join(pages.values()))
        return 0
    if not types:
        pages["providers.md"] = index_page(references)
    old = [name for name, text in pages.items() if _text(place / name) != text]
    if do == "check":
        if old:
            names = ", ".join(f"{place.name}/{name}" for name in old)
            invocation.output.error(f"stale: {names}\n  fix: run `make reference` and commit the result")
        return 1 if old else 0
    for name in old:
        place.mkdir(parents=True, exist_ok=True)
        write_file(place / name, pages[name])
    invocation.output.write("\n".join(f"wrote {place.name}/{name}" for name in old) or "All pages are current.")
    return 0


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _known(types: tuple[str, ...], references: Mapping[str, Reference]) -> list[str]:
    strange = [name for name in types if name not in references]
    if strange:
        from reconciler.errors import InputError, Problem
        from reconciler.load.suggest import did_you_mean

        raise InputError([Problem(f"there is no provider type {n!r}", did_you_mean(n, references)) for n in strange])
    return list(types or references)


def _references(catalog: Catalog) -> Mapping[str, Reference]:
    """Return every provider type that has collections."""
    from reconciler.report.reference import Reference
    from reconciler.schema.model import model_schema

    found: dict[str, Reference] = {}
    for name in catalog.provider_types():
        kinds = catalog.kinds_of(name)
        if kinds:
            settings = next(iter(kinds.values())).settings
            title = getattr(catalog.provider_class(name), "service", "") or name
            schemas = {model: model_schema(model) for model in (settings, *kinds.values())}
            found[name] = Reference(name, title, settings, kinds, schemas)
    return found
