"""From what Neon sends to objects in the shape of the YAML, and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler import Live, NotFound, Part, Unreadable
from reconciler_neon.answers import moment, text_of, to_the_second
from reconciler_neon.models.backups import Entry
from reconciler_neon.models.common import Autoscaling, PreloadLibraries
from reconciler_neon.models.computes import EndpointSettings
from reconciler_neon.models.project import AllowedIps, MaintenanceWindow, ProjectSettings, Quota

PARTS: Mapping[str, type[Part]] = {
    "quota": Quota,
    "allowed_ips": AllowedIps,
    "maintenance_window": MaintenanceWindow,
    "preload_libraries": PreloadLibraries,
    "default_endpoint_settings": Autoscaling,
}
FLAGS = ("enable_logical_replication", "block_public_connections", "block_vpc_connections", "hipaa")
INIT_SOURCES = ("parent-data", "schema-only")


@dataclass(frozen=True, slots=True)
class Branches:
    """The branches of the project, as listed a moment ago."""

    payloads: Sequence[Mapping[str, Any]]

    def named(self, name: str) -> Mapping[str, Any]:
        """Return the branch of that name. Raises NotFound."""
        found = next((b for b in self.payloads if b["name"] == name), None)
        if found is None:
            known = ", ".join(sorted(str(b["name"]) for b in self.payloads))
            raise NotFound(f"Neon has no branch {name!r} in this project; it has {known}", fix="apply the branch first")
        return found

    def name_of(self, branch_id: object) -> str | None:
        """Return the name of a branch, None for one that is not there (any more)."""
        return next((str(b["name"]) for b in self.payloads if b["id"] == branch_id), None)

    @property
    def default(self) -> Mapping[str, Any] | None:
        """The default branch."""
        return next((b for b in self.payloads if b.get("default")), None)

    @property
    def roots(self) -> tuple[Mapping[str, Any], ...]:
        """Those that were made from no other: only they have backups."""
        return tuple(b for b in self.payloads if not b.get("parent_id"))

    def is_default(self, branch_id: object) -> bool:
        """Return whether that is the default branch."""
        return self.default is not None and self.default["id"] == branch_id


def members(part: type[Part], payload: Any) -> dict[str, Any]:
    """Return what the model knows of a nested object; what is null is left out."""
    found: dict[str, Any] = {}
    for name in part.model_fields:
        value = payload.get(name) if isinstance(payload, Mapping) else None
        if value is not None:
            found[name] = members(PARTS[name], value) if name in PARTS else value_of(value)
    return found


def value_of(value: Any) -> Any:
    """Return a value as frozen data. Lists are sets at Neon, and come sorted; 1.0 compute units are 1."""
    if isinstance(value, list):
        return tuple(sorted((value_of(v) for v in value), key=str))
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return dict(value) if isinstance(value, Mapping) else value


def body_of(value: Any) -> Any:
    """Return frozen data as JSON."""
    if isinstance(value, Mapping):
        return {name: body_of(inner) for name, inner in value.items()}
    return [body_of(v) for v in value] if isinstance(value, tuple) else value


def merged(live: Any, wanted: Any) -> Any:
    """Return `wanted` with the members of `live` that it does not name. Lists are taken as wholes."""
    if not (isinstance(live, Mapping) and isinstance(wanted, Mapping)):
        return wanted
    return {**live, **{name: merged(live.get(name), value) for name, value in wanted.items()}}


def project_values(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the project. What was never set reads as Neon means it: no quota, everyone may connect."""
    known = ("name", "region_id", "pg_version", "history_retention_seconds")
    values = {name: payload[name] for name in known if payload.get(name) is not None}
    values["default_endpoint_settings"] = members(Autoscaling, payload.get("default_endpoint_settings"))
    settings = members(ProjectSettings, payload.get("settings"))
    unset: dict[str, Any] = {
        "quota": dict.fromkeys(Quota.model_fields, 0),
        "allowed_ips": {"ips": (), "protected_branches_only": False},
    }
    values["settings"] = {**dict.fromkeys(FLAGS, False), **merged(unset, settings)}
    return values


def project_body(wanted: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Return what to send to make the project so: only what differs, and of that every nested object as a whole."""
    plain = {name: value for name, value in wanted.items() if name not in ("serves", "settings")}
    body = _differing(plain, now)
    settings = _differing(wanted.get("settings") or {}, now["settings"])
    sent: dict[str, Any] = body_of({**body, "settings": settings} if settings else body)
    return sent


def _differing(wanted: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    whole = {name: merged(now.get(name), value) for name, value in wanted.items()}
    return {name: value for name, value in whole.items() if value != now.get(name)}


def branch_live(payload: Mapping[str, Any], branches: Branches) -> Live:
    """Return a branch. Its name is its id here.

    Neon's own id is of no use as one: restoring a snapshot gives the name `production` to another branch, with an id
    of its own, and the old id goes on naming the branch that was replaced. What was recorded has to mean the new one.
    """
    name = text_of(payload, "name")
    values: dict[str, Any] = {
        "name": name,
        "default": bool(payload.get("default")),
        "protected": bool(payload.get("protected")),
        "expires_at": to_the_second(payload.get("expires_at")),
    }
    source = payload.get("init_source")
    if source in INIT_SOURCES:
        values["init_source"] = source
    parent = branches.name_of(payload.get("parent_id"))
    if parent is not None:
        values["parent"] = parent
    elif source == "schema-only":
        values["parent"] = Unreadable("Neon does not keep what a schema-only branch was copied from")
    private = {"root": not payload.get("parent_id")}
    return Live("branches", name, (name,), values, created_at=moment(payload.get("created_at")), private=private)


def endpoint_live(payload: Mapping[str, Any], branches: Branches) -> Live | None:
    """Return an endpoint, None for one whose branch is gone. Its id stays when a snapshot is restored."""
    branch = branches.name_of(text_of(payload, "branch_id"))
    if branch is None:
        return None
    known = ("name", "type", "autoscaling_limit_min_cu", "autoscaling_limit_max_cu", "suspend_timeout_seconds")
    values = {name: value_of(payload[name]) for name in known if payload.get(name) not in (None, "")}
    values |= {"branch": branch, "disabled": bool(payload.get("disabled"))}
    values["settings"] = {"pg_settings": {}, **members(EndpointSettings, payload.get("settings"))}
    kind, name = text_of(payload, "type"), str(values.get("name", ""))
    told_apart_by = "" if kind == "read_write" else name or text_of(payload, "id")
    return Live(
        "endpoints",
        text_of(payload, "id"),
        (told_apart_by, branch, kind),
        values,
        name=name or f"{branch} {kind}",
        created_at=moment(payload.get("created_at")),
        private={"on_default": branches.is_default(text_of(payload, "branch_id"))},
    )


def role_live(payload: Mapping[str, Any], branch: str, *, on_default: bool = False) -> Live:
    """Return a role of a branch. A password, if there is one in the payload, is not looked at."""
    name = text_of(payload, "name")
    values = {"name": name, "branch": branch, "no_login": payload.get("authentication_method") == "no_login"}
    private = {"protected": bool(payload.get("protected")), "on_default": on_default}
    return _on_branch("roles", name, branch, values, payload, private)


def database_live(payload: Mapping[str, Any], branch: str, *, on_default: bool = False) -> Live:
    """Return a database of a branch. Its owner is a role of the same branch."""
    name = text_of(payload, "name")
    values = {"name": name, "branch": branch, "owner_name": id_on(branch, text_of(payload, "owner_name"))}
    return _on_branch("databases", name, branch, values, payload, {"on_default": on_default})


def backups_live(entries: Any, branch: Mapping[str, Any], branches: Branches) -> Live:
    """Return the schedule of a branch, out of service when it is empty."""
    name = text_of(branch, "name")
    schedule = tuple(sorted((_entry(e) for e in entries), key=str))
    values: dict[str, Any] = {"branch": name, "schedule": schedule}
    private = {"on_default": branches.is_default(text_of(branch, "id"))}
    return Live("backups", name, (name,), values, inactive=not schedule, private=private)


def _entry(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry of a schedule. A daily one has no day, whatever is said."""
    unused = ("day",) if payload.get("frequency") == "daily" else ()
    return {name: value for name, value in members(Entry, payload).items() if name not in unused}


def id_on(branch: str, name: str) -> str:
    """Return the id of a role or database here: both are found by branch and name."""
    return f"{branch}/{name}"


def name_on(branch: str, live_id: str) -> str:
    """Return the name in an id that `id_on` made."""
    return live_id.removeprefix(f"{branch}/")


def _on_branch(
    kind: str,
    name: str,
    branch: str,
    values: Mapping[str, Any],
    payload: Mapping[str, Any],
    private: Mapping[str, Any],
) -> Live:
    made = moment(payload.get("created_at"))
    return Live(kind, id_on(branch, name), (name, branch), values, name=name, created_at=made, private=private)
