"""How a value is shown. Every value that reaches a person or a file passes here, so this is where secrecy holds.

A field that is secret never shows a value, whatever it carries. Text that comes from a vendor or a file cannot steer
the terminal: control and direction characters are shown as escapes.
"""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Mapping
from typing import Any

from reconciler.model import ABSENT
from reconciler.values import (
    Generated,
    KnownAfterApply,
    LiveId,
    NoValue,
    OutputRef,
    SecretRef,
    SecretValue,
    Unknown,
    Unreadable,
)

HIDDEN = "(secret value)"
LONGEST = 160  # characters of one value on one line
MOST_LINES = 40  # of a difference between two texts of several lines
_HEAD, _TAIL = 110, 30
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\x1b": "\\e"}
_LOOKS_OTHERWISE = re.compile(
    r"""^(?:$|\s|.*\s$|[("'\[{]|(?i:null|true|false|yes|no|on|off|~)$|[-+.]?[0-9][0-9_.,:eE+-]*$)"""
)


def escape(text: str) -> str:
    """Return `text` on one line, with nothing in it that a terminal would obey or that a reader could not see."""
    return text if text.isprintable() else "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(char: str) -> str:
    code = ord(char)
    return _NAMED.get(char) or (
        f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    )


def special(value: Any) -> tuple[str, str] | None:
    """Return (what sort it is, how it reads) for a value that is not plain data; None for plain data."""
    match value:
        case _ if value is ABSENT:
            return "absent", "(absent)"
        case SecretRef(name, rotate):
            return "secret", f"(secret {name}, rotate {rotate})" if rotate else f"(secret {name})"
        case OutputRef():
            return "output", f"(from {value})"
        case Generated(_, rotate):
            return "generated", f"(generated, rotate {rotate})" if rotate else "(generated)"
        case SecretValue():
            return "secret", HIDDEN
        case Unknown(reason):
            return "unknown", f"(unknown: {reason})"
        case Unreadable(reason):
            return "unreadable", f"(unreadable: {reason})"
        case KnownAfterApply(source):
            return "known after apply", f"(known after apply: {source})"
        case NoValue(source):
            return "no value", f"(no value: {source})"
        case LiveId(id):
            return "live id", f"(live id {id})"
        case _:
            return None


def shown(value: Any, *, secret: bool = False) -> str:
    """Return a value as one line of text, whole. Texts that could be taken for something else are quoted."""
    named = special(value)
    if named:
        return escape(named[1])
    if value is None:
        return "null"
    if secret:
        return HIDDEN
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = escape(value)
        return json.dumps(text, ensure_ascii=False).replace("\\\\", "\\") if _LOOKS_OTHERWISE.match(value) else text
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{escape(str(k))}: {shown(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(shown(v) for v in value) + "]"
    if isinstance(value, set | frozenset):
        return "[" + ", ".join(sorted(shown(v) for v in value)) + "]"
    return escape(str(value))


def short(value: Any, *, secret: bool = False) -> str:
    """Return a value as one line of at most `LONGEST` characters; the middle of a longer one is left out."""
    return _shorten(shown(value, secret=secret))


def _shorten(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[:_HEAD]} … {text[-_TAIL:]} ({len(text):,} characters)"


def transition(before: Any, after: Any, *, secret: bool = False) -> tuple[str, ...]:
    """Return `before → after` as lines: one, or a line-by-line difference where a text has several lines.

    Two long texts are cut so that the place where they part is in view.
    """
    if not secret and isinstance(before, str) and isinstance(after, str):
        if "\n" in before.strip() or "\n" in after.strip():
            return _by_line(before, after)
        if max(len(before), len(after)) > LONGEST:
            return _where_they_part(before, after)
    return (f"{short(before, secret=secret)} → {short(after, secret=secret)}",)


def _by_line(before: str, after: str) -> tuple[str, ...]:
    lines = [
        f"{line[0]} {_shorten(escape(line[1:]))}"
        for line in difflib.unified_diff(before.splitlines(), after.splitlines(), n=1, lineterm="")
        if not line.startswith(("---", "+++", "@@"))
    ]
    if not lines:
        return ("(the same lines; line endings or the last line break differ)",)
    cut = len(lines) - MOST_LINES
    return ("", *lines[:MOST_LINES], *((f"… and {cut} more lines",) if cut > 0 else ()))


def _where_they_part(before: str, after: str) -> tuple[str, ...]:
    same = next(
        (i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after))
    )
    start = max(0, same - 30)
    lead = "…" if start else ""
    old, new = (_shorten(lead + escape(text[start:])) for text in (before, after))
    return (f"(differs at character {same + 1:,})", f"- {old}", f"+ {new}")


def data(value: Any, *, secret: bool = False) -> Any:
    """Return a value as JSON data: plain data as it is, all else as the text a person would read."""
    named = special(value)
    if named:
        return None if value is ABSENT else named[1]
    if value is None:
        return None
    if secret:
        return HIDDEN
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str | bool | int):
        return value
    if isinstance(value, Mapping):
        return {str(k): data(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [data(v) for v in value]
    if isinstance(value, set | frozenset):
        return sorted((data(v) for v in value), key=str)
    return str(value)


def sort_of(value: Any) -> str:
    """Return "" for plain data, else what stands in its place: `absent`, `secret`, `unknown`, ..."""
    named = special(value)
    return named[0] if named else ""
