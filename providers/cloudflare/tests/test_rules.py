"""CORS and lifecycle rules: whole lists, what is not there, and the rule that every bucket has."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import Address
from reconciler_cloudflare.sandbox.store import DEFAULT_RULE

RULE = {"allowed": {"methods": ["GET", "PUT", "HEAD"], "origins": ["https://learn.aigurus.com"]}}
EXPIRE = {
    "id": "expire",
    "conditions": {"prefix": "tmp/"},
    "deleteObjectsTransition": {"condition": {"type": "Age", "maxAge": "30d"}},
}


def cors(desk: Any, name: str = "data") -> Any:
    return desk.store.buckets["default", name].cors


def lifecycle(desk: Any) -> dict[str, Any]:
    return {rule["id"]: rule for rule in desk.store.buckets["default", "data"].lifecycle}


@pytest.mark.trap("cloudflare", "6: 404 with code 10059 is a bucket without CORS, not a missing bucket")
async def test_a_bucket_without_cors_reads_as_one_without_rules(account: Any) -> None:
    await account.dashboard("POST", "", {"name": "data"})
    await account.dashboard("GET", "/data/cors", status=404)
    live = (await account.listed("buckets"))["data"]
    assert (live.unknown, live.values["cors"]) == ("", ())


@pytest.mark.trap("cloudflare", "6: CORS is cleared with DELETE, and clearing what is not there is done")
async def test_an_empty_list_clears_the_rules(desk: Any) -> None:
    desk.want(data={"cors": [RULE]})
    await desk.applied()
    desk.want(data={"cors": []})
    change = await desk.change()
    cors(desk).clear()
    outcome = await desk.apply()
    assert [f.path for f in change.fields] == [("cors",)]
    assert {r.status for r in outcome.results} <= {"done", "already"}
    assert (await desk.plan()).changes == ()
    desk.want(data={"cors": [RULE]})
    await desk.applied()
    desk.want(data={"cors": []})
    await desk.applied()
    assert cors(desk) == []


@pytest.mark.trap("cloudflare", "6: DELETE of CORS where there is none may answer 10059")
async def test_clearing_cors_that_is_gone_meanwhile_is_done(account: Any) -> None:
    live = await account.create("buckets", "data", {"cors": [RULE]})
    await account.dashboard("DELETE", "/data/cors")
    assert (await account.update(live, {"cors": []}, ["cors"])).values["cors"] == ()


@pytest.mark.trap("cloudflare", "6: the server may fill in the id of a rule, so it is no key")
async def test_an_id_that_the_server_makes_up_is_no_difference(desk: Any) -> None:
    desk.store.fills_cors_ids = True
    desk.want(data={"cors": [RULE, {"allowed": {"methods": ["GET"], "origins": ["*"]}}]})
    await desk.applied()
    assert [rule["id"] for rule in cors(desk)] == ["rule-1", "rule-2"]


@pytest.mark.trap("cloudflare", "1: methods, origins and headers are sets")
async def test_the_order_within_a_rule_means_nothing(desk: Any) -> None:
    desk.store.reverses_sets = True
    desk.want(data={"cors": [{"allowed": {**RULE["allowed"], "headers": ["b", "a", "Content-Type"]}}]})
    await desk.applied()


@pytest.mark.trap("cloudflare", "1: PUT of CORS replaces the whole list")
async def test_a_rule_added_by_hand_is_drift_and_goes(desk: Any) -> None:
    desk.want(data={"cors": [RULE]})
    await desk.applied()
    cors(desk).append({"allowed": {"methods": ["GET"], "origins": ["*"]}})
    assert [d.type for d in (await desk.plan()).drift] == ["changed"]
    await desk.applied()
    assert len(cors(desk)) == 1


@pytest.mark.parametrize(
    "added",
    [
        pytest.param({"exposeHeaders": ["ETag"]}, id="exposed-headers"),
        pytest.param({"maxAgeSeconds": 3600}, id="age"),
        pytest.param({"allowed": {**RULE["allowed"], "headers": ["*"]}}, id="allowed-headers"),
    ],
)
@pytest.mark.trap("cloudflare", "6: headers, exposeHeaders and maxAgeSeconds are optional, and part of the whole rule")
async def test_what_is_not_written_in_a_rule_must_not_be_there(desk: Any, added: Any) -> None:
    desk.want(data={"cors": [RULE]})
    await desk.applied()
    cors(desk)[0].update(added)
    assert [d.type for d in (await desk.plan()).drift] == ["changed"]
    await desk.applied()
    assert cors(desk) == [{"allowed": {k: sorted(v) for k, v in RULE["allowed"].items()}}]


async def test_a_bucket_that_does_not_manage_cors_keeps_what_it_has(desk: Any) -> None:
    desk.want(data={"access": "private"})
    await desk.applied()
    cors(desk).append(RULE)
    assert (await desk.plan()).changes == ()
    desk.want(data={"access": "private", "storageClass": "InfrequentAccess"})
    await desk.applied()
    assert cors(desk) == [RULE]


@pytest.mark.trap("cloudflare", "6: propagation takes up to 30 s")
async def test_the_plan_says_how_long_browsers_may_see_old_rules(desk: Any) -> None:
    desk.want(data={"cors": [RULE]})
    await desk.applied()
    desk.want(data={"cors": [{**RULE, "maxAgeSeconds": 60}]})
    assert any("up to 30 s" in note for note in (await desk.change()).notes)


@pytest.mark.trap("cloudflare", "7: every new bucket has a rule that a PUT without it removes: it is carried over")
async def test_the_rule_of_every_new_bucket_is_carried_over_and_the_plan_says_so(desk: Any) -> None:
    desk.want(data={"lifecycle_rules": [EXPIRE]})
    assert any("is carried over" in note and "after 7 days" in note for note in (await desk.change()).notes)
    await desk.applied()
    assert set(lifecycle(desk)) == {DEFAULT_RULE, "expire"}
    desk.want(data={"lifecycle_rules": []})
    change = await desk.change()
    assert any(DEFAULT_RULE in note for note in change.notes)
    await desk.applied()
    assert set(lifecycle(desk)) == {DEFAULT_RULE}


@pytest.mark.trap("cloudflare", "7: the id of that rule is not documented: it is read")
async def test_the_rule_is_known_by_what_it_does_and_keeps_its_id(desk: Any) -> None:
    desk.want(data={"access": "private"})
    await desk.applied()
    (rule,) = desk.store.buckets["default", "data"].lifecycle
    rule["id"] = "called otherwise"
    desk.want(data={"lifecycle_rules": [EXPIRE], "abort_multipart_after": "1d"})
    await desk.applied()
    assert set(lifecycle(desk)) == {"called otherwise", "expire"}
    age = lifecycle(desk)["called otherwise"]["abortMultipartUploadsTransition"]["condition"]["maxAge"]
    assert age == 86_400


async def test_null_removes_the_rule_and_a_duration_brings_it_back(desk: Any) -> None:
    desk.want(data={"abort_multipart_after": None})
    await desk.applied()
    assert lifecycle(desk) == {}
    desk.want(data={"abort_multipart_after": "7d"})
    await desk.applied()
    (rule,) = lifecycle(desk).values()
    assert rule["abortMultipartUploadsTransition"] == {"condition": {"type": "Age", "maxAge": 604_800}}
    assert rule["conditions"] == {"prefix": ""}


async def test_only_the_rule_is_managed_where_only_it_is_written(desk: Any) -> None:
    desk.want(data={"access": "private"})
    await desk.applied()
    other = {"id": "by hand", "enabled": True, "conditions": {"prefix": "x/"}, "storageClassTransitions": []}
    desk.store.buckets["default", "data"].lifecycle.append(other)
    desk.want(data={"abort_multipart_after": "2d"})
    await desk.applied()
    assert lifecycle(desk)["by hand"] == other


async def test_a_declared_rule_with_the_id_of_that_rule_takes_its_place(desk: Any) -> None:
    desk.want(data={"lifecycle_rules": [{**EXPIRE, "id": DEFAULT_RULE}]})
    await desk.applied()
    assert set(lifecycle(desk)) == {DEFAULT_RULE}
    assert "abortMultipartUploadsTransition" not in lifecycle(desk)[DEFAULT_RULE]


async def test_both_are_there_when_a_declared_rule_has_that_id_and_an_age_is_written(desk: Any) -> None:
    desk.want(data={"lifecycle_rules": [{**EXPIRE, "id": DEFAULT_RULE}], "abort_multipart_after": "7d"})
    await desk.applied()
    assert len(lifecycle(desk)) == 2


@pytest.mark.trap("cloudflare", "7: maxAge is in seconds, where S3 has days")
async def test_days_are_sent_as_seconds(desk: Any) -> None:
    desk.want(data={"lifecycle_rules": [EXPIRE]})
    await desk.applied()
    assert lifecycle(desk)["expire"]["deleteObjectsTransition"] == {"condition": {"type": "Age", "maxAge": 2_592_000}}


@pytest.mark.trap("cloudflare", "7: lifecycle has no DELETE: rules go by being left out of a PUT")
async def test_a_rule_that_is_no_longer_listed_goes(desk: Any) -> None:
    cold = {
        "id": "cold",
        "enabled": False,
        "conditions": {"prefix": ""},
        "storageClassTransitions": [
            {"condition": {"type": "Date", "date": "2027-01-31T00:00:00Z"}, "storageClass": "InfrequentAccess"}
        ],
    }
    desk.want(data={"lifecycle_rules": [EXPIRE, cold]})
    await desk.applied()
    desk.want(data={"lifecycle_rules": [cold]})
    await desk.applied()
    assert set(lifecycle(desk)) == {DEFAULT_RULE, "cold"}
    assert "DELETE" not in {s.method for s in desk.site.harness.rim.sent}


@pytest.mark.trap("cloudflare", "7: dates are RFC 3339, in any spelling")
async def test_the_same_time_in_another_spelling_is_no_difference(desk: Any) -> None:
    expire = {**EXPIRE, "deleteObjectsTransition": {"condition": {"type": "Date", "date": "2027-01-31T00:00:00Z"}}}
    desk.want(data={"lifecycle_rules": [expire]})
    await desk.applied()
    condition = lifecycle(desk)["expire"]["deleteObjectsTransition"]["condition"]
    for spelling in ("2027-01-31T00:00:00.000Z", "2027-01-31T01:00:00+01:00", "2027-01-31"):
        condition["date"] = spelling
        assert (await desk.plan()).changes == ()


async def test_a_transition_added_to_a_rule_by_hand_is_drift(desk: Any) -> None:
    desk.want(data={"lifecycle_rules": [EXPIRE]})
    await desk.applied()
    abort = {"condition": {"type": "Age", "maxAge": 60}}
    lifecycle(desk)["expire"]["abortMultipartUploadsTransition"] = abort
    (drift,) = (await desk.plan()).drift
    path = ("lifecycle_rules", "expire", "abortMultipartUploadsTransition")
    assert (drift.address, [f.path for f in drift.fields]) == (Address("buckets", "data"), [path])
    await desk.applied()
    assert "abortMultipartUploadsTransition" not in lifecycle(desk)["expire"]


@pytest.mark.trap("cloudflare", "7: effects on objects that are there take about 24 h")
async def test_the_plan_says_when_lifecycle_rules_take_effect(desk: Any) -> None:
    desk.want(data={})
    await desk.applied()
    desk.want(data={"lifecycle_rules": [EXPIRE]})
    assert any("within about 24 h" in note for note in (await desk.change()).notes)


@pytest.mark.trap("cloudflare", "7: locks are not managed here, and stay as they are")
async def test_locks_stay_whatever_is_changed(account: Any) -> None:
    lock = {"id": "keep", "enabled": True, "condition": {"type": "Age", "maxAgeSeconds": 86_400}}
    live = await account.create("buckets", "data", {})
    await account.dashboard("PUT", "/data/lock", {"rules": [lock]})
    fields = {"storageClass": "InfrequentAccess", "lifecycle_rules": [EXPIRE], "cors": [RULE], "access": "public-dev"}
    await account.update(live, fields, list(fields))
    assert (await account.dashboard("GET", "/data/lock"))["rules"] == [lock]
