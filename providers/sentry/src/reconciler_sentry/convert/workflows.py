"""The body of a workflow: the whole of it, with the ids of everything that stays. Pure.

Inside `actionFilters` a PUT is a sync by id: what is not listed is deleted, what has no id is made anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler_sentry.convert.alerts import CONDITIONS, OWNERS, TICKETS, action_of, block_of, condition_of
from reconciler_sentry.convert.fields import Payload, actor, mappings, paired, plain_json
from reconciler_sentry.models.alerts import ACTION_TYPES, TRIGGERS

TO_OWNERS = {"fallthroughType": "ActiveMembers"}


def body(fields: Mapping[str, Any], live: Payload | None, builtin: Mapping[str, str]) -> dict[str, Any]:
    """Return the body that makes these fields so; what they do not name stays as `live` has it."""
    have: Payload = live or {}
    sent: dict[str, Any] = {
        "name": fields.get("name", have.get("name")),
        "enabled": fields.get("enabled", have.get("enabled", True)),
        "environment": fields.get("environment", have.get("environment")),
        "owner": fields.get("owner", actor(have.get("owner"))),
        "detectorIds": _detectors(fields, have, builtin),
        "config": {**(have.get("config") or {}), **plain_json(fields.get("config") or {})},
        "actionFilters": _blocks(fields, mappings(have.get("actionFilters"))),
    }
    if have.get("id"):
        sent["id"] = str(have["id"])
    triggers = _triggers(fields.get("triggers"), have.get("triggers"))
    return {**sent, "triggers": triggers} if triggers else sent


def _detectors(fields: Mapping[str, Any], have: Payload, builtin: Mapping[str, str]) -> list[int]:
    """Return the ids it listens to, as numbers. The two fields share one list: what neither names stays."""
    ids = [str(i) for i in have.get("detectorIds") or ()]
    own = [i for i in ids if i in builtin]
    others = [i for i in ids if i not in builtin]
    if "project_monitors" in fields:
        wanted = fields["project_monitors"] or ()
        own = [i for i, kind in builtin.items() if kind in wanted]
    if "metric_monitors" in fields:
        others = [str(i) for i in fields["metric_monitors"] or ()]
    return sorted({int(i) for i in (*own, *others)})


def _triggers(wanted: Any, live: Any) -> dict[str, Any] | None:
    have: Payload = live if isinstance(live, Mapping) else {}
    found = mappings(have.get("conditions"))
    if wanted is None and not have:
        return None
    conditions = [_bare(t) for t in found]
    if wanted is not None:
        names = [str(t["type"]) for t in wanted["conditions"]]
        ids = {str(t.get("type")): t for t in found}
        known = [
            _bare(ids[name]) if name in ids else {"type": name, "comparison": True, "conditionResult": True}
            for name in names
        ]
        conditions = [*known, *(_bare(t) for t in found if t.get("type") not in TRIGGERS)]
    logic = (wanted or {}).get("logicType") or have.get("logicType") or "any-short"
    sent = {"logicType": logic, "conditions": conditions, "actions": []}
    return {"id": int(have["id"]), **sent} if have.get("id") else sent


def _blocks(fields: Mapping[str, Any], live: Sequence[Payload]) -> list[dict[str, Any]]:
    if "actionFilters" not in fields:
        return [_as_it_is(block) for block in live]
    wanted = list(fields["actionFilters"] or ())
    keys = (
        _text,
        lambda b: _text((b.get("logicType"), b.get("conditions", ()))),
        lambda b: sorted(_text(_whom(a)) for a in b.get("actions", ())),
        lambda b: sorted(c["type"] for c in b.get("conditions", ())),
        lambda b: True,
    )
    matches = paired(wanted, [block_of(block) for block in live], keys)
    return [_block(block, None if at is None else live[at]) for block, at in zip(wanted, matches, strict=True)]


def _as_it_is(block: Payload) -> dict[str, Any]:
    """Return a live block that nobody manages as it is sent back."""
    return {
        **_id(block),
        "logicType": block.get("logicType"),
        "conditions": [_bare(c) for c in mappings(block.get("conditions"))],
        "actions": [{name: a[name] for name in _ACTION if name in a} for a in mappings(block.get("actions"))],
    }


def _block(wanted: Payload, live: Payload | None) -> dict[str, Any]:
    have: Payload = live or {}
    sent = {
        "logicType": wanted.get("logicType") or have.get("logicType") or "all",
        "conditions": _conditions(wanted.get("conditions") or (), mappings(have.get("conditions"))),
        "actions": _actions(wanted.get("actions") or (), mappings(have.get("actions"))),
    }
    return {"id": str(have["id"]), **sent} if have.get("id") else sent


def _conditions(wanted: Sequence[Any], live: Sequence[Payload]) -> list[dict[str, Any]]:
    known = [c for c in live if c.get("type") in CONDITIONS]
    keys = (_text, lambda c: (c["type"], _about(c)), lambda c: c["type"])
    whole, shown = [_whole(c) for c in wanted], [condition_of(c) for c in known]
    matches = paired(whole, shown, keys)
    sent = [
        _bare(known[at])
        if at is not None and _text(shown[at]) == _text(condition)
        else {**_id(None if at is None else known[at]), **plain_json(condition), "conditionResult": True}
        for condition, at in zip(whole, matches, strict=True)
    ]
    return [*sent, *(_bare(c) for c in live if c.get("type") not in CONDITIONS)]


def _actions(wanted: Sequence[Any], live: Sequence[Payload]) -> list[dict[str, Any]]:
    known = [a for a in live if a.get("type") in (*ACTION_TYPES, *TICKETS)]
    keys = (_text, _whom, lambda a: (a["type"], a.get("integration")), lambda a: a["type"])
    matches = paired(list(wanted), [action_of(a) for a in known], keys)
    sent = [_action(a, None if at is None else known[at]) for a, at in zip(wanted, matches, strict=True)]
    strange = [a for a in live if a.get("type") not in (*ACTION_TYPES, *TICKETS)]
    return [*sent, *({name: a[name] for name in _ACTION if name in a} for a in strange)]


_ACTION = ("id", "type", "integrationId", "config", "data", "status")


def _action(wanted: Payload, live: Payload | None) -> dict[str, Any]:
    """Return one action. What is not written of the same target stays: the id of a channel, tags, notes."""
    kind = wanted["type"]
    if kind in TICKETS and live is not None:
        return {name: live[name] for name in _ACTION if name in live}
    before = action_of(live) if live is not None else {}
    same = bool(before) and _whom(before) == _whom(wanted)
    data = {**((live or {}).get("data") or {} if same else {}), **plain_json(wanted.get("data") or {})}
    sent: dict[str, Any] = {**_id(live), "type": kind, "integrationId": wanted.get("integration"), "status": "active"}
    if kind == "email":
        whom, _, identifier = str(wanted["to"]).partition(":")
        sent["config"] = {"targetType": whom, "targetIdentifier": identifier, "targetDisplay": None}
        sent["data"] = data or (dict(TO_OWNERS) if whom == OWNERS else {})
        return sent
    target = {**(before.get("config") or {} if same else {}), **(wanted.get("config") or {})}
    named = {"targetIdentifier": target.get("targetIdentifier", ""), "targetDisplay": target.get("targetDisplay", "")}
    sent["config"] = named if kind == "webhook" else {"targetType": "specific", **named}
    return {**sent, "data": data}


def _whom(action: Payload) -> Any:
    """Return what makes an action the same one: its type and whom it tells, by name where there is one."""
    target: Any = action.get("config") or {}
    return (
        action["type"],
        action.get("to"),
        action.get("integration"),
        target.get("targetDisplay") or target.get("targetIdentifier"),
    )


def _about(condition: Payload) -> Any:
    comparison = condition.get("comparison")
    return comparison.get("key") or comparison.get("attribute") if isinstance(comparison, Mapping) else None


def _whole(condition: Payload) -> dict[str, Any]:
    return {"type": condition["type"], "comparison": condition.get("comparison", True)}


def _bare(condition: Payload) -> dict[str, Any]:
    """Return a live condition as it is sent back: as it is, without what the server adds."""
    return {name: condition[name] for name in ("id", "type", "comparison", "conditionResult") if name in condition}


def _id(live: Payload | None) -> dict[str, Any]:
    return {"id": str(live["id"])} if live and live.get("id") else {}


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)
