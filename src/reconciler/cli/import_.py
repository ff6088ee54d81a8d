"""`reconcile import`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.options import command as make

if TYPE_CHECKING:
    from reconciler.cli.context import Invocation
    from reconciler.importing.run import Imported


@make("import", connects=True)
@click.argument("provider")
@click.option("--collection", "collections", multiple=True, metavar="NAME", help="Only these. Repeatable.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
def command(invocation: Invocation, provider: str, collections: tuple[str, ...], dry_run: bool) -> int:
    """Write what is live at PROVIDER (an instance in environment.yaml) into desired/, as a person would write it.

    Secrets become names, never values. The plan after it only records what is there; else nothing is written.
    """
    from reconciler.importing.run import import_instance

    project, catalog = invocation.project, invocation.catalog
    _known(provider, list(project.instances), "provider instance", "environment.yaml has")
    for name in collections:
        _known(name, list(project.kinds), "collection", "there are")
    options = invocation.options

    def load(desired: Any) -> Any:
        return invocation.world.load(desired, catalog, extra_env_files=invocation.common.env_files)

    done = invocation.run(
        lambda: import_instance(
            project,
            catalog,
            invocation.runtime,
            provider,
            load=load,
            collections=collections,
            progress=invocation.progress,
            options=options,
            write=not dry_run,
        )
    )
    if invocation.common.format == "json":
        invocation.output.document(_document(done))
    else:
        invocation.output.write(_text(done, invocation.common.desired.name, written=not dry_run))
    return 0


def _known(name: str, names: list[str], what: str, having: str) -> None:
    if name not in names:
        from reconciler.errors import InputError, Problem

        raise InputError([Problem(f"there is no {what} {name!r}", f"{having} {', '.join(sorted(names)) or 'none'}")])


def _text(done: Imported, desired: str, *, written: bool) -> str:
    from reconciler.report.values import escape

    verb = "Wrote" if written else "Would write"
    count = len(done.objects)
    files = f"{len(done.files)} file{'' if len(done.files) == 1 else 's'}"
    lines = [f"{verb} {count} object{'' if count == 1 else 's'} into {files}."]
    if not count:
        lines = ["Nothing to import: desired/ or the ledger names everything live that can be written."]
    lines += [f"  {desired}/{name}" for name in done.files]
    if not written:
        lines += [f"\n# {name}\n{body.rstrip()}" for name, body in done.files.items()]
    if done.secrets:
        lines += ["", "Secrets that need a value before they can be sent; each is a name in the YAML:"]
        lines += [f"  {escape(name)}" for name in done.secrets]
    if done.skipped:
        lines += ["", f"Skipped {len(done.skipped)}:"]
        lines += [escape(f"  {what}: {reason}") for what, reason in done.skipped]
    if written and done.files:
        lines += ["", "next: review the files, commit them, and `reconcile apply`, which only records what is there"]
    return "\n".join(lines)


def _document(done: Imported) -> dict[str, Any]:
    return {
        "schema": 1,
        "files": dict(done.files),
        "objects": [str(a) for a in done.objects],
        "skipped": [{"what": what, "reason": reason} for what, reason in done.skipped],
        "secrets": list(done.secrets),
    }
