"""Escalation policies: what the simulated server makes of their steps."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from reconciler_betterstack.sandbox.schema import (
    DAYS,
    MEMBERS_WITH_ID,
    MEMBERS_WITHOUT_ID,
    METADATA_TYPES,
    MINUTES,
    STEP_TYPES,
)
from reconciler_betterstack.sandbox.store import Hooks, Record, Store
from reconciler_betterstack.timezones import RAILS

STEP_FIELDS = [
    "type",
    "wait_before",
    "wait_until_time",
    "wait_until_timezone",
    "urgency_id",
    "step_members",
    "timezone",
    "days",
    "time_from",
    "time_to",
    "metadata_key",
    "metadata_values",
    "policy_id",
    "policy_metadata_key",
    "instructions_comment",
    "instructions_reminder_enabled",
    "instructions_reminder_interval_hours",
]
MEMBER_FIELDS = {"type", "id", "email", "metadata_key", "team_id"}
VALUE_FIELDS = {"type", "value", "item_id", "name", "email"}
NEEDED: Mapping[str, tuple[str, ...]] = {
    "escalation": ("step_members",),
    "time_branching": ("timezone", "days", "time_from", "time_to"),
    "metadata_branching": ("metadata_key",),
    "instructions": ("instructions_comment",),
}


def check_policy(
    store: Store, record: Record | None, values: Mapping[str, Any], written: Mapping[str, Any]
) -> dict[str, list[str]]:
    """Return what is wrong with the steps."""
    found = [text for number, step in enumerate(written.get("steps") or []) for text in _step(store, number, step)]
    return {"steps": found} if found else {}


def _step(store: Store, number: int, step: Mapping[str, Any]) -> list[str]:
    kind, said = step.get("type"), []
    if kind not in STEP_TYPES:
        return [f"[{number}] type is not included in the list"]
    said += [f"unpermitted {name}" for name in step if name not in STEP_FIELDS]
    said += [f"{name} can't be blank" for name in NEEDED[kind] if step.get(name) in (None, "", [])]
    if step.get("wait_before") is not None and step.get("wait_until_time"):
        said.append("wait_before and wait_until_time exclude each other")
    for name in ("wait_until_time", "time_from", "time_to"):
        if step.get(name) and not re.match(MINUTES, step[name]):
            said.append(f"{name} is invalid")
    for name in ("timezone", "wait_until_timezone"):
        if step.get(name) and step[name] not in RAILS:
            said.append(f"{name} is not included in the list")
    if not set(step.get("days") or ()) <= set(DAYS):
        said.append("days is not included in the list")
    for name, where in (("urgency_id", "urgencies"), ("policy_id", "policies")):
        if step.get(name) is not None and store.get(where, step[name]) is None:
            said.append(f"{name.removesuffix('_id')} must exist")
    for member in step.get("step_members") or []:
        said += _member(store, member)
    for value in step.get("metadata_values") or []:
        if not set(value) <= VALUE_FIELDS or value.get("type", "String") not in (*METADATA_TYPES, "no_value"):
            said.append("metadata_values is invalid")
    return [f"[{number}] {text}" for text in said]


def _member(store: Store, member: Mapping[str, Any]) -> list[str]:
    kind = member.get("type")
    said = [f"step member: unpermitted {name}" for name in member if name not in MEMBER_FIELDS]
    if kind not in (*MEMBERS_WITH_ID, *MEMBERS_WITHOUT_ID):
        said.append("step member type is not included in the list")
    elif kind == "user":
        if (member.get("email") is None) == (member.get("id") is None):
            said.append("a user is named by id or by email")
    elif kind in MEMBERS_WITH_ID and member.get("id") is None:
        said.append("step member id can't be blank")
    homes = {"policy": "policies", "slack_integration": "slack_integrations", "current_on_call": "on_calls"}
    if kind in homes and member.get("id") is not None and store.get(homes[kind], member["id"]) is None:
        said.append(f"{kind} must exist")
    if kind == "incident_metadata" and not member.get("metadata_key"):
        said.append("metadata_key can't be blank")
    return said


def save_policy(store: Store, record: Record, values: dict[str, Any]) -> None:
    """Keep the steps as a whole, ids as numbers, users with id and e-mail."""
    record.extra.setdefault("token", store.token(f"policy {record.id}"))
    values["steps"] = [_kept(store, step) for step in values["steps"]]


def _kept(store: Store, step: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: step.get(name) for name in STEP_FIELDS}
    for name in ("urgency_id", "policy_id"):
        reference = step.get(name)
        kept[name] = None if reference is None else int(reference)
    if kept["wait_before"] is None and not kept["wait_until_time"]:
        kept["wait_before"] = 0
    if kept["type"] == "escalation":
        kept["step_members"] = [_kept_member(store, m) for m in kept["step_members"] or []]
    if kept["type"] == "metadata_branching":
        kept["metadata_values"] = [{"type": "String", **v} for v in kept["metadata_values"] or []]
    if kept["type"] == "instructions":
        kept["instructions_reminder_enabled"] = bool(kept["instructions_reminder_enabled"])
        kept["instructions_reminder_interval_hours"] = kept["instructions_reminder_interval_hours"] or 1
    return kept


def _kept_member(store: Store, member: Mapping[str, Any]) -> dict[str, Any]:
    known = member.get("id")
    kept: dict[str, Any] = {
        "type": member["type"],
        "id": None if known is None else int(known),
        "email": None,
        "metadata_key": member.get("metadata_key"),
    }
    if member["type"] == "user":
        email = member.get("email") or next((e for e, i in store.users.items() if i == kept["id"]), None)
        email = email or f"user-{kept['id']}@example.com"
        if email not in store.users:
            store.users[email] = kept["id"] or store.new_id()
        kept |= {"id": store.users[email], "email": email}
    return kept


def show_policy(store: Store, record: Record, attributes: dict[str, Any], listed: bool) -> None:
    """Add the secret token."""
    attributes["incident_token"] = record.extra["token"]


def policy_gone(store: Store, record: Record) -> None:
    """Leave no domain with a policy that is no more."""
    store.domains = {domain: policy for domain, policy in store.domains.items() if policy != record.id}


HOOKS: Mapping[str, Hooks] = {
    "policies": Hooks(check=check_policy, save=save_policy, show=show_policy, gone=policy_gone)
}
