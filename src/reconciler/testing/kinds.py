"""The kinds of the in-memory provider: between them, one field of every form the core knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from reconciler.kind.base import Expansion, Kind, OutputField, Part, Removal, written
from reconciler.kind.markers import (
    Essential,
    External,
    Follows,
    KeyedBy,
    Never,
    RefTo,
    Replace,
    ServerDefault,
    Sugar,
    WriteOnly,
)
from reconciler.kind.rules import NotBoth, RequiredIf
from reconciler.kind.settings import ProviderSettings
from reconciler.kind.types import Handle, ListOf, OneOf, Output, Seconds, Secret, SetOf, Url
from reconciler.model import Address, Live, Resource

Region = Literal["us", "eu", "as", "au"]
_FAILURES = re.compile(r"^([1-9]) failures?$")


class MemorySettings(ProviderSettings):
    """Settings of an in-memory provider. `operator` is the person who may never be removed."""

    token: Secret | None = None
    operator: str | None = None


def _failures(value: str) -> str:
    if not _FAILURES.match(value):
        raise ValueError(f"{value!r} is not a number of failures; write 2 failures")
    return value


class Step(Part):
    """One step of a widget's list of steps."""

    type: Literal["email", "call", "wait"]
    wait: Annotated[Seconds, ServerDefault(0)] = 0
    target: Annotated[Handle, RefTo("groups", "people")] | None = None
    channels: SetOf[Literal["push", "sms"]] = frozenset()


class Header(Part):
    """One request header. The server keeps an id for each."""

    name: str
    value: str


class Route(Part):
    """One route; the first that matches wins."""

    pattern: str
    weight: Annotated[int, ServerDefault(1)] = 1


class Window(Part):
    """A daily window."""

    start: str
    end: str
    zone: Annotated[str, ServerDefault("UTC")] = "UTC"


class Group(Kind, collection="groups", identity="name", provider="memory"):
    """A parent: other objects name it, and take its outputs."""

    settings = MemorySettings
    outputs: ClassVar[Mapping[str, OutputField]] = {
        "url": OutputField("where the group is served"),
        "token": OutputField("lets its bearer write to the group", secret=True),
    }

    name: str = ""
    title: str | None = None
    parent: Annotated[Handle, RefTo("groups")] | None = None
    publish: Annotated[Literal["auto"] | None, Follows("entries")] = Field(
        None, description="auto: published again after entries were written"
    )


class Widget(Kind, collection="widgets", identity="name", provider="memory"):
    """Something that is watched, with one field of every form."""

    settings = MemorySettings
    rules = (
        NotBoth(("alert_after", "confirmation_period"), "alert_after is turned into a confirmation_period"),
        RequiredIf("keyword", when={"mode": ("keyword",)}),
    )

    name: str = ""
    url: Annotated[Url, Essential(), Field(description="What is watched.")]
    mode: Annotated[Literal["status", "keyword", "off"], ServerDefault("status")] = "status"
    keyword: str | None = None
    interval: Annotated[Seconds, OneOf(30, 60, 180, 300, 3600, 86400), ServerDefault(180)] = 180
    confirmation_period: Annotated[Seconds, ServerDefault(0)] = 0
    alert_after: Annotated[str, Sugar(), AfterValidator(_failures)] = "1 failure"
    paused: Annotated[bool, ServerDefault(False)] = False
    ratio: float | None = None
    notes: str | None = None
    slot: int | None = None
    regions: Annotated[SetOf[Region], ServerDefault(("eu", "us"))] = frozenset()
    labels: Mapping[str, str] = {}
    window: Window | None = None
    headers: Annotated[ListOf[Header], KeyedBy("name")] = ()
    routes: Annotated[ListOf[Route], KeyedBy("pattern", ordered=True)] = ()
    ports: ListOf[int] = ()
    steps: ListOf[Step] = ()
    api_key: Secret | None = None
    password: Annotated[Secret, WriteOnly()] | None = None
    group: Annotated[Handle, RefTo("groups")] | None = None
    owner: Annotated[Handle, RefTo("groups", "people")] | None = None
    channel: Annotated[str, External("channels", "invite the bot to the channel")] | None = None
    endpoint: str | Output | None = None
    placement: Annotated[str, Replace(), ServerDefault("anywhere")] = "anywhere"
    edition: Annotated[
        Literal["classic", "modern"], Never("the edition is chosen at birth"), ServerDefault("classic")
    ] = "classic"

    def expand(self) -> Expansion:
        """Turn `alert_after: 3 failures` into the confirmation period that three checks take."""
        spec = written(self)
        text = spec.pop("alert_after", None)
        if not isinstance(text, str):
            return Expansion(spec)
        failures = int(text.split()[0])
        return Expansion(
            {**spec, "confirmation_period": (failures - 1) * self.interval},
            {"confirmation_period": f"alert_after: {text}"},
        )

    @classmethod
    def cross_check(
        cls, resources: tuple[Resource, ...], settings: ProviderSettings
    ) -> Iterable[tuple[Address, str, str, str]]:
        """Refuse two widgets in one slot."""
        taken: dict[object, Address] = {}
        for resource in resources:
            slot = resource.spec.get("slot")
            if slot is not None and slot in taken:
                yield resource.address, "slot", f"slot {slot} is taken by {taken[slot]}", "choose another slot"
            taken.setdefault(slot, resource.address)

    @classmethod
    def unimportable(cls, live: Live) -> str:
        """Say that a mode this model does not know cannot be written."""
        mode = live.values.get("mode", "status")
        return "" if mode in ("status", "keyword", "off") else f"mode {mode} is not known"


class Vault(Kind, collection="vaults", identity="name", provider="memory"):
    """A store that holds data: never replaced, never deleted without an approval."""

    settings = MemorySettings
    data_bearing = True
    loses = "everything in the vault"
    outputs: ClassVar[Mapping[str, OutputField]] = {
        "address": OutputField("how to reach it, with its password", secret=True)
    }

    name: Annotated[str, Replace()] = ""
    size: Annotated[int, ServerDefault(1)] = 1
    key: Annotated[Secret, WriteOnly()] | None = None


class Entry(Kind, collection="entries", identity=("key", "scope"), provider="memory"):
    """A named value in one scope. A sensitive one is never read back."""

    settings = MemorySettings
    written_after = ("vaults",)

    key: str = ""
    scope: Literal["live", "test"]
    type: Annotated[Literal["plain", "sensitive"], ServerDefault("plain")] = "plain"
    value: str | Secret


class Person(Kind, collection="people", identity="email", provider="memory"):
    """Somebody with access. Removing takes the access away and keeps the person."""

    settings = MemorySettings
    on_remove = "disable"
    removals = ("delete", "retain", "disable")
    loses = "the person's access"

    email: str = ""
    full_name: str | None = None
    role: Annotated[Literal["admin", "member"], ServerDefault("member")] = "member"
    state: Annotated[Literal["active", "locked"], ServerDefault("active")] = "active"

    def expand(self) -> Expansion:
        """Say that a person who is listed is active, so that one who was disabled comes back."""
        return Expansion({**written(self), "state": self.state})

    @classmethod
    def alarming(cls, live: Live) -> str:
        """Name an active admin whom nothing desires."""
        return "an active admin who is not in desired/" if _active_admin(live) else ""

    @classmethod
    def guards(
        cls, removals: tuple[Removal, ...], live: tuple[Live, ...], settings: ProviderSettings
    ) -> Mapping[Address, str]:
        """Refuse to remove the operator, or the last active admin."""
        lost = {r.live.id: r.address for r in removals if _active_admin(r.live) and not _stays_admin(r.after)}
        admins = [person for person in live if _active_admin(person)]
        refused: dict[Address, str] = {}
        if admins and all(admin.id in lost for admin in admins):
            refused = dict.fromkeys(lost.values(), "it would leave no active admin")
        operator = settings.operator if isinstance(settings, MemorySettings) else None
        for removal in removals:
            stays = removal.after is not None and removal.after.spec.get("state", "active") == "active"
            if removal.live.values.get("email") == operator and not stays:
                refused[removal.address] = "this is the operator"
        return refused


def _active_admin(live: Live) -> bool:
    return live.values.get("role") == "admin" and not live.inactive


def _stays_admin(after: Resource | None) -> bool:
    return after is not None and after.spec.get("role", "admin") == "admin" and after.spec.get("state") != "locked"


MEMORY_KINDS: tuple[type[Kind], ...] = (Group, Widget, Vault, Entry, Person)
