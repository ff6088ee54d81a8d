"""The calls for what stands on a status page: reading sections and rows, and making them as they should be."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler import Answer, HttpClient, NotFound, as_id, numbered
from reconciler_betterstack.convert import pages
from reconciler_betterstack.convert.fields import id_text
from reconciler_betterstack.convert.kinds import attributes_of
from reconciler_betterstack.convert.page_plan import plan_page

PAGES = "/api/v2/status-pages"
MOST_PER_PAGE = 250


async def listed(client: HttpClient, path: str, params: Mapping[str, Any] | None = None) -> list[Mapping[str, Any]]:
    """Return every object of a listing, all its pages, checked to be JSON:API objects with ids as text."""
    query = {"per_page": MOST_PER_PAGE, **(params or {})}
    found = numbered(client, path, params=query, items="data", next_url="pagination.next", last_url="pagination.last")
    return [_checked(item) async for item in found]


def _checked(item: Any) -> Mapping[str, Any]:
    return {"attributes": attributes_of(item), "id": as_id(item["id"])}


def data_of(answer: Answer) -> Mapping[str, Any]:
    """Return the object in an answer; its id is the one that counts from now on. Raises ProtocolError."""
    body = answer.json()
    return _checked(body.get("data") if isinstance(body, Mapping) else None)


async def read(client: HttpClient, page_id: str) -> Any:
    """Return the sections of a page in the shape of the YAML."""
    sections, rows = await _children(client, page_id)
    return pages.sections(sections, rows)


async def _children(client: HttpClient, page_id: str) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    base = f"{PAGES}/{page_id}"
    sections, rows = await asyncio.gather(listed(client, f"{base}/sections"), listed(client, f"{base}/resources"))
    return sections, rows


async def converge(client: HttpClient, page_id: str, wanted: Sequence[Mapping[str, Any]]) -> None:
    """Make the sections and rows of a page what `wanted` says, writing only what differs.

    What is there is read first, so that doing it again after an interruption finishes it. One call after the other:
    the order on the page depends on it.
    """
    plan = plan_page(wanted, *await _children(client, page_id))
    base = f"{PAGES}/{page_id}"
    for row_id in plan.drop_rows:
        await remove(client, f"{base}/resources/{row_id}")
    known = dict(plan.known)
    for section in plan.sections:
        known[section.name] = await _put(client, f"{base}/sections", section.id, section.body)
    for row in plan.rows:
        body = dict(row.body)
        if row.section:
            body["status_page_section_id"] = int(known[row.section])
        await _put(client, f"{base}/resources", row.id, body)
    for section_id in plan.drop_sections:
        await remove(client, f"{base}/sections/{section_id}")


async def _put(client: HttpClient, path: str, known_id: str | None, body: Mapping[str, Any]) -> str:
    """Create or change one child, and return its id."""
    if known_id is None:
        answer = await client.post(path, json=body)
    else:
        answer = await client.patch(f"{path}/{known_id}", json=body, idempotent=True)
    return str(data_of(answer)["id"])


async def remove(client: HttpClient, path: str) -> None:
    """Delete something; already gone counts as done."""
    try:
        await client.delete(path)
    except NotFound:
        return


async def take_off(client: HttpClient, kind: str, live_id: str) -> None:
    """Remove the rows that show an object from every status page: what a page does without it is not documented."""
    for page in await listed(client, PAGES):
        base = f"{PAGES}/{page['id']}/resources"
        for row in await listed(client, base):
            shown = row["attributes"]
            if shown.get("resource_type") == kind and id_text(shown.get("resource_id")) == live_id:
                await remove(client, f"{base}/{row['id']}")
