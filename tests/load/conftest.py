"""Two provider types with a few kinds, and a desired/ tree that a test fills."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import pytest
from pydantic import Field

from reconciler.discover import Catalog
from reconciler.errors import InputError
from reconciler.kind.base import Expansion, Kind, OutputField, Part, written
from reconciler.kind.markers import KeyedBy, RefTo, Sugar, WriteOnly
from reconciler.kind.rules import NotBoth, RequiredIf
from reconciler.kind.settings import ProviderSettings, TokenSettings
from reconciler.kind.types import Handle, ListOf, OneOf, Output, Seconds, Secret, SetOf, Url
from reconciler.load.project import Project, load_project, validate_project
from reconciler.model import Address, Resource

ENVIRONMENT = """\
environment: production
providers:
  watch: {token: {secret: WATCH_TOKEN}}
  store: {}
"""


class Header(Part):
    name: str
    value: str | Secret


class Escalation(Part):
    type: Literal["call"]
    number: str


class Wait(Part):
    type: Literal["wait"]
    time: Seconds


class Monitor(Kind, collection="monitors", identity="name", provider="watch"):
    """A check of a URL."""

    settings = TokenSettings
    rules = (
        RequiredIf("keyword", {"kind": ("keyword",)}),
        NotBoth(("policy", "channel"), "a policy decides the channels"),
    )
    outputs: ClassVar = {"badge": OutputField("its badge")}

    url: Url
    name: str | None = None
    kind: Literal["status", "keyword", "ping"] | None = None
    keyword: str | None = None
    every: Annotated[Seconds, Field(ge=30, le=1800)] | None = None
    certificate: Annotated[int, OneOf(1, 7, 14)] | None = None
    failures: Annotated[int, Sugar()] | None = None
    confirm: Seconds | None = None
    regions: SetOf[Literal["us", "eu"]] | None = None
    policy: Annotated[Handle, RefTo("policies")] | None = None
    channel: str | None = None
    headers: Annotated[ListOf[Header], KeyedBy("name")] | None = None
    steps: ListOf[Annotated[Escalation | Wait, Field(discriminator="type")]] | None = None
    password: Annotated[Secret, WriteOnly()] | None = None
    version: str | None = None
    active: bool | None = None

    def expand(self) -> Expansion:
        """Turn failures into a confirmation period."""
        spec = written(self)
        failures = spec.pop("failures", None)
        if not isinstance(failures, int):
            return Expansion(spec)
        if failures > 5:
            raise ValueError("more than 5 failures cannot be confirmed")
        return Expansion({**spec, "confirm": failures * 60}, {"confirm": f"failures: {failures}"})


class Policy(Kind, collection="policies", identity="name", provider="watch"):
    """Who is told."""

    settings = TokenSettings
    removals = ("delete", "retain", "disable")
    name: str | None = None
    fallback: Annotated[Handle, RefTo("policies")] | None = None
    watched: ListOf[Annotated[Handle, RefTo("monitors", "buckets")]] | None = None

    @classmethod
    def cross_check(
        cls, resources: tuple[Resource, ...], settings: ProviderSettings
    ) -> Iterable[tuple[Address, str, str, str]]:
        """Refuse a policy named forbidden."""
        for resource in resources:
            if resource.address.collection == "policies" and resource.identity[0] == "forbidden":
                yield resource.address, "name", "forbidden is taken", "choose another"


class Bucket(Kind, collection="buckets", identity=("name", "region"), provider="store"):
    """A bucket."""

    settings = ProviderSettings
    outputs: ClassVar = {"url": OutputField("where it is"), "key": OutputField("its key", secret=True)}
    name: str | None = None
    region: str | None = None
    owner: Output | None = None
    key: str | Secret | None = None
    size: int | None = None
    mirrors: Annotated[ListOf[Header], Field(min_length=2)] | None = None


CATALOG = Catalog.of([Monitor, Policy, Bucket], {})


class Tree:
    """A desired/ folder under construction."""

    def __init__(self, root: Path) -> None:
        self.desired = root / "desired"
        self.desired.mkdir()
        self.file("environment.yaml", ENVIRONMENT)

    def file(self, name: str, text: str | bytes) -> Tree:
        path = self.desired / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return self

    def load(self) -> Project:
        """Load it both ways: `validate` and `plan` must not differ."""
        project = load_project(self.desired, CATALOG)
        assert validate_project(self.desired, CATALOG) == project
        return project

    def problems(self) -> list[str]:
        """Return `file:line:column: message` of every problem, which both ways must find."""
        found = []
        for load in (load_project, validate_project):
            with pytest.raises(InputError) as raised:
                load(self.desired, CATALOG)
            found.append([f"{p.where}: {p.message}" if p.where else p.message for p in raised.value.problems])
        assert found[0] == found[1]
        return found[0]

    def error(self) -> str:
        with pytest.raises(InputError) as raised:
            load_project(self.desired, CATALOG)
        return str(raised.value)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


@pytest.fixture
def catalog() -> Catalog:
    return CATALOG


@pytest.fixture
def kinds() -> dict[str, Any]:
    return {"monitors": Monitor, "policies": Policy, "buckets": Bucket}
