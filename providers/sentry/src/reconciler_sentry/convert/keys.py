"""Client keys: payload to YAML shape and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler import Live, as_id
from reconciler_sentry.convert.fields import checked, frozen, moment, only, plain_json

ON_CREATE = ("name", "rateLimit", "useCase")
"""What a POST takes; all else follows in a PUT."""
OPTIONS = ("hasReplay", "hasPerformance", "hasDebug", "hasFeedback", "hasLogsAndMetrics")


def live_of(payload: Any) -> Live:
    """Return a key as a live object. Its `secret`, and the address that holds it, stay behind."""
    key = checked(payload)
    values = only(key, ("name", "isActive", "useCase", "browserSdkVersion"))
    values["project"] = str(key.get("projectId"))
    if isinstance(key.get("rateLimit"), Mapping):
        values["rateLimit"] = only(key["rateLimit"], ("window", "count"))
    if isinstance(key.get("dynamicSdkLoaderOptions"), Mapping):
        values["dynamicSdkLoaderOptions"] = only(key["dynamicSdkLoaderOptions"], OPTIONS)
    dsn = key.get("dsn") if isinstance(key.get("dsn"), Mapping) else {}
    outputs = {"dsn": frozen(dsn["public"])} if dsn and dsn.get("public") else {}
    name = str(key.get("name") or "")
    created = moment(key.get("dateCreated"))
    return Live("client_keys", as_id(key["id"]), (name,), values, outputs, name=name, created_at=created)


def body(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body that makes these fields so. Null takes a rate limit away; a PUT leaves out what is not named."""
    return {name: plain_json(value) for name, value in fields.items() if name != "project"}


def merged(live: Any, wanted: Any) -> Any:
    """Return a value with the members that are not managed as they are: loader options are written one by one."""
    return {**live, **wanted} if isinstance(live, Mapping) and isinstance(wanted, Mapping) else wanted
