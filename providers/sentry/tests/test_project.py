"""The project: what Sentry takes, keeps, forces and forgets."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from reconciler import CredentialRejected, NotFound, Refused, Unknown
from reconciler.testing import Account, FakeClock
from reconciler_sentry.models import SentryProject
from reconciler_sentry.sandbox.app import SentryApp, new_store

SLUG = "ai-gurus-lms"
PATH = "/projects/ai-gurus/ai-gurus-lms/"


async def the_project(account: Any) -> Any:
    return (await account.listed("sentry_project"))[SLUG]


async def made_so(account: Any, **fields: Any) -> Any:
    """Update the project to these fields, and return it as listed afterwards."""
    await account.update(await the_project(account), fields, fields)
    return await the_project(account)


@pytest.mark.trap("sentry", "2: creation is under a team, and without the alert that Sentry adds by default")
async def test_a_new_project_belongs_to_its_team_and_has_no_alert_of_its_own(on_simulator: Any) -> None:
    clock = FakeClock()
    store = new_store(project=None, now=clock.now, needs={"teams": ["lms"]})
    app = SentryApp(store, "sntrys_sandbox-0123456789abcdef")
    async with Account.open(on_simulator(app, clock), base_url="https://us.sentry.io/api/0", headers={}) as account:
        teams = {item.name: item.id async for item in account.provider.externals("teams")}
        live = await account.create("sentry_project", SLUG, {"teams": [teams["lms"]], "resolveAge": "1d"})
    assert live.values["teams"] == (teams["lms"],)
    assert live.values["resolveAge"] == 24
    assert store.all("workflows") == []
    assert [team["slug"] for team in store.all("teams")] == ["everybody", "lms"], "no personal team was made"


@pytest.mark.trap("sentry", "2: a project is made under a team, never with a personal team of the caller")
async def test_a_project_without_a_team_is_held_before_it_is_sent(account: Any) -> None:
    change = account.creation("sentry_project", SLUG, {"name": "LMS"})
    assert "under a team" in account.provider.preview(change).hold
    assert account.provider.preview(account.creation("sentry_project", SLUG, {"teams": ["1"]})).hold == ""
    with pytest.raises(Refused, match="under a team"):
        await account.create("sentry_project", SLUG, {"name": "LMS"})


@pytest.mark.trap("sentry", "2: a new project takes 50 characters of a name, an update 200")
async def test_a_long_name_is_written_in_two_steps(on_simulator: Any) -> None:
    clock = FakeClock()
    store = new_store(project=None, now=clock.now, needs={"teams": ["lms"]})
    app = SentryApp(store, "sntrys_sandbox-0123456789abcdef")
    async with Account.open(on_simulator(app, clock), base_url="https://us.sentry.io/api/0", headers={}) as account:
        [team] = [o.id async for o in account.provider.externals("teams") if o.name == "lms"]
        name = "The learning management system of AI Gurus, production"
        live = await account.create("sentry_project", SLUG, {"teams": [team], "name": name})
    assert len(name) > 50
    assert (live.values["name"], [p["name"] for p in store.all("projects")]) == (name, [name])


@pytest.mark.trap("sentry", "2: only what changes is sent")
async def test_an_update_leaves_what_it_does_not_name(account: Any) -> None:
    await account.api("PUT", PATH, {"sensitiveFields": ["iban"], "scrubIPAddresses": True})
    live = await made_so(account, resolveAge=48)
    assert live.values["sensitiveFields"] == ("iban",)
    assert live.values["scrubIPAddresses"] is True
    assert account.requests("PUT")[-1] == (f"/api/0{PATH}", {"resolveAge": 48})


@pytest.mark.trap("sentry", "2: sensitive and safe fields and allowed domains are sets, and keep their case")
@pytest.mark.parametrize("field", ["sensitiveFields", "safeFields", "allowedDomains"])
async def test_lists_of_the_project_have_no_order(account: Any, field: str) -> None:
    await account.api("PUT", PATH, {field: ["Zeta.example.com", "alpha.example.com"]})
    wanted = account.resource("sentry_project", SLUG, {field: ["alpha.example.com", "Zeta.example.com"]}).spec[field]
    assert (await the_project(account)).values[field] == wanted
    live = await made_so(account, **{field: ["alpha.example.com", "Zeta.example.com", "B.example.com"]})
    assert list(live.values[field]) == ["B.example.com", "Zeta.example.com", "alpha.example.com"]


@pytest.mark.trap("sentry", "2: relayPiiConfig is JSON as a text, and is compared by its meaning")
async def test_relay_config_is_equal_in_any_spelling(account: Any) -> None:
    written = SentryProject.model_validate({"relayPiiConfig": '{"b": [1],\n "a": {"x": true}}'}).expand().spec
    await account.api("PUT", PATH, {"relayPiiConfig": '{"a":{"x":true}, "b":[1]}'})
    assert (await the_project(account)).values["relayPiiConfig"] == written["relayPiiConfig"]
    live = await made_so(account, relayPiiConfig=None)
    assert "relayPiiConfig" not in live.values
    with pytest.raises(ValueError, match="no JSON"):
        SentryProject.model_validate({"relayPiiConfig": "rules: none"}).expand()


@pytest.mark.trap("sentry", "2: an empty list of allowed domains is refused")
def test_allowed_domains_are_never_empty() -> None:
    with pytest.raises(ValidationError, match="allowedDomains"):
        SentryProject.model_validate({"allowedDomains": []})


@pytest.mark.trap("sentry", "2: resolveAge is in hours, and null is kept as 0")
async def test_no_resolve_age_is_zero_hours(account: Any) -> None:
    assert (await made_so(account, resolveAge="7d")).values["resolveAge"] == 168
    live = await made_so(account, resolveAge=None)
    assert live.values["resolveAge"] == 0
    assert SentryProject.model_validate({"resolveAge": None}).expand().spec["resolveAge"] == 0


@pytest.mark.trap("sentry", "2: digest delays are 60 to 3600 seconds, the smaller one first")
@pytest.mark.parametrize("wrong", [{"digestsMinDelay": 59}, {"digestsMaxDelay": "2h"}], ids=["too-soon", "too-late"])
def test_digest_delays_have_bounds(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="digests"):
        SentryProject.model_validate(wrong)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"digestsMinDelay": 900, "digestsMaxDelay": 300}, "more than digestsMaxDelay"),
        ({"sensitiveFields": [f"{n:0200}" for n in range(21)]}, "4200 characters"),
        ({"slug": "another"}, "the instance manages ai-gurus-lms"),
    ],
    ids=["bounds-cross", "list-too-long", "another-project"],
)
@pytest.mark.trap("sentry", "2: sensitive fields have 4000 characters together; digest bounds must not cross")
def test_what_shows_only_across_fields_is_found(account: Any, fields: dict[str, Any], said: str) -> None:
    resource = account.resource("sentry_project", SLUG, fields)
    settings = account.harness.model_settings()
    assert any(said in message for _, _, message, _ in SentryProject.cross_check((resource,), settings))


@pytest.mark.trap("sentry", "2: the security token is returned in clear, and shown nowhere")
async def test_the_security_token_does_not_show(account: Any) -> None:
    kept = account.kept("projects", slug=SLUG)["settings"]["securityToken"]
    live = await the_project(account)
    assert live.values["securityToken"].reveal() == kept
    assert kept not in f"{live} {live!r}"


@pytest.mark.trap("sentry", "2: null deletes the default environment and the crash report setting")
async def test_null_clears_what_can_be_cleared(account: Any) -> None:
    live = await made_so(account, defaultEnvironment="production", storeCrashReports=5, subjectPrefix="[lms] ")
    assert (live.values["defaultEnvironment"], live.values["storeCrashReports"]) == ("production", 5)
    live = await made_so(account, defaultEnvironment=None, storeCrashReports=None, subjectPrefix=None)
    assert not {"defaultEnvironment", "storeCrashReports", "subjectPrefix"} & set(live.values)


@pytest.mark.trap("sentry", "2: settings of a person and of Seer, and sentry: options, are left alone")
@pytest.mark.trap("sentry", "2: what cannot be emptied or set by the API cannot be written")
@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"platform": ""},
        {"subjectTemplate": ""},
        {"groupingConfig": "x"},
        {"secondaryGroupingExpiry": 1},
        {"isBookmarked": True},
        {"seerScannerAutomation": True},
        {"options": {"sentry:sensitive_fields": "iban"}},
    ],
    ids=["name", "platform", "subject", "grouping", "grouping-expiry", "personal", "ai", "lower-cased-by-options"],
)
def test_the_model_refuses_what_sentry_ignores_or_refuses(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SentryProject.model_validate(wrong)


@pytest.mark.trap("sentry", "2: options are lines of one text, and addresses and releases are lower-cased")
async def test_options_are_written_as_lists_and_kept_as_lines(account: Any) -> None:
    options = {"filters:blacklisted_ips": ["2001:DB8::1", "10.0.0.1"], "filters:error_messages": ["Load failed", "B*"]}
    live = await made_so(account, options=options)
    kept = account.kept("projects", slug=SLUG)["options"]
    assert kept["filters:blacklisted_ips"] == "10.0.0.1\n2001:db8::1"
    assert kept["filters:error_messages"] == "B*\nLoad failed"
    assert live.values["options"]["filters:blacklisted_ips"] == ("10.0.0.1", "2001:db8::1")
    assert account.resource("sentry_project", SLUG, {"options": options}).spec["options"][
        "filters:blacklisted_ips"
    ] == ("10.0.0.1", "2001:db8::1")


@pytest.mark.trap("sentry", "2: three options need the plan")
async def test_filters_that_need_the_plan_say_so(account: Any) -> None:
    fields = {"options": {"filters:error_messages": ["Load failed"]}}
    change = account.change(await the_project(account), fields, fields)
    assert "depend on the plan" in " ".join(account.provider.preview(change).notes)
    account.store.features.discard("custom-inbound-filters")
    with pytest.raises(Refused, match="limit of the organisation's plan"):
        await account.provider.update(change)


@pytest.mark.trap("sentry", "2: highlightContext is replaced as a whole")
async def test_context_that_is_not_managed_stays(account: Any) -> None:
    await account.api("PUT", PATH, {"highlightContext": {"browser": ["name"], "user": ["id"]}})
    live = await made_so(account, highlightContext={"user": ["email"]})
    assert live.values["highlightContext"] == {"browser": ("name",), "user": ("email",)}


@pytest.mark.trap("sentry", "2: the filter of old browsers is called legacy-browsers, and is replaced as a whole")
async def test_inbound_filters_are_one_call_each_for_what_differs(account: Any) -> None:
    live = await made_so(account, filters={"legacy-browsers": ["ie", "opera"], "web-crawlers": True, "localhost": True})
    assert live.values["filters"]["legacy-browsers"] == ("ie", "opera")
    assert live.values["filters"]["localhost"] is True
    written = [path.rsplit("/", 2)[1] for path, _ in account.requests("PUT")]
    assert sorted(written) == ["legacy-browsers", "localhost"], "web-crawlers were on already"
    live = await made_so(account, filters={"legacy-browsers": ["edge"]})
    assert live.values["filters"]["legacy-browsers"] == ("edge",)


@pytest.mark.trap("sentry", "2: active is a list for legacy-browsers only")
async def test_a_filter_that_is_only_said_to_be_on_is_not_known(account: Any) -> None:
    account.kept("projects", slug=SLUG)["filters"]["legacy-browsers"] = True
    assert isinstance((await the_project(account)).values["filters"]["legacy-browsers"], Unknown)


@pytest.mark.trap("sentry", "2: the organisation may force scrubbing on")
async def test_an_update_returns_what_sentry_made_of_it(account: Any) -> None:
    account.store.required.add("dataScrubber")
    fields = {"dataScrubber": False}
    change = account.change(await the_project(account), fields, fields)
    assert "organisation may require" in " ".join(account.provider.preview(change).notes)
    assert (await account.provider.update(change)).values["dataScrubber"] is True


@pytest.mark.trap("sentry", "12: spike protection depends on the plan")
@pytest.mark.trap("sentry", "12: spike protection has no GET, and is read the other way round")
async def test_spike_protection_is_read_from_an_inverted_option(account: Any) -> None:
    assert (await the_project(account)).values["spikeProtection"] is True
    assert (await made_so(account, spikeProtection=False)).values["spikeProtection"] is False
    assert account.kept("projects", slug=SLUG)["options"]["quotas:spike-protection-disabled"] is True
    assert (await made_so(account, spikeProtection=True)).values["spikeProtection"] is True
    account.store.features.discard("spike-protection")
    with pytest.raises(Refused, match="plan"):
        await made_so(account, spikeProtection=False)


@pytest.mark.trap("sentry", "2: teams are joined and left one by one")
async def test_a_project_is_never_without_a_team_on_the_way(account: Any) -> None:
    team = await account.named("teams", "lms")
    live = await made_so(account, teams=[team])
    assert live.values["teams"] == (team,)
    moves = [s.method for s in account.wire.sent if "/teams/" in s.path and s.method != "GET"]
    assert moves == ["POST", "DELETE"]


@pytest.mark.trap("sentry", "2: a renamed project answers to its old slug")
async def test_whoami_tells_the_name_that_a_project_has_now(account: Any) -> None:
    await account.api("PUT", PATH, {"slug": "renamed"})
    assert (await account.provider.whoami()).fields == {"organization": "ai-gurus", "project": "renamed"}


@pytest.mark.trap("sentry", "2: a change of slug leaves a redirect")
async def test_a_redirect_to_a_renamed_project_says_what_to_write(account: Any) -> None:
    body = {"detail": {"code": "resource-moved", "message": "Resource has been moved", "extra": {"slug": "renamed"}}}
    moved = httpx.MockTransport(lambda request: httpx.Response(302, json=body))
    provider = await account.connect(transport=moved)
    with pytest.raises(Refused, match="renamed to renamed") as caught:
        await provider.whoami()
    assert not isinstance(caught.value, NotFound)
    assert "project: renamed" in caught.value.fix


async def test_an_organisation_that_is_not_there_says_what_to_check(account: Any) -> None:
    provider = await account.connect(organization="elsewhere", project="x")
    with pytest.raises(CredentialRejected, match="no organisation elsewhere") as caught:
        await provider.whoami()
    assert "`organization:`" in caught.value.fix


async def test_without_a_project_there_is_nothing_to_list_and_the_organisation_is_known(account: Any) -> None:
    provider = await account.connect(project="not-yet")
    assert (await provider.whoami()).fields == {"organization": "ai-gurus", "project": "not-yet"}
    for collection in ("sentry_project", "client_keys", "metric_monitors", "alerts", "dashboards"):
        assert [live async for live in provider.list(collection)] == []
    with pytest.raises(NotFound, match="has no project not-yet"):
        await provider.create(account.sending("client_keys", "k", {}))
