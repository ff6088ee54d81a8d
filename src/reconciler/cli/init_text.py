"""What `reconcile init` says: what it would write, what it wrote, what is left to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.errors import CredentialRejected
from reconciler.initial.run import Prepared, Site, opens_sops_files
from reconciler.initial.tool import BY_VARIABLES, COMMIT_VARIABLE, REPOSITORY_VARIABLE
from reconciler.report import exits
from reconciler.report.values import escape


def exit_code(prepared: Prepared) -> int:
    """Return 1 when a credential was rejected, 5 when an import failed otherwise, else 0."""
    failed = [one.failed for one in prepared.skipped if one.failed]
    codes = [exits.ERROR if isinstance(error, CredentialRejected) else exits.PARTIAL for error in failed]
    return exits.worst(codes)


def proposal(site: Site, prepared: Prepared) -> str:
    """Return what would be written, for the question that follows."""
    return "\n".join([*_files(site, prepared, "would write", "would change"), *_read(prepared), ""])


def result(site: Site, prepared: Prepared) -> str:
    """Return what was written, what was not, and what is left to do."""
    files = prepared.files
    lines = _files(site, prepared, "wrote", "changed")
    if not (files.new or files.changed):
        lines = [f"Nothing to write: {site.desired.name}/ is set up.", *lines]
    return "\n".join([*lines, *_read(prepared), "", *(f"next: {text}" for text in _next(site, prepared))])


def document(site: Site, prepared: Prepared) -> dict[str, Any]:
    """Return the result as JSON data."""
    return {
        "schema": 1,
        "environment": prepared.project.environment,
        "written": sorted(prepared.files.new),
        "changed": sorted(prepared.files.changed),
        "kept": [{"path": path, "reason": why} for path, why in prepared.kept],
        "imported": {
            name: {
                "account": dict(done.scope),
                "objects": [str(address) for address in done.objects],
                "skipped": [{"what": what, "reason": reason} for what, reason in done.skipped],
                "secrets": list(done.secrets),
            }
            for name, done in prepared.imported.items()
        },
        "not_imported": [
            {"instance": one.instance, "reason": one.reason, "failed": one.failed is not None, "next": one.next}
            for one in prepared.skipped
        ],
        "next": list(_next(site, prepared)),
    }


def _files(site: Site, prepared: Prepared, wrote: str, changed: str) -> list[str]:
    new, old = prepared.files.new, prepared.files.changed
    schemas = [name for name in {**new, **old} if name.startswith("schemas/")]
    lines = [f"{wrote} {escape(name)}" for name in sorted(new) if name not in schemas]
    if schemas:
        lines.append(f"{wrote} schemas/: {len(schemas)} files, for editors")
    for name in old:
        if name not in schemas:
            lines.append(f"{changed} {name}: {', '.join(prepared.ignored)} added")
    return [*lines, *(f"kept {escape(path)}: {why}" for path, why in prepared.kept)]


def _read(prepared: Prepared) -> Iterator[str]:
    for name, done in prepared.imported.items():
        account = ", ".join(f"{key} {value}" for key, value in sorted(done.scope.items()))
        count = len(done.objects)
        yield escape(f"read {name}{f' ({account})' if account else ''}: {count} object{'' if count == 1 else 's'}")
        for what, reason in done.skipped:
            yield escape(f"  skipped {what}: {reason}")
        for secret in done.secrets:
            yield escape(f"  {secret}: a secret that is there; needs a value only when git is to send it")
    for one in prepared.skipped:
        first, *rest = one.reason.split("\n")
        yield escape(f"not read {one.instance}: {first}")
        yield from (escape(line) for line in rest)


def _next(site: Site, prepared: Prepared) -> Iterator[str]:
    for one in prepared.skipped:
        if one.next:
            yield f"{one.instance}: {one.next}"
    if site.top is None:
        yield "this is no git repository: `git init` makes it one, and then git holds the record of what was applied"
    if prepared.tool == BY_VARIABLES:
        yield (
            f"in the repository's settings at GitHub, set the variables {REPOSITORY_VARIABLE} (the OWNER/NAME that"
            f" holds this tool) and {COMMIT_VARIABLE} (a commit of it); or run this with --tool"
        )
    if prepared.tool is not None:
        name = prepared.project.environment
        yield f"at GitHub, make the environments {name}-read and {name} with the secrets the workflow names"
        if opens_sops_files(prepared.project):
            yield f"at GitHub, set the variables SOPS_VERSION and SOPS_SHA256 of the environment {name}"
    if prepared.softened:
        where = f"{site.desired.name}/policies/baseline.yaml"
        yield f"what is there breaks {', '.join(prepared.softened)}, which only warn for now: see {where}"
    if prepared.files.new:
        yield "review the files and commit them"
    yield "`reconcile plan` shows what would be recorded; `reconcile apply` records it, and writes to no vendor"
