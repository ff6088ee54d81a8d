"""Alerts: workflows in the shape of the YAML. Pure. `convert.workflows` writes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from reconciler import Live, as_id
from reconciler_sentry.convert.fields import Payload, actor, checked, frozen, mappings, moment, only
from reconciler_sentry.models.alerts import ACTION_TYPES, TRIGGERS, ActionData
from reconciler_sentry.models.conditions import Comparison, ConditionType, SubFilter

CONDITIONS: tuple[str, ...] = get_args(ConditionType)
TICKETS = ("jira", "jira_server", "github", "github_enterprise", "vsts", "sentry_app", "plugin")
"""Documented actions that have no fields here: they show, and go when the block is written; `import` skips them."""
OWNERS = "issue_owners"
DATA = tuple(ActionData.model_fields)


def live_of(payload: Any, builtin: Mapping[str, str]) -> Live:
    """Return a workflow as a live object. `builtin` maps the ids of the project's own detectors to their types."""
    workflow = checked(payload, "name")
    name = str(workflow["name"])
    values: dict[str, Any] = {"name": name, "config": only(workflow.get("config"), ("frequency",))}
    values |= only(workflow, ("enabled", "environment"))
    owner = actor(workflow.get("owner"))
    if owner:
        values["owner"] = owner
    ids = [str(i) for i in workflow.get("detectorIds") or ()]
    values["project_monitors"] = tuple(sorted(builtin[i] for i in ids if i in builtin))
    values["metric_monitors"] = tuple(sorted(i for i in ids if i not in builtin))
    triggers = workflow.get("triggers")
    if isinstance(triggers, Mapping):
        known = [t for t in mappings(triggers.get("conditions")) if t.get("type") in TRIGGERS]
        values["triggers"] = {
            **only(triggers, ("logicType",)),
            "conditions": tuple({"type": kind} for kind in sorted({str(t["type"]) for t in known})),
        }
    blocks = mappings(workflow.get("actionFilters"))
    values["actionFilters"] = tuple(block_of(block) for block in blocks)
    return Live(
        kind="alerts",
        id=as_id(workflow["id"]),
        identity=(name,),
        values=values,
        name=name,
        pending=tuple(_broken(blocks)),
        created_at=moment(workflow.get("dateCreated")),
        private={"beyond": tuple(beyond(workflow)), "kept": tuple(kept(workflow))},
    )


def block_of(block: Payload) -> dict[str, Any]:
    """Return one block of `actionFilters`: what no model knows is left out."""
    return {
        **only(block, ("logicType",)),
        "conditions": tuple(condition_of(c) for c in mappings(block.get("conditions")) if c.get("type") in CONDITIONS),
        "actions": tuple(
            action_of(a) for a in mappings(block.get("actions")) if a.get("type") in (*ACTION_TYPES, *TICKETS)
        ),
    }


def condition_of(condition: Payload) -> dict[str, Any]:
    """Return one condition of a block."""
    comparison = condition.get("comparison")
    if isinstance(comparison, Mapping):
        shown = only(comparison, Comparison.model_fields)
        if isinstance(shown.get("filters"), tuple):
            inner = tuple(only(f, SubFilter.model_fields) for f in shown.pop("filters"))
            shown |= {"filters": inner} if inner else {}
        return {"type": condition["type"], "comparison": shown}
    return {"type": condition["type"], "comparison": frozen(comparison)}


def action_of(action: Payload) -> dict[str, Any]:
    """Return one action: whom it tells is one name in the YAML, and a type with an id at Sentry."""
    kind = str(action["type"])
    shown: dict[str, Any] = {"type": kind}
    config: Any = action.get("config") if isinstance(action.get("config"), Mapping) else {}
    if kind == "email":
        whom = str(config.get("targetType") or "")
        shown["to"] = OWNERS if whom == OWNERS else f"{whom}:{config.get('targetIdentifier')}"
    else:
        if action.get("integrationId"):
            shown["integration"] = str(action["integrationId"])
        target = {name: str(value) for name, value in only(config, ("targetDisplay", "targetIdentifier")).items()}
        if "targetDisplay" in target:
            target["targetDisplay"] = target["targetDisplay"].lstrip("#")
        shown |= {"config": target} if target else {}
    data = only(action.get("data"), DATA)
    return {**shown, "data": data} if data else shown


def _broken(blocks: list[Payload]) -> Iterator[str]:
    """Yield what has no address: a channel whose id Sentry did not find stays silent for ever."""
    for action in (a for block in blocks for a in mappings(block.get("actions"))):
        config: Any = action.get("config") if isinstance(action.get("config"), Mapping) else {}
        if action.get("integrationId") and action.get("type") in ACTION_TYPES and not config.get("targetIdentifier"):
            name = config.get("targetDisplay") or "without a name"
            yield (
                f"{action['type']} {name} has no id at Sentry, so nothing is sent there: whoever administers "
                f"{action['type']} has to let Sentry into it, or write its targetIdentifier"
            )


def beyond(workflow: Payload) -> Iterator[str]:
    """Yield what in a workflow has no fields in the model."""
    for block in mappings(workflow.get("actionFilters")):
        yield from (f"an action {a.get('type')}" for a in mappings(block.get("actions")) if a.get("type") in TICKETS)
    yield from kept(workflow)


def kept(workflow: Payload) -> Iterator[str]:
    """Yield what is left as it is with every write, because its type is not known."""
    for trigger in mappings((workflow.get("triggers") or {}).get("conditions")):
        if trigger.get("type") not in TRIGGERS:
            yield f"a trigger {trigger.get('type')}"
    for block in mappings(workflow.get("actionFilters")):
        for condition in mappings(block.get("conditions")):
            if condition.get("type") not in CONDITIONS:
                yield f"a condition {condition.get('type')}"
        for action in mappings(block.get("actions")):
            if action.get("type") not in (*ACTION_TYPES, *TICKETS):
                yield f"an action {action.get('type')}"
