"""Environment variables as they are written: what identifies one, and how Vercel wants it changed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from reconciler import Busy, Live, Refused
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


# Identity


@pytest.mark.trap("vercel", "3: several records of one key are legal while their targets are disjoint")
@pytest.mark.trap("vercel", "15 #358 #330 #262: variables are matched by key and targets, never by place or value")
async def test_one_key_has_a_variable_for_each_environment(account: Any, site: Site) -> None:
    site.desire(
        [
            sample("SECRET", type="sensitive", value={"secret": "ONE"}),
            sample("SECRET-preview", key="SECRET", target=["preview"], value={"secret": "TWO"}),
            sample("SECRET-next", key="SECRET", target=["preview"], gitBranch="next", value={"secret": "THREE"}),
        ]
    )
    outcome = await site.apply()
    assert {r.status for r in outcome.results} == {"done"}
    assert len(account.project.env) == 3
    assert await lines(site) == []


@pytest.mark.trap("vercel", "3: overlapping targets mean PATCH of `target`, never a second record")
async def test_a_live_variable_whose_targets_overlap_is_adopted_and_its_target_changed(
    account: Any, site: Site
) -> None:
    there = await by_hand(account, "LOG_LEVEL", "info", target=["production", "preview"])
    wanted = sample("LOG_LEVEL", value="info")
    site.desire([wanted])
    assert await lines(site) == ["adopt env/LOG_LEVEL target HELD adopt"]
    site.desire([Sample(wanted.address, {**wanted.fields, "lifecycle": {"adopt": True}})])
    await site.apply()
    assert account.variable("LOG_LEVEL")["id"] == there["id"]
    assert account.variable("LOG_LEVEL")["target"] == ["production"]


@pytest.mark.trap("vercel", "3: when targets are split, the old record shrinks before the new one is made")
async def test_splitting_and_merging_targets_needs_one_apply_each(account: Any, site: Site) -> None:
    whole = sample("LEVEL", value="info", target=["production", "preview"])
    split = [sample("LEVEL", value="info"), sample("LEVEL-preview", key="LEVEL", value="debug", target=["preview"])]
    for desired in ([whole], split, [whole]):
        site.desire(desired)
        outcome = await site.apply()
        assert {r.status for r in outcome.results} == {"done"}, outcome.results
        assert await lines(site) == []
    assert len(account.project.env) == 1


@pytest.mark.trap("vercel", "3: `target` comes back as text or as a list")
async def test_a_target_is_read_in_both_forms(account: Any) -> None:
    await by_hand(account, "ONE", "1")
    await by_hand(account, "TWO", "2", target=["preview", "production"])
    path = f"/v10/projects/{account.project.id}/env"
    sent = {r["key"]: r["target"] for r in (await account.dashboard("GET", path))["envs"]}
    assert sent == {"ONE": "production", "TWO": ["preview", "production"]}
    seen = {live.values["key"]: live.values["target"] async for live in account.provider.list("env")}
    assert seen == {"ONE": ("production",), "TWO": ("preview", "production")}


# Writes


@pytest.mark.trap("vercel", "3: concurrent writers are refused, so writes go one after the other")
async def test_many_creates_at_once_are_sent_one_after_the_other(account: Any) -> None:
    def made(number: int) -> Any:
        return account.create("env", f"V{number}", {"target": ["production"], "value": str(number)})

    await asyncio.gather(*(made(number) for number in range(8)))
    assert len(account.project.env) == 8
    assert len(account.requests("POST")) == 8


@pytest.mark.trap("vercel", '3: 400 "ongoing env update" is tried again')
async def test_a_writer_who_is_not_us_is_waited_for(account: Any) -> None:
    account.project.writing = True

    async def ends() -> None:
        await account.clock.sleep(4)
        account.project.writing = False

    wanted = account.create("env", "A", {"target": ["production"], "value": "x"})
    live, _ = await asyncio.gather(wanted, ends())
    assert live.values["value"] == "x"
    account.project.writing = True
    with pytest.raises(Busy, match="ongoing env update"):
        await account.create("env", "B", {"target": ["production"], "value": "x"})


@pytest.mark.trap("vercel", "15 #571: an unchanged value is never sent again")
async def test_an_update_sends_only_what_changed(account: Any, site: Site) -> None:
    site.desire([sample("SECRET", type="sensitive", value=SECRET)])
    await site.apply()
    site.desire([sample("SECRET", type="sensitive", value=SECRET, comment="made by hand")])
    await site.apply()
    assert [body for _, body in account.requests("PATCH")] == [{"comment": "made by hand"}]
    assert await lines(site) == []


@pytest.mark.trap("vercel", "15 #154: a sensitive value is sent with its type, and without its key")
async def test_a_new_sensitive_value_goes_with_its_type_and_without_its_key(account: Any, site: Site) -> None:
    site.desire([sample("SECRET", type="sensitive", value=SECRET)])
    await site.apply()
    site.desire([sample("SECRET", type="sensitive", value={"secret": "OTHER"})])
    outcome = await site.apply()
    assert {r.status for r in outcome.results} == {"done"}
    (sent,) = [body for _, body in account.requests("PATCH")]
    assert set(sent) == {"value", "type"}
    assert account.variable("SECRET")["value"] == account.harness.secret("OTHER").reveal()


@pytest.mark.trap("vercel", "3: a change of readability is delete, wait, create")
@pytest.mark.parametrize(("before", "after"), [("encrypted", "sensitive"), ("sensitive", "plain")])
async def test_a_variable_that_becomes_readable_or_no_longer_is_is_made_again(
    account: Any, site: Site, before: str, after: str
) -> None:
    site.desire([sample("A", type=before, value=SECRET)])
    await site.apply()
    old, started = account.variable("A")["id"], account.clock.monotonic()
    site.desire([sample("A", type=after, value=SECRET)])
    assert [line.split()[0] for line in await lines(site)] == ["delete", "create"]
    outcome = await site.apply()
    assert {r.status for r in outcome.results} == {"done"}
    assert account.variable("A")["id"] != old
    assert (account.variable("A")["type"], account.clock.monotonic() - started >= 5) == (after, True)
    assert await lines(site) == []


@pytest.mark.trap("vercel", "3: between readable types a variable changes in place")
async def test_plain_becomes_encrypted_in_place(account: Any, site: Site) -> None:
    site.desire([sample("A", type="plain", value="x")])
    await site.apply()
    old = account.variable("A")["id"]
    site.desire([sample("A", type="encrypted", value="x")])
    await site.apply()
    assert (account.variable("A")["id"], account.variable("A")["type"]) == (old, "encrypted")


@pytest.mark.trap("vercel", "3: a key can be made again only some seconds after it was deleted")
async def test_a_key_that_was_just_deleted_is_made_again_after_a_pause(account: Any) -> None:
    live = await account.create("env", "A", {"target": ["production"], "value": "x"})
    await account.provider.delete(live)
    again = await account.create("env", "A", {"target": ["production", "preview"], "value": "y"})
    assert again.id != live.id
    assert account.clock.elapsed >= 5
    other = await account.create("env", "B", {"target": ["production"], "value": "y"})
    assert isinstance(other, Live)


@pytest.mark.trap("vercel", "3: the second delete of a variable is 404, and done")
async def test_deleting_twice_is_done(account: Any) -> None:
    live = await account.create("env", "A", {"target": ["production"], "value": "x"})
    await account.provider.delete(live)
    await account.provider.delete(live)
    assert account.project.env == {}


@pytest.mark.trap("vercel", "3: there are more codes of errors than are known here; each is told in the vendor's words")
async def test_a_refusal_is_an_error_with_the_vendors_words(account: Any) -> None:
    with pytest.raises(Refused, match=r"\(KEY_INVALID_CHARACTERS\)"):
        await account.create("env", "A-B", {"target": ["production"], "value": "x"})


@pytest.mark.trap("vercel", "3: an edit of the comment alone moves `updatedAt` too; after our own it is no drift")
async def test_our_own_edit_of_a_sensitive_variable_is_no_opaque_drift(account: Any, site: Site) -> None:
    site.desire([sample("SECRET", type="sensitive", value=SECRET)])
    await site.apply()
    account.clock.advance(60)
    site.desire([sample("SECRET", type="sensitive", value=SECRET, comment="why")])
    await site.apply()
    plan = await site.plan()
    assert (plan.changes, plan.drift) == ((), ())


@pytest.mark.trap("vercel", "3: which record `upsert` overrides is not known, so a record is changed by its id")
@pytest.mark.trap("vercel", "3: the CLI says `visibility` where the documents say `type`")
async def test_neither_upsert_nor_what_only_the_cli_sends_is_ever_sent(account: Any, site: Site) -> None:
    urls = []
    inner = account.wire.inner.handle_async_request

    async def note(request: Any) -> Any:
        urls.append((request.method, str(request.url), await request.aread()))
        return await inner(request)

    account.wire.inner.handle_async_request = note
    site.desire([sample("A", value="x"), sample("B", type="sensitive", value=SECRET)])
    await site.apply()
    site.desire([sample("A", value="y"), sample("B", type="sensitive", value=SECRET, comment="c")])
    await site.apply()
    assert not [url for _, url, _ in urls if "upsert" in url]
    assert not [body for _, _, body in urls if b"visibility" in body]
    assert len([1 for method, _, _ in urls if method == "PATCH"]) == 2
