"""The calls for response headers, as routing rules of the project."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from reconciler import Answer, Live, NotFound, ProtocolError, Refused, Resource, Update
from reconciler_vercel.calls.place import Place
from reconciler_vercel.calls.publishing import Publisher, Rules
from reconciler_vercel.convert import headers as convert
from reconciler_vercel.models import HeaderRule


class HeaderCalls:
    """Routing rules of the instance's project that set response headers."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.publisher = Publisher(place)

    async def list(self) -> AsyncIterator[Live]:
        """Yield every live rule that sets response headers."""
        if self.place.settings.project is None:
            return
        for rule in await self.publisher.rules():
            if convert.sets_headers(rule):
                yield convert.to_live(rule)

    async def create(self, desired: Resource) -> Live:
        """Add a rule at the end, and publish it."""
        body = convert.new_rule(HeaderRule.identity_fields(desired.address.handle, desired.spec))

        async def stage(_: Rules) -> Answer:
            path = await self.publisher.path()
            sent = {"route": body, "position": {"placement": "end"}}
            return await self.place.client.post(path, params=self.place.query(), json=sent)

        def wanted(rules: Rules) -> Rules:
            there = next((rule for rule in rules if rule["name"] == body["name"]), None)
            if there is None:
                return [*rules, body]
            if convert.likeness(there) == convert.likeness(body):
                return rules  # made by a create whose answer was lost
            what = f"a routing rule {body['name']} is there already (id {there['id']})"
            raise Refused(what, fix="run plan: it shows what differs")

        return _named(await self.publisher.publish(wanted, stage), str(body["name"]))

    async def update(self, change: Update) -> Live:
        """Replace a rule by what it is with the fields that differ, and publish it."""
        fields, rule_id = change.changed(), change.live.id

        def body(rules: Rules) -> Mapping[str, Any]:
            there = next((rule for rule in rules if rule["id"] == rule_id), None)
            if there is None:
                raise NotFound(f"the routing rule {change.live.title} (id {rule_id}) is gone", fix="apply again")
            return convert.changed_rule(there, fields)

        async def stage(rules: Rules) -> Answer:
            path = await self.publisher.path(f"/{rule_id}")
            sent = {"route": body(rules)}
            return await self.place.client.patch(path, params=self.place.query(), json=sent)

        def wanted(rules: Rules) -> Rules:
            new = body(rules)
            return [new if rule["id"] == rule_id else rule for rule in rules]

        return _named(await self.publisher.publish(wanted, stage), str(fields.get("name") or change.live.title))

    async def delete(self, live: Live) -> None:
        """Take a rule away, and publish that; already gone counts as done."""

        async def stage(_: Rules) -> Answer:
            path = await self.publisher.path()
            return await self.place.client.delete(
                path, params=self.place.query(), json={"routeIds": [live.id]}, idempotent=False
            )

        await self.publisher.publish(lambda rules: [r for r in rules if r["id"] != live.id], stage)


def _named(rules: Rules, name: str) -> Live:
    """Return the rule of a name as it is live now."""
    for rule in rules:
        if rule["name"] == name and convert.sets_headers(rule):
            return convert.to_live(rule)
    raise ProtocolError(f"Vercel published the routing rule {name}, and does not show it", fix="run plan")
