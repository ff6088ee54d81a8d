"""Dashboards: widgets by title, ids that stay, and dashboards that are not ours."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from reconciler import Refused
from reconciler_sentry.models import Dashboard

COUNT = {"aggregates": ["count()"]}
TREND = {"title": "Trend", "displayType": "line", "queries": [COUNT]}
TABLE = {"title": "Table", "displayType": "table", "queries": [{"columns": ["title"], **COUNT}]}
PATH = "/organizations/ai-gurus/dashboards/"


@pytest.mark.trap("sentry", "10: widgets keep their identity by id, and those left out of a PUT are removed")
async def test_an_update_keeps_the_ids_of_widgets_and_what_is_not_managed(account: Any) -> None:
    live = await account.create("dashboards", "d", {"title": "Errors", "widgets": [TREND, TABLE]})
    before = {w["title"]: w for w in account.kept("dashboards", title="Errors")["widgets"]}
    before["Trend"]["thresholds"] = {"max_values": {"max1": 5}, "unit": ""}
    changed = [{**TABLE, "limit": 3}, {**TREND, "title": "New"}]
    await account.update(live, {"title": "Errors", "widgets": changed}, ["widgets"])
    after = {w["title"]: w for w in account.kept("dashboards", title="Errors")["widgets"]}
    assert set(after) == {"Table", "New"}
    assert (after["Table"]["id"], after["Table"]["limit"]) == (before["Table"]["id"], 3)
    assert after["Table"]["queries"][0]["id"] == before["Table"]["queries"][0]["id"]


async def test_an_update_of_the_period_leaves_every_widget(account: Any) -> None:
    live = await account.create("dashboards", "d", {"title": "Errors", "widgets": [TREND, TABLE]})
    before = account.kept("dashboards", title="Errors")["widgets"]
    before[0]["thresholds"] = {"max_values": {"max1": 5}, "unit": ""}
    await account.update(live, {"title": "Errors", "period": "30d"}, ["period"])
    kept = account.kept("dashboards", title="Errors")
    assert (kept["period"], kept["widgets"]) == ("30d", before)


@pytest.mark.trap(
    "sentry", "10: permissions are one object: the teams that may edit stay when only the other half is written"
)
async def test_teams_that_may_edit_stay(account: Any) -> None:
    live = await account.create("dashboards", "d", {"title": "Errors", "permissions": {"isEditableByEveryone": True}})
    account.kept("dashboards", title="Errors")["permissions"]["teamsWithEditAccess"] = [7]
    closed = {"title": "Errors", "permissions": {"isEditableByEveryone": False}}
    await account.update(live, closed, ["permissions"])
    kept = account.kept("dashboards", title="Errors")["permissions"]
    assert kept == {"isEditableByEveryone": False, "teamsWithEditAccess": [7]}


@pytest.mark.trap("sentry", "10: a title that is taken is a conflict")
async def test_a_title_that_is_taken_is_refused(account: Any) -> None:
    await account.create("dashboards", "d", {"title": "Errors"})
    with pytest.raises(Refused, match="409"):
        await account.create("dashboards", "other", {"title": "Errors"})


async def test_queries_show_their_columns_and_aggregates_unless_fields_say_otherwise(account: Any) -> None:
    chosen = {**TABLE, "title": "Chosen", "queries": [{"columns": ["title"], **COUNT, "fields": ["count()", "title"]}]}
    await account.create("dashboards", "d", {"title": "Errors", "widgets": [TABLE, chosen]})
    widgets = account.kept("dashboards", title="Errors")["widgets"]
    assert [w["queries"][0]["fields"] for w in widgets] == [["title", "count()"], ["count()", "title"]]


@pytest.mark.trap("sentry", "10: the list holds the whole organisation, prebuilt dashboards too")
async def test_dashboards_of_other_projects_and_of_sentry_itself_are_left_alone(account: Any) -> None:
    await account.api("POST", "/teams/ai-gurus/lms/projects/", {"name": "other", "default_rules": False}, 201)
    other = account.kept("projects", slug="other")
    await account.api("POST", PATH, {"title": "Of the other", "projects": [int(other["id"])]}, 201)
    own = int(account.kept("projects", slug="ai-gurus-lms")["id"])
    await account.api("POST", PATH, {"title": "Ours", "projects": [own]}, 201)
    await account.api("POST", PATH, {"title": "Anybody's"}, 201)
    await account.api("POST", PATH, {"title": "Prebuilt"}, 201)
    account.kept("dashboards", title="Prebuilt")["prebuiltId"] = 3
    assert set(await account.listed("dashboards")) == {"Ours", "Anybody's"}


@pytest.mark.trap("sentry", "10: the grid has six columns")
def test_widgets_are_told_apart_by_their_titles(account: Any) -> None:
    with pytest.raises(ValidationError, match="Trend is given to two"):
        Dashboard.model_validate({"widgets": [TREND, TREND]})
    beyond = {**TREND, "layout": {"x": 4, "y": 0, "w": 3, "h": 1, "minH": 1}}
    resource = account.resource("dashboards", "d", {"widgets": [beyond]})
    [(_, field, message, _)] = Dashboard.cross_check((resource,), account.harness.model_settings())
    assert (field, "ends in column 7 of 6" in message) == ("widgets", True)
