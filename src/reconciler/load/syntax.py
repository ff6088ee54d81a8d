"""libyaml's complaints, in words for people. No text of the file is repeated: it may be a secret."""

from __future__ import annotations

import re

import yaml

from reconciler.errors import Location, Problem

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_KNOWN: tuple[tuple[str, str, str], ...] = (
    (
        "mapping values are not allowed",
        "a colon stands where no value can begin",
        "quote text that holds a colon and a space; else check that the line is indented like its neighbours",
    ),
    (
        "could not find expected ':'",
        "this line is no `key: value`",
        "write `key: value`, with a space after the colon; text of several lines begins with `|`",
    ),
    (
        "did not find expected key",
        "a key was expected here",
        "indent the line like its neighbours, and close every quote and bracket above it",
    ),
    (
        "did not find expected '-' indicator",
        "a list element was expected here",
        "begin it with `- `, indented like its neighbours",
    ),
    ("did not find expected ',' or", "a list or mapping in brackets is not closed", "add the comma or closing bracket"),
    ("did not find expected node content", "a value was expected here", "write the value, or close the bracket"),
    ("found unexpected end of stream", "a quote or bracket is not closed", "close it"),
    ("found unexpected document indicator", "a quote is not closed before this line", "close it"),
    (
        "did not find expected alphabetic",
        "* and & begin an alias or anchor in YAML",
        "quote text that begins with them",
    ),
    ("found unknown escape character", "this backslash is no escape in double quotes", "use single quotes, or \\\\"),
    ("block sequence entries are not allowed", "a list cannot begin here", "begin it on a line of its own"),
    ("found undefined tag handle", "a tag (!…) has no meaning here", "quote text that begins with !"),
    ("found duplicate %", "a directive (%…) is repeated", "remove the line"),
    ("incompatible YAML document", "this YAML version is not known", "remove the %YAML line"),
)


def control_character(text: str, file: str) -> Problem | None:
    """Return a problem for the first character that no YAML file may hold."""
    match = _CONTROL.search(text)
    if not match:
        return None
    before = text[: match.start()]
    line = before.count("\n")
    where = Location(file, line + 1, match.start() - (before.rfind("\n") + 1) + 1)
    return Problem(
        f"character U+{ord(match[0]):04X} cannot stand in a YAML file",
        "remove it, or check that this is a text file",
        where,
    )


def syntax_problem(error: yaml.YAMLError, text: str, file: str) -> Problem:
    """Return what `error` means, where it happened."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    where = Location(file, mark.line + 1, mark.column + 1) if mark else Location(file)
    if isinstance(error, yaml.composer.ComposerError):
        return _composing(error, where, file)
    said = f"{getattr(error, 'problem', None) or ''}"
    if "cannot start any token" in said:
        return _bad_start(text, where)
    for phrase, message, fix in _KNOWN:
        if phrase in said:
            return Problem(f"not valid YAML: {message}", fix, where)
    return Problem(f"not valid YAML: {said or 'it cannot be read'}", "check indentation, quotes and brackets", where)


def _composing(error: yaml.composer.ComposerError, where: Location, file: str) -> Problem:
    said = f"{error.context or ''} {error.problem or ''}"
    if "single document" in said:
        return Problem(
            "a second document (`---`) begins here", "write one document; move the rest to a new file", where
        )
    if "duplicate anchor" in said:
        first = error.context_mark
        at = f" (first at {Location(file, first.line + 1, first.column + 1)})" if first else ""
        return Problem(f"this anchor is defined twice{at}", "give each anchor a name of its own", where)
    return Problem("this alias (*…) names no anchor above it", "quote text that begins with *", where)


def _bad_start(text: str, where: Location) -> Problem:
    lines = text.splitlines()
    line = lines[where.line - 1] if where.line <= len(lines) else ""
    character = line[where.column - 1 : where.column]
    if character == "\t":
        return Problem("a tab is used for indentation", "indent with spaces", where)
    if character:
        return Problem(f"unquoted text cannot begin with {character}", "write the text in quotes", where)
    return Problem("not valid YAML: no value can begin here", "write the text in quotes", where)
