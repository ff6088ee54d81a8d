"""Listings over several pages: all of the items, or an error. Never a part of them, and never for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

from reconciler.errors import ProtocolError
from reconciler.http.answer import Answer
from reconciler.http.client import Headers, HttpClient, Params

MOST_PAGES = 10_000
LONGEST_NUMBER = 19  # digits; Python refuses to read one of some thousand
Pick: TypeAlias = "str | Callable[[Any], Any]"
"""Where something stands in a page: `pagination.next`, "" for the whole page, or a function of the parsed page."""


async def follow_next(
    client: HttpClient, path: str, *, params: Params = None, items: Pick, next_url: Pick, most: int = MOST_PAGES
) -> AsyncIterator[Any]:
    """Yield the items of every page, following the URL that each page names until it names none (null or "").

    Raises:
        ProtocolError: a page of another form, a `next` that was there before, one on another host, or too many pages.
    """
    async for item in _followed(client, path, params, items, lambda a: _text(client, path, a.json(), next_url), most):
        yield item


async def follow_link(
    client: HttpClient, path: str, *, params: Params = None, items: Pick = "", most: int = MOST_PAGES
) -> AsyncIterator[Any]:
    """Yield the items of every page, following the `rel="next"` of the `Link` header (RFC 8288).

    A link that says `results="false"` leads to an empty page, as Sentry's last one does, and is not followed.

    Raises:
        ProtocolError: as `follow_next`.
    """
    async for item in _followed(client, path, params, items, lambda answer: answer.link("next"), most):
        yield item


async def _followed(
    client: HttpClient, path: str, params: Params, items: Pick, following: Callable[[Answer], str], most: int
) -> AsyncIterator[Any]:
    seen: set[str] = set()
    target, query = path, params
    for _ in range(most):
        answer = await client.get(target, params=query)
        for item in _items(client, path, answer.json(), items):
            yield item
        target, query = following(answer), None
        if not target:
            return
        if target in seen:
            raise _stands_still(client, path)
        seen.add(target)
    raise _endless(client, path, most)


async def by_page(
    client: HttpClient,
    path: str,
    *,
    size: int,
    params: Params = None,
    items: Pick,
    page: str = "page",
    first: int = 1,
    most: int = MOST_PAGES,
) -> AsyncIterator[Any]:
    """Yield the items of numbered pages of `size`, until one has fewer. `page` is the name of the query parameter.

    Raises:
        ProtocolError: a page of another form, a page that repeats the one before, or too many pages.
    """
    before: Sequence[Any] = ()
    for number in range(first, first + most):
        body = (await client.get(path, params={**(params or {}), page: number})).json()
        found = _items(client, path, body, items)
        if found and found == before:
            raise _stands_still(client, path)
        for item in found:
            yield item
        if len(found) < size:
            return
        before = found
    raise _endless(client, path, most)


async def by_cursor(
    client: HttpClient,
    path: str,
    *,
    params: Params = None,
    items: Pick,
    cursor: Pick,
    parameter: str = "cursor",
    size: int | None = None,
    headers: Headers = None,
    most: int = MOST_PAGES,
) -> AsyncIterator[Any]:
    """Yield the items of every page, sending back the cursor that each page holds, until it is null or "".

    With `size`, a page of fewer items is the last one even if it holds a cursor.

    Raises:
        ProtocolError: a page of another form, a cursor that was there before, or too many pages.
    """
    seen: set[str] = set()
    query = dict(params or {})
    for _ in range(most):
        page = (await client.get(path, params=query, headers=headers)).json()
        found = _items(client, path, page, items)
        for item in found:
            yield item
        following = _text(client, path, page, cursor)
        if not following or (size is not None and len(found) < size):
            return
        if following in seen:
            raise _stands_still(client, path)
        seen.add(following)
        query[parameter] = following
    raise _endless(client, path, most)


async def numbered(
    client: HttpClient,
    path: str,
    *,
    params: Params = None,
    items: Pick,
    next_url: Pick,
    last_url: Pick,
    page: str = "page",
    most: int = MOST_PAGES,
) -> AsyncIterator[Any]:
    """Yield the items of every page in order, reading all but the first at the same time.

    The first page's `last_url` tells how many there are. Where it does not, or where the pages no longer fit together
    because something was added or removed meanwhile, the listing is read again one page after the other.

    Raises:
        ProtocolError: as `follow_next`.
    """
    query = dict(params or {})
    start = (await client.get(path, params={**query, page: 1})).json()
    if not _text(client, path, start, next_url):
        for item in _items(client, path, start, items):
            yield item
        return
    last = _number(_text(client, path, start, last_url), page)
    if last is not None and last > most:
        raise _endless(client, path, most)
    rest = await _all(client, path, query, page, last) if last else []
    pages = [start, *rest]
    more = [bool(_text(client, path, body, next_url)) for body in pages]
    agreed = all(_number(_text(client, path, body, last_url), page) == last for body in pages)
    if rest and agreed and all(more[:-1]) and not more[-1]:
        for body in pages:
            for item in _items(client, path, body, items):
                yield item
        return
    async for item in follow_next(client, path, params=params, items=items, next_url=next_url, most=most):
        yield item


async def _all(client: HttpClient, path: str, query: dict[str, Any], page: str, last: int) -> list[Any]:
    """Return pages 2 to `last`. The client's budget decides how many are under way; one failure ends them all."""

    async def read(number: int) -> Any:
        return (await client.get(path, params={**query, page: number})).json()

    tasks = [asyncio.ensure_future(read(number)) for number in range(2, last + 1)]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _number(url: str, page: str) -> int | None:
    """Return the page number in a URL's query, or None."""
    try:
        values = parse_qs(urlsplit(url).query).get(page, [])
    except ValueError:  # no URL: following it says so
        return None
    return int(values[-1]) if values and values[-1].isdecimal() and len(values[-1]) < LONGEST_NUMBER else None


def _items(client: HttpClient, path: str, page: Any, pick: Pick) -> Sequence[Any]:
    found = _picked(client, path, page, pick)
    if not isinstance(found, list | tuple):
        raise _misshapen(client, path)
    return found


def _text(client: HttpClient, path: str, page: Any, pick: Pick) -> str:
    """Return a cursor or URL as text; "" for null. Numbers are cursors too (Vercel's are milliseconds)."""
    found = _picked(client, path, page, pick)
    if found is None:
        return ""
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise _misshapen(client, path)
    return str(found)


def _picked(client: HttpClient, path: str, page: Any, pick: Pick) -> Any:
    try:
        if callable(pick):
            return pick(page)
        for part in pick.split(".") if pick else ():
            page = page[part]
    except (LookupError, TypeError, AttributeError, ValueError):
        raise _misshapen(client, path) from None
    return page


def _misshapen(client: HttpClient, path: str) -> ProtocolError:
    return _protocol_error(client, path, "sent a page that is not of the documented form")


def _stands_still(client: HttpClient, path: str) -> ProtocolError:
    return _protocol_error(client, path, "sent a page that leads back to one already read")


def _endless(client: HttpClient, path: str, most: int) -> ProtocolError:
    return _protocol_error(client, path, f"has more than {most} pages")


def _protocol_error(client: HttpClient, path: str, what: str) -> ProtocolError:
    operation = f"GET {urlsplit(path).path}"
    return ProtocolError(
        f"{client.service} {what} ({operation}); nothing of this listing is used",
        fix="run it again; if it stays so, the API has changed",
        operation=operation,
    )
