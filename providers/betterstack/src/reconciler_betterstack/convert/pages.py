"""Status pages: sections and rows to YAML shape, and the calls that make them so. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler import Unknown
from reconciler_betterstack.convert.fields import frozen, id_sent, id_text, thawed
from reconciler_betterstack.convert.policies import metadata_sent, metadata_value

TYPE_OF = {
    "monitors": "Monitor",
    "monitor_groups": "MonitorGroup",
    "heartbeats": "Heartbeat",
    "heartbeat_groups": "HeartbeatGroup",
}
_COLLECTION_OF = {kind: collection for collection, kind in TYPE_OF.items()}
_COPIED = ("explanation", "widget_type", "mark_as_down_for", "mark_as_degraded_for")
_RULES = ("mark_as_down_metadata_rule", "mark_as_degraded_metadata_rule")


def in_order(items: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return children in the order of the page: by position, then by id."""
    return sorted(items, key=lambda item: (item["attributes"].get("position") or 0, int(item["id"])))


def section_name(item: Mapping[str, Any]) -> str:
    """Return the name of a section payload; a section may have none."""
    return str(item["attributes"].get("name") or "")


def sections(sections: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]) -> Any:
    """Return the sections of a page with their rows, in order; Unknown when their names do not tell them apart."""
    found = []
    for section in in_order(sections):
        inside = [r for r in in_order(rows) if id_text(r["attributes"].get("status_page_section_id")) == section["id"]]
        shown = tuple(_row(r["attributes"]) for r in inside)
        twice = _twice(shown, "public_name")
        if twice:
            return Unknown(f"section {section_name(section)!r} has several rows named {twice!r}; rename one by hand")
        found.append({"name": section_name(section), "resources": shown})
    twice = _twice(found, "name")
    if twice is not None:
        return Unknown(f"the page has several sections named {twice!r}; rename one by hand")
    return tuple(found)


def _twice(parts: Sequence[Mapping[str, Any]], key: str) -> str | None:
    return next((name for name, count in Counter(str(p[key]) for p in parts).items() if count > 1), None)


def _row(attributes: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"public_name": str(attributes.get("public_name") or "")}
    kind, shown = str(attributes.get("resource_type")), id_text(attributes.get("resource_id"))
    if kind in _COLLECTION_OF:
        row["resource"] = f"{_COLLECTION_OF[kind]}/{shown}"
    else:
        row["resource_type"] = kind
        if shown and kind != "ManuallyTrackedItem":
            row["resource_id"] = shown
    row["explanation"] = attributes.get("explanation") or ""
    row |= {name: attributes[name] for name in _COPIED if attributes.get(name)}
    for name in _RULES:
        rule = attributes.get(name)
        if isinstance(rule, Mapping):
            values = tuple(metadata_value(frozen(v)) for v in rule.get("values") or ())
            row[name] = {"key": rule.get("key"), "values": values}
    return row


def row_sent(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of one row, its section and position left out. Type and id always go together."""
    body: dict[str, Any] = {"public_name": row["public_name"]}
    if row.get("resource"):
        collection, _, shown = str(row["resource"]).partition("/")
        body |= {"resource_type": TYPE_OF[collection], "resource_id": id_sent(shown)}
    elif row.get("resource_type"):
        body |= {"resource_type": row["resource_type"]}
        if row.get("resource_id"):
            body["resource_id"] = id_sent(row["resource_id"])
    body |= {name: row[name] for name in _COPIED if name in row}
    for name in _RULES:
        rule = row.get(name)
        if isinstance(rule, Mapping):
            body[name] = {"key": rule["key"], "values": [metadata_sent(thawed(v)) for v in rule["values"]]}
        elif name in row:
            body[name] = None
    return body


def row_identity(attributes: Mapping[str, Any]) -> tuple[str, str]:
    """Return what makes a row the same row: type and id; for an item set by hand, type and name."""
    kind = str(attributes.get("resource_type"))
    by_hand = kind == "ManuallyTrackedItem"
    return kind, str(attributes.get("public_name") if by_hand else attributes.get("resource_id"))


def differing(body: Mapping[str, Any], live: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of a body that are not so live; type and id of the shown object together."""
    changed = {name: value for name, value in body.items() if not _covers(value, live.get(name))}
    pair = [name for name in ("resource_type", "resource_id") if name in body]
    if any(name in changed for name in pair):
        changed |= {name: body[name] for name in pair}
    return changed


def _covers(wanted: Any, have: Any) -> bool:
    if isinstance(wanted, Mapping):
        return isinstance(have, Mapping) and all(_covers(v, have.get(k)) for k, v in wanted.items())
    if isinstance(wanted, list):
        same = isinstance(have, list) and len(have) == len(wanted)
        return same and all(_covers(w, h) for w, h in zip(wanted, have, strict=True))
    if wanted in (None, "") or have in (None, ""):
        return (wanted or "") == (have or "") and not isinstance(wanted, bool) and not isinstance(have, bool)
    return str(wanted) == str(have)
