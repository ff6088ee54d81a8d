"""Status pages: what stands on them, in order, and what happens when a change is cut off half-way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import httpx
import pytest

from reconciler import AnswerLost, Unavailable, Unknown
from reconciler.testing import Fault
from reconciler_betterstack.convert.kinds import KINDS
from reconciler_betterstack.convert.page_plan import plan_page

PAGE = {"company_name": "Shop", "company_url": "https://shop.example.com", "timezone": "UTC"}
MONITOR = {"monitor_type": "status", "url": "https://shop.example.com/"}


def by_hand(name: str, **more: Any) -> dict[str, Any]:
    return {"public_name": name, "resource_type": "ManuallyTrackedItem", **more}


def shape(live: Any) -> list[tuple[str, list[str]]]:
    """Return section names with the names of their rows."""
    return [(s["name"], [r["public_name"] for r in s["resources"]]) for s in live.values["sections"]]


def sections(*layout: tuple[str, Sequence[str]]) -> list[dict[str, Any]]:
    return [{"name": name, "resources": [by_hand(row) for row in rows]} for name, rows in layout]


LAYOUTS = [
    pytest.param([], id="emptied"),
    pytest.param([("A", ["1", "2"]), ("B", ["3"])], id="same"),
    pytest.param([("B", ["3"]), ("A", ["1", "2"])], id="sections-swapped"),
    pytest.param([("A", ["2", "1"]), ("B", ["3"])], id="rows-swapped"),
    pytest.param([("A", ["1"]), ("B", ["3", "2"])], id="row-moved"),
    pytest.param([("B", ["3", "1", "2"])], id="section-gone-rows-kept"),
    pytest.param([("N", ["n"]), ("A", ["0", "1", "2"]), ("B", [])], id="inserted-before"),
    pytest.param([("C", ["1", "2"]), ("B", ["3"])], id="section-renamed"),
]


@pytest.mark.parametrize("layout", LAYOUTS)
async def test_a_page_becomes_what_is_written(account: Any, layout: list[tuple[str, Sequence[str]]]) -> None:
    start = {**PAGE, "sections": sections(("A", ["1", "2"]), ("B", ["3"]))}
    live = await account.create("status_pages", "shop", start)
    wanted = {**PAGE, "sections": sections(*layout)}
    after = await account.update(live, wanted, ["sections"])
    assert shape(after) == [(name, list(rows)) for name, rows in layout]
    writes = account.wire.writes
    await account.update(after, wanted, ["sections"])
    assert account.wire.writes == writes, "doing it again wrote something"


class Breaking(httpx.AsyncBaseTransport):
    """Lets some writes through, and loses the answer of every later one."""

    def __init__(self, inner: httpx.AsyncBaseTransport, allowed: int) -> None:
        self.inner = inner
        self.allowed = allowed

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self.inner.handle_async_request(request)
        if request.method != "GET":
            self.allowed -= 1
            if self.allowed < 0:
                raise httpx.ReadError("cut off after the effect", request=request)
        return response


@pytest.mark.parametrize("layout", LAYOUTS)
async def test_a_page_whose_change_was_cut_off_is_finished_by_doing_it_again(
    account: Any, layout: list[tuple[str, Sequence[str]]]
) -> None:
    start = {**PAGE, "sections": sections(("A", ["1", "2"]), ("B", ["3"]))}
    wanted = {**PAGE, "sections": sections(*layout)}
    for allowed in range(12):
        account.store.reset()
        live = await account.create("status_pages", "shop", start)
        broken = await account.connect(transport=Breaking(account.wire.inner, allowed))
        finished = False
        with suppress(AnswerLost, Unavailable):
            await broken.update(account.change(live, wanted, ["sections"]))
            finished = True
        seen = (await account.listed("status_pages"))["shop"]
        after = await account.update(seen, wanted, ["sections"])
        assert shape(after) == [(name, list(rows)) for name, rows in layout]
        if finished:
            break


@pytest.mark.trap("betterstack", "7: without fixed_position an insert shifts the siblings")
async def test_positions_are_fixed_so_that_siblings_do_not_move(account: Any) -> None:
    live = await account.create("status_pages", "shop", {**PAGE, "sections": sections(("A", ["1", "2", "3"]))})
    wanted = {**PAGE, "sections": sections(("A", ["1", "new", "2", "3"]))}
    await account.update(live, wanted, ["sections"])
    sent = [body for path, body in account.requests("POST") + account.requests("PATCH") if "status-pages/" in path]
    assert sent
    assert all(body["fixed_position"] is True for body in sent)
    assert sorted(r.values["position"] for r in account.store.all("resources")) == [0, 1, 2, 3]


@pytest.mark.trap("betterstack", "7: resource_id and resource_type are sent together")
async def test_only_the_differing_members_of_a_row_are_sent_type_and_id_together(account: Any) -> None:
    first = await account.create("monitors", "first", MONITOR)
    second = await account.create("monitors", "second", MONITOR)
    row = {"public_name": "Home", "resource": f"monitors/{first.id}", "explanation": "The shop"}
    live = await account.create("status_pages", "shop", {**PAGE, "sections": [{"name": "A", "resources": [row]}]})
    quiet = {**row, "explanation": ""}
    await account.update(live, {**PAGE, "sections": [{"name": "A", "resources": [quiet]}]}, ["sections"])
    assert account.requests("PATCH")[-1][1] == {"explanation": "", "fixed_position": True}
    other = {**quiet, "resource": f"monitors/{second.id}"}
    await account.update(live, {**PAGE, "sections": [{"name": "A", "resources": [other]}]}, ["sections"])
    assert account.requests("PATCH")[-1][1] == {
        "resource_type": "Monitor",
        "resource_id": int(second.id),
        "fixed_position": True,
    }


@pytest.mark.trap("betterstack", "7: a row's identity is what it shows")
async def test_a_row_is_found_again_by_what_it_shows(account: Any) -> None:
    monitor = await account.create("monitors", "first", MONITOR)
    row = {"public_name": "Home", "resource": f"monitors/{monitor.id}"}
    live = await account.create("status_pages", "shop", {**PAGE, "sections": [{"name": "A", "resources": [row]}]})
    row_id = account.store.all("resources")[0].id
    renamed = {**PAGE, "sections": [{"name": "B", "resources": [{**row, "public_name": "Homepage"}]}]}
    after = await account.update(live, renamed, ["sections"])
    assert [r.id for r in account.store.all("resources")] == [row_id]
    assert shape(after) == [("B", ["Homepage"])]


async def test_rows_of_a_section_that_does_not_write_them_are_left_alone(account: Any) -> None:
    live = await account.create("status_pages", "shop", {**PAGE, "sections": sections(("A", ["1"]), ("B", ["2"]))})
    wanted = {**PAGE, "sections": [{"name": "B"}, *sections(("A", []))]}
    after = await account.update(live, wanted, ["sections"])
    assert shape(after) == [("B", ["2"]), ("A", [])]


async def test_a_page_that_does_not_write_sections_keeps_them(account: Any) -> None:
    live = await account.create("status_pages", "shop", {**PAGE, "sections": sections(("A", ["1"]))})
    after = await account.update(live, {**PAGE, "history": 30}, ["history"])
    assert account.requests("PATCH")[-1][1] == {"history": 30}
    assert shape(after) == [("A", ["1"])]


@pytest.mark.trap("betterstack", "7: two live sections may have one name")
async def test_sections_of_one_name_are_unknown_and_not_merged(account: Any) -> None:
    live = await account.create("status_pages", "shop", {**PAGE, "sections": sections(("A", ["1"]))})
    await account.api("POST", f"/api/v2/status-pages/{live.id}/sections", {"name": "A"}, 201)
    seen = (await account.listed("status_pages"))["shop"]
    assert isinstance(seen.values["sections"], Unknown)
    assert "'A'" in seen.values["sections"].reason


async def test_rows_of_one_name_in_one_section_are_unknown(account: Any) -> None:
    live = await account.create("status_pages", "shop", {**PAGE, "sections": sections(("A", ["1"]))})
    body = {"resource_type": "ManuallyTrackedItem", "public_name": "1"}
    await account.api("POST", f"/api/v2/status-pages/{live.id}/resources", body, 201)
    assert isinstance((await account.listed("status_pages"))["shop"].values["sections"], Unknown)


@pytest.mark.trap("betterstack", "7: rows may show things that no other kind manages")
async def test_types_we_do_not_manage_keep_their_id(account: Any) -> None:
    rows = [
        {"public_name": "Logs", "resource_type": "LogsChart", "resource_id": 77},
        {"public_name": "Mail", "resource_type": "EmailIntegration", "resource_id": "78"},
    ]
    live = await account.create("status_pages", "shop", {**PAGE, "sections": [{"name": "A", "resources": rows}]})
    found = [(r["resource_type"], r["resource_id"]) for r in live.values["sections"][0]["resources"]]
    assert found == [("LogsChart", "77"), ("EmailIntegration", "78")]


@pytest.mark.trap("betterstack", "7: an empty text removes the custom domain")
async def test_an_empty_text_removes_the_custom_domain(account: Any) -> None:
    live = await account.create("status_pages", "shop", {**PAGE, "custom_domain": "status.example.com"})
    after = await account.update(live, {**PAGE, "custom_domain": None}, ["custom_domain"])
    assert account.requests("PATCH")[-1][1] == {"custom_domain": ""}
    assert "custom_domain" not in after.values


@pytest.mark.trap("betterstack", "7: a custom domain needs a DNS record, whose target is not confirmed")
async def test_a_custom_domain_needs_a_dns_record_and_the_plan_says_so(account: Any) -> None:
    preview = account.provider.preview(
        account.creation("status_pages", "shop", {**PAGE, "custom_domain": "s.example.com"})
    )
    assert "CNAME" in preview.notes[0]


@pytest.mark.trap("betterstack", "7: the password is write-only")
async def test_the_page_password_is_sent_and_never_read(account: Any) -> None:
    fields = {**PAGE, "password_enabled": True, "password": {"secret": "MONITOR_PASSWORD"}}
    live = await account.create("status_pages", "shop", fields)
    assert account.store.get("status_pages", live.id).values["password"] == "monitor-secret-value-2"
    assert "password" not in live.values
    assert "never returns" in KINDS["status_pages"].model.unimportable(live)


async def test_the_listing_of_pages_reads_sections_and_rows_of_each(account: Any) -> None:
    for name in ("one", "two"):
        await account.create("status_pages", name, {**PAGE, "sections": sections((name, ["1"]))})
    assert {n: shape(p) for n, p in (await account.listed("status_pages")).items()} == {
        "one": [("one", ["1"])],
        "two": [("two", ["1"])],
    }


async def test_a_page_of_which_the_sections_cannot_be_read_fails_the_listing(account: Any) -> None:
    await account.create("status_pages", "shop", PAGE)
    account.wire.arm(Fault.SERVER_ERROR)
    with pytest.raises(Exception, match="Better Stack"):
        await account.listed("status_pages")


def child(number: int, **attributes: Any) -> Mapping[str, Any]:
    return {"id": str(number), "attributes": attributes}


def test_rows_go_first_and_sections_last() -> None:
    live_sections = [child(1, name="Old", position=0)]
    live_rows = [
        child(10, resource_type="ManuallyTrackedItem", public_name="gone", status_page_section_id=1, position=0),
        child(11, resource_type="ManuallyTrackedItem", public_name="kept", status_page_section_id="1", position=1),
    ]
    plan = plan_page(sections(("New", ["kept"])), live_sections, live_rows)
    assert plan.drop_rows == ("10",)
    assert [(c.id, c.body["name"]) for c in plan.sections] == [(None, "New")]
    assert [(c.id, c.section) for c in plan.rows] == [("11", "New")]
    assert plan.drop_sections == ("1",)


def test_a_page_that_is_as_it_should_be_needs_no_call() -> None:
    live_sections = [child(1, name="A", position=0)]
    live_rows = [
        child(
            10,
            resource_type="Monitor",
            resource_id="5",
            public_name="Home",
            status_page_section_id=1,
            position=0,
            widget_type="history",
            brand_new=1,
        )
    ]
    wanted = [{"name": "A", "resources": ({"public_name": "Home", "resource": "monitors/5"},)}]
    assert plan_page(wanted, live_sections, live_rows).empty
