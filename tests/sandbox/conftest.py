"""A vendor with a simulator, and a project that uses it twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

import pytest

from reconciler import External, Kind, ProviderSettings, SandboxRequest, SandboxService, Secret, SetOf, TokenSettings
from reconciler.discover import Catalog
from reconciler.load.project import Project
from reconciler.testing import project_of


class SchoolSettings(TokenSettings):
    pass


class Pupil(Kind, collection="pupils", identity="name", provider="school"):
    settings: ClassVar[type[ProviderSettings]] = SchoolSettings
    courses: SetOf[Annotated[str, External("courses", "create the course")]] = frozenset()
    password: Secret | None = None


class SimulatedSchool:
    """Counts who is up, and keeps a file while it is."""

    def __init__(self, request: SandboxRequest, log: list[str]) -> None:
        self.request = request
        self.log = log

    async def __aenter__(self) -> SandboxService:
        name = self.request.instance
        if name == "broken":
            raise RuntimeError("no room for another school")
        (self.request.workdir / "state").write_text(name)
        self.log.append(f"up {name}")
        token: Any = self.request.settings.secrets()["token"]
        return SandboxService(f"school {name}", {token.name: f"it's {name}", "SCHOOL_API_URL": "http://127.0.0.1:1"})

    async def __aexit__(self, *exc: Any) -> None:
        self.log.append(f"down {self.request.instance}")


@pytest.fixture
def log() -> list[str]:
    return []


@pytest.fixture
def requests() -> list[SandboxRequest]:
    return []


@pytest.fixture
def catalog(log: list[str], requests: list[SandboxRequest]) -> Catalog:
    class School:
        @classmethod
        def sandbox(cls, request: SandboxRequest) -> SimulatedSchool:
            requests.append(request)
            return SimulatedSchool(request, log)

    class Bare:
        async def connect(self) -> Self:
            return self

    class Plain(Kind, collection="plains", identity="name", provider="bare"):
        settings: ClassVar[type[ProviderSettings]] = ProviderSettings

    return Catalog.of([Pupil, Plain], {"school": School, "bare": Bare})


@pytest.fixture
def project(tmp_path: Path, catalog: Catalog) -> Callable[..., Project]:
    def make(**providers: dict[str, Any]) -> Project:
        return project_of(
            tmp_path,
            {
                "pupils": {
                    "ana": {"courses": ["B", "A"], "lifecycle": {"provider": "north"}},
                    "bo": {"courses": ["C"], "password": {"secret": "BO_PASSWORD"}, "lifecycle": {"provider": "south"}},
                }
            },
            catalog=catalog,
            providers=providers
            or {
                "north": {"type": "school", "token": {"secret": "NORTH_TOKEN"}},
                "south": {"type": "school", "token": {"secret": "SOUTH_TOKEN"}},
                "bare": {},
            },
        )

    return make
