"""Widgets that cannot be written here: of a type that is not listed, without a title, or with the title of another."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.sandbox import call
from reconciler.testing import FakeClock, Sample
from reconciler.testing.site import Site
from reconciler_sentry.sandbox.app import SentryApp, new_store
from reconciler_sentry.sandbox.store import Object

TOKEN = "sntrys_sandbox-0123456789abcdef"
QUERY = {"aggregates": ["count()"], "fields": ["count()"]}
TREND = {"title": "Trend", "displayType": "line", "queries": [QUERY]}
NEWS = {"displayType": "funnel", "steps": [{"conditions": "a"}, {"conditions": "b"}]}
"""What became of a widget in a Sentry that is newer than its document."""
STRANGE = {
    "display": (NEWS, "widget Steps (displayType funnel)"),
    "data": ({"widgetType": "replays"}, "widget Steps (widgetType replays)"),
    "untitled": ({"title": ""}, "a widget without a title"),
    "twin": ({"title": "Trend"}, "widget Trend (another one has its title)"),
}


@dataclass
class Place:
    """A site over an organisation with one dashboard, whose second widget is strange."""

    site: Site
    app: SentryApp

    @property
    def board(self) -> Object:
        [board] = self.app.store.all("dashboards")
        return board

    def desire(self, **fields: Any) -> None:
        self.site.desire([Sample("dashboards/d", {"title": "Errors", "lifecycle": {"adopt": True}, **fields})])

    async def done(self) -> None:
        outcome = await self.site.apply()
        assert [r.status for r in outcome.results] == ["done"], outcome.results
        assert outcome.not_converged == ()
        assert (await self.site.plan()).changes == ()


async def place_with(on_simulator: Any, folder: Path, strange: dict[str, Any]) -> Place:
    clock = FakeClock()
    app = SentryApp(new_store(now=clock.now), TOKEN)
    body = {"title": "Errors", "widgets": [TREND, {**TREND, "title": "Steps"}]}
    headers = {"authorization": f"Bearer {TOKEN}"}
    answer = await call(app, "POST", "/api/0/organizations/ai-gurus/dashboards/", body, headers=headers)
    assert answer.status_code == 201
    made = Place(Site(on_simulator(app, clock), folder), app)
    made.board["widgets"][1].update(copy.deepcopy(strange))
    return made


@pytest.fixture(params=STRANGE)
async def place(on_simulator: Any, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    made = await place_with(on_simulator, tmp_path, STRANGE[request.param][0])
    yield made
    await made.site.harness.close()


@pytest.fixture
def told(request: pytest.FixtureRequest) -> str:
    return STRANGE[request.node.callspec.params["place"]][1]


@pytest.mark.trap("sentry", "10: types of widgets are an open list: an update of the title leaves a strange one alone")
async def test_the_title_of_a_dashboard_with_a_strange_widget_is_managed(place: Place, told: str) -> None:
    before = copy.deepcopy(place.board["widgets"])
    place.desire(title="All errors", lifecycle={"id": place.board["id"], "adopt": True})
    [change] = (await place.site.plan()).changes
    assert f"kept as it is, since nothing here can write it: {told}" in change.notes
    await place.done()
    assert (place.board["title"], place.board["widgets"]) == ("All errors", before)


@pytest.mark.trap("sentry", "10: a widget that cannot be written stays, whatever is done to the others")
@pytest.mark.parametrize("which", ["display", "data", "untitled"])
@pytest.mark.parametrize(
    "widgets",
    [
        pytest.param([{**TREND, "displayType": "bar"}], id="changed"),
        pytest.param([{"title": "New", "displayType": "table", "queries": [QUERY]}], id="replaced"),
        pytest.param([], id="all-removed"),
    ],
)
async def test_the_other_widgets_are_managed(
    on_simulator: Any, tmp_path: Path, which: str, widgets: list[dict[str, Any]]
) -> None:
    place = await place_with(on_simulator, tmp_path, STRANGE[which][0])
    strange = copy.deepcopy(place.board["widgets"][1])
    place.desire(widgets=widgets)
    await place.done()
    *ours, last = place.board["widgets"]
    assert [(w["title"], w["displayType"]) for w in ours] == [(w["title"], w["displayType"]) for w in widgets]
    assert last == strange
    await place.site.harness.close()


async def test_of_two_widgets_with_one_title_none_goes_unseen(on_simulator: Any, tmp_path: Path) -> None:
    place = await place_with(on_simulator, tmp_path, {"title": "Trend"})
    second = copy.deepcopy(place.board["widgets"][1])
    place.desire(widgets=[{**TREND, "displayType": "bar"}])
    await place.done()
    assert [w["displayType"] for w in place.board["widgets"]] == ["bar", "line"]
    place.desire(widgets=[])
    await place.site.apply()
    assert place.board["widgets"] == [second], "the plan showed one of them"
    [change] = (await place.site.plan()).changes
    assert [str(f.path[0]) for f in change.fields] == ["widgets"]
    await place.done()
    assert place.board["widgets"] == []
    await place.site.harness.close()


async def test_a_dashboard_with_a_strange_widget_is_not_imported_in_part(place: Place, told: str) -> None:
    place.site.desire(())
    imported = await place.site.imported()
    assert [why for what, why in imported.skipped if "Errors" in what] == [
        f"it holds {told}, which cannot be written here"
    ]


@pytest.mark.trap("sentry", "10: widgets are matched by title: one that takes the place of a strange one is held")
@pytest.mark.parametrize("which", ["display", "data"])
async def test_a_widget_with_the_title_of_a_strange_one_is_held(on_simulator: Any, tmp_path: Path, which: str) -> None:
    strange, told = STRANGE[which]
    place = await place_with(on_simulator, tmp_path, strange)
    before = copy.deepcopy(place.board)
    place.desire(widgets=[TREND, {**TREND, "title": "Steps", "displayType": "bar"}])
    [change] = (await place.site.plan()).changes
    [hold] = change.held
    assert told in hold.reason
    assert "delete that one in Sentry" in hold.next
    await place.site.apply()
    assert place.board == before
    await place.site.harness.close()


@pytest.mark.trap(
    "sentry", "10: what becomes of widgets that are left out of a PUT is unconfirmed, so they are looked for"
)
@pytest.mark.parametrize("fields", [{"period": "30d"}, {"widgets": []}], ids=["no-widgets-sent", "sent-by-id"])
async def test_a_widget_that_was_left_alone_and_is_gone_is_told(
    on_simulator: Any, tmp_path: Path, fields: dict[str, Any]
) -> None:
    place = await place_with(on_simulator, tmp_path, NEWS)
    inner = place.site.harness.rim.inner.handle_async_request

    async def forgetful(request: httpx.Request) -> httpx.Response:
        answer = await inner(request)
        if request.method == "PUT":
            place.board["widgets"] = []
        return answer  # type: ignore[no-any-return]

    place.site.harness.rim.inner.handle_async_request = forgetful
    place.desire(**fields)
    [result] = (await place.site.apply()).results
    assert result.status == "failed"
    assert "changed or removed widgets that it left alone" in str(result)
    assert "Steps" in str(result)
    await place.site.harness.close()


async def test_the_simulator_takes_no_type_that_is_not_documented(on_simulator: Any, tmp_path: Path) -> None:
    place = await place_with(on_simulator, tmp_path, NEWS)
    before = copy.deepcopy(place.board)
    path = f"/api/0/organizations/ai-gurus/dashboards/{place.board['id']}/"
    headers = {"authorization": f"Bearer {TOKEN}"}
    answer = await call(place.app, "PUT", path, {"widgets": before["widgets"]}, headers=headers)
    assert (answer.status_code, place.board) == (400, before)
    await place.site.harness.close()
