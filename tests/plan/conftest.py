"""Kinds and builders for planner tests: desired, recorded and live states in one line each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

import pytest

from reconciler import (
    Address,
    External,
    Handle,
    Kind,
    ListOf,
    Live,
    MayBeText,
    Never,
    OnlyAtCreation,
    Output,
    OutputField,
    Part,
    ProviderSettings,
    RefTo,
    Removal,
    Replace,
    Resource,
    Scope,
    Secret,
    SecretRef,
    SecretValue,
    SetOf,
    WriteOnly,
)
from reconciler.errors import Location
from reconciler.kind.markers import KeyedBy
from reconciler.model import Approval, Lifecycle, ProviderStatus, Recorded
from reconciler.plan.planner import Planned, make_plan
from reconciler.plan.state import Listing, Observation, PlanInput
from reconciler.values import Spec

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


class Step(Part):
    """One step."""

    action: str
    wait: int | None = None


class Header(Part):
    """One header."""

    name: str
    value: str | Output


class Hook(Part):
    """A part that holds a secret."""

    name: str
    url: str | None = None
    key: Secret | None = None
    note: Annotated[str | Secret | None, MayBeText()] = None


class Widget(Kind, collection="widgets", identity="name", provider="test"):
    """A thing."""

    settings = ProviderSettings
    name: str | None = None
    size: int | None = None
    on: bool | None = None
    tags: SetOf[str] | None = None
    words: ListOf[str] | None = None
    meta: Mapping[str, str] | None = None
    steps: ListOf[Step] | None = None
    headers: Annotated[ListOf[Header], KeyedBy("name")] | None = None
    vars: Mapping[str, Secret | str] | None = None
    hooks: Annotated[ListOf[Hook], KeyedBy("name")] | None = None
    calls: ListOf[Hook] | None = None
    columns: Annotated[ListOf[Header], KeyedBy("name", ordered=True)] | None = None
    group: Annotated[Handle, RefTo("groups")] | None = None
    link: Secret | str | None = None
    token: Secret | None = None
    hidden: Annotated[Secret | None, WriteOnly()] = None
    channel: Annotated[str, External("channels", create="connect it")] | None = None
    shape: Annotated[str | None, Replace()] = None
    fixed: Annotated[str | None, Never("the vendor forbids it")] = None
    place: Annotated[str | None, OnlyAtCreation()] = None


class Group(Kind, collection="groups", identity="name", provider="test"):
    """A parent."""

    settings = ProviderSettings
    outputs: ClassVar[Mapping[str, OutputField]] = {
        "url": OutputField("where it is"),
        "token": OutputField("what opens it", secret=True),
    }
    name: str | None = None
    size: int | None = None


class Vault(Kind, collection="vaults", identity="name", provider="test"):
    """Holds data."""

    settings = ProviderSettings
    data_bearing = True
    name: Annotated[str | None, Replace()] = None
    size: int | None = None
    key: Secret | None = None


class Person(Kind, collection="people", identity="name", provider="test"):
    """Somebody."""

    settings = ProviderSettings
    on_remove = "disable"
    removals = ("disable", "retain")
    name: str | None = None
    role: str | None = None

    @classmethod
    def alarming(cls, live: Live) -> str:
        return "an admin nobody declared" if live.values.get("role") == "ADMIN" else ""

    @classmethod
    def unimportable(cls, live: Live) -> str:
        return "ROBOT is no role that can be written" if live.values.get("role") == "ROBOT" else ""

    @classmethod
    def guards(
        cls, removals: tuple[Removal, ...], live: tuple[Live, ...], settings: ProviderSettings
    ) -> Mapping[Address, str]:
        admins = {one.id for one in live if one.values.get("role") == "ADMIN"}
        going = [r for r in removals if r.live.id in admins and (not r.after or r.after.spec.get("role") != "ADMIN")]
        return {r.address: "the last admin" for r in going} if admins and len(going) == len(admins) else {}


class Slot(Kind, collection="slots", identity=("name", "places"), provider="test"):
    """Something that has places of its own: no two of a name may share one."""

    settings = ProviderSettings
    name: str | None = None
    places: SetOf[str] = frozenset()
    value: Annotated[str | Secret | None, MayBeText()] = None
    form: Annotated[str | None, Replace(among=("open", "ajar"))] = None

    @classmethod
    def identify(cls, handle: str, spec: Spec) -> tuple[str, ...]:
        places: Any = spec.get("places", ())
        return str(spec.get("name", handle)), ",".join(sorted(places))

    @classmethod
    def collide(cls, one: tuple[str, ...], other: tuple[str, ...]) -> bool:
        return one[0] == other[0] and bool(set(one[1].split(",")) & set(other[1].split(",")))


KINDS: dict[str, type[Kind]] = {k.collection: k for k in (Widget, Group, Vault, Person, Slot)}


class Values:
    """SecretFacts over a dict; a fingerprint is the value behind a marker."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values

    def same(self, ref: SecretRef, live: str) -> bool | None:
        return None if ref.name not in self.values else self.values[ref.name] == live

    def as_applied(self, ref: SecretRef, fingerprint: str) -> bool | None:
        return fp(self.values[ref.name]) == fingerprint if ref.name in self.values else None

    def fingerprinted(self, value: str, fingerprint: str) -> bool | None:
        return fp(value) == fingerprint


_RECORDED = ("lifecycle", "fingerprints", "changed_at", "interrupted", "applied_at")
_LIVE = ("outputs", "pending", "created_at", "changed_at", "inactive", "unknown", "due_after")


def fp(value: str) -> str:
    return f"fp:{value}"


@dataclass
class Desk:
    """Builds one planning situation. Collections default to widgets."""

    resources: list[Resource] = field(default_factory=list)
    records: dict[Address, Recorded] = field(default_factory=dict)
    lives: list[Live] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)
    externals: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)

    def want(self, handle: str, kind: str = "widgets", lifecycle: Lifecycle | None = None, **spec: Any) -> Desk:
        full = KINDS[kind].identity_fields(handle, spec)
        address = Address(kind, handle)
        identity = KINDS[kind].identify(handle, full)
        where = Location(f"desired/{kind}.yaml", len(self.resources) + 2, 3)
        self.resources.append(Resource(address, "test", identity, full, where, lifecycle or Lifecycle()))
        return self

    def had(self, handle: str, kind: str = "widgets", live_id: str = "", **spec: Any) -> Desk:
        more = {"applied_at": NOW, **{k: spec.pop(k) for k in _RECORDED if k in spec}}
        full, address = KINDS[kind].identity_fields(handle, spec), Address(kind, handle)
        identity = KINDS[kind].identify(handle, full)
        self.records[address] = Recorded(address, "test", live_id or f"id-{handle}", identity, full, "run-1", **more)
        return self

    def sees(self, name: str, kind: str = "widgets", live_id: str = "", **values: Any) -> Desk:
        more = {k: values.pop(k) for k in _LIVE if k in values}
        full = {"name": name, **values}
        identity = KINDS[kind].identify(name, full)
        self.lives.append(Live(kind, live_id or f"id-{name}", identity, full, **more))
        return self

    def planned(self, **more: Any) -> Planned:
        listings = {
            ("test", kind): Listing(
                "test", kind, tuple(one for one in self.lives if one.kind == kind), self.unknown.get(kind, "")
            )
            for kind in KINDS
        }
        observation = Observation(
            listings,
            {("test", kind): names for kind, names in self.externals.items()},
            {"test": Scope({"team": "a"})},
            {"test": ProviderStatus("ok")},
        )
        given: dict[str, Any] = {
            "environment": "production",
            "commit": "c0",
            "now": NOW,
            "resources": tuple(sorted(self.resources, key=lambda r: r.address)),
            "records": dict(self.records),
            "kinds": KINDS,
            "observation": observation,
            "settings": {"test": ProviderSettings()},
            "secrets": Values(self.values),
            **self.options,
            **more,
        }
        return make_plan(PlanInput(**given))

    def shows(self, **more: Any) -> list[str]:
        """One line per change: `+ widgets/a`, `~ widgets/a size (drift)`, `held` at the end with the gates."""
        return [line(change) for change in self.planned(**more).plan.changes]


SIGNS = {"create": "+", "recreate": "+!", "update": "~", "delete": "-", "disable": "x"}


def line(change: Any) -> str:
    text = f"{SIGNS.get(change.action, change.action)} {change.address}"
    if change.action in ("update", "adopt"):
        text += "".join(f" {'.'.join(map(str, f.path))}:{f.cause}" for f in change.fields)
    if change.held:
        text += " HELD " + ",".join(h.gate for h in change.held)
    return text


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def secret() -> Callable[..., SecretRef]:
    return SecretRef


@pytest.fixture
def fingerprint() -> Callable[[str], str]:
    return fp


@pytest.fixture
def secret_value() -> Callable[..., SecretValue]:
    return SecretValue


@pytest.fixture
def approve() -> Callable[..., Approval]:
    def make(digest: str, until: str = "2026-12-31") -> Approval:
        return Approval(digest, "agreed", until)

    return make
