"""Requests, and the simulator's responses, against Neon's OpenAPI document, which is not part of this repository."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from reconciler.testing import Conforming
from reconciler.testing.conformance import documents
from reconciler_neon.convert import id_on
from reconciler_neon.sandbox.api import BASE

EXCUSED: Mapping[str, str] = {}  # nothing that is sent or answered here needs one
IN = "/projects/{project_id}"
ON = f"{IN}/branches/{{branch_id}}"
OURS = {
    "GET /projects",
    f"GET {IN}",
    f"PATCH {IN}",
    f"GET {IN}/connection_uri",
    f"GET {IN}/operations/{{operation_id}}",
    f"GET {IN}/branches",
    f"POST {IN}/branches",
    f"PATCH {ON}",
    f"DELETE {ON}",
    f"POST {ON}/set_as_default",
    f"GET {IN}/endpoints",
    f"POST {IN}/endpoints",
    f"GET {IN}/endpoints/{{endpoint_id}}",
    f"PATCH {IN}/endpoints/{{endpoint_id}}",
    f"DELETE {IN}/endpoints/{{endpoint_id}}",
    f"GET {ON}/roles",
    f"POST {ON}/roles",
    f"GET {ON}/roles/{{role_name}}",
    f"DELETE {ON}/roles/{{role_name}}",
    f"GET {ON}/databases",
    f"POST {ON}/databases",
    f"GET {ON}/databases/{{database_name}}",
    f"PATCH {ON}/databases/{{database_name}}",
    f"DELETE {ON}/databases/{{database_name}}",
    f"GET {ON}/backup_schedule",
    f"GET {IN}/snapshots",
    f"PUT {ON}/backup_schedule",
}


@pytest.fixture
async def conforming(account_on: Any) -> AsyncIterator[Any]:
    """Yield an account whose every request and response, the console's too, is looked at."""
    docs = documents("neon.json", beside=Path(__file__))
    async with account_on(lambda inner: Conforming(inner, docs, base=BASE, excused=EXCUSED)) as made:
        yield made


async def test_every_call_of_the_provider_is_as_documented(conforming: Any) -> None:
    account = conforming
    seen: Conforming = account.wire.inner
    await account.connect()
    await (await account.connect(project="ai-gurus-lms-production")).whoami()
    project = await account.only("database")
    wanted = {
        "name": "renamed",
        "history_retention_seconds": "7d",
        "default_endpoint_settings": {"autoscaling_limit_max_cu": 4, "pg_settings": {"work_mem": "8MB"}},
        "settings": {
            "quota": {"active_time_seconds": "10h"},
            "allowed_ips": {"ips": ["203.0.113.0/24"], "protected_branches_only": True},
            "enable_logical_replication": True,
            "maintenance_window": {"weekdays": [6], "start_time": "03:00", "end_time": "04:00"},
            "block_public_connections": True,
            "block_vpc_connections": False,
            "audit_log_level": "base",
            "preload_libraries": {"use_defaults": True, "enabled_libraries": ["pg_cron"]},
        },
    }
    await account.update(project, wanted, list(wanted))
    staging = await account.create("branches", "staging", {"expires_at": "2027-01-01T00:00:00Z", "protected": False})
    await account.update(staging, {"expires_at": None, "protected": True}, ["expires_at", "protected"])
    await account.create("branches", "trial", {"parent": "staging", "init_source": "schema-only"})
    await account.create("branches", "next", {"default": True})
    endpoint = {
        "branch": "next",
        "autoscaling_limit_min_cu": 0.5,
        "autoscaling_limit_max_cu": 2,
        "suspend_timeout_seconds": "1h",
        "settings": {"pg_settings": {"work_mem": "8MB"}},
    }
    made = await account.create("endpoints", "next", endpoint)
    await account.update(
        made, {**endpoint, "disabled": True, "settings": {"pg_settings": {}}}, ["disabled", "settings"]
    )
    role = await account.create("roles", "app", {"branch": "next"})
    other = await account.create("roles", "group", {"branch": "next", "no_login": True})
    shop = await account.create("databases", "shop", {"branch": "next", "owner_name": role.id})
    shop = await account.update(
        shop, {"name": "store", "branch": "next", "owner_name": id_on("next", "group")}, ["name", "owner_name"]
    )
    entries = [
        {"frequency": "daily", "hour": 0, "retention_seconds": "7d"},
        {"frequency": "weekly", "day": 7, "hour": 4, "retention_seconds": "4w"},
        {"frequency": "monthly", "day": 31, "hour": 5, "retention_seconds": "35d"},
    ]
    await account.create("backups", "production", {"branch": "production", "schedule": entries})
    for collection in ("database", "branches", "endpoints", "roles", "databases", "backups"):
        assert await account.by_id(collection), collection
    for gone in (shop, other, role, made, (await account.listed("branches"))["trial"]):
        await account.provider.delete(gone)
    assert seen.problems == []
    assert seen.used == set(EXCUSED)
    assert seen.seen == OURS


async def test_every_documented_operation_is_simulated_as_documented(conforming: Any) -> None:
    """Official clients use more than our provider does."""
    account = conforming
    seen: Conforming = account.wire.inner
    for path in ("/auth", "/regions", "/users/me/organizations", "/projects?limit=5&search=ai-gurus"):
        await account.api("GET", BASE + path)
    told = await account.api(
        "POST", f"{BASE}/projects", {"project": {"name": "second", "branch": {"name": "main"}}}, 201
    )
    account.idle()
    await account.api("GET", f"{BASE}/projects/{told['project']['id']}")
    await account.api("DELETE", f"{BASE}/projects/{told['project']['id']}")
    await account.api("POST", f"{BASE}/projects/{told['project']['id']}/recover")
    for path in ("", "/available_preload_libraries", "/branches/count", "/branches?limit=1"):
        await account.by_hand("GET", path)
    branch, endpoint = account.branch()["id"], account.endpoint()["id"]
    await account.by_hand("PATCH", "", {"project": {"settings": {"quota": {"active_time_seconds": 36_000}}}})
    made = await account.by_hand(
        "POST", "/branches", {"branch": {"name": "dev"}, "endpoints": [{"type": "read_write"}]}, 201
    )
    dev = made["branch"]["id"]
    for method, path, body, status in (
        ("GET", f"/branches/{dev}", None, 200),
        ("PATCH", f"/branches/{dev}", {"branch": {"name": "development"}}, 200),
        ("POST", f"/branches/{dev}/set_as_default", None, 200),
        ("POST", f"/branches/{branch}/set_as_default", None, 200),
        ("GET", f"/branches/{dev}/endpoints", None, 200),
        ("GET", f"/branches/{dev}/roles", None, 200),
        ("POST", f"/branches/{dev}/roles", {"role": {"name": "app"}}, 201),
        ("GET", f"/branches/{dev}/roles/app", None, 200),
        ("GET", f"/branches/{dev}/roles/app/reveal_password", None, 200),
        ("POST", f"/branches/{dev}/roles/app/reset_password", None, 200),
        ("GET", f"/branches/{dev}/databases", None, 200),
        ("POST", f"/branches/{dev}/databases", {"database": {"name": "shop", "owner_name": "app"}}, 201),
        ("GET", f"/branches/{dev}/databases/shop", None, 200),
        ("PATCH", f"/branches/{dev}/databases/shop", {"database": {"name": "store"}}, 200),
        ("GET", "/connection_uri?database_name=neondb&role_name=neondb_owner&pooled=true", None, 200),
        ("DELETE", f"/branches/{dev}/databases/store", None, 200),
        ("DELETE", f"/branches/{dev}/databases/store", None, 204),
        ("DELETE", f"/branches/{dev}/roles/app", None, 200),
        ("GET", f"/endpoints/{endpoint}", None, 200),
        ("GET", "/endpoints", None, 200),
        ("PATCH", f"/endpoints/{endpoint}", {"endpoint": {"suspend_timeout_seconds": 300}}, 200),
        ("POST", f"/endpoints/{endpoint}/start", None, 200),
        ("POST", f"/endpoints/{endpoint}/restart", None, 200),
        ("POST", f"/endpoints/{endpoint}/suspend", None, 200),
        ("POST", "/endpoints", {"endpoint": {"branch_id": dev, "type": "read_only", "name": "reports"}}, 201),
        ("PUT", f"/branches/{branch}/backup_schedule", {"schedule": [{"frequency": "daily", "hour": 2}]}, 200),
        ("GET", f"/branches/{branch}/backup_schedule", None, 200),
        ("POST", f"/branches/{branch}/snapshot?name=before&expires_at=2026-12-01T00:00:00Z", None, 200),
        ("GET", "/snapshots", None, 200),
    ):
        told = await account.by_hand(method, path, body, status)
    for operation in (await account.by_hand("GET", "/operations?limit=2"))["operations"]:
        await account.by_hand("GET", f"/operations/{operation['id']}")
    snapshot = next(s["id"] for s in told["snapshots"] if s["name"] == "before")
    await account.by_hand("PATCH", f"/snapshots/{snapshot}", {"snapshot": {"name": "kept", "expires_at": None}})
    restored = await account.by_hand(
        "POST", f"/snapshots/{snapshot}/restore", {"target_branch_id": branch, "finalize_restore": False}
    )
    await account.by_hand("POST", f"/branches/{restored['branch']['id']}/finalize_restore", {"name": "before-it"})
    await account.by_hand("DELETE", f"/snapshots/{snapshot}", None, 202)
    own = restored["branch"]["id"]
    body = {"source_branch_id": own, "source_timestamp": "2026-01-01T00:00:00Z", "preserve_under_name": "earlier"}
    await account.by_hand("POST", f"/branches/{own}/restore", body)
    for entry in [e["id"] for e in account.estate.endpoints.values() if e["branch_id"] == dev]:
        await account.by_hand("DELETE", f"/endpoints/{entry}")
    await account.by_hand("DELETE", f"/branches/{dev}")
    await account.by_hand("POST", f"/branches/{dev}/recover")
    for method, path, body, status in (
        ("GET", "/branches/br-nowhere-1", None, 404),
        ("PATCH", "", {"project": {"colour": "red"}}, 400),
        ("PATCH", "", {"name": "no envelope"}, 400),
    ):
        # The document says what is sent; these are wrong on purpose.
        noted = len(seen.problems)
        refused = await account.by_hand(method, path, body, status)
        assert set(refused) == {"request_id", "code", "message"}
        del seen.problems[noted:]
    assert seen.problems == []
    assert seen.seen == {operation.name for operation in seen.operations}
