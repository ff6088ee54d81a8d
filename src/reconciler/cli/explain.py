"""`reconcile explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from reconciler.cli.options import command as make
from reconciler.cli.options import complete_address

if TYPE_CHECKING:
    from reconciler.cli.context import Invocation
    from reconciler.kind.base import Kind
    from reconciler.model import Address
    from reconciler.report.explain import Explained


def _complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    found = complete_address(ctx, param, incomplete)
    kinds = sorted({str(item.value).partition("/")[0] for item in complete_address(ctx, param, "")})
    return [CompletionItem(k) for k in kinds if k.startswith(incomplete)] + found


@make("explain")
@click.argument("what", metavar="KIND|KIND.FIELD|ADDRESS", shell_complete=_complete)
def command(invocation: Invocation, what: str) -> int:
    """Explain a kind (`monitors`), a field (`monitors.check_frequency`) or one object (`monitors/homepage`).

    Of a kind: fields, units, defaults, what can be changed, what is secret, what delete loses. Of an object: where it
    is written, its live id, and what was last applied. Talks to no provider.
    """
    if "/" in what:
        return _object(invocation, what)
    collection, _, path = what.partition(".")
    kind = _kind(invocation, collection)
    from reconciler.kind.shape import shape_of
    from reconciler.report.explain import field_document, field_page, fields, kind_page
    from reconciler.report.text import render
    from reconciler.schema.model import model_schema

    shape, schema = shape_of(kind), model_schema(kind)
    rows = fields(shape, schema)
    if path:
        row = _field(rows, collection, path)
        if invocation.common.format == "json":
            invocation.output.document({"schema": 1, "kind": collection, "fields": [field_document(row)]})
        else:
            invocation.output.write(render(field_page(kind, row), color=invocation.color))
        return 0
    if invocation.common.format == "json":
        document = {
            "schema": 1,
            "kind": collection,
            "provider": kind.provider,
            "doc": (kind.__doc__ or "").strip(),
            "identity": list(kind.identity),
            "on_remove": kind.on_remove,
            "loses": kind.loses,
            "data_bearing": kind.data_bearing,
            "written_after": list(kind.written_after),
            "outputs": {name: {"doc": o.doc, "secret": o.secret} for name, o in kind.outputs.items()},
            "fields": [field_document(row) for row in rows],
        }
        invocation.output.document(document)
    else:
        invocation.output.write(render(kind_page(kind, schema, shape), color=invocation.color))
    return 0


def _kind(invocation: Invocation, collection: str) -> type[Kind]:
    kind = invocation.catalog.kind(collection)
    if kind is None:
        broken = next((b for b in invocation.catalog.broken if b.name == collection), None)
        said = f"{collection} cannot be used: {broken.error}" if broken else f"there is no kind {collection!r}"
        raise _unknown(said, collection, list(invocation.catalog.kinds))
    return kind


def _field(rows: list[Explained], collection: str, path: str) -> Explained:
    """Return the row that a dotted path names, descending one member at a time."""
    from reconciler.report.explain import fields

    first, _, rest = path.partition(".")
    row = next((r for r in rows if r.name.rpartition(".")[2] == first), None)
    if row is None:
        raise _unknown(f"{collection} has no field {first!r}", first, [r.name.rpartition(".")[2] for r in rows])
    return _field(fields(row.shape, row.schema, f"{row.name}."), row.name, rest) if rest else row


def _unknown(message: str, name: str, names: list[str]) -> Exception:
    from reconciler.errors import InputError, Problem
    from reconciler.load.suggest import did_you_mean

    return InputError([Problem(message, did_you_mean(name, names))])


def _object(invocation: Invocation, what: str) -> int:
    from reconciler.errors import InputError, LedgerError, Problem
    from reconciler.model import Address

    try:
        address = Address.parse(what)
    except ValueError as error:
        raise InputError([Problem(str(error), "write a kind, KIND.FIELD, or collection/handle")]) from None
    project = invocation.project
    resource = next((r for r in project.resources if r.address == address), None)
    ledger = invocation.world.ledger(project.root, project.environment, invocation.runtime)
    where, unapplied = ledger.describe(), f"never applied ({ledger.describe()})"
    try:
        record = ledger.read().records.get(address)
    except LedgerError as error:
        if resource is None:
            raise
        record, unapplied = None, "what was last applied is not known"
        invocation.output.error(f"warning: {error}")
    if resource is None and record is None:
        if made := [str(r.address) for r in project.resources if f"written as {address}" in r.notes]:
            said = f"{address} is a short form, and stands for {', '.join(made)}"
            raise InputError([Problem(said, f"reconcile explain {made[0]}")])
        every = [str(r.address) for r in project.resources]
        names = [name for name in every if name.startswith(f"{address.collection}/")] or every
        raise _unknown(f"neither desired/ nor the ledger knows {address}", what, names)
    if invocation.common.format == "json":
        invocation.output.document(_document(address, resource, record))
        return 0
    policies = [rule.name for rule in project.policies if rule.covers(address.collection)]
    invocation.output.write("\n".join(_lines(address, resource, record, where, unapplied, policies)))
    return 0


def _lines(address: Address, resource: Any, record: Any, where: str, unapplied: str, policies: list[str]) -> list[str]:
    from reconciler.report.record import record_lines
    from reconciler.report.values import escape, short

    if resource is None:
        lines = [escape(f"{address}: not in desired/; the next apply removes it, as its lifecycle says")]
    else:
        lines = [escape(f"{address}: written at {resource.where}, for {resource.provider}")]
        for name, value in resource.spec.items():
            origin = resource.origins.get(name, "")
            lines.append(f"    {escape(name)}: {short(value)}{f'  (from {escape(origin)})' if origin else ''}")
    if policies:
        lines.append(escape(f"policies that look at it: {', '.join(policies)}"))
    if record is None:
        return [*lines, unapplied]
    return [*lines, f"in the ledger ({where}):", *record_lines(record)[1:]]


def _document(address: Address, resource: Any, record: Any) -> dict[str, Any]:
    from reconciler.report.values import data

    return {
        "schema": 1,
        "address": str(address),
        "file": resource.where.file if resource else None,
        "line": resource.where.line if resource else None,
        "desired": data(resource.spec) if resource else None,
        "live_id": record.live_id if record else None,
        "last_applied": record.applied_at.isoformat() if record and record.applied_at else None,
        "run": record.run if record else None,
        "commit": record.commit if record else None,
        "recorded": data(record.spec) if record else None,
    }
