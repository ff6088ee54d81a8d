"""The contract suite, run on the in-memory provider: every law can be kept, and every law runs."""

from __future__ import annotations

import pytest

from reconciler.model import Live
from reconciler.testing import (
    FakeClock,
    Harness,
    MemoryRim,
    MemoryWorld,
    ProviderContract,
    Sample,
    memory_provider,
    virtual_runtime,
)
from reconciler.testing.kinds import MEMORY_KINDS

GROUP = Sample("groups/core", {}, {"title": "Core"})
CHILD = Sample("groups/child", {"parent": "core", "title": "Child"}, {"parent": None, "title": "Grown up"})
PLAIN = Sample("widgets/plain", {"url": "https://plain.example/"}, {"url": "https://plain.example/b", "interval": "5m"})
RICH = Sample(
    "widgets/rich",
    {
        "url": "https://rich.example/",
        "mode": "keyword",
        "keyword": "fine",
        "alert_after": "3 failures",
        "ratio": 0.5,
        "regions": ["us", "as"],
        "labels": {"team": "a", "tier": "1"},
        "window": {"start": "01:00", "end": "02:00"},
        "headers": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
        "routes": [{"pattern": "/a", "weight": 2}, {"pattern": "/b"}],
        "ports": [443, 80],
        "steps": [{"type": "email", "target": "people/ada@example.org"}, {"type": "wait", "wait": "3m"}],
        "api_key": {"secret": "RICH_KEY"},
        "password": {"secret": "RICH_PASSWORD"},
        "group": "core",
        "owner": "groups/core",
        "channel": "alerts",
        "endpoint": {"from": "groups/core.url"},
    },
    {
        "url": "https://rich.example/",
        "mode": "status",
        "keyword": None,
        "alert_after": "2 failures",
        "ratio": 1.5,
        "regions": ["eu"],
        "labels": {"team": "b", "tier": "1"},
        "window": {"start": "03:00", "end": "04:00", "zone": "Berlin"},
        "headers": [{"name": "B", "value": "3"}, {"name": "C", "value": "4"}],
        "routes": [{"pattern": "/b"}, {"pattern": "/a", "weight": 2}],
        "ports": [],
        "steps": [{"type": "call", "target": "groups/core", "channels": ["sms", "push"]}],
        "api_key": {"secret": "RICH_KEY_2"},
        "password": {"secret": "RICH_PASSWORD_2"},
        "group": None,
        "owner": "people/ada@example.org",
        "channel": "alerts",
        "endpoint": "https://elsewhere.example/",
    },
)
VAULT = Sample("vaults/main", {"size": 2, "key": {"generate": {"bytes": 32}}}, {"size": 3})
OPEN = Sample("entries/CDN", {"scope": "live", "value": "https://cdn.example"}, {"scope": "live", "value": "changed"})
HIDDEN = Sample(
    "entries/hidden",
    {"key": "AUTH", "scope": "test", "type": "sensitive", "value": {"secret": "AUTH"}},
    {"key": "AUTH", "scope": "test", "type": "sensitive", "value": {"secret": "AUTH_2"}},
)
PERSON = Sample(
    "people/ada@example.org", {"role": "admin", "full_name": "Ada"}, {"role": "member", "full_name": "Ada L."}
)


class TestMemoryProvider(ProviderContract):
    samples = (GROUP, CHILD, PLAIN, RICH, VAULT, OPEN, HIDDEN, PERSON)

    @pytest.fixture
    def harness(self) -> Harness:
        clock = FakeClock()
        world = MemoryWorld(now=clock.now, page_size=2, token="memory-token-0123456789", extras={"x_internal": 1})
        world.add_external("channels", "alerts")
        world.add("people", email="somebody.else@example.org", role="admin", state="active")

        async def pollute(live: Live) -> None:
            world.find(live.id).values["x_added_by_vendor"] = {"deep": [1, 2]}
            if live.kind == "widgets":
                world.find(live.id).values["mode"] = "quantum"

        return Harness(
            memory_provider(world),
            MEMORY_KINDS,
            settings={"token": {"secret": "MEMORY_TOKEN"}},
            environ={"MEMORY_TOKEN": "memory-token-0123456789"},
            rim=MemoryRim(world),
            runtime=virtual_runtime(clock),
            pollute=pollute,
        )
