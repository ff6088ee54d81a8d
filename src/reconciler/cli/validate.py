"""`reconcile validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cli.options import command as make

if TYPE_CHECKING:
    from reconciler.cli.context import Invocation


@make("validate")
def command(invocation: Invocation) -> int:
    """Check desired/ against the published schemas and the models. Offline; shows every problem at once."""
    project = invocation.world.validate(invocation.common.desired, invocation.catalog)
    counts: dict[str, int] = {}
    for resource in project.resources:
        counts[resource.address.collection] = counts.get(resource.address.collection, 0) + 1
    if invocation.common.format == "json":
        document = {
            "schema": 1,
            "valid": True,
            "environment": project.environment,
            "files": list(project.files),
            "collections": counts,
        }
        invocation.output.document(document)
        return 0
    from reconciler.report.tally import plural

    what = f"{plural(len(project.resources), 'object')} in {plural(len(project.files), 'file')}"
    each = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    invocation.output.write(f"{invocation.common.desired.name}/ is valid: {what}{f' ({each})' if each else ''}.")
    return 0
