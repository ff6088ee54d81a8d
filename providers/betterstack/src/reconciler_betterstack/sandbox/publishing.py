"""Status pages with their sections and rows: what the simulated server does with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler_betterstack.sandbox.kinds import SECTION
from reconciler_betterstack.sandbox.store import Hooks, Record, Store

SHOWN = {
    "Monitor": "monitors",
    "MonitorGroup": "monitor_groups",
    "Heartbeat": "heartbeats",
    "HeartbeatGroup": "heartbeat_groups",
}
RULES = {"mark_as_down_for": "mark_as_down_metadata_rule", "mark_as_degraded_for": "mark_as_degraded_metadata_rule"}


def check_page(
    store: Store, record: Record | None, values: Mapping[str, Any], written: Mapping[str, Any]
) -> dict[str, list[str]]:
    """Return what is wrong with a page as a whole."""
    errors: dict[str, list[str]] = {}
    if values["password_enabled"] and not values["password"]:
        errors["password"] = ["can't be blank"]
    if values["password_enabled"] and values["require_sso"]:
        errors["base"] = ["Password protection and SSO can't be combined"]
    if values["custom_javascript"] and not values["custom_domain"]:
        errors["custom_javascript"] = ["is only available on a custom domain"]
    if any(set(link) != {"text", "href"} for link in values["navigation_links"]):
        errors["navigation_links"] = ["is invalid"]
    return errors


def save_page(store: Store, record: Record, values: dict[str, Any]) -> None:
    """Keep "" as null: an empty custom domain removes it, an empty password switches protection off."""
    for name in ("custom_domain", "contact_url", "announcement", "password"):
        values[name] = values[name] or None
    if values["password"] is None:
        values["password_enabled"] = False


def show_page(store: Store, record: Record, attributes: dict[str, Any], listed: bool) -> None:
    """Add the state of the whole page."""
    attributes["aggregate_state"] = "operational"


def page_gone(store: Store, record: Record) -> None:
    """Take sections and rows along."""
    for kind in ("sections", "resources"):
        for child in store.all(kind, record.id):
            del store.records[kind][child.id]


def _placed(store: Store, record: Record, values: dict[str, Any], siblings: list[Record]) -> None:
    """Give the position that was asked for, or the last; without `fixed_position`, siblings make room."""
    if values["position"] is None:
        values["position"] = 1 + max((s.values["position"] for s in siblings), default=-1)
    elif not values["fixed_position"] and values["position"] != record.values.get("position"):
        for sibling in siblings:
            if sibling.values["position"] >= values["position"]:
                sibling.values["position"] += 1
    values["fixed_position"] = False


def save_section(store: Store, record: Record, values: dict[str, Any]) -> None:
    """Place a section."""
    _placed(store, record, values, [s for s in store.all("sections", record.parent) if s is not record])


def section_gone(store: Store, record: Record) -> None:
    """Take the rows of a section along."""
    for row in [r for r in store.all("resources", record.parent) if r.extra.get("section") == record.id]:
        del store.records["resources"][row.id]


def check_row(
    store: Store, record: Record | None, values: Mapping[str, Any], written: Mapping[str, Any]
) -> dict[str, list[str]]:
    """Return what is wrong with a row as a whole."""
    errors: dict[str, list[str]] = {}
    kind, shown = values["resource_type"], values["resource_id"]
    if kind != "ManuallyTrackedItem":
        if shown is None:
            errors["resource_id"] = ["can't be blank"]
        elif kind in SHOWN and ("resource_id" in written or record is None) and not store.get(SHOWN[kind], shown):
            errors["resource"] = ["must exist"]
    if record is not None and ("resource_id" in written) != ("resource_type" in written):
        errors["base"] = ["resource_id and resource_type have to be sent together"]
    if values["widget_type"] == "response_times" and kind != "Monitor":
        errors["widget_type"] = ["is only available for monitors"]
    for mark, rule in RULES.items():
        if values[mark] == "incident_matching_metadata" and not (values[rule] or {}).get("values"):
            errors[rule] = ["can't be blank"]
    return errors


def save_row(store: Store, record: Record, values: dict[str, Any]) -> None:
    """Place a row in its section: the first one, made if there is none, when none was named."""
    if values["status_page_section_id"] is None:
        sections = sorted(store.all("sections", record.parent), key=lambda s: s.values["position"])
        section = sections[0] if sections else store.create(SECTION, {"name": ""}, record.parent)
        values["status_page_section_id"] = section.id
    if values["resource_type"] == "ManuallyTrackedItem":
        values["resource_id"] = None
    record.extra["section"] = values["status_page_section_id"]
    siblings = [
        row
        for row in store.all("resources", record.parent)
        if row is not record and row.values["status_page_section_id"] == values["status_page_section_id"]
    ]
    _placed(store, record, values, siblings)
    values["history"] = values["widget_type"] != "plain"


def show_row(store: Store, record: Record, attributes: dict[str, Any], listed: bool) -> None:
    """Add what is measured. `availability` is a share of one here, not a percentage."""
    kind, shown = record.values["resource_type"], record.values["resource_id"]
    there = kind not in SHOWN or store.get(SHOWN[kind], shown) is not None
    attributes |= {
        "status": "operational" if there else "not_monitored",
        "availability": 1.0,
        "status_history": [],
    }


def public_page(store: Store, record: Record) -> dict[str, Any]:
    """Return what everybody may read of a page."""
    included = [store.show(child) for kind in ("sections", "resources") for child in store.all(kind, record.id)]
    return {"data": store.show(record), "included": included}


HOOKS: Mapping[str, Hooks] = {
    "status_pages": Hooks(check=check_page, save=save_page, show=show_page, gone=page_gone),
    "sections": Hooks(save=save_section, gone=section_gone),
    "resources": Hooks(check=check_row, save=save_row, show=show_row),
}
