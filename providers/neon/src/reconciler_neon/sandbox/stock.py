"""What there is in a simulated project, as the console and the API make it. Records are payloads."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from reconciler_neon.sandbox.world import Estate, World, stamp

COUNTERS = [
    "data_storage_bytes_hour",
    "data_transfer_bytes",
    "written_data_bytes",
    "compute_time_seconds",
    "active_time_seconds",
    "cpu_used_sec",
]
PROJECT, NAME = "restless-sea-41205793", "ai-gurus-lms-production"
DEFAULT_WINDOW = {"weekdays": [5], "start_time": "07:00", "end_time": "08:00"}


def found_project(world: World, project_id: str, name: str, **chosen: Any) -> Estate:
    """Make a project as the console does: a protected system role, an owner, a database, a branch, an endpoint."""
    made = stamp(world.now())
    region = chosen.pop("region_id", "aws-us-east-1")
    branch_name = chosen.pop("branch_name", None) or "production"
    database = chosen.pop("database_name", None) or "neondb"
    owner = chosen.pop("role_name", None) or f"{database}_owner"
    counters = dict.fromkeys(COUNTERS, 0)
    settings = {
        "allowed_ips": {"ips": [], "protected_branches_only": False},
        "enable_logical_replication": False,
        "maintenance_window": dict(DEFAULT_WINDOW),
        "block_public_connections": False,
        "block_vpc_connections": False,
        "hipaa": False,
    }
    payload: dict[str, Any] = {
        **counters,
        "id": project_id,
        "platform_id": region.partition("-")[0],
        "region_id": region,
        "name": name,
        "provisioner": "k8s-neonvm",
        "default_endpoint_settings": {
            "autoscaling_limit_min_cu": 0.25,
            "autoscaling_limit_max_cu": 2,
            "suspend_timeout_seconds": 0,
        },
        "settings": settings,
        "pg_version": 17,
        "proxy_host": f"{region.partition('-')[2]}.{region.partition('-')[0]}.neon.tech",
        "branch_logical_size_limit": 204_800,
        "branch_logical_size_limit_bytes": 214_748_364_800,
        "store_passwords": True,
        "creation_source": "console",
        "history_retention_seconds": 21_600 if world.plan.startswith("free") else 86_400,
        "created_at": made,
        "updated_at": made,
        "consumption_period_start": made,
        "consumption_period_end": stamp(world.now() + timedelta(days=30)),
        "owner_id": "org-quiet-leaf-48120377",
        "org_id": "org-quiet-leaf-48120377",
        "owner": {
            "email": "ops@aigurus.com",
            "name": "AI Gurus",
            "branches_limit": 5000,
            "subscription_type": world.plan,
        },
        **chosen,
    }
    estate = world.estates[project_id] = Estate(payload)
    branch = add_branch(world, estate, branch_name, default=True)
    add_role(world, estate, branch["id"], "neon_superuser", protected=True, no_login=True)
    add_role(world, estate, branch["id"], owner)
    add_database(world, estate, branch["id"], database, owner)
    add_endpoint(world, estate, branch["id"], "read_write")
    return estate


def add_branch(world: World, estate: Estate, name: str, **chosen: Any) -> dict[str, Any]:
    """Make a branch with nothing on it."""
    made = stamp(world.now())
    record: dict[str, Any] = {
        "id": world.new_id("br-"),
        "project_id": estate.payload["id"],
        "name": name,
        "current_state": "ready",
        "state_changed_at": made,
        "logical_size": 30_842_880,
        "creation_source": "console",
        "default": False,
        "protected": False,
        **dict.fromkeys(COUNTERS[1:], 0),
        "created_at": made,
        "updated_at": made,
        "init_source": "parent-data",
        **chosen,
    }
    record["primary"] = record["default"]
    estate.branches[record["id"]] = record
    estate.schedules[record["id"]] = []
    return record


def add_role(
    world: World, estate: Estate, branch: str, name: str, *, protected: bool = False, no_login: bool = False
) -> dict[str, Any]:
    """Make a role with a password of its own."""
    made = stamp(world.now())
    record = {
        "branch_id": branch,
        "name": name,
        "protected": protected,
        "authentication_method": "no_login" if no_login else "password",
        "created_at": made,
        "updated_at": made,
        "_password": "" if no_login else f"npg_{world.text(f'{branch} {name}', 16)}",
    }
    estate.roles[branch, name] = record
    return record


def add_database(world: World, estate: Estate, branch: str, name: str, owner: str) -> dict[str, Any]:
    """Make a database."""
    made = stamp(world.now())
    record = {"id": 870_000 + world.count(), "branch_id": branch, "name": name, "owner_name": owner}
    estate.databases[branch, name] = {**record, "created_at": made, "updated_at": made}
    return estate.databases[branch, name]


def add_endpoint(world: World, estate: Estate, branch: str, kind: str, **chosen: Any) -> dict[str, Any]:
    """Make an endpoint with the defaults of the project."""
    made, endpoint_id = stamp(world.now()), world.new_id("ep-")
    defaults = estate.payload["default_endpoint_settings"]
    sizes = ("autoscaling_limit_min_cu", "autoscaling_limit_max_cu", "suspend_timeout_seconds")
    record: dict[str, Any] = {
        "host": f"{endpoint_id}.{estate.payload['proxy_host']}",
        "id": endpoint_id,
        "project_id": estate.payload["id"],
        "branch_id": branch,
        **{name: defaults.get(name, 0) for name in sizes},
        "region_id": estate.payload["region_id"],
        "type": kind,
        "current_state": "idle",
        "settings": {"pg_settings": dict(defaults.get("pg_settings", {}))},
        "pooler_enabled": False,
        "pooler_mode": "transaction",
        "disabled": False,
        "passwordless_access": True,
        "creation_source": "console",
        "created_at": made,
        "updated_at": made,
        "proxy_host": estate.payload["proxy_host"],
        "provisioner": "k8s-neonvm",
        **chosen,
    }
    estate.endpoints[endpoint_id] = record
    return record


def copy_onto(estate: Estate, source: str, target: str) -> None:
    """Give a branch the roles and databases of another: a branch starts as a copy."""
    for (branch, name), role in list(estate.roles.items()):
        if branch == source:
            estate.roles[target, name] = {**role, "branch_id": target}
    for (branch, name), database in list(estate.databases.items()):
        if branch == source:
            estate.databases[target, name] = {**database, "branch_id": target}
