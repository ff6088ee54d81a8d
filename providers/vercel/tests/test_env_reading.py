"""Environment variables as they are read: in what form, what stays hidden, and what nobody may own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler import SecretValue, Unknown, Unreadable
from reconciler.testing import Sample
from reconciler.testing.site import Site

SECRET = {"secret": "NEXTAUTH_SECRET"}


def sample(handle: str, **fields: Any) -> Sample:
    return Sample(f"env/{handle}", {"target": ["production"], **fields})


async def lines(site: Site) -> list[str]:
    """Return the plan, one line a change, with its fields and holds."""
    plan = await site.plan()
    return [
        f"{c.action} {c.address} {' '.join('.'.join(map(str, f.path)) for f in c.fields)}".strip()
        + "".join(f" HELD {h.gate}" for h in c.held)
        for c in plan.changes
    ]


async def by_hand(account: Any, key: str, value: str, **fields: Any) -> dict[str, Any]:
    """Add a variable in the dashboard, and return what the simulator keeps of it."""
    body = {"key": key, "value": value, "type": "encrypted", "target": ["production"], **fields}
    answer = await account.dashboard("POST", f"/v10/projects/{account.project.id}/env", body, 201)
    return dict(account.project.env[answer["created"]["id"]])


# What is read


@pytest.mark.trap("vercel", "3: encrypted values come as ciphertext unless `decrypt=true`")
async def test_encrypted_values_are_read_decrypted(account: Any) -> None:
    await by_hand(account, "LOG_LEVEL", "info")
    assert (await account.one("env")).values["value"] == "info"


@pytest.mark.trap("vercel", "3: a value that cannot be decrypted is unknown, not drift")
@pytest.mark.parametrize("how", ["challenge", "undecryptable"])
async def test_what_cannot_be_decrypted_is_unknown_and_no_drift(account: Any, site: Site, how: str) -> None:
    site.desire([sample("LOG_LEVEL", value="info", comment="c"), sample("PLAIN", type="plain", value="x")])
    await site.apply()
    if how == "challenge":
        account.store.world.challenge = True
    else:
        account.store.world.undecryptable = {"LOG_LEVEL"}
    plan = await site.plan()
    assert (plan.changes, plan.drift) == ((), ())
    assert [(u.subject, u.needed) for u in plan.unknown] == [("env/LOG_LEVEL.value", False)]
    lives = {live.values["key"]: live async for live in account.provider.list("env")}
    assert isinstance(lives["LOG_LEVEL"].values["value"], Unknown)
    assert lives["PLAIN"].values["value"] == "x"


@pytest.mark.trap("vercel", "3: sensitive values are never returned; a newer `updatedAt` is opaque drift")
async def test_a_sensitive_value_changed_outside_is_opaque_drift(account: Any, site: Site) -> None:
    site.desire([sample("SECRET", type="sensitive", value=SECRET)])
    await site.apply()
    assert (await site.plan()).drift == ()
    live = await account.one("env")
    assert isinstance(live.values["value"], Unreadable)
    account.clock.advance(60)
    body = {"value": "another-secret-value", "type": "sensitive"}
    await account.dashboard("PATCH", f"/v9/projects/prj_lms/env/{live.id}", body)
    (drift,) = (await site.plan()).drift
    assert (str(drift.address), drift.type) == ("env/SECRET", "opaque")


async def test_only_rotate_sends_a_sensitive_value_again(account: Any, site: Site) -> None:
    site.desire([sample("SECRET", type="sensitive", value=SECRET)])
    await site.apply()
    account.harness.environ = {**account.harness.environ, "NEXTAUTH_SECRET": "a-value-of-more-than-16-characters"}
    assert await lines(site) == ["update env/SECRET value HELD secret"]
    site.desire([sample("SECRET", type="sensitive", value={**SECRET, "rotate": 1})])
    await site.apply()
    assert account.variable("SECRET")["value"] == "a-value-of-more-than-16-characters"


@pytest.mark.trap("vercel", "15 #277: edits in the dashboard are found by listing again, decrypted")
async def test_a_value_edited_in_the_dashboard_is_drift_and_put_right(account: Any, site: Site) -> None:
    site.desire([sample("LOG_LEVEL", value="info")])
    await site.apply()
    record = account.variable("LOG_LEVEL")
    await account.dashboard("PATCH", f"/v9/projects/prj_lms/env/{record['id']}", {"value": "debug"})
    (drift,) = (await site.plan()).drift
    assert (drift.type, drift.fields[0].before, drift.fields[0].secret) == ("changed", "debug", False)
    await site.apply()
    assert account.variable("LOG_LEVEL")["value"] == "info"


async def test_a_live_secret_beside_a_desired_text_never_shows(account: Any, site: Site) -> None:
    site.desire([sample("LOG_LEVEL", value="info")])
    await site.apply()
    record = account.variable("LOG_LEVEL")
    leaked = "tr4X9pQw2LmZ8vKsB6"
    await account.dashboard("PATCH", f"/v9/projects/prj_lms/env/{record['id']}", {"value": leaked})
    (drift,) = (await site.plan()).drift
    assert isinstance(drift.fields[0].before, SecretValue)
    assert leaked not in f"{await site.plan()}{await site.apply()}{site.store}"


@pytest.mark.trap("vercel", "3: what an integration or the system owns is left alone")
@pytest.mark.parametrize(
    "owned",
    [
        {"configurationId": "icfg_1"},
        {"contentHint": {"type": "redis-url", "storeId": "store_1"}},
        {"type": "system"},
        {"system": True},
    ],
    ids=["integration", "store", "type-system", "system"],
)
async def test_variables_of_integrations_and_of_the_system_are_not_listed(account: Any, owned: dict[str, Any]) -> None:
    record = await by_hand(account, "KV_URL", "x")
    account.project.env[record["id"]].update(owned)
    assert [live async for live in account.provider.list("env")] == []


@pytest.mark.trap("vercel", "3: `comment` and `gitBranch` may be absent")
async def test_an_empty_comment_and_no_branch_are_no_differences(account: Any, site: Site) -> None:
    site.desire([sample("LOG_LEVEL", value="info", comment="", gitBranch=None)])
    await site.apply()
    path = f"/v10/projects/{account.project.id}/env"
    (sent,) = (await account.dashboard("GET", path))["envs"]
    assert not {"comment", "gitBranch"} & set(sent)
    assert await lines(site) == []


@pytest.mark.trap("vercel", "3: type secret is retired: read, and never made")
async def test_a_legacy_variable_is_listed_and_not_imported(account: Any) -> None:
    record = await by_hand(account, "OLD", "x")
    account.project.env[record["id"]]["type"] = "secret"
    live = await account.one("env")
    assert isinstance(live.values["value"], Unreadable)
    assert "no longer made" in account.harness.kind("env").unimportable(live)


@pytest.mark.trap("vercel", "3: types are being renamed; a new one is unknown, never a reason to delete and create")
@pytest.mark.parametrize(
    "fields",
    [{"type": "plain"}, {"type": "sensitive", "value": SECRET}, {"value": "debug"}],
    ids=["readable", "sensitive", "value"],
)
async def test_a_type_that_nobody_knows_changes_nothing_and_is_never_sent_back(
    account: Any, site: Site, fields: dict[str, Any]
) -> None:
    await by_hand(account, "A", "info", comment="by hand")
    site.desire([sample("A", value="info", comment="by hand", lifecycle={"adopt": True})])
    await site.apply()
    account.variable("A")["type"] = "config"
    before = dict(account.variable("A"))
    site.desire([sample("A", **{"value": "info", "comment": "by hand", **fields})])
    outcome = await site.apply()
    assert outcome.results == ()
    plan = await site.plan()
    assert (plan.changes, plan.drift) == ((), ())
    assert any("'config' is not known here: update reconciler-vercel" in u.reason for u in plan.unknown)
    site.desire([sample("A", value="info", comment="another")])
    await site.apply()
    assert account.requests("PATCH")[-1][1] == {"comment": "another"}
    assert (account.variable("A")["id"], account.variable("A")["type"]) == (before["id"], "config")
    assert "not known here" in account.harness.kind("env").unimportable(await account.one("env"))


@pytest.mark.trap("vercel", "3: the type of a variable is read again after every write: it may be another")
async def test_a_type_that_came_out_otherwise_is_seen(account: Any) -> None:
    async def converting(request: Any) -> Any:
        answer = await account.wire.inner.handle_async_request(request)
        body = json.loads(await answer.aread())
        if request.method == "POST":
            body["created"] |= {"type": "sensitive", "value": ""}
        return httpx.Response(answer.status_code, json=body)

    other = await account.connect(transport=httpx.MockTransport(converting))
    live = await other.create(account.sending("env", "A", {"target": ["production"], "value": "x"}))
    assert live.values["type"] == "sensitive"


@pytest.mark.trap("vercel", "3: a list may be one bare variable")
async def test_an_answer_with_a_single_bare_variable_is_a_listing_of_one(account: Any) -> None:
    bare = {"id": "e1", "key": "A", "value": "b", "type": "plain", "target": "production", "decrypted": True}

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=bare if request.url.path.endswith("/env") else {"id": "prj_lms", "name": "l"})

    other = await account.connect(transport=httpx.MockTransport(answer))
    assert [live.id async for live in other.list("env")] == ["e1"]


@pytest.mark.trap("vercel", "1: env is paged by `until`, newest first, until `next` is null")
async def test_every_page_of_variables_is_read(account: Any) -> None:
    for number in range(230):
        await by_hand(account, f"V{number}", str(number))
    seen = [live.values["value"] async for live in account.provider.list("env")]
    assert sorted(map(int, seen)) == list(range(230))
    assert sum(path.endswith("/env") for path, _ in account.requests("GET")) == 3


# What is asserted absent


@pytest.mark.trap("vercel", "production.md 3: a NODE_ENV that exists is alarming")
async def test_a_live_variable_that_must_not_exist_is_an_alarming_row(account: Any, tmp_path: Path) -> None:
    account.harness.settings = {**account.harness.settings, "absent": ["NODE_ENV"]}
    site = Site(account.harness, tmp_path)
    site.desire([])
    await by_hand(account, "NODE_ENV", "production")
    await by_hand(account, "OTHER", "x")
    rows = {row.title: row.alarm for row in (await site.plan(coverage=True)).unmanaged if row.kind == "env"}
    assert "skip devDependencies" in rows["NODE_ENV (production)"]
    assert rows["OTHER (production)"] == ""
