"""What an unquoted scalar means, and which ones are refused because YAML readers disagree about them.

YAML 1.1 readers (PyYAML, Ruby, older Go) and YAML 1.2 readers (most editors) give different values to `NO`, `010`,
`3:00`, `1e3` and a few more. Each is an error that says how to write it, wherever it stands. What is left means the
same to every reader: `true`, `false`, `null`, decimal numbers, and text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# YAML 1.1 also lists y and n, which no reader in use takes for booleans.
_BOOLEAN_WORDS = {form for word in ("yes", "no", "on", "off") for form in (word, word.capitalize(), word.upper())}
_NULLS = ("null", "~", "Null", "NULL")
_CAPITAL_BOOLEANS = ("True", "TRUE", "False", "FALSE")
_LONGEST_NUMBER = 18  # digits that every reader keeps exactly enough; longer ones are ids
_LONGEST_SHOWN = 12

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
_TRAPS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"),
        "is a number in base 60 to some YAML readers (3:00 is 180) and text to others",
        "write {quoted}, in quotes",
    ),
    (
        re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?"),
        "is a date to some YAML readers and text to others",
        "write {quoted}, in quotes",
    ),
    (
        re.compile(r"[-+]?0[0-9_]+"),
        "is octal to some YAML readers (010 is 8) and decimal to others",
        "write {quoted}, in quotes, if it is text; without the leading zero if it is a number",
    ),
    (
        re.compile(r"[-+]?0[xXoObB][0-9a-fA-F_]+"),
        "is a number to some YAML readers and text to others",
        "write {quoted}, in quotes, if it is text; in decimal digits if it is a number",
    ),
    (
        re.compile(r"[-+]?(?:\.[0-9_]+|[0-9][0-9_]*(?:\.[0-9_]*)?)[eE][-+]?[0-9]+"),
        "is a number with an exponent to some YAML readers and text to others",
        "write {quoted}, in quotes, if it is text; without an exponent if it is a number",
    ),
    (
        re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"),
        "is not a number that can be compared or sent",
        "write {quoted}, in quotes, if it is text",
    ),
    (
        re.compile(r"\+(?:[0-9][0-9_]*)(?:\.[0-9_]*)?"),
        "is a number to YAML, which loses the plus sign",
        "write {quoted}, in quotes, if it is text; without the plus if it is a number",
    ),
    (
        re.compile(r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)"),
        "is a number to some YAML readers and text to others",
        "write {quoted}, in quotes, if it is text; a number has digits only, as in 1000 or 0.5",
    ),
)


@dataclass(frozen=True, slots=True)
class Trap:
    """Why a scalar is refused, and how to write it. `message` shows it only when it is short."""

    message: str
    fix: str


def resolve(text: str) -> str | int | float | bool | Trap | None:
    """Return what an unquoted scalar means: decimal numbers, `true`, `false`, `null` (or `~`), else the text itself.

    A decimal without a fraction (`3.0`) is the whole number, as in JSON Schema.
    """
    first = text[:1]
    if first in "0123456789+-." and text:
        return _number(text)
    if text == "true":
        return True
    if text == "false":
        return False
    if text in _NULLS:
        return None
    if text in _BOOLEAN_WORDS:
        return Trap(
            f"{text} is a boolean to some YAML readers and text to others",
            f"write '{text}', in quotes, if it is text; true or false if it is a boolean",
        )
    if text in _CAPITAL_BOOLEANS:
        return Trap(
            f"{text} is a boolean to some YAML readers and text to others",
            f"write {text.lower()} for the boolean, or '{text}', in quotes, for the text",
        )
    if not text:
        return Trap(
            "nothing is written here, which YAML reads as null",
            "write the value; null clears the field, {} is an empty mapping, '' an empty text; or remove the line",
        )
    return text


def _number(text: str) -> str | int | float | Trap:
    if _INTEGER.fullmatch(text):
        return _too_long(text) or int(text)
    if _DECIMAL.fullmatch(text):
        if long := _too_long(text):
            return long
        value = float(text)
        return int(value) if value.is_integer() else value
    for pattern, why, fix in _TRAPS:
        if pattern.fullmatch(text):
            shown = text if len(text) <= _LONGEST_SHOWN else ""
            return Trap(f"{shown or 'this value'} {why}", fix.format(quoted=f"'{shown}'" if shown else "it"))
    return text


def _too_long(text: str) -> Trap | None:
    if len(text) <= _LONGEST_NUMBER:
        return None
    return Trap("this number has more digits than YAML readers keep", "write it in quotes: it is an id, not a number")
