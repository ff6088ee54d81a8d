"""The state of the simulated account: records by kind, their ids, and what saving and deleting does to others."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from reconciler_betterstack.sandbox.kinds import TOP
from reconciler_betterstack.sandbox.schema import Schema
from reconciler_betterstack.sandbox.validation import Invalid, cleaned

REFERS: Mapping[str, str] = {
    "policy_id": "policies",
    "expiration_policy_id": "policies",
    "fallback_policy_id": "policies",
    "monitor_group_id": "monitor_groups",
    "heartbeat_group_id": "heartbeat_groups",
    "policy_group_id": "policy_groups",
    "urgency_group_id": "urgency_groups",
    "status_page_group_id": "status_page_groups",
    "status_page_section_id": "sections",
}
FIRST_ID = 240_001


def stamp(moment: datetime) -> str:
    """Return a time as the API writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


@dataclass
class Record:
    """One stored object. `values` are its writable attributes; `extra` is what the server keeps beside them."""

    id: int
    schema: Schema
    values: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    parent: int | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Hooks:
    """What one kind does beyond its table. All may be left out.

    `check` gets (store, record or None, values after the write, written values) and returns errors by field; `save`
    runs before values are stored; `saved` afterwards; `show` completes a payload; `gone` runs after a delete.
    """

    check: Callable[[Store, Record | None, Mapping[str, Any], Mapping[str, Any]], Mapping[str, list[str]]] | None = None
    save: Callable[[Store, Record, dict[str, Any]], None] | None = None
    saved: Callable[[Store, Record, Mapping[str, Any]], None] | None = None
    show: Callable[[Store, Record, dict[str, Any], bool], None] | None = None
    gone: Callable[[Store, Record], None] | None = None


class Store:
    """All records of one simulated account."""

    def __init__(
        self,
        hooks: Mapping[str, Hooks],
        *,
        team: str,
        now: Callable[[], datetime],
        seed: int = 0,
        needs: Mapping[str, Any] | None = None,
        fill: Callable[[Store], None] = lambda _store: None,
    ) -> None:
        self.hooks = hooks
        self.team = team
        self.now = now
        self.seed = seed
        self.needs = dict(needs or {})
        self.base_url = "https://uptime.betterstack.com"
        self._fill = fill
        self.records: dict[str, dict[int, Record]] = {}
        self.domains: dict[str, int | None] = {}  # expiration policy by domain
        self.users: dict[str, int] = {}
        self.rotations: dict[int, Any] = {}
        self.metadata: dict[tuple[str, str, str], Any] = {}
        self.reset()

    def reset(self) -> None:
        """Start again with what a new account has, and what `needs` names."""
        self.records = {kind: {} for kind in (*TOP, "sections", "resources")}
        self.domains, self.users, self.rotations, self.metadata = {}, {}, {}, {}
        self._next = FIRST_ID
        self._fill(self)

    def new_id(self) -> int:
        """Return an id that was never used."""
        self._next += 1
        return self._next - 1

    def token(self, what: str) -> str:
        """Return a secret the server makes up, the same one for the same seed."""
        return hashlib.sha256(f"{self.seed}:{what}".encode()).hexdigest()[:24]

    def all(self, kind: str, parent: int | None = None) -> list[Record]:
        """Return the records of a kind in the order of their ids."""
        return [r for r in self.records[kind].values() if parent is None or r.parent == parent]

    def get(self, kind: str, record_id: Any, parent: int | None = None) -> Record | None:
        """Return one record, or None."""
        found = self.records[kind].get(int(record_id)) if str(record_id).isdecimal() else None
        return found if found and (parent is None or found.parent == parent) else None

    def create(self, schema: Schema, body: Mapping[str, Any], parent: int | None = None) -> Record:
        """Store a new record. Raises Invalid."""
        written = cleaned(schema, body, create=True)
        defaults = {name: copy.deepcopy(a.default) for name, a in schema.attributes.items()}
        now = self.now()
        record = Record(self.new_id(), schema, {}, now, now, parent)
        self._write(record, {**defaults, **written}, written, new=True)
        self.records[schema.kind][record.id] = record
        self._saved(record, written)
        return record

    def update(self, record: Record, body: Mapping[str, Any]) -> Record:
        """Change the written attributes. Raises Invalid, and then nothing has changed."""
        written = cleaned(record.schema, body, create=False)
        self._write(record, {**record.values, **written}, written, new=False)
        self._saved(record, written)
        return record

    def _write(self, record: Record, values: dict[str, Any], written: Mapping[str, Any], *, new: bool) -> None:
        hooks = self.hooks.get(record.schema.kind, Hooks())
        errors = dict(self._common_errors(record, values, written))
        if hooks.check:
            errors |= hooks.check(self, None if new else record, values, written)
        if errors:
            raise Invalid(errors)
        if hooks.save:
            hooks.save(self, record, values)
        record.values = values
        record.updated_at = self.now()

    def _common_errors(
        self, record: Record, values: Mapping[str, Any], written: Mapping[str, Any]
    ) -> Mapping[str, list[str]]:
        errors: dict[str, list[str]] = {}
        for name, kind in REFERS.items():
            if written.get(name) is not None and self.get(kind, written[name]) is None:
                errors[name.removesuffix("_id")] = ["must exist"]
        schema, identity = record.schema, record.schema.identity
        if schema.unique and any(
            other.values[identity] == values[identity] for other in self.all(schema.kind) if other is not record
        ):
            errors[identity] = ["has already been taken"]
        return errors

    def _saved(self, record: Record, written: Mapping[str, Any]) -> None:
        hooks = self.hooks.get(record.schema.kind, Hooks())
        if hooks.saved:
            hooks.saved(self, record, written)

    def delete(self, record: Record) -> None:
        """Remove a record; references to it become null."""
        del self.records[record.schema.kind][record.id]
        for name, kind in REFERS.items():
            if kind == record.schema.kind:
                for other in (o for group in self.records.values() for o in group.values()):
                    if other.values.get(name) == record.id:
                        other.values[name] = None
        hooks = self.hooks.get(record.schema.kind, Hooks())
        if hooks.gone:
            hooks.gone(self, record)

    def show(self, record: Record, *, listed: bool = False, created: bool = False) -> dict[str, Any]:
        """Return a record as a JSON:API object. Listings send some ids in another form than single replies."""
        schema = record.schema
        attributes: dict[str, Any] = {}
        for name, attribute in schema.attributes.items():
            if attribute.write_only:
                continue
            value = copy.deepcopy(record.values.get(name))
            as_text = attribute.text != listed
            if attribute.type == "reference" and value is not None:
                value = str(value) if as_text else value
            attributes[name] = value
        if schema.team:
            attributes["team_name"] = self.team
        if schema.moments:
            attributes |= {"created_at": stamp(record.created_at), "updated_at": stamp(record.updated_at)}
        hooks = self.hooks.get(schema.kind, Hooks())
        if hooks.show:
            hooks.show(self, record, attributes, listed)
        attributes |= record.extra.get("unannounced", {})  # what the vendor adds without notice
        kind = schema.created_type if created and schema.created_type else schema.type
        return {"id": str(record.id), "type": kind, "attributes": attributes}

    def state(self) -> dict[str, Any]:
        """Return every object by kind, write-only values included."""
        return {
            kind: [
                {"id": str(r.id), **({"parent": str(r.parent)} if r.parent else {}), "attributes": self._all_of(r)}
                for r in records.values()
            ]
            for kind, records in self.records.items()
        }

    def _all_of(self, record: Record) -> dict[str, Any]:
        hidden = {name: record.values.get(name) for name, a in record.schema.attributes.items() if a.write_only}
        shown: dict[str, Any] = self.show(record)["attributes"]
        return {**shown, **hidden}
