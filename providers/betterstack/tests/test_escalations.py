"""Escalation policies and urgencies: what the server fills in, and what is always sent."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import Refused, SecretValue, Unknown
from reconciler_betterstack.convert.policies import metadata_sent, steps


@pytest.mark.trap("betterstack", "5: members come back with ids, addresses and nulls that nobody sent")
async def test_members_come_back_with_more_than_was_sent_and_only_what_is_written_counts(account: Any) -> None:
    urgency = await account.create("urgencies", "Loud", {"sms": True})
    step = {
        "type": "escalation",
        "urgency": urgency.id,
        "step_members": [{"type": "user", "email": "ops@example.com"}, {"type": "entire_team"}],
    }
    live = await account.create("escalations", "p0", {"steps": [step]})
    raw = (await account.api("GET", f"/api/v3/policies/{live.id}"))["data"]["attributes"]["steps"][0]
    assert set(raw["step_members"][0]) >= {"id", "email"}
    assert (raw["timezone"], raw["metadata_key"]) == (None, None)
    assert live.values["steps"] == (
        {
            "type": "escalation",
            "wait_before": 0,
            "urgency": urgency.id,
            "step_members": ({"type": "user", "email": "ops@example.com"}, {"type": "entire_team"}),
        },
    )


@pytest.mark.trap("betterstack", "5: a user is named by e-mail or id, never both")
async def test_a_user_is_sent_by_email_alone(account: Any) -> None:
    member = {"type": "user", "email": "ops@example.com"}
    await account.create("escalations", "p0", {"steps": [{"type": "escalation", "step_members": [member]}]})
    assert account.requests("POST")[-1][1]["steps"][0]["step_members"] == [member]


async def test_a_user_whose_address_is_not_told_is_unknown(account: Any) -> None:
    found = steps({"steps": [{"type": "escalation", "step_members": [{"type": "user", "id": 7, "email": None}]}]})
    assert found is not None
    assert isinstance(found[0]["step_members"][0]["email"], Unknown)


@pytest.mark.trap("betterstack", "5: steps are replaced as a whole")
async def test_steps_are_always_sent_as_a_whole(account: Any) -> None:
    first = {"type": "escalation", "step_members": [{"type": "current_on_call"}]}
    second = {"type": "instructions", "instructions_comment": "Call", "wait_before": 60}
    live = await account.create("escalations", "p0", {"steps": [first, second]})
    changed = {**second, "instructions_comment": "Write"}
    after = await account.update(live, {"steps": [first, changed]}, ["steps"])
    assert len(account.requests("PATCH")[-1][1]["steps"]) == 2
    assert after.values["steps"][1]["instructions_comment"] == "Write"


@pytest.mark.trap("betterstack", "5: the id may change with a PATCH")
async def test_the_id_of_an_update_is_taken_from_its_answer(account: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    live = await account.create("escalations", "p0", {"steps": []})
    record = account.store.get("policies", live.id)
    show = account.store.show

    def renumbered(shown: Any, **how: Any) -> Any:
        payload = show(shown, **how)
        return {**payload, "id": "999"} if shown is record else payload

    monkeypatch.setattr(account.store, "show", renumbered)
    assert (await account.update(live, {"steps": [], "repeat_count": 2}, ["repeat_count"])).id == "999"


@pytest.mark.trap("betterstack", "5: an empty list of steps is a silent policy")
async def test_a_silent_policy_has_an_empty_list_of_steps(account: Any) -> None:
    live = await account.create("escalations", "quiet", {"steps": []})
    assert live.values["steps"] == ()
    assert isinstance(live.outputs["incident_token"], SecretValue)


@pytest.mark.trap("betterstack", "5: a policy's name is unique")
async def test_two_policies_of_one_name_are_refused_by_the_server(account: Any) -> None:
    await account.create("escalations", "p0", {"steps": []})
    with pytest.raises(Refused, match="name has already been taken"):
        await account.create("escalations", "p0", {"steps": []})


@pytest.mark.trap("betterstack", "5: a severity is sent with all its flags")
async def test_an_urgency_is_updated_with_all_its_flags(account: Any) -> None:
    live = await account.create("urgencies", "Loud", {"call": True, "sms": True})
    after = await account.update(live, {"call": True, "sms": False}, ["sms"])
    assert account.requests("PATCH")[-1][1] == {
        "name": "Loud",
        "call": True,
        "sms": False,
        "email": True,
        "push": True,
        "critical_alert": False,
    }
    assert after.values["sms"] is False


def test_a_metadata_value_is_named_once() -> None:
    assert metadata_sent({"type": "User", "item_id": "3", "email": "a@b.c"}) == {"type": "User", "item_id": "3"}
    assert metadata_sent({"type": "User", "email": "a@b.c"}) == {"type": "User", "email": "a@b.c"}


@pytest.mark.trap("betterstack", "5: fields that do not belong to a step's type come back as null")
@pytest.mark.parametrize(
    ("step", "expected"),
    [
        pytest.param(
            {"type": "escalation", "wait_before": None, "wait_until_time": "08:00", "days": None, "step_members": []},
            {"type": "escalation", "wait_until_time": "08:00", "step_members": ()},
            id="waits-until-a-time",
        ),
        pytest.param(
            {"type": "time_branching", "days": ["sun", "mon"], "policy_id": 5, "instructions_reminder_enabled": False},
            {"type": "time_branching", "days": ("mon", "sun"), "policy": "5"},
            id="days-are-a-set-and-what-does-not-fit-is-left-out",
        ),
        pytest.param(
            {"type": "escalation", "id": 3, "urgency_id": 0, "step_members": [{"type": "policy", "id": 7}]},
            {"type": "escalation", "step_members": ({"type": "policy", "policy": "7"},)},
            id="a-member-policy-is-a-reference",
        ),
    ],
)
def test_a_step_is_read_in_the_shape_of_the_yaml(step: dict[str, Any], expected: dict[str, Any]) -> None:
    assert steps({"steps": [step]}) == (expected,)
