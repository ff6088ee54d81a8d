"""Each thing a digest covers changes it; nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from reconciler import Generated, OutputRef, Resource, SecretRef
from reconciler.errors import Location
from reconciler.kind.shape import Shape
from reconciler.model import Address, Create, Delete, Live, Recorded, Update
from reconciler.plan.digest import with_digest

WHERE = Location("desired/widgets.yaml", 2, 3)
HERE: dict[str, Any] = {"environment": "production", "account": "team a", "shape": Shape(), "live": {"size": 1}}
A = Address("widgets", "a")


def wanting(**spec: Any) -> Resource:
    return Resource(A, "one", ("a",), {"size": 2, **spec}, WHERE)


RECORDED = Recorded(A, "one", "7", ("a",), {"size": 1}, "run-1")
BASE = Update(
    address=A, provider="one", why=(), revision="run-1", desired=wanting(), live=Live("widgets", "7", ("a",), {})
)
COMMON: dict[str, Any] = {"address": A, "provider": "one", "why": (), "revision": "run-1"}
COVERED = [
    pytest.param(BASE, BASE, {"environment": "staging"}, id="environment"),
    pytest.param(BASE, BASE, {"account": "team b"}, id="account"),
    pytest.param(BASE, BASE, {"live": {"size": 9}}, id="live-values"),
    pytest.param(BASE, replace(BASE, provider="two"), {}, id="instance"),
    pytest.param(BASE, replace(BASE, address=Address("widgets", "b")), {}, id="address"),
    pytest.param(BASE, replace(BASE, address=Address("gadgets", "a")), {}, id="kind"),
    pytest.param(BASE, replace(BASE, revision="run-2"), {}, id="revision"),
    pytest.param(BASE, replace(BASE, live=replace(BASE.live, id="8")), {}, id="live-id"),
    pytest.param(BASE, replace(BASE, desired=wanting(size=3)), {}, id="spec"),
    pytest.param(
        Create(**COMMON, desired=replace(wanting(), spec={})),
        Delete(**COMMON, live=replace(BASE.live, id=""), recorded=replace(RECORDED, spec={})),
        {},
        id="action",
    ),
]
LEAVES = [
    pytest.param(SecretRef("T"), SecretRef("T", 1), id="rotate"),
    pytest.param(SecretRef("T"), SecretRef("U"), id="secret-name"),
    pytest.param(OutputRef("groups/g", "url"), OutputRef("groups/g", "name"), id="output"),
    pytest.param(Generated(32), Generated(64), id="generated-size"),
    pytest.param(Generated(32), Generated(32, 1), id="generated-rotate"),
]


@pytest.mark.parametrize(
    ("one", "other", "there"),
    [
        *COVERED,
        *(
            pytest.param(
                replace(BASE, desired=wanting(token=a)), replace(BASE, desired=wanting(token=b)), {}, id=str(leaf.id)
            )
            for leaf in LEAVES
            for a, b in [leaf.values]
        ),
    ],
)
def test_a_digest_covers(one: Any, other: Any, there: dict[str, Any]) -> None:
    assert with_digest(one, **HERE).digest != with_digest(other, **{**HERE, **there}).digest
    assert with_digest(one, **HERE).digest == with_digest(one, **HERE).digest


def test_it_does_not_depend_on_what_is_not_managed(desk: Any) -> None:
    desk.want("a", size=2).had("a", size=1).sees("a", size=1, on=True)
    (before,) = desk.planned().plan.changes
    desk.lives[0] = replace(desk.lives[0], values={**desk.lives[0].values, "on": False})
    (after,) = desk.planned().plan.changes
    assert after.digest == before.digest


def test_a_live_text_in_a_secret_field_never_enters_it(desk: Any, secret: Callable[..., SecretRef]) -> None:
    found = set()
    for text in ("one live text of a secret", "quite another text of it"):
        desk.resources, desk.records, desk.lives = [], {}, []
        desk.want("a", size=2, token="literal").had("a", size=1, token="literal").sees("a", size=1, token=text)
        found.add(desk.planned().plan.changes[0].digest)
    assert len(found) == 1


def test_the_plan_digest_covers_its_changes(desk: Any) -> None:
    one = desk.want("a").planned().plan.digest
    assert desk.want("b").planned().plan.digest != one


def test_the_plan_digest_covers_the_providers_it_was_narrowed_to(desk: Any) -> None:
    desk.want("a")
    assert desk.planned().plan.digest != desk.planned(providers=("test",)).plan.digest
