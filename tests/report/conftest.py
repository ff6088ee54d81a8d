"""Plans to render, built by hand: one of every kind of change, and worlds for the goldens."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reconciler.errors import Location
from reconciler.model import (
    ABSENT,
    Address,
    Adopt,
    Approval,
    ApprovalNote,
    Create,
    Delete,
    Disable,
    Drift,
    FieldDiff,
    Forget,
    Hold,
    Live,
    Pending,
    Plan,
    ProviderStatus,
    Record,
    Recorded,
    Recreate,
    Release,
    Resource,
    Retain,
    UnknownState,
    Unmanaged,
    Update,
)
from reconciler.outcome import NotConverged, Outcome, Result
from reconciler.values import Generated, KnownAfterApply, OutputRef, SecretRef, SecretValue, Unreadable

MADE = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
ACTIONS = ("create", "recreate", "update", "adopt", "delete", "disable", "retain", "record", "release", "forget")


def unit(collection: str, path: tuple[str | int, ...]) -> str:
    return "seconds" if path and path[-1] in ("check_frequency", "confirmation_period", "wait_before") else ""


def digest(seed: str) -> str:
    import hashlib

    return hashlib.sha256(seed.encode()).hexdigest()


def change(action: str, address: str = "monitors/homepage", line: int = 14, **given: Any) -> Any:
    """Return a change of any action, with everything it must have filled in."""
    where = Address.parse(address)
    place = Location(f"desired/{where.collection}.yaml", line)
    spec = given.pop("spec", {"url": "https://learn.aigurus.com/", "check_frequency": 180})
    values = given.pop("values", spec)
    live_id = given.pop("live_id", "812")
    desired = Resource(where, "betterstack", (where.handle,), spec, place, origins=given.pop("origins", {}))
    live = Live(where.collection, live_id, (where.handle,), values)
    recorded = Recorded(where, "betterstack", live_id, (where.handle,), spec, "r1", applied_at=MADE)
    common: dict[str, Any] = {
        "address": where,
        "provider": "betterstack",
        "why": (f"{place.file}:{place.line} changed",),
        "digest": digest(f"{action} {address}"),
    } | given
    match action:
        case "create":
            return Create(desired=desired, where=place, **common)
        case "recreate":
            return Recreate(desired=desired, recorded=recorded, where=place, **common)
        case "update":
            common.setdefault("fields", (FieldDiff(("check_frequency",), 300, 180, recorded=300),))
            return Update(desired=desired, live=live, recorded=recorded, where=place, **common)
        case "adopt":
            return Adopt(desired=desired, live=live, where=place, **common)
        case "delete":
            return Delete(live=live, recorded=recorded, **common | {"why": ("removed from desired/",)} | given)
        case "disable":
            return Disable(live=live, recorded=recorded, **common | {"why": ("removed from desired/",)} | given)
        case "retain":
            return Retain(live=live, recorded=recorded, **common)
        case "record":
            return Record(desired=desired, live=live, recorded=None, where=place, **common)
        case "release":
            common.setdefault("fields", (FieldDiff(("regions",), ABSENT, ABSENT, "released"),))
            return Release(desired=desired, live=live, recorded=recorded, where=place, **common)
        case "forget":
            return Forget(recorded=recorded, **common)
    raise AssertionError(action)


def plan(*changes: Any, **given: Any) -> Plan:
    common: dict[str, Any] = {
        "environment": "production",
        "commit": "1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d",
        "created_at": MADE,
        "digest": digest("plan"),
        "providers": {"betterstack": ProviderStatus("ok", requests=7, account="team 123")},
    }
    return Plan(changes=tuple(changes), **common | given)


def busy_night() -> Plan:
    """A plan with something of everything."""
    budget = Hold("budget", "4 of 10 monitors would be deleted", "delete fewer, or approve the set", digest("set"))
    return plan(
        change("delete", "monitors/old", live_id="801", held=(budget,), danger="its history and incidents"),
        change("delete", "monitors/older", live_id="802", held=(budget,), danger="its history and incidents"),
        change(
            "delete",
            "accounts/admin@aigurus.com",
            held=(Hold("meaning", "it is the last admin", "name another admin first"),),
        ),
        change("delete", "urgencies/unused", live_id="9", danger="the live object unused (id 9)"),
        change("disable", "accounts/guest@example.com", live_id="c1", danger="nothing; the account is locked"),
        change(
            "update",
            "monitors/homepage",
            why=("desired/monitors.yaml:17 changed", "live drifted"),
            fields=(
                FieldDiff(("check_frequency",), 60, 180, "drift", recorded=180),
                FieldDiff(("url",), "https://old.example/", "https://learn.aigurus.com/", "desired", recorded="x"),
                FieldDiff(("confirmation_period",), 0, 180, "new", origin="incident_after: 2 failures"),
                FieldDiff(("regions",), ("eu", "us"), ("eu",), "conflict", recorded=("eu", "as")),
            ),
            notes=("certificate checks are shared by all monitors of the domain",),
        ),
        change("recreate", "heartbeats/nightly", live_id="77", why=("deleted outside (was id 77)",)),
        change(
            "update",
            "escalations/critical",
            live_id="55",
            fields=(
                FieldDiff(
                    ("steps",),
                    ({"wait_before": 0}, {"wait_before": 300}),
                    ({"wait_before": 0}, {"wait_before": 600}),
                    "desired",
                    inner=(("[1].wait_before", 300, 600),),
                ),
                FieldDiff(("policy_token",), Unreadable(), SecretRef("POLICY_TOKEN", 2), "rotate", secret=True),
            ),
        ),
        change(
            "create",
            "status_pages/public",
            why=("desired/status_pages.yaml:14 added",),
            spec={
                "subdomain": "ai-gurus",
                "password": SecretRef("STATUS_PASSWORD"),
                "salt": Generated(32),
                "policy": OutputRef("escalations/critical", "id"),
                "announcement": "All systems run.\nThank you.\n",
            },
        ),
        change(
            "adopt",
            "monitors/admin",
            live_id="455",
            why=("exists and is not ours (id 455)",),
            fields=(
                FieldDiff(("url",), "https://learn.aigurus.com/ADMIN", "https://learn.aigurus.com/admin", "foreign"),
            ),
        ),
        change("record", "monitors/api"),
        change("record", "monitors/login"),
        change("release", "monitors/cdn"),
        change("retain", "heartbeats/keep", live_id="78"),
        change("forget", "monitors/gone"),
        unchanged=12,
        unmanaged=(
            Unmanaged("accounts", "accounts", "c9", "rogue@example.com", "an active ADMIN who is not in the roster"),
            Unmanaged("betterstack", "monitors", "900", "somebody's monitor"),
        ),
        unknown=(UnknownState("betterstack", "urgencies", "the listing ended early", True),),
        pending=(Pending(Address("status_pages", "public"), "DNS: point status.aigurus.com at Better Stack"),),
        providers={
            "betterstack": ProviderStatus("ok", requests=7, account="team 123"),
            "neon": ProviderStatus("skipped", "no answer within the deadline of 120 s"),
        },
        approvals=(
            ApprovalNote(
                Approval("deadbeefdead", "spring cleaning", "2026-10-01", Location("desired/approvals.yaml", 3)),
                "expired",
            ),
        ),
        notices=("not a git repository: the commit gate is off",),
    )


def drifted() -> Plan:
    """A plan as the nightly drift run sees it."""
    edited = FieldDiff(("check_frequency",), 60, 180, "drift", recorded=180)
    token = FieldDiff(("token",), SecretValue("sssh-live"), SecretRef("TOKEN"), "drift", True, SecretRef("TOKEN"))
    return plan(
        change("update", "monitors/homepage", fields=(edited, token), why=("live drifted",)),
        change("create", "monitors/new"),
        drift=(
            Drift(Address("monitors", "homepage"), "changed", (edited, token)),
            Drift(Address("heartbeats", "nightly"), "missing", detail="id 77 is gone"),
            Drift(Address("env", "KEY"), "opaque", detail="value changed outside on 2026-11-22 and cannot be read"),
        ),
        unmanaged=(
            Unmanaged("accounts", "accounts", "c9", "rogue@example.com", "an active ADMIN who is not in the roster"),
        ),
        unchanged=9,
    )


def mixed_outcome() -> Outcome:
    """An apply in which something of everything happened."""
    rows = (
        Result(Address("monitors", "homepage"), "update", "done"),
        Result(Address("status_pages", "public"), "create", "done", notes=("password written to handover/public.txt",)),
        Result(Address("monitors", "api"), "record", "done"),
        Result(
            Address("monitors", "admin"),
            "update",
            "failed",
            "update refused by Better Stack (422 on PATCH /api/v2/monitors/812): url is already monitored",
            "choose another url",
        ),
        Result(Address("escalations", "critical"), "update", "skipped", "monitors/admin failed"),
        Result(Address("monitors", "old"), "delete", "held", "budget: 4 of 10 monitors would be deleted"),
        Result(Address("heartbeats", "nightly"), "update", "already"),
    )
    return Outcome(
        plan=plan(),
        results=rows,
        not_converged=(
            NotConverged(
                Address("monitors", "homepage"), "update", (FieldDiff(("check_frequency",), 300, 180, "desired"),)
            ),
        ),
        run="20261123T030000-ab12",
        newly_held=True,
    )


@pytest.fixture
def make() -> SimpleNamespace:
    """The builders above, as one name."""
    after = KnownAfterApply("database/main.url")
    return SimpleNamespace(
        change=change,
        plan=plan,
        digest=digest,
        unit=unit,
        busy_night=busy_night,
        drifted=drifted,
        mixed_outcome=mixed_outcome,
        known_after=after,
        actions=ACTIONS,
        made=MADE,
    )


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compare a text with a file in golden/; `UPDATE_GOLDEN=1` writes the file instead."""

    def check(name: str, text: str) -> None:
        path = Path(__file__).parent / "golden" / name
        if os.environ.get("UPDATE_GOLDEN"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8"), f"{name} differs; UPDATE_GOLDEN=1 rewrites it"

    return check
