"""Rules as one would write them, judged on objects as one would write them: without engine, files or vendors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from reconciler.discover import Catalog, discover
from reconciler.errors import Location
from reconciler.kind.shape import shape_of
from reconciler.load.document import parse
from reconciler.load.policies import read_policies
from reconciler.load.problems import Problems
from reconciler.load.project import Project, load_project
from reconciler.model import ABSENT, Address, Finding, Resource, Rule
from reconciler.policy.document import Document, Source
from reconciler.policy.evaluate import evaluate
from reconciler.testing.kinds import MEMORY_KINDS
from reconciler.values import OutputRef, Unknown

ROOT = Path(__file__).parents[2]
CATALOG = Catalog.of(MEMORY_KINDS, {})
KINDS = {kind.collection: kind for kind in MEMORY_KINDS}


def rules_of(text: str, catalog: Catalog = CATALOG) -> tuple[Rule, ...]:
    """Return the rules in a text. It has to be right."""
    document, found = parse(text, "desired/policies/x.yaml")
    problems = Problems()
    problems.traps(found)
    rules = read_policies([document] if document else [], catalog, problems, None)
    assert [str(p) for p in problems.all()] == []
    return rules


def source(address: str, spec: Mapping[str, Any], live: Any = ABSENT, unread: str = "", **more: Any) -> Source:
    """Return an object: to be made, with these live values, or unread for this reason."""
    where = Location("desired/x.yaml", 3, 3)
    resource = Resource(Address.parse(address), "memory", ("x",), spec, where)
    return Source(resource, live, unread, **more)


def document_of(*sources: Source, outputs: Mapping[str, Any] | None = None) -> Document:
    """Return a document of these objects; `outputs` maps `groups/a.url` to what it comes to."""
    known = outputs or {}

    def resolve(ref: OutputRef) -> Any:
        return known.get(str(ref), Unknown("nobody knows"))

    return Document(tuple(sources), {name: shape_of(kind) for name, kind in KINDS.items()}, resolve)


@pytest.fixture
def judge() -> Callable[..., tuple[Finding, ...]]:
    """Judges objects by the text of rules: `judge(text, source, ...)`."""

    def judged(text: str, *sources: Source, outputs: Mapping[str, Any] | None = None) -> tuple[Finding, ...]:
        return evaluate(rules_of(text), document_of(*sources, outputs=outputs))

    return judged


@pytest.fixture
def thing() -> Callable[..., Source]:
    return source


@pytest.fixture
def rules() -> Callable[..., tuple[Rule, ...]]:
    return rules_of


@pytest.fixture(scope="session")
def production() -> Project:
    """The desired state of this repository."""
    return load_project(ROOT / "desired", discover())
