"""What the models refuse or never change, what plans say with a change, and what is read and ignored."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from reconciler import FieldDiff, Resource
from reconciler.kind.shape import shape_of
from reconciler_neon.models import Backups, Branch, Database, Endpoint, NeonSettings, Project, Role
from reconciler_neon.sandbox.stock import PROJECT

trap = pytest.mark.trap
SETTINGS = NeonSettings(type="neon", project=PROJECT)
WINDOW = {"weekdays": [7], "start_time": "05:00", "end_time": "06:00"}


def within(**settings: Any) -> dict[str, Any]:
    return {"settings": settings}


REFUSED = [
    pytest.param(
        Project,
        {"history_retention_seconds": "31d"},
        "less than or equal to 2592000",
        marks=trap("neon", "2: the restore window is 0 to 2592000 seconds"),
        id="history-31-days",
    ),
    pytest.param(Project, {"history_retention_seconds": -1}, "greater than or equal to 0", id="history-negative"),
    pytest.param(Project, {"pg_version": 13}, "greater than or equal to 14", id="postgres-13"),
    pytest.param(Project, {"name": ""}, "at least 1 character", id="empty-name"),
    pytest.param(Project, within(quota={"written_data_bytes": -1}), "greater than or equal to 0", id="negative-quota"),
    pytest.param(Project, within(maintenance_window={**WINDOW, "weekdays": [0]}), "greater than", id="weekday-0"),
    pytest.param(Project, within(maintenance_window={**WINDOW, "start_time": "24:00"}), "pattern", id="24-o-clock"),
    pytest.param(Project, within(maintenance_window={**WINDOW, "weekdays": []}), "at least 1", id="no-weekday"),
    *(
        pytest.param(Project, within(allowed_ips={"ips": [ip]}), "no IP address", id=ip)
        for ip in ("203.0.113.777", "1.2.3.4/33", "1.2.3", "office.example.com", "2001:db8::/129", "192.0.2.1-")
    ),
    pytest.param(Project, within(pooler_mode="transaction"), "not permitted", id="no-such-setting"),
    pytest.param(Branch, {"default": False}, "not one of True", id="default-is-only-given"),
    pytest.param(Branch, {"expires_at": "2027-01-31"}, "pattern", id="a-day-is-no-time"),
    pytest.param(Branch, {"expires_at": "2027-01-31T00:00:00.5Z"}, "pattern", id="not-to-the-second"),
    pytest.param(Branch, {"init_source": "import"}, "'parent-data' or 'schema-only'", id="init-source"),
    pytest.param(Endpoint, {}, "branch", id="endpoint-without-branch"),
    pytest.param(Endpoint, {"branch": "b", "autoscaling_limit_min_cu": 0.1}, "0.25", id="too-small"),
    pytest.param(Endpoint, {"branch": "b", "pooler_enabled": True}, "not permitted", id="pooler"),
    pytest.param(
        Endpoint,
        {"branch": "b", "passwordless_access": True},
        "not permitted",
        marks=trap("neon", "4: passwordless_access is documented and not implemented"),
        id="passwordless",
    ),
    pytest.param(Role, {"branch": "b", "name": "x" * 64}, "at most 63", id="long-role"),
    pytest.param(Role, {"branch": "b", "password": "x"}, "not permitted", id="a-password-is-neons"),
    pytest.param(Database, {"branch": "b"}, "owner_name", id="database-without-owner"),
]


@pytest.mark.parametrize(("kind", "fields", "said"), REFUSED)
def test_what_neon_would_refuse_is_refused_before(kind: Any, fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        kind.model_validate(fields)


def test_addresses_ranges_and_blocks_may_connect() -> None:
    ips = ["192.0.2.1", "192.0.2.0/24", "192.0.2.1-192.0.2.9", "192.0.2.1 - 192.0.2.9", "2001:db8::1", "2001:db8::/32"]
    assert Project.model_validate(within(allowed_ips={"ips": ips}))


@trap("neon", "2: a maintenance window needs all three of its parts")
@pytest.mark.parametrize("part", sorted(WINDOW))
def test_a_maintenance_window_is_whole(part: str) -> None:
    with pytest.raises(ValidationError, match=part):
        Project.model_validate(within(maintenance_window={k: v for k, v in WINDOW.items() if k != part}))


FIXED = [
    pytest.param(Project, {"region_id", "pg_version"}, id="project"),
    pytest.param(Branch, {"parent", "init_source"}, id="branch"),
    pytest.param(Endpoint, {"branch", "type"}, id="endpoint"),
    pytest.param(Role, {"name", "branch", "no_login"}, id="role"),
    pytest.param(Database, {"branch"}, id="database"),
    pytest.param(Backups, {"branch"}, id="backups"),
]


@trap("neon", "2, 3: what is decided at creation never changes")
@pytest.mark.parametrize(("kind", "fixed"), FIXED)
def test_what_is_decided_at_creation_never_changes(kind: Any, fixed: set[str]) -> None:
    fields = shape_of(kind).fields
    assert {name for name, shape in fields.items() if shape.mutable == "never"} == fixed
    assert all(fields[name].never_reason for name in fixed)
    assert not [name for name, shape in fields.items() if shape.mutable == "replace"]


@trap("neon", "3: data is on projects, branches and databases")
def test_what_holds_data_says_so() -> None:
    holding = {kind.collection for kind in (Project, Branch, Endpoint, Role, Database, Backups) if kind.data_bearing}
    assert holding == {"database", "branches", "databases"}


def named(collection: str, handle: str, account: Any, fields: dict[str, Any]) -> Resource:
    resource: Resource = account.resource(collection, handle, fields)
    return resource


BRANCHES = [
    pytest.param({"production": {"default": True}, "next": {"default": True}}, "a project has one", id="two-defaults"),
    pytest.param({"b": {"default": True, "expires_at": "2027-01-31T00:00:00Z"}}, "default branch never", id="default"),
    pytest.param({"b": {"protected": True, "expires_at": "2027-01-31T00:00:00Z"}}, "protected branch never", id="kept"),
    pytest.param({"production": {"default": True}, "trial": {"expires_at": "2027-01-31T00:00:00Z"}}, "", id="fine"),
]


@pytest.mark.parametrize(("branches", "said"), BRANCHES)
def test_branches_that_cannot_stand_together_are_found(account: Any, branches: dict[str, Any], said: str) -> None:
    resources = tuple(named("branches", handle, account, fields) for handle, fields in branches.items())
    found = " ".join(message for _, _, message, _ in Branch.cross_check(resources, SETTINGS))
    assert said in found
    assert bool(found) == bool(said)


@pytest.mark.parametrize("collection", ["roles", "databases", "endpoints", "backups"])
def test_what_is_on_a_branch_names_it_by_its_name(account: Any, collection: str) -> None:
    """A branch is found by its name, and what is on it by the name of its branch: a handle has to be one."""
    fields: dict[str, Any] = {
        "databases": {"owner_name": "x"},
        "backups": {"schedule": [{"frequency": "daily", "hour": 1, "retention_seconds": "7d"}]},
    }.get(collection, {})
    child = named(collection, "one", account, {"branch": "prod", **fields})
    kind = {"roles": Role, "databases": Database, "endpoints": Endpoint, "backups": Backups}[collection]
    called = named("branches", "prod", account, {"name": "production"})
    [(address, field, message, fix)] = kind.cross_check((called, child), SETTINGS)
    assert (address, field) == (child.address, "branch")
    assert "branch prod is called production" in message
    assert fix == "rename branches/prod to branches/production"
    assert list(kind.cross_check((named("branches", "prod", account, {}), child), SETTINGS)) == []


@trap("neon", "5: the name of a role has 63 bytes, not characters")
@pytest.mark.parametrize("collection", ["roles", "databases"])
@pytest.mark.parametrize(
    ("name", "fits"),
    [
        pytest.param("x" * 63, True, id="ascii"),
        pytest.param("ü" * 31, True, id="62"),
        pytest.param("ü" * 32, False, id="64"),
    ],
)
def test_names_are_counted_in_bytes(account: Any, collection: str, name: str, fits: bool) -> None:
    fields = {"branch": "production", **({"owner_name": "x"} if collection == "databases" else {})}
    kind = {"roles": Role, "databases": Database}[collection]
    for resource in (
        named(collection, "handle", account, {**fields, "name": name}),
        named(collection, "x" * 70, account, {**fields, "name": name}),
    ):
        found = [message for _, _, message, _ in kind.cross_check((resource,), SETTINGS)]
        assert found == ([] if fits else ["it has 64 bytes, and PostgreSQL takes 63"])
    too_long = named(collection, "x" * 64, account, fields)
    assert "64 bytes" in " ".join(m for _, _, m, _ in kind.cross_check((too_long,), SETTINGS))


NOTES = [
    pytest.param(
        "roles",
        {"branch": "production"},
        "may drop the connections",
        marks=trap("neon", "5: a new role may drop connections to the active compute"),
        id="role",
    ),
    pytest.param(
        "database",
        {"history_retention_seconds": 0},
        "no branch can be put back in time",
        marks=trap("neon", "2: a history of 0 seconds disables point-in-time restore"),
        id="no-history",
    ),
    pytest.param("database", within(allowed_ips={"ips": []}), "lets every address connect", id="everyone"),
    pytest.param("database", within(enable_logical_replication=True), "cannot be turned off again", id="replication"),
    pytest.param(
        "database",
        within(quota={"active_time_seconds": "1h"}),
        "suspends all computes",
        marks=trap("neon", "2: beyond a quota all computes are suspended until the billing period ends"),
        id="quota",
    ),
    pytest.param(
        "database",
        within(block_public_connections=True),
        "Vercel included",
        marks=trap("neon", "2: block_public_connections goes before allowed_ips"),
        id="nobody",
    ),
    pytest.param("database", within(allowed_ips={"ips": ["192.0.2.1"]}), "", id="nothing-to-say"),
    pytest.param(
        "endpoints",
        {"branch": "production", "disabled": True},
        "drops its connections",
        marks=pytest.mark.trap("neon", "4: disabling suspends the compute"),
        id="disabled",
    ),
    pytest.param(
        "endpoints", {"branch": "production", "autoscaling_limit_max_cu": 4}, "cannot be used until", id="size"
    ),
    pytest.param(
        "backups",
        {"branch": "production", "schedule": [{"frequency": "daily", "hour": 1, "retention_seconds": "7d"}]},
        "snapshots that exist keep the time",
        marks=trap("neon", "6: another schedule does not change when existing snapshots expire"),
        id="backups",
    ),
]


@trap("neon", "2, 4, 5: what interrupts connections, or opens the project, is said in the plan")
@pytest.mark.parametrize(("collection", "fields", "said"), NOTES)
async def test_a_plan_says_what_will_be_interrupted_or_opened(
    account: Any, collection: str, fields: dict[str, Any], said: str
) -> None:
    if collection == "roles":
        change: Any = account.creation("roles", "app", fields)
    else:
        [live] = (await account.by_id(collection)).values()
        change = account.change(live, fields, [n for n in fields if n != "branch"], handle="production")
        inner = fields.get("settings", {})
        if inner:
            change = replace(change, fields=tuple(FieldDiff(("settings", n), None, v) for n, v in inner.items()))
    notes = " ".join(account.provider.preview(change).notes)
    assert said in notes
    assert bool(notes) == bool(said)


@trap("neon", "7: newer answers carry fields that the document does not know (slug, hosts)")
async def test_fields_of_newer_answers_are_ignored(account: Any) -> None:
    before = {kind: await account.by_id(kind) for kind in ("database", "branches", "endpoints")}
    account.estate.payload["slug"] = "ai-gurus"
    account.branch()["slug"] = "production"
    hosts = {"read_write_host": "x", "read_write_pooled_host": "x-pooler"}
    account.endpoint().update(slug="main", hosts=hosts)
    account.endpoint()["current_state"] = "hibernating"
    for kind, lives in before.items():
        assert {i: live.values for i, live in (await account.by_id(kind)).items()} == {
            i: live.values for i, live in lives.items()
        }
