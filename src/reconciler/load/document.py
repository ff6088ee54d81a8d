"""One file's text to plain data and places: composed once by libyaml, then walked once.

Plain aliases (`*name`) are allowed, since every reader of the file sees what they stand for; their expansion is
bounded. Merge keys (`<<`), tags and several documents are refused: what is written is what is managed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import yaml
from yaml._yaml import CParser

from reconciler.errors import Location, Problem
from reconciler.load.places import Mark, Places
from reconciler.load.scalars import Trap, resolve
from reconciler.load.syntax import control_character, syntax_problem
from reconciler.values import Path, path_text

DEEPEST = 100
MORE_BY_ALIASES = 10_000  # values that aliases may add to those written
_PLAIN, _TEXT, _COLLECTION = "plain", "text", "collection"
_OURS = (_PLAIN, _TEXT, _COLLECTION)


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was read. `refused` holds the paths whose value is a trap; the data has the text there."""

    file: str
    data: Any
    places: Places
    refused: frozenset[Path] = frozenset()


class _TooDeep(yaml.YAMLError):
    problem = f"nested deeper than {DEEPEST} levels"


class _Composer(CParser):
    """libyaml's parser with the cheapest resolver: it only tells plain scalars from quoted ones."""

    depth = 0
    nodes = 0

    def descend_resolver(self, parent: object, index: object) -> None:
        # Called before each node is composed: composing recurses in C, where no limit of Python's own holds.
        self.depth += 1
        self.nodes += 1
        if self.depth > DEEPEST:
            raise _TooDeep

    def ascend_resolver(self) -> None:
        self.depth -= 1

    def resolve(self, kind: type[yaml.Node], value: object, implicit: tuple[bool, bool]) -> str:
        if kind is not yaml.ScalarNode:
            return _COLLECTION
        return _PLAIN if implicit[0] else _TEXT


def parse(
    text: str, file: str, *, as_text: Callable[[Path], bool] | None = None
) -> tuple[Document | None, list[Problem]]:
    """Return the document of a file's text, None when it cannot be read at all, and what is wrong with it.

    Where `as_text` holds for a path, an unquoted scalar is text, whatever it looks like.
    """
    bad = control_character(text, file)
    if bad:
        return None, [bad]
    try:
        composer = _Composer(text)
        root = composer.get_single_node()
    except _TooDeep as error:
        return None, [Problem(f"not valid here: {error.problem}", "write it flatter", Location(file))]
    except yaml.YAMLError as error:
        return None, [syntax_problem(error, text, file)]
    if root is None or (root.tag == _PLAIN and not root.value):
        return None, [Problem("the file holds nothing", "write a collection in it, or delete the file", Location(file))]
    walk = _Walk(file, composer.nodes + MORE_BY_ALIASES, as_text)
    try:
        data, mark = walk.value(root, ())
    except _Exploding as error:
        return None, [error.problem]
    return Document(file, data, Places(file, mark), frozenset(walk.refused)), walk.problems


class _Exploding(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class _Walk:
    def __init__(self, file: str, budget: int, as_text: Callable[[Path], bool] | None) -> None:
        self.file = file
        self.budget = budget
        self.as_text = as_text
        self.problems: list[Problem] = []
        self.refused: list[Path] = []

    def value(self, node: yaml.Node, path: Path, key_line: int = -1, key_column: int = -1) -> tuple[Any, Mark]:
        start = node.start_mark
        self.budget -= 1
        if self.budget < 0 or len(path) > DEEPEST:
            raise _Exploding(
                Problem(
                    "its aliases stand for far more than is written, or for themselves",
                    "write the values out instead of using anchors",
                    self.at(node),
                )
            )
        if node.tag not in _OURS:
            self.refuse("tags (!…) are not allowed", "remove the tag, and quote the value if it is text", node, path)
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node, path), Mark(start.line, start.column, key_line, key_column)
        inner: dict[Any, Mark] = {}
        mark = Mark(start.line, start.column, key_line, key_column, inner)
        if isinstance(node, yaml.SequenceNode):
            items = []
            for index, child in enumerate(node.value):
                item, inner[index] = self.value(child, (*path, index))
                items.append(item)
            return items, mark
        return self.mapping(node, path, inner), mark

    def mapping(self, node: yaml.Node, path: Path, inner: dict[Any, Mark]) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, child in node.value:
            key = self.key(key_node, path)
            if key is None:
                continue
            at = key_node.start_mark
            if key in data:
                first = inner[key]
                place = Location(self.file, first.key_line + 1, first.key_column + 1)
                name = path_text((*path, key)) if len(path) != 1 else f"{path[0]}/{key}"
                self.refuse(f"{name} is written twice, first at {place}", "keep one of them", key_node, (*path, key))
                continue
            data[key], inner[key] = self.value(child, (*path, key), at.line, at.column)
        return data

    def key(self, node: yaml.Node, path: Path) -> str | None:
        if not isinstance(node, yaml.ScalarNode):
            self.refuse("a key must be text, not a list or mapping", "write `key: value`", node, path)
            return None
        text = str(node.value)
        if node.tag not in _OURS:
            self.refuse("tags (!…) are not allowed", "remove the tag, and quote the key", node, (*path, text))
        if node.tag != _PLAIN:
            return text
        if text == "<<":
            fix = "write the fields out: only what is written is managed"
            self.refuse("merge keys (<<) are not allowed", fix, node, path)
            return None
        meaning = resolve(text)
        if isinstance(meaning, Trap):
            where = f"a key of {path_text(path)}" if path else "a key"
            self.refuse(f"{where}: {meaning.message}", meaning.fix, node, (*path, text))
        elif not isinstance(meaning, str):
            self.refuse("a key must be text", f"write '{text}', in quotes", node, (*path, text))
        return text

    def scalar(self, node: yaml.ScalarNode, path: Path) -> Any:
        text: str = node.value
        if node.tag != _PLAIN or (self.as_text and self.as_text(path)):
            return text
        meaning = resolve(text)
        if isinstance(meaning, Trap):
            name = path_text(path[2:] or path)
            self.refuse(f"{name}: {meaning.message}" if name else meaning.message, meaning.fix, node, path)
            return text
        return meaning

    def refuse(self, message: str, fix: str, node: yaml.Node, path: Path) -> None:
        self.problems.append(Problem(message, fix, self.at(node)))
        self.refused.append(path)

    def at(self, node: yaml.Node) -> Location:
        return Location(self.file, node.start_mark.line + 1, node.start_mark.column + 1)
