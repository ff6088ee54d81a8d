"""Env files as data: `KEY=VALUE` lines, with quotes, comments and `export`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_BLANK = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_KEY = re.compile(r"[ \t]*(?:export[ \t]+)?(?P<key>[A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*")
_SINGLE = re.compile(r"'(?P<text>[^']*)'[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_DOUBLE = re.compile(r'"(?P<text>(?:[^"\\]|\\.)*)"[ \t]*(?:#[^\n]*)?(?:\n|\Z)', re.DOTALL)
_COMMENT = re.compile(r"(?:^|[ \t])#.*")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$", "\n": ""}
MOST_FAULTS = 100  # a file with more is another kind of file


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that cannot be read. The message never quotes it: it may be half of a secret."""

    line: int
    message: str


def parse_dotenv(text: str) -> tuple[Mapping[str, str], tuple[Fault, ...]]:
    """Return the values of an env file and the lines that are none.

    Text in single quotes is taken as it is; in double quotes a backslash escapes n, r, t, $, a quote and itself; both
    may run over several lines. Without quotes a value ends before ` #` and loses the spaces around it. `$NAME` is not
    expanded: passwords hold dollar signs. A key that is there twice has its last value, as in a shell. Reading stops at
    the hundredth line that is none.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    values: dict[str, str] = {}
    faults: list[Fault] = []
    at, line, counted = 0, 1, 0
    while at < len(text) and len(faults) < MOST_FAULTS:
        if blank := _BLANK.match(text, at):
            at = blank.end()
            continue
        line, counted = line + text.count("\n", counted, at), at
        key = _KEY.match(text, at)
        value, at = _value(text, key.end()) if key else (None, _end_of_line(text, at))
        if key and value is not None:
            values[key["key"]] = value
        elif key:
            faults.append(Fault(line, f"the quote after {key['key']}= is not closed, or text follows it"))
        else:
            faults.append(Fault(line, "this line is not KEY=VALUE"))
    return values, tuple(faults)


def _value(text: str, at: int) -> tuple[str | None, int]:
    """Return the value that starts at `at` and where the next line starts; None for broken quotes."""
    if single := _SINGLE.match(text, at):
        return single["text"], single.end()
    if double := _DOUBLE.match(text, at):
        return _ESCAPE.sub(lambda m: _ESCAPED.get(m[1], m[0]), double["text"]), double.end()
    if text[at : at + 1] in ("'", '"'):
        return None, _end_of_line(text, at)
    end = _end_of_line(text, at)
    return _COMMENT.sub("", text[at:end].rstrip("\n")).strip(), end


def _end_of_line(text: str, at: int) -> int:
    newline = text.find("\n", at)
    return len(text) if newline < 0 else newline + 1
