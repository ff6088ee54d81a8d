"""Escalation policies: the steps of API v3 to YAML shape and back. Pure.

The server fills in members with both id and e-mail, and sends null for what does not apply to a step's type.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler import Unknown
from reconciler_betterstack.convert.fields import Attributes, frozen, id_sent, id_text, thawed

MEMBER_ID_FIELDS = {"policy": "policy", "slack_integration": "slack_channel", "current_on_call": "calendar"}
"""Member types whose id the YAML writes as a name, with the field that holds it. All others write `id`."""


def steps(attributes: Attributes) -> tuple[Mapping[str, Any], ...] | None:
    """Return the steps of a policy in the shape of the YAML."""
    value = attributes.get("steps")
    return tuple(_step(s) for s in value if isinstance(s, Mapping)) if isinstance(value, list) else None


def _step(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    step = dict(frozen(payload))
    step.pop("id", None)
    for name, attribute in (("urgency", "urgency_id"), ("policy", "policy_id")):
        reference = id_text(step.pop(attribute, None))
        if reference:
            step[name] = reference
    if "wait_until_time" in step:
        step.pop("wait_before", None)
    if "days" in step:
        step["days"] = tuple(sorted(step["days"]))
    if "step_members" in step:
        step["step_members"] = tuple(_member(m) for m in step["step_members"])
    if "metadata_values" in step:
        step["metadata_values"] = tuple(metadata_value(v) for v in step["metadata_values"])
    fits = {"type", *_COMMON, *_OF_TYPE.get(str(step.get("type")), ())}
    return {k: v for k, v in step.items() if k in fits and v != ""}


_COMMON = ("wait_before", "wait_until_time", "wait_until_timezone")
_OF_TYPE: Mapping[str, tuple[str, ...]] = {
    "escalation": ("urgency", "step_members"),
    "time_branching": ("timezone", "days", "time_from", "time_to", "policy", "policy_metadata_key"),
    "metadata_branching": ("metadata_key", "metadata_values", "policy", "policy_metadata_key"),
    "instructions": (
        "instructions_comment",
        "instructions_reminder_enabled",
        "instructions_reminder_interval_hours",
    ),
}


def _member(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    kind, member_id = payload.get("type"), id_text(payload.get("id"))
    member: dict[str, Any] = {"type": kind}
    if kind == "user":
        email = payload.get("email")
        member["email"] = email or Unknown(f"Better Stack does not tell the e-mail address of user {member_id}")
    elif member_id:
        member[MEMBER_ID_FIELDS.get(str(kind), "id")] = member_id
    if payload.get("metadata_key"):
        member["metadata_key"] = payload["metadata_key"]
    return member


def metadata_value(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return one metadata value; its item id as text."""
    value = {k: v for k, v in payload.items() if v is not None and k in ("type", "value", "item_id", "name", "email")}
    if "item_id" in value:
        value["item_id"] = str(value["item_id"])
    return value


def steps_sent(value: tuple[Mapping[str, Any], ...]) -> list[dict[str, Any]]:
    """Return the steps as the API takes them: always the whole list."""
    return [_step_sent(step) for step in value]


def _step_sent(step: Mapping[str, Any]) -> dict[str, Any]:
    sent: dict[str, Any] = {}
    for name, value in step.items():
        match name:
            case "urgency" | "policy":
                sent[f"{name}_id"] = id_sent(value)
            case "step_members":
                sent[name] = [_member_sent(m) for m in value]
            case "metadata_values":
                sent[name] = [metadata_sent(v) for v in value]
            case _:
                sent[name] = thawed(value)
    return sent


def _member_sent(member: Mapping[str, Any]) -> dict[str, Any]:
    names = (*MEMBER_ID_FIELDS.values(), "id")
    return {
        "id" if name in names else name: id_sent(value) if name in names else value for name, value in member.items()
    }


def metadata_sent(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return one metadata value; of several ways to name one thing only the id is sent."""
    if "item_id" in value:
        return {k: v for k, v in value.items() if k not in ("name", "email")}
    return dict(value)
