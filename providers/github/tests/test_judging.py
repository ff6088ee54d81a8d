"""What GitHub's refusals mean: a missing right by its name, a plan, a rate, another name."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from reconciler import CredentialRejected, NotFound, ProtocolError, Scope, Unavailable
from reconciler_github.sandbox.rights import ALL, Rights

RULESET = {"enforcement": "disabled"}
SECRET = {"value": {"secret": "NEXTAUTH_SECRET"}}


async def test_whoami_is_the_repository_by_name_and_number(account: Any) -> None:
    assert await account.provider.whoami() == Scope({"repository": "ai-gurus/production", "id": "4711"})


@pytest.mark.trap("github", "1 headers: the API version is pinned, and every request names its sender")
async def test_every_request_pins_the_version_and_names_itself(account: Any) -> None:
    await account.create("rulesets", "x", RULESET)
    await account.listed("actions_variables")
    seen: list[httpx.Headers] = []

    async def looking(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return await account.wire.inner.handle_async_request(request)

    provider = await account.connect(transport=httpx.MockTransport(looking))
    await provider.whoami()
    assert [(h["x-github-api-version"], h["accept"], h["user-agent"].partition("/")[0]) for h in seen] == [
        ("2022-11-28", "application/vnd.github+json", "reconciler")
    ]
    for headers, status in (({"x-github-api-version": "2099-01-01"}, 400), ({"user-agent": ""}, 403)):
        await account.api("GET", "/user", None, status, headers=headers)


@pytest.mark.trap("github", "1 paging: plain and wrapped lists, followed by the Link header")
async def test_every_page_is_read_of_plain_and_of_wrapped_lists(account: Any) -> None:
    for number in range(101):
        account.store.add_user(f"user-{number}")
        await account.on("PUT", f"/environments/e{number}", {})
    assert len([one async for one in account.provider.externals("reviewers") if "/user-" in one.name]) == 101
    assert len(await account.listed("environments")) == 101
    assert len(account.requests("GET")) == 1 + 2 + 1 + 2, "the repository; two pages, one page, two pages"


@pytest.mark.trap("github", "1 case: a repository is the same in any case")
async def test_the_name_of_the_repository_has_no_case(account: Any) -> None:
    other = await account.connect(repository="AI-Gurus/Production")
    assert (await other.whoami()).fields["repository"] == "ai-gurus/production"


@pytest.mark.trap("github", "1 case: a renamed repository answers 301")
async def test_a_renamed_repository_is_told_by_its_new_name(account: Any) -> None:
    account.store.old_name = "ai-gurus/lms-production"
    other = await account.connect(repository="ai-gurus/lms-production")
    with pytest.raises(CredentialRejected) as caught:
        await other.whoami()
    assert "ai-gurus/lms-production is now called ai-gurus/production" in caught.value.message
    assert "write `repository: ai-gurus/production`" in caught.value.fix
    with pytest.raises(ProtocolError, match="the repository has moved"):
        [one async for one in other.list("rulesets")]


async def test_a_repository_that_moved_out_of_sight_is_told_without_a_name(account: Any) -> None:
    def moved(request: httpx.Request) -> httpx.Response:
        known = request.url.path.startswith("/repositories/")
        target = "https://api.github.com/repositories/9"
        return (
            httpx.Response(404, json={"message": "Not Found"}) if known else httpx.Response(301, json={"url": target})
        )

    other = await account.connect(transport=httpx.MockTransport(moved))
    with pytest.raises(CredentialRejected, match="ai-gurus/production has another name now"):
        await other.whoami()


@pytest.mark.trap("github", "1 errors: 404 is also what a token without access is told")
async def test_a_repository_that_is_not_shown_is_a_matter_of_the_token(account: Any) -> None:
    for settings, environ in (
        ({"repository": "ai-gurus/other"}, {}),
        ({}, account.token(Rights(reads=frozenset(), writes=frozenset(), hides=True))),
    ):
        other = await account.connect(environ=environ, **settings)
        with pytest.raises(CredentialRejected, match="there is none, or GITHUB_TOKEN may not see it"):
            await other.whoami()


@pytest.mark.trap("github", "1 errors: 401 is a bad token")
async def test_a_wrong_token_and_none_at_all_are_told_apart(account: Any) -> None:
    other = await account.connect(environ={"GITHUB_TOKEN": "github_pat_wrong"})
    with pytest.raises(CredentialRejected, match=r"does not accept the credential .*: Bad credentials\n"):
        await other.whoami()
    account.harness.environ = {}


READS = [
    pytest.param("rulesets", "metadata", None, id="rulesets"),
    pytest.param("environments", "actions", "Actions: read", id="environments"),
    pytest.param("actions_variables", "variables", "Variables: read (actions_variables)", id="variables"),
    pytest.param("actions_secrets", "secrets", "Secrets: read", id="secrets"),
    pytest.param("actions_secrets", "environments", "Environments: read", id="secrets-of-environments"),
]


@pytest.mark.trap("github", "1 rights: what is missing is answered with 403 or with 404")
@pytest.mark.parametrize("hides", [pytest.param(False, id="403"), pytest.param(True, id="404")])
@pytest.mark.parametrize(("collection", "missing", "named"), READS)
async def test_a_token_that_may_not_list_is_told_the_right(
    account: Any, collection: str, missing: str, named: str | None, hides: bool
) -> None:
    await account.on("PUT", "/environments/production", {})
    rights = Rights(reads=ALL - {missing}, writes=frozenset(), hides=hides)
    reader = await account.connect(read_only=True, environ=account.token(rights))
    with pytest.raises(CredentialRejected) as caught:
        [one async for one in reader.list(collection)]
    assert f"give GITHUB_TOKEN {named or 'Metadata: read'}" in caught.value.fix
    assert "GET /repos/ai-gurus/production/" in caught.value.fix


WRITES = [
    pytest.param("rulesets", "x", RULESET, "administration", "Administration: write", id="rulesets"),
    pytest.param("environments", "x", {}, "administration", "Administration: write", id="environments"),
    pytest.param("actions_variables", "X", {"value": "1"}, "variables", "Variables: write", id="variables"),
    pytest.param("actions_secrets", "X", SECRET, "secrets", "Secrets: write (secrets)", id="secrets"),
]


@pytest.mark.parametrize("hides", [pytest.param(False, id="403"), pytest.param(True, id="404")])
@pytest.mark.parametrize(("collection", "handle", "fields", "missing", "named"), WRITES)
@pytest.mark.trap("github", "1 rights: each call needs a right of its own")
async def test_a_token_that_may_not_write_is_told_the_right_for_each_call(
    account: Any, collection: str, handle: str, fields: Any, missing: str, named: str, hides: bool
) -> None:
    live = await account.create(collection, handle, fields)
    before = account.store.state()
    weak = await account.connect(environ=account.token(Rights(writes=Rights().writes - {missing}, hides=hides)))
    with pytest.raises(CredentialRejected) as caught:
        await weak.create(account.sending(collection, f"{handle}2", fields))
    assert f"give GITHUB_TOKEN {named}" in caught.value.fix
    # A 404 to a delete is not taken for "already gone" while the object is there to be seen.
    with pytest.raises(CredentialRejected) as caught:
        await weak.delete(live)
    assert named in caught.value.fix
    assert account.store.state() == before


async def test_a_404_to_an_update_may_be_either(account: Any) -> None:
    live = await account.create("rulesets", "x", RULESET)
    weak = await account.connect(environ=account.token(Rights(writes=frozenset(), hides=True)))
    with pytest.raises(NotFound) as caught:
        await weak.update(account.change(live, {"enforcement": "active"}, ["enforcement"]))
    assert "it is gone, or GITHUB_TOKEN lacks Administration: write" in caught.value.fix


async def test_a_token_that_only_reads_plans(account: Any, desk: Any) -> None:
    wanted = {
        "rulesets/main": {"enforcement": "active"},
        "environments/production": {"reviewers": ["User/alice"]},
        "actions_variables/REGION": {"environment": "production", "value": "iad1"},
        "actions_secrets/TOKEN": {"environment": "production", **SECRET},
    }
    account.harness.environ = {**account.harness.environ, **account.token(Rights(writes=frozenset()))}
    desk.want(wanted)
    plan = await desk.plan()
    assert sorted(str(c.address) for c in plan.changes) == sorted(wanted)
    assert not [c for c in plan.changes if c.held]
    assert {status.status for status in plan.providers.values()} == {"ok"}


@pytest.mark.trap("github", "1 rates: exceeded is 403 or 429, told by retry-after or x-ratelimit-remaining 0")
@pytest.mark.parametrize(
    ("status", "headers"),
    [
        pytest.param(403, {"retry-after": "7"}, id="403-with-retry-after"),
        pytest.param(429, {"retry-after": "7"}, id="429-with-retry-after"),
        pytest.param(403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "7"}, id="403-with-nothing-remaining"),
    ],
)
async def test_a_rate_is_waited_for_and_no_missing_right(account: Any, status: int, headers: Any) -> None:
    left = [httpx.Response(status, json={"message": "You have exceeded a secondary rate limit."}, headers=headers)]

    async def limited(request: httpx.Request) -> httpx.Response:
        return left.pop() if left else await account.wire.inner.handle_async_request(request)

    provider = await account.connect(transport=httpx.MockTransport(limited))
    began = account.clock.monotonic()
    await provider.create(account.sending("rulesets", "x", RULESET))
    assert account.clock.monotonic() - began >= 7
    assert len(account.store.state()["rulesets"]) == 1


@pytest.mark.trap("github", "1 rates: 5000 an hour; what is used up for long is not waited out")
async def test_an_hour_that_is_used_up_is_not_waited_out(account: Any) -> None:
    await account.provider.whoami()
    account.simulated.used = 5000
    assert (await account.api("GET", "/rate_limit"))["rate"]["remaining"] == 0
    with pytest.raises(Unavailable, match="asks to wait"):
        await account.provider.whoami()
