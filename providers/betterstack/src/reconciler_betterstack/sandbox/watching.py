"""Monitors, heartbeats and their groups: what the simulated server does with them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from reconciler_betterstack.sandbox.schema import REGIONS
from reconciler_betterstack.sandbox.store import Hooks, Record, Store, stamp

FIRST_CHECK_AFTER = timedelta(seconds=30)
MAIL_PORTS = {"smtp": ("25", "465", "587"), "pop": ("110", "995"), "imap": ("143", "993")}
MILLISECONDS = (500, 1000, 2000, 3000, 5000)
SCRIPT_SECONDS = (15, 30, 45, 60, 120, 180, 240, 300, 360, 480, 600, 900)
SECONDS = (2, 3, 5, 10, 15, 30, 45, 60)
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "required_keyword": ("keyword", "keyword_absence", "udp"),
    "expected_status_codes": ("expected_status_code",),
    "port": ("tcp", "udp", "smtp", "pop", "imap"),
    "request_body": ("dns",),
}
ZONE_NEEDS_PERIOD = 3600


def domain_of(url: str) -> str:
    """Return the domain an address belongs to: its last two labels."""
    host = urlsplit(url if "://" in url else f"//{url}").hostname or ""
    return ".".join(host.split(".")[-2:])


def _timeouts(kind: str) -> tuple[int, ...]:
    if kind in ("ping", "tcp", "udp", "smtp", "pop", "imap", "dns"):
        return MILLISECONDS
    return SCRIPT_SECONDS if kind == "playwright" else SECONDS


def check_monitor(
    store: Store, record: Record | None, values: Mapping[str, Any], written: Mapping[str, Any]
) -> dict[str, list[str]]:
    """Return what is wrong with a monitor as a whole."""
    errors: dict[str, list[str]] = {}
    kind = values["monitor_type"]
    if kind == "playwright":
        if not (values["url"] or values["scenario_name"]):
            errors["url"] = ["can't be blank"]
    elif not values["url"]:
        errors["url"] = ["can't be blank"]
    for name, kinds in REQUIRED.items():
        if kind in kinds and not values[name]:
            errors[name] = ["can't be blank"]
    ports = str(values["port"] or "").split(",")
    if kind in MAIL_PORTS and values["port"] and not set(ports) <= set(MAIL_PORTS[kind]):
        errors["port"] = ["is not included in the list"]
    if written.get("request_timeout") is not None and values["request_timeout"] not in _timeouts(kind):
        errors["request_timeout"] = ["is not included in the list"]
    known = {h["id"] for h in record.extra.get("headers", [])} if record else set()
    for header in written.get("request_headers") or []:
        if "id" in header and str(header["id"]) not in known:
            errors["request_headers"] = [f"Couldn't find RequestHeader with ID={header['id']}"]
        elif not header.get("_destroy") and not (header.get("name") or "id" in header):
            errors["request_headers"] = ["name can't be blank"]
    return errors


def save_monitor(store: Store, record: Record, values: dict[str, Any]) -> None:
    """Turn what was written into what is kept."""
    values["url"] = values["url"] or None
    values["pronounceable_name"] = values["pronounceable_name"] or urlsplit(values["url"] or "").netloc or values["url"]
    kind = values["monitor_type"]
    if values["request_timeout"] is None or values["request_timeout"] not in _timeouts(kind):
        values["request_timeout"] = 30 if 30 in _timeouts(kind) else 5000
    values["regions"] = [region for region in REGIONS if region in values["regions"]]


def monitor_saved(store: Store, record: Record, written: Mapping[str, Any]) -> None:
    """Apply what acts beside the plain attributes: headers, pausing, the domain's expiration policy."""
    headers: list[dict[str, Any]] = record.extra.setdefault("headers", [])
    for entry in written.get("request_headers") or []:
        found = next((h for h in headers if "id" in entry and h["id"] == str(entry["id"])), None)
        if found is None:
            headers.append({"id": str(store.new_id()), "name": entry["name"], "value": entry.get("value", "")})
        elif entry.get("_destroy"):
            headers.remove(found)
        else:
            found |= {k: entry[k] for k in ("name", "value") if k in entry}
    if "expiration_policy_id" in written:
        store.domains[domain_of(record.values["url"] or "")] = written["expiration_policy_id"]
    pause(store, record, written)


def pause(store: Store, record: Record, written: Mapping[str, Any]) -> None:
    """Pause or resume when it was asked for."""
    if "paused" in written:
        was = record.extra.get("paused_at")
        record.extra["paused_at"] = (was or store.now()) if written["paused"] else None


def show_monitor(store: Store, record: Record, attributes: dict[str, Any], listed: bool) -> None:
    """Add what is computed, and return the method in lower case."""
    paused = record.extra.get("paused_at")
    checked = store.now() - record.created_at >= FIRST_CHECK_AFTER and not paused
    policy = store.domains.get(domain_of(record.values["url"] or ""))
    attributes |= {
        "http_method": str(attributes["http_method"]).lower(),
        "request_headers": [dict(h) for h in record.extra.get("headers", [])],
        "expiration_policy_id": policy if policy in store.records["policies"] else None,
        "paused_at": stamp(paused) if paused else None,
        "status": "paused" if paused else "up" if checked else "pending",
        "last_checked_at": stamp(store.now()) if checked else None,
    }


def group_saved(members: str, reference: str) -> Hooks:
    """Return hooks of a group: `paused` acts on the members it has at that moment."""

    def saved(store: Store, record: Record, written: Mapping[str, Any]) -> None:
        for member in store.all(members):
            if member.values[reference] == record.id:
                pause(store, member, written)

    return Hooks(saved=saved)


def save_heartbeat(store: Store, record: Record, values: dict[str, Any]) -> None:
    """Drop the time zone of a period under an hour."""
    values["server_timezone"] = values["server_timezone"] or None
    if values["period"] < ZONE_NEEDS_PERIOD:
        values["server_timezone"] = None
    record.extra.setdefault("token", store.token(f"heartbeat {record.id}"))


def show_heartbeat(store: Store, record: Record, attributes: dict[str, Any], listed: bool) -> None:
    """Add the secret address and the status."""
    paused, pinged = record.extra.get("paused_at"), record.extra.get("pinged_at")
    allowed = timedelta(seconds=record.values["period"] + record.values["grace"])
    if paused:
        status = "paused"
    elif pinged is None:
        status = "pending"
    else:
        late = store.now() - pinged > allowed
        status = "down" if late or record.extra.get("failed") else "up"
    attributes |= {
        "url": f"{store.base_url}/api/v1/heartbeat/{record.extra['token']}",
        "paused_at": stamp(paused) if paused else None,
        "status": status,
    }


HOOKS: Mapping[str, Hooks] = {
    "monitors": Hooks(check=check_monitor, save=save_monitor, saved=monitor_saved, show=show_monitor),
    "heartbeats": Hooks(save=save_heartbeat, saved=pause, show=show_heartbeat),
    "monitor_groups": group_saved("monitors", "monitor_group_id"),
    "heartbeat_groups": group_saved("heartbeats", "heartbeat_group_id"),
}
