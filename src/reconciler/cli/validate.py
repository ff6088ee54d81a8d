"""`reconcile validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cli.options import command as make

if TYPE_CHECKING:
    from reconciler.cli.context import Invocation


@make("validate")
def command(invocation: Invocation) -> int:
    """Check desired/ against the published schemas, the models and its policies. Offline; shows every problem at once.

    Exits with 3 when a policy denies what is written, whatever may be live.
    """
    from reconciler.engine.judging import judged_as_written
    from reconciler.report.exits import HELD
    from reconciler.report.policies import judged_page, policies_document

    project = invocation.world.validate(invocation.common.desired, invocation.catalog)
    judged = judged_as_written(project)
    code = HELD if judged.denied else 0
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
            "policies": policies_document(judged),
        }
        invocation.output.document(document)
        return code
    from reconciler.report.tally import plural

    what = f"{plural(len(project.resources), 'object')} in {plural(len(project.files), 'file')}"
    each = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    invocation.output.write(f"{invocation.common.desired.name}/ is valid: {what}{f' ({each})' if each else ''}.")
    if judged.findings:
        from reconciler.report.text import render

        invocation.output.write(render(judged_page(invocation.clean(judged)), color=invocation.color))
    return code
