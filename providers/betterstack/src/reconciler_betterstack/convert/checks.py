"""Monitors and heartbeats: payload to YAML shape and back. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from reconciler import SecretValue
from reconciler_betterstack.convert.fields import Attributes, Reader, frozen, thawed
from reconciler_betterstack.models.checks import is_harmless

POLICY_OVERRIDES = ("call", "sms", "email", "push")


def paused(attributes: Attributes) -> bool | None:
    """Return whether it is paused: told by `paused_at`, else by `status`, else by `paused` itself."""
    if "paused_at" in attributes:
        return attributes["paused_at"] is not None
    if "status" in attributes:
        return bool(attributes["status"] == "paused")
    value = attributes.get("paused")
    return value if isinstance(value, bool) else None


def unless_overridden(flag: str) -> Reader:
    """Return a reader of a channel flag, which does not count while an escalation policy is set."""

    def read(attributes: Attributes) -> Any:
        return None if attributes.get("policy_id") else attributes.get(flag)

    return read


def only_for(kind: str, name: str) -> Reader:
    """Return a reader of a field that is ignored, though kept, for every other type of monitor."""

    def read(attributes: Attributes) -> Any:
        return (frozen(attributes.get(name)) or None) if attributes.get("monitor_type") == kind else None

    return read


def http_method(attributes: Attributes) -> str | None:
    """Return the method in upper case; the API returns it in lower case."""
    value = attributes.get("http_method")
    return value.upper() if isinstance(value, str) else None


def port(attributes: Attributes) -> str | None:
    """Return the port as text, however the API sends it."""
    value = attributes.get("port")
    return None if value is None else str(value)


def environment_variables(attributes: Attributes) -> Mapping[str, SecretValue] | None:
    """Return the variables, every value a secret."""
    value = attributes.get("environment_variables")
    if attributes.get("monitor_type") != "playwright" or not isinstance(value, Mapping):
        return None
    return {str(k): SecretValue(str(v), f"environment variable {k}") for k, v in value.items()}


def _headers(attributes: Attributes) -> list[Mapping[str, Any]]:
    value = attributes.get("request_headers")
    return [h for h in value if isinstance(h, Mapping)] if isinstance(value, list) else []


def request_headers(attributes: Attributes) -> tuple[Mapping[str, Any], ...]:
    """Return the headers without their ids. A second header of one name gets a name that shows it is one too many."""
    seen: set[str] = set()
    found = []
    for header in _headers(attributes):
        name, text = str(header.get("name", "")), str(header.get("value", ""))
        shown = f"{name} (again, id {header.get('id')})" if name.lower() in seen else name
        seen.add(name.lower())
        found.append({"name": shown, "value": text if is_harmless(name) else SecretValue(text, f"header {name}")})
    return tuple(found)


def header_records(attributes: Attributes) -> Mapping[str, Any]:
    """Return what an update needs to know: the header records with their ids, and the name that stands twice."""
    names = [str(h.get("name", "")).lower() for h in _headers(attributes)]
    twice = next((name for index, name in enumerate(names) if name in names[:index]), "")
    return {
        "request_headers": tuple(dict(h) for h in _headers(attributes)),
        "twice": twice,
        "policy": str(attributes.get("policy_id") or ""),
    }


def header_changes(wanted: Iterable[Mapping[str, Any]], live: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the nested records of a PATCH: with `id` to change one, without to add one, `_destroy` to remove one.

    A header that is as it should be is not in it. Sending the plain list again would double every header.
    """
    left = list(live)
    changes: list[dict[str, Any]] = []
    for header in wanted:
        name, value = header["name"], thawed(header["value"])
        found = next((h for h in left if str(h.get("name", "")).lower() == name.lower()), None)
        if found is None:
            changes.append({"name": name, "value": value})
            continue
        left.remove(found)
        if (found.get("name"), found.get("value")) != (name, value):
            changes.append({"id": str(found["id"]), "name": name, "value": value})
    return changes + [{"id": str(h["id"]), "_destroy": True} for h in left]


def heartbeat_pending(attributes: Attributes, now: datetime) -> tuple[str, ...]:
    """Return a note while a heartbeat was never pinged: it never alerts before its first ping."""
    if attributes.get("status") != "pending":
        return ()
    name = attributes.get("name", "")
    created, period = moment(attributes.get("created_at")), attributes.get("period")
    if created and isinstance(period, int) and (now - created).total_seconds() > period:
        since = f"{created:%Y-%m-%d %H:%M} UTC"
        return (
            f"never pinged since {since}, longer than its period of {period} s, and so it never alerts: "
            f"make the job report, or run `reconcile heartbeat {shlex.quote(name)}` once",
        )
    return (f"not pinged yet; it watches from its first ping on (`reconcile heartbeat {shlex.quote(name)}`)",)


def moment(value: Any) -> datetime | None:
    """Return an ISO 8601 time of the API; None where there is none."""
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
