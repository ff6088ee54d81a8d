"""What a user of Neon writes, and changes it to: for the contract suite and for simulations."""

from __future__ import annotations

from reconciler.testing import Sample
from reconciler_neon.sandbox.stock import NAME

DAILY = {"frequency": "daily", "hour": 2, "retention_seconds": "7d"}
WEEKLY = {"frequency": "weekly", "day": 7, "hour": 4, "retention_seconds": "28d"}
SETTINGS = {
    "quota": {"active_time_seconds": 0, "written_data_bytes": 0},
    "allowed_ips": {"ips": [], "protected_branches_only": False},
    "enable_logical_replication": False,
    "maintenance_window": {"weekdays": [5], "start_time": "07:00", "end_time": "08:00"},
}


def roots(count: int) -> tuple[Sample, ...]:
    """Return root branches, for schedules: the only ones that can be made are copies of the tables."""
    return tuple(Sample(f"branches/root-{n}", {"init_source": "schema-only"}) for n in range(count))


SAMPLES = (
    Sample(
        "database/main",
        {"name": NAME, "history_retention_seconds": "1d", "region_id": "aws-us-east-1", "settings": SETTINGS},
        {
            "name": NAME,
            "history_retention_seconds": "7d",
            "region_id": "aws-us-east-1",
            "default_endpoint_settings": {"autoscaling_limit_max_cu": 4, "pg_settings": {"work_mem": "8MB"}},
            "settings": {
                "quota": {"active_time_seconds": "10h", "written_data_bytes": 1_000_000_000},
                "allowed_ips": {"ips": ["203.0.113.0/24", "198.51.100.7"], "protected_branches_only": True},
                "enable_logical_replication": True,
                "maintenance_window": {"weekdays": [6, 7], "start_time": "03:00", "end_time": "04:00"},
            },
        },
    ),
    Sample("branches/staging", {"protected": False}, {"protected": True, "expires_at": None}),
    Sample(
        "branches/trial",
        {"parent": "staging", "expires_at": "2027-01-31T00:00:00Z"},
        {"parent": "staging", "expires_at": None},
    ),
    *roots(5),
    Sample(
        "endpoints/staging",
        {
            "branch": "staging",
            "autoscaling_limit_min_cu": 0.25,
            "autoscaling_limit_max_cu": 1,
            "suspend_timeout_seconds": "5m",
            "settings": {"pg_settings": {"log_statement": "ddl"}},
        },
        {
            "branch": "staging",
            "autoscaling_limit_min_cu": 0.5,
            "autoscaling_limit_max_cu": 2,
            "suspend_timeout_seconds": -1,
            "settings": {
                "pg_settings": {"work_mem": "16MB"},
                "preload_libraries": {"use_defaults": True, "enabled_libraries": ["pg_cron"]},
            },
        },
    ),
    Sample(
        "endpoints/reports",
        {"branch": "staging", "type": "read_only", "name": "reports"},
        {"branch": "staging", "type": "read_only", "name": "reports", "disabled": True},
    ),
    Sample("roles/app", {"branch": "staging"}),
    Sample("roles/readers", {"branch": "staging", "no_login": True}),
    Sample(
        "databases/shop",
        {"branch": "staging", "owner_name": "app"},
        {"branch": "staging", "owner_name": "readers"},
    ),
    Sample(
        "backups/root-0",
        {"branch": "root-0", "schedule": [DAILY]},
        {"branch": "root-0", "schedule": [WEEKLY, DAILY]},
    ),
)
