"""Listings: everything or an error."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from reconciler.errors import ProtocolError, Refused
from reconciler.http.pages import by_cursor, by_page, follow_link, follow_next, numbered

URL = "https://api.example.test/things"
SHAPE = {"items": "data", "next_url": "pagination.next"}


def listing(total, size, *, spoil=None):
    """Return a server with `total` numbered items in pages of `size`, whose bodies `spoil` may change."""
    asked = []

    async def answer(request):
        page = int(request.url.params.get("page", 1))
        asked.append(page)
        pages = max(1, -(-total // size))
        start = (page - 1) * size
        link = f"{URL}?page={{}}&size={size}"
        body = {
            "data": list(range(total))[start : start + size],
            "pagination": {"last": link.format(pages), "next": link.format(page + 1) if page < pages else None},
        }
        if spoil:
            spoil(page, body)
        await asyncio.sleep(0.05)
        return httpx.Response(200, json=body)

    return answer, asked


def gather(world, pages):
    async def collect():
        return [item async for item in pages]

    return world.run(collect())


@pytest.mark.parametrize("read", [follow_next, numbered])
@pytest.mark.parametrize("total", [0, 1, 50, 51, 250, 1000])
def test_every_item_comes_once_and_in_order(world, read, total):
    answer, asked = listing(total, 50)
    extra = {"last_url": "pagination.last"} if read is numbered else {}
    assert gather(world, read(world.client(answer), "/things", **SHAPE, **extra)) == list(range(total))
    assert sorted(asked) == list(range(1, max(1, -(-total // 50)) + 1))


def test_numbered_pages_are_read_at_the_same_time(world):
    answer, _ = listing(1000, 50)
    client = world.client(answer)
    assert len(gather(world, numbered(client, "/things", **SHAPE, last_url="pagination.last"))) == 1000
    assert world.elapsed < 20 * 0.05 / 2


def test_params_are_sent_with_every_numbered_page(world):
    seen = []

    async def answer(request):
        seen.append(dict(request.url.params))
        page = int(request.url.params["page"])
        pagination = {"last": f"{URL}?page=2", "next": f"{URL}?page=2" if page == 1 else None}
        return httpx.Response(200, json={"data": [page], "pagination": pagination})

    pages = numbered(world.client(answer), "/things", params={"size": 9}, **SHAPE, last_url="pagination.last")
    assert gather(world, pages) == [1, 2]
    assert seen == [{"size": "9", "page": "1"}, {"size": "9", "page": "2"}]


def _grown(page, body):
    if page == 3:
        body["pagination"]["last"] = f"{URL}?page=4"


def _shrank():
    pages = iter([1, 2, 3])

    def spoil(page, body):
        if next(pages, None) is not None and page == 2:
            body["pagination"]["next"] = None

    return spoil


def _no_number(page, body):
    body["pagination"]["last"] = f"{URL}?cursor=abc"


@pytest.mark.parametrize(
    "spoil", [_grown, _shrank(), _no_number], ids=["grew-meanwhile", "shrank-meanwhile", "no-page-number"]
)
def test_numbered_pages_that_do_not_fit_together_are_read_again_one_by_one(world, spoil):
    answer, asked = listing(150, 50, spoil=spoil)
    pages = numbered(world.client(answer), "/things", **SHAPE, last_url="pagination.last")
    assert gather(world, pages) == list(range(150))
    assert asked[-3:] == [1, 2, 3]


def test_a_failed_page_ends_the_listing_and_the_other_pages(world):
    answer, _ = listing(500, 50)

    async def failing(request):
        if request.url.params.get("page") == "4":
            return httpx.Response(422, json={"error": {"message": "no"}})
        return await answer(request)

    with pytest.raises(Refused):
        gather(world, numbered(world.client(failing), "/things", **SHAPE, last_url="pagination.last"))
    assert not asyncio.all_tasks(world.loop)


MISSHAPEN = [
    pytest.param([], id="a-list"),
    pytest.param(None, id="null"),
    pytest.param({"pagination": {"next": None}}, id="no-items"),
    pytest.param({"data": {"a": 1}, "pagination": {"next": None}}, id="items-are-no-list"),
    pytest.param({"data": []}, id="no-pagination"),
    pytest.param({"data": [], "pagination": None}, id="pagination-is-null"),
    pytest.param({"data": [], "pagination": {"next": True}}, id="next-is-no-text"),
]


@pytest.mark.parametrize("body", MISSHAPEN)
@pytest.mark.parametrize("read", [follow_next, numbered])
def test_a_page_of_another_form_is_a_protocol_error(world, read, body):
    answer, _ = world.script(httpx.Response(200, content=json.dumps(body)))
    extra = {"last_url": "pagination.last"} if read is numbered else {}
    with pytest.raises(ProtocolError, match=r"Example sent a page.*GET /things"):
        gather(world, read(world.client(answer), "/things", **SHAPE, **extra))


def test_a_next_that_leads_back_is_a_protocol_error(world):
    answer, _ = world.script(
        *(httpx.Response(200, json={"data": [1], "pagination": {"next": f"{URL}?page={page}"}}) for page in (2, 3, 2))
    )
    with pytest.raises(ProtocolError, match="leads back"):
        gather(world, follow_next(world.client(answer), "/things", **SHAPE))


def test_a_next_on_another_host_is_a_protocol_error_and_gets_no_token(world):
    body = {"data": [1], "pagination": {"next": "https://evil.test/things?page=2"}}
    answer, seen = world.script(httpx.Response(200, json=body))
    with pytest.raises(ProtocolError, match="another host"):
        gather(world, follow_next(world.client(answer), "/things", **SHAPE))
    assert {request.url.host for request in seen} == {"api.example.test"}


def test_an_endless_listing_ends(world):
    count = iter(range(10**6))
    answer, seen = world.script(
        lambda: httpx.Response(200, json={"data": [1], "pagination": {"next": f"{URL}?page={next(count)}"}})
    )
    with pytest.raises(ProtocolError, match="more than 20 pages"):
        gather(world, follow_next(world.client(answer), "/things", **SHAPE, most=20))
    assert len(seen) == 20


@pytest.mark.parametrize(("total", "requests"), [(0, 1), (49, 1), (50, 2), (120, 3)])
def test_pages_by_number_end_with_the_first_that_is_not_full(world, total, requests):
    answer, asked = listing(total, 50)
    assert gather(world, by_page(world.client(answer), "/things", size=50, items="data")) == list(range(total))
    assert len(asked) == requests


def test_a_page_number_that_the_server_ignores_is_a_protocol_error(world):
    answer, _ = world.script(httpx.Response(200, json=[1, 2]))
    with pytest.raises(ProtocolError, match="leads back"):
        gather(world, by_page(world.client(answer), "/things", size=2, items=lambda body: body))


def cursors(*pages):
    return [httpx.Response(200, json={"data": items, "next": cursor}) for items, cursor in pages]


CURSORS = [
    pytest.param([([1, 2], "a"), ([3], "b"), ([], None)], None, [1, 2, 3], id="until-null"),
    pytest.param([([1, 2], 17), ([3], "")], None, [1, 2, 3], id="number-and-empty-text"),
    pytest.param([([1, 2], "a"), ([3], "b")], 2, [1, 2, 3], id="until-a-short-page"),
]


@pytest.mark.parametrize(("pages", "size", "expected"), CURSORS)
def test_cursors_are_followed(world, pages, size, expected):
    answer, seen = world.script(*cursors(*pages))
    found = gather(world, by_cursor(world.client(answer), "/things", items="data", cursor="next", size=size))
    assert found == expected
    assert [request.url.params.get("cursor") for request in seen][:2] == [None, str(pages[0][1])]
    assert len(seen) == len(pages)


def test_a_cursor_that_does_not_advance_is_a_protocol_error(world):
    answer, _ = world.script(*cursors(([1], "a"), ([2], "a")))
    with pytest.raises(ProtocolError, match="leads back"):
        gather(world, by_cursor(world.client(answer), "/things", items="data", cursor="next"))


LINK = '<{url}?cursor={cursor}>; rel="{rel}"; results="{more}"; cursor="{cursor}"'


def linked(total, size, *, marked):
    """Return a server that names the next page in its Link header; `marked`: always, with `results`, as Sentry does."""

    async def answer(request):
        start = int(request.url.params.get("cursor", 0))
        more = start + size < total
        links = [LINK.format(url=URL, cursor=max(0, start - size), rel="previous", more="false")] if marked else []
        if more or marked:
            links.append(LINK.format(url=URL, cursor=start + size, rel="next", more=str(more).lower()))
        items = list(range(total))[start : start + size]
        return httpx.Response(200, json=items, headers={"link": ", ".join(links)} if links else {})

    return answer


@pytest.mark.parametrize("marked", [True, False], ids=["as-sentry", "as-github"])
@pytest.mark.parametrize("total", [0, 1, 50, 51, 120])
def test_links_in_the_header_are_followed_to_the_end(world, total, marked):
    pages = follow_link(world.client(linked(total, 50, marked=marked)), "/things")
    assert gather(world, pages) == list(range(total))


def test_a_link_that_leads_back_is_an_error(world):
    async def answer(request):
        return httpx.Response(200, json=[1], headers={"link": f'<{URL}?page=2>; rel="next"'})

    with pytest.raises(ProtocolError, match="leads back"):
        gather(world, follow_link(world.client(answer), "/things"))
