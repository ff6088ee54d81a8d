"""What a request body may hold, kind by kind, from Neon's OpenAPI document, and what each plan allows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from starlette.requests import Request

from reconciler_neon.sandbox.world import Denial

Check: TypeAlias = Callable[[Any], bool]
Form: TypeAlias = "Mapping[str, Check | Form]"

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")
HISTORY = {"free": 21_600, "launch": 604_800, "scale": 2_592_000}  # seconds, by plan
BRANCHES = {"free": 10, "launch": 5_000, "scale": 5_000}


def whole(least: int, most: int) -> Check:
    """Return a check for whole numbers within limits."""
    return lambda v: isinstance(v, int) and not isinstance(v, bool) and least <= v <= most


def text(least: int = 0, most: int = 10**6) -> Check:
    """Return a check for texts by length."""
    return lambda v: isinstance(v, str) and least <= len(v) <= most


def among(*values: str) -> Check:
    """Return a check for one of these."""
    return lambda v: v in values


def list_of(check: Check) -> Check:
    """Return a check for lists."""
    return lambda v: isinstance(v, list) and all(check(x) for x in v)


def flag(value: Any) -> bool:
    """Return whether a value is a boolean."""
    return isinstance(value, bool)


def units(value: Any) -> bool:
    """Return whether a value is a number of compute units."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0.25


def suspend(value: Any) -> bool:
    """Return whether a value is a suspend time: -1, 0, or a minute to a week."""
    return whole(-1, 604_800)(value) and not 0 < value < 60


def settings_by_name(value: Any) -> bool:
    """Return whether a value maps names to texts."""
    return isinstance(value, dict) and all(isinstance(v, str) for v in value.values())


def time(value: Any) -> bool:
    """Return whether a value is a time of RFC 3339 to the second."""
    return isinstance(value, str) and _TIME.fullmatch(value) is not None


def maybe(check: Check) -> Check:
    """Return a check that lets null through."""
    return lambda v: v is None or check(v)


_CLOCK: Check = lambda v: isinstance(v, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", v) is not None  # noqa: E731
_AMOUNT = whole(0, 2**63)
_QUOTAS = [
    "active_time_seconds",
    "compute_time_seconds",
    "written_data_bytes",
    "data_transfer_bytes",
    "logical_size_bytes",
]
_LIBRARIES: Form = {"use_defaults": flag, "enabled_libraries": list_of(text(1))}
_SIZES: Form = {
    "autoscaling_limit_min_cu": units,
    "autoscaling_limit_max_cu": units,
    "suspend_timeout_seconds": suspend,
}
_COMPUTE: Form = {"pg_settings": settings_by_name, "preload_libraries": _LIBRARIES}
_SETTINGS: Form = {
    "quota": dict.fromkeys(_QUOTAS, _AMOUNT),
    "allowed_ips": {"ips": list_of(text(1)), "protected_branches_only": flag},
    "enable_logical_replication": flag,
    "maintenance_window": {"weekdays": list_of(whole(1, 7)), "start_time": _CLOCK, "end_time": _CLOCK},
    "block_public_connections": flag,
    "block_vpc_connections": flag,
    "audit_log_level": among("base", "extended", "full"),
    "hipaa": flag,
    "preload_libraries": _LIBRARIES,
}
PROJECT: Form = {
    "name": text(1, 256),
    "history_retention_seconds": whole(0, 2_592_000),
    "default_endpoint_settings": {**_SIZES, "pg_settings": settings_by_name},
    "settings": _SETTINGS,
}
NEW_PROJECT: Form = {
    **PROJECT,
    "region_id": text(1),
    "pg_version": whole(14, 18),
    "org_id": text(1),
    "provisioner": text(1),
    "store_passwords": flag,
    "branch": {"name": text(1, 256), "database_name": text(1, 63), "role_name": text(1, 63)},
    "autoscaling_limit_min_cu": units,
    "autoscaling_limit_max_cu": units,
}
BRANCH: Form = {"name": text(1, 256), "protected": flag, "expires_at": maybe(time)}
NEW_BRANCH: Form = {
    **BRANCH,
    "parent_id": text(),
    "parent_lsn": text(1),
    "parent_timestamp": time,
    "archived": flag,
    "init_source": among("parent-data", "schema-only"),
}
ENDPOINT: Form = {
    "branch_id": text(1),
    **_SIZES,
    "settings": _COMPUTE,
    "disabled": flag,
    "name": text(1, 64),
    "provisioner": text(1),
    "pooler_enabled": flag,
    "pooler_mode": among("transaction"),
    "passwordless_access": flag,
}
NEW_ENDPOINT: Form = {**ENDPOINT, "type": among("read_write", "read_only"), "region_id": text(1)}
BRANCH_ENDPOINT: Form = {
    **_SIZES,
    "type": among("read_write", "read_only"),
    "settings": _COMPUTE,
    "provisioner": text(1),
}
ROLE: Form = {"name": lambda v: isinstance(v, str) and 0 < len(v.encode()) <= 63, "no_login": flag}
DATABASE: Form = {"name": text(1, 63), "owner_name": text(1, 63)}
SNAPSHOT: Form = {"name": text(1, 256), "expires_at": maybe(time)}
SCHEDULE: Form = {
    "frequency": among("daily", "weekly", "monthly"),
    "hour": whole(0, 23),
    "day": whole(1, 31),
    "month": whole(1, 12),
    "retention_seconds": whole(3_600, 3_024_000),
}
WINDOW = ("weekdays", "start_time", "end_time")


async def body_of(request: Request) -> dict[str, Any]:
    """Return the JSON object that was sent, {} for none."""
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        raise Denial(400, "failed to decode the request body as JSON") from None
    if not isinstance(body, dict):
        raise Denial(400, "the request body has to be an object")
    return body


async def wrapped(request: Request, name: str, form: Form, *required: str) -> dict[str, Any]:
    """Return what is in the envelope of that name, checked."""
    body = await body_of(request)
    extra = set(body) - {name, "endpoints", "annotation_value"}
    if extra or not isinstance(body.get(name), dict):
        raise Denial(400, f"property {sorted(extra)[0]!r} is unsupported" if extra else f"property {name!r} is missing")
    return checked(body[name], form, *required, where=f"/{name}")


def checked(given: Mapping[str, Any], form: Form, *required: str, where: str) -> dict[str, Any]:
    """Return a part of a body. Raises Denial for unknown, missing and unfit members."""
    for name in required:
        if given.get(name) in (None, ""):
            raise Denial(400, f"{where}: property {name!r} is missing")
    for name, value in given.items():
        rule = form.get(name)
        if rule is None:
            raise Denial(400, f"{where}: property {name!r} is unsupported")
        if isinstance(rule, Mapping):
            if not isinstance(value, dict):
                raise Denial(400, f"{where}/{name}: value must be an object")
            checked(value, rule, *(WINDOW if name == "maintenance_window" else ()), where=f"{where}/{name}")
        elif not rule(value):
            raise Denial(400, f"{where}/{name}: value {json.dumps(value)} does not match the schema")
    return dict(given)


def family(plan: str) -> str:
    """Return the family of a plan: `scale_v3` is of `scale`."""
    return next((name for name in HISTORY if plan.startswith(name)), "scale")


def check_plan(plan: str, sent: Mapping[str, Any], *, branches: int = 0) -> None:
    """Raise Denial for what the plan does not allow. Neon documents neither the status nor the words."""
    kind = family(plan)
    title = kind.capitalize()
    if sent.get("history_retention_seconds", 0) > HISTORY[kind]:
        raise Denial(422, f"the {title} plan allows a history retention of at most {HISTORY[kind]} seconds")
    if sent.get("protected") and kind == "free":
        raise Denial(402, "protected branches are not available on the Free plan", "PROTECTED_BRANCHES_LIMIT_EXCEEDED")
    settings = sent.get("settings") or {}
    if (settings.get("allowed_ips") or {}).get("ips") and kind != "scale":
        raise Denial(403, f"IP Allow is not available on the {title} plan; upgrade to use it")
    if branches > BRANCHES[kind]:
        raise Denial(422, "branches limit exceeded", "BRANCHES_LIMIT_EXCEEDED")


def moment(value: str) -> datetime:
    """Return a time of a request."""
    return datetime.fromisoformat(value)
