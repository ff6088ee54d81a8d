"""Plans and outcomes as JSON documents: the contract of `schemas/plan.json`.

Stable: consumers ignore keys they do not know, and no key changes its meaning within one `schema` number. A document
holds no time and no secret, so equal plans give equal documents.
"""

from __future__ import annotations

from typing import Any

from reconciler.model import Change, Drift, FieldDiff, Plan
from reconciler.outcome import NotConverged, Outcome, Result
from reconciler.report.approvals import approval_line, offers
from reconciler.report.changes import fields_of, is_secret, live_id_of
from reconciler.report.policies import policies_document
from reconciler.report.tally import tally
from reconciler.report.values import data, sort_of
from reconciler.values import Generated, SecretRef, SecretValue, path_text

SCHEMA = 1


def plan_document(plan: Plan) -> dict[str, Any]:
    """Return a plan as JSON data."""
    return {
        "schema": SCHEMA,
        "environment": plan.environment,
        "commit": plan.commit,
        "digest": plan.digest,
        "summary": tally(plan),
        "changes": [change_document(c) for c in plan.changes],
        "providers": {
            name: {
                "status": s.status,
                "reason": s.reason,
                "requests": s.requests,
                "account": s.account,
                "credential_rejected": s.credential,
                "next": s.next,
            }
            for name, s in plan.providers.items()
        },
        "drift": [_drift(d) for d in plan.drift],
        "unmanaged": [
            {
                "provider": u.provider,
                "kind": u.kind,
                "live_id": u.live_id,
                "title": u.title,
                "alarm": u.alarm,
                "unimportable": u.unimportable,
            }
            for u in plan.unmanaged
        ],
        "unknown": [
            {"provider": u.provider, "subject": u.subject, "reason": u.reason, "needed": u.needed} for u in plan.unknown
        ],
        "pending": [{"address": str(p.address), "note": p.note} for p in plan.pending],
        "offers": [
            {"digest": o.digest, "addresses": list(o.addresses), "line": approval_line(o.digest, plan.created_at)}
            for o in offers(c for c in plan.changes if c.held)
        ],
        "approvals": [
            {
                "digest": n.approval.digest,
                "reason": n.approval.reason,
                "until": n.approval.until,
                "state": n.state,
                "file": n.approval.where.file if n.approval.where else None,
                "line": n.approval.where.line if n.approval.where else None,
            }
            for n in plan.approvals
        ],
        "notices": list(plan.notices),
        "policies": policies_document(plan.policies),
    }


def outcome_document(outcome: Outcome) -> dict[str, Any]:
    """Return a finished apply as JSON data: the plan that was carried out, and what became of it."""
    stale = sum(1 for r in outcome.results if r.status == "stale")
    return plan_document(outcome.plan) | {
        "summary": tally(outcome.plan, stale=stale),
        "notices": list(dict.fromkeys((*outcome.plan.notices, *outcome.notices))),
        "run": outcome.run,
        "results": [_result(r) for r in outcome.results],
        "not_converged": [_not_converged(n) for n in outcome.not_converged],
        "interrupted": outcome.interrupted,
        "newly_held": outcome.newly_held,
        "errors": list(outcome.errors),
    }


def change_document(change: Change) -> dict[str, Any]:
    """Return one change as JSON data."""
    return {
        "address": str(change.address),
        "provider": change.provider,
        "kind": change.kind,
        "action": change.action,
        "live_id": live_id_of(change) or None,
        "fields": [_field(f) for f in fields_of(change)],
        "why": list(change.why),
        "held_by": [h.gate for h in change.held],
        "digest": change.digest,
        "file": change.where.file if change.where else None,
        "line": change.where.line if change.where else None,
        "holds": [{"gate": h.gate, "reason": h.reason, "next": h.next, "digest": h.offered} for h in change.held],
        "notes": list(change.notes),
        "danger": change.danger,
        "depends_on": [str(a) for a in change.depends_on],
        "unverified": list(getattr(change, "unverified", ())),
    }


def _field(diff: FieldDiff) -> dict[str, Any]:
    """Return one difference. `before_is` and `after_is` stand there only when a value is not plain data."""
    secret = is_secret(diff)
    row: dict[str, Any] = {
        "path": path_text(diff.path),
        "before": data(diff.before, secret=secret),
        "after": data(diff.after, secret=secret),
        "cause": diff.cause,
    }
    for side, value in (("before_is", diff.before), ("after_is", diff.after)):
        sort = sort_of(value) or ("secret" if secret and value is not None else "")
        if sort:
            row[side] = sort
    if secret:
        row["secret"] = True
    if diff.origin:
        row["origin"] = diff.origin
    if diff.inner:
        row["inner"] = [_inner(row, secret) for row in diff.inner]
    return row


def _inner(row: tuple[str, Any, Any], secret: bool) -> dict[str, Any]:
    path, before, after = row
    hidden = secret or any(isinstance(v, SecretRef | Generated | SecretValue) for v in (before, after))
    return {"path": path, "before": data(before, secret=hidden), "after": data(after, secret=hidden)}


def _drift(drift: Drift) -> dict[str, Any]:
    rows = [_field(f) | {"recorded": data(f.recorded, secret=is_secret(f))} for f in drift.fields]
    return {"address": str(drift.address), "type": drift.type, "fields": rows, "detail": drift.detail}


def _result(result: Result) -> dict[str, Any]:
    return {
        "address": str(result.address),
        "action": result.action,
        "status": result.status,
        "reason": result.reason,
        "fix": result.fix,
        "notes": list(result.notes),
    }


def _not_converged(row: NotConverged) -> dict[str, Any]:
    return {"address": str(row.address), "action": row.action, "fields": [_field(f) for f in row.fields]}
