"""Metric monitors: detectors as they are read and as they are written, which differ. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from reconciler import Live, as_id
from reconciler_sentry.convert.fields import (
    Payload,
    actor,
    checked,
    frozen,
    mappings,
    moment,
    only,
    paired,
    plain_json,
)
from reconciler_sentry.models.monitors import (
    EARLIER,
    WINDOWS,
    Dataset,
    DetectionType,
    Extrapolation,
    Operator,
    Priority,
)

TYPE = "metric_issue"
QUERY_TYPES = {"events": 0, "events_analytics_platform": 1}
MODES: tuple[str, ...] = get_args(Extrapolation)
SOURCE = ("aggregate", "dataset", "query", "timeWindow", "environment", "extrapolationMode")
_CONFIG = ("detectionType", "comparisonDelta")
ANOMALY = ("seasonality", "sensitivity", "thresholdType")


def live_of(payload: Any) -> Live:
    """Return a detector as a live object, in the shape in which it is written."""
    detector = checked(payload, "name")
    values: dict[str, Any] = {"name": str(detector["name"]), "config": only(detector.get("config"), _CONFIG)}
    if isinstance(detector.get("enabled"), bool):
        values["enabled"] = detector["enabled"]
    if detector.get("projectId") is not None:
        values["project"] = str(detector["projectId"])
    if detector.get("description"):
        values["description"] = detector["description"]
    owner = actor(detector.get("owner"))
    if owner:
        values["owner"] = owner
    values["dataSources"] = tuple(_source(item) for item in mappings(detector.get("dataSources")))
    group = detector.get("conditionGroup")
    if isinstance(group, Mapping):
        conditions = tuple(_condition(item) for item in mappings(group.get("conditions")))
        values["conditionGroup"] = {**only(group, ("logicType",)), "conditions": conditions}
    name = values["name"]
    created = moment(detector.get("dateCreated"))
    kept = {"kept": tuple(text for _, text in legacy(values))}
    return Live("metric_monitors", as_id(detector["id"]), (name,), values, name=name, created_at=created, private=kept)


def legacy(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what migrated monitors hold and Sentry takes from nobody: the top-level field it is in, and what it is."""
    source, config = _first(values.get("dataSources")), _mapping(values.get("config"))
    told = [
        ("dataSources", "dataset", source.get("dataset"), get_args(Dataset)),
        ("dataSources", "timeWindow", source.get("timeWindow"), WINDOWS),
        ("dataSources", "extrapolationMode", source.get("extrapolationMode"), MODES),
        ("config", "detectionType", config.get("detectionType"), get_args(DetectionType)),
        ("config", "comparisonDelta", config.get("comparisonDelta"), EARLIER),
    ]
    for condition in mappings(_mapping(values.get("conditionGroup")).get("conditions")):
        told.append(("conditionGroup", "a condition of type", condition.get("type"), get_args(Operator)))
        told.append(("conditionGroup", "conditionResult", condition.get("conditionResult"), get_args(Priority)))
    for field, name, value, taken in told:
        if value is not None and value not in taken:
            yield field, f"{name} {value}"


def _source(item: Payload) -> dict[str, Any]:
    """Return a data source: it is written flat, and read below queryObj.snubaQuery."""
    inner: Any = item.get("queryObj")
    inner = inner.get("snubaQuery") if isinstance(inner, Mapping) else item
    inner = inner if isinstance(inner, Mapping) else {}
    source = {"query": "", **only(inner, SOURCE)}
    events = inner.get("eventTypes")
    return {**source, "eventTypes": tuple(sorted(events))} if isinstance(events, list) else source


def _condition(item: Payload) -> dict[str, Any]:
    comparison = item.get("comparison")
    shown = only(comparison, ANOMALY) if isinstance(comparison, Mapping) else frozen(comparison)
    return {"type": item.get("type"), "comparison": shown, "conditionResult": frozen(item.get("conditionResult"))}


def body(fields: Mapping[str, Any], live: Payload | None, project_id: str) -> dict[str, Any]:
    """Return the whole body that makes these fields so: a PUT takes no part of one. `live` is the payload there is.

    Conditions keep their ids where one of the same kind is there; the one data source is changed in place. What Sentry
    shows and would refuse is never sent back: a field that holds it and is to stay is left out, which keeps it.
    """
    have = live_of(live).values if live else {}
    merged: dict[str, Any] = {**have, **fields}
    source = {**_first(have.get("dataSources")), **_first(merged["dataSources"])}
    source["queryType"] = QUERY_TYPES.get(str(source.get("dataset")), 0)
    source.setdefault("environment", None)
    if source.get("extrapolationMode") not in MODES:
        source.pop("extrapolationMode", None)
    group = {"logicType": "any", **_mapping(have.get("conditionGroup")), **_mapping(merged["conditionGroup"])}
    live_group: Any = live.get("conditionGroup") if live else None
    conditions = _with_ids(group["conditions"], mappings(_mapping(live_group).get("conditions")))
    sent: dict[str, Any] = {
        "name": merged["name"],
        "type": TYPE,
        "projectId": project_id,
        "description": merged.get("description"),
        "owner": merged.get("owner"),
        "enabled": merged.get("enabled", True),
        "config": plain_json(merged["config"]),
        "dataSources": [plain_json(source)],
        "conditionGroup": {"logicType": group["logicType"], "conditions": conditions, "actions": []},
    }
    if live_group and live_group.get("id"):
        sent["conditionGroup"]["id"] = int(live_group["id"])
    left = {field for field, _ in legacy(have)} - set(fields)
    return {name: value for name, value in sent.items() if name not in left}


def _with_ids(wanted: Any, live: list[Payload]) -> list[dict[str, Any]]:
    shown = [_condition(item) for item in live]
    keys = (
        lambda c: repr(sorted(c.items(), key=str)),
        lambda c: (c["type"], c["conditionResult"]),
        lambda c: c["conditionResult"],
    )
    matches = paired(list(wanted), shown, keys)
    return [
        {**({"id": str(live[at]["id"])} if at is not None and live[at].get("id") else {}), **plain_json(condition)}
        for condition, at in zip(wanted, matches, strict=True)
    ]


def _first(value: Any) -> Mapping[str, Any]:
    return value[0] if isinstance(value, tuple | list) and value else {}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
