"""Walking a tree of values."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.values import SecretRef, leaves, secret_refs

REF = SecretRef("A")
TREES = [
    pytest.param("x", ["x"], id="a-leaf"),
    pytest.param(None, [None], id="none-is-a-leaf"),
    pytest.param({"a": {"b": 1}, "c": (2, [3])}, [1, 2, 3], id="in-the-order-written"),
    pytest.param({"a": {}, "b": (), "c": []}, [], id="what-is-empty-has-none"),
    pytest.param({REF: REF}, [REF], id="keys-are-none"),
    pytest.param(["text"], ["text"], id="text-is-whole"),
]


@pytest.mark.parametrize(("tree", "ends"), TREES)
def test_leaves_are_all_that_a_tree_holds(tree: Any, ends: list[Any]) -> None:
    assert list(leaves(tree)) == ends


def test_a_secret_is_found_at_any_depth_and_as_often_as_it_stands() -> None:
    tree = {"a": REF, "b": ({"c": [SecretRef("B"), "A"]}, REF)}
    assert list(secret_refs(tree)) == [REF, SecretRef("B"), REF]
