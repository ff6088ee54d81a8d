"""The redaction funnel: secrets that were met leave every text that goes out.

A secret is found raw and in the forms that libraries and vendors echo it in: base64 (alone or inside a longer text, so
`user:token` of an Authorization header too), URL-encoded, JSON-escaped, as Python shows it, line by line, and the
password inside a connection URL.
"""

from __future__ import annotations

import base64
import html
import json
import logging
import re
import threading
import traceback
from collections.abc import Iterator
from urllib.parse import quote, quote_plus, unquote

SHORTEST = 4  # shorter values would hit ordinary words everywhere
SHORTEST_LINE = 6  # of a value of several lines
TELLING = 8  # a shorter value in a text may well be an ordinary word
_USERINFO = re.compile(r"^[a-z][a-z0-9+.-]*://[^/?#@]*?:(?P<password>[^/?#]*)@", re.IGNORECASE)
_ARMOUR = re.compile(r"^-----(BEGIN|END) [A-Z0-9 ]+-----$")  # says what a key file is, and is the same in all of them
_HEX_ESCAPE = re.compile(r"%[0-9A-F]{2}")


class Redactor:
    """Knows the secrets met so far. Safe to use from several threads.

    A text is searched by an index of the forms' first four characters, so the time depends on the length of the text
    and not on how many secrets there are, and adding one costs no rebuild.
    """

    def __init__(self) -> None:
        self._values: dict[str, str] = {}  # as they were added, with their labels
        self._labels: dict[str, str] = {}  # of every form of them
        self._lengths: dict[str, tuple[int, ...]] = {}  # by the first characters of a form, longest first
        self._lock = threading.Lock()

    @property
    def known(self) -> int:
        """How many forms of secrets it looks for. While this stays the same, so does what `clean` returns."""
        return len(self._labels)

    def add(self, value: str, label: str = "secret") -> None:
        """Make every later `clean` replace `value` by `(label)`. Values under 4 characters are ignored.

        A value met twice keeps its first name, unless that was only "secret".
        """
        if len(value) < SHORTEST:
            return
        if self._values.get(value, "secret") != "secret" or self._values.get(value) == label:
            return
        self._values[value] = label
        forms = set(_forms(value))
        with self._lock:
            for form in forms:
                old = self._labels.get(form)
                if old is None or old == "secret":
                    self._labels[form] = label  # before the index: `clean` reads both without the lock
                lengths = self._lengths.get(form[:SHORTEST], ())
                if len(form) not in lengths:
                    self._lengths[form[:SHORTEST]] = tuple(sorted((*lengths, len(form)), reverse=True))

    def clean(self, text: str) -> str:
        """Return `text` with each known secret replaced by its label in parentheses. Secrets that overlap go as one."""
        starts, labels = self._lengths, self._labels
        if not starts:
            return text
        hits = [i for i in range(len(text) - SHORTEST + 1) if text[i : i + SHORTEST] in starts]
        pieces: list[str] = []
        kept = 0  # where the text not yet copied starts
        end = 0  # where the last secret ended
        for start in hits:
            lengths = starts[text[start : start + SHORTEST]]
            form = next((form for n in lengths if (form := text[start : start + n]) in labels), "")
            if form and start >= end:
                pieces += (text[kept:start], f"({labels[form]})")
            if form:
                end = kept = max(end, start + len(form))
        pieces.append(text[kept:])
        return "".join(pieces)

    def reveals(self, text: str) -> str:
        """Return the name of a secret of 8 characters or more that stands in a text as it is; "" for none."""
        return next((label for value, label in self._values.items() if len(value) >= TELLING and value in text), "")

    def clean_traceback(self, error: BaseException) -> str:
        """Return the traceback of `error`, causes included, as Python prints it, without secrets."""
        return self.clean("".join(traceback.format_exception(error)))


class CleanFormatter(logging.Formatter):
    """Formats log records so that no secret is left: not in the message, its arguments, nor in a traceback."""

    def __init__(self, redactor: Redactor, fmt: str = "%(levelname)s %(name)s: %(message)s") -> None:
        super().__init__(fmt)
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one cleaned text."""
        return self._redactor.clean(super().format(record))


def url_password(text: str) -> str:
    """Return the password inside a URL as it stands there; "" for a URL without one, and for any other text."""
    match = _USERINFO.match(text)
    return match["password"] if match else ""


def _forms(value: str) -> Iterator[str]:
    """Yield each text, of 4 characters or more, under which `value` may turn up."""
    parts = {value, value.strip()}
    lines = [line.strip() for line in value.splitlines()]
    parts.update(line for line in lines if len(line) >= SHORTEST_LINE and not _ARMOUR.match(line))
    if match := _USERINFO.match(value):
        parts.update((match["password"], unquote(match["password"])))
    for part in parts:
        if len(part) >= SHORTEST:
            yield part
            yield from (form for form in _encodings(part) if len(form) >= SHORTEST)


def _encodings(value: str) -> Iterator[str]:
    for quoted in (quote(value), quote(value, safe=""), quote_plus(value)):
        yield quoted
        yield _HEX_ESCAPE.sub(lambda escape: escape[0].lower(), quoted)
    for ascii_only in (True, False):
        escaped = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        yield escaped
        yield json.dumps(escaped, ensure_ascii=ascii_only)[1:-1]  # JSON inside a JSON string
        yield escaped.replace("/", "\\/")  # as PHP and Ruby escape it
    data = value.encode("utf-8", "surrogatepass")
    yield repr(value)[1:-1]
    yield repr(data)[2:-1]
    yield html.escape(value)
    for offset in range(3):
        standard = _base64_inside(data, offset)
        yield standard
        yield standard.translate(_URL_SAFE)


_URL_SAFE = str.maketrans("+/", "-_")


def _base64_inside(data: bytes, offset: int) -> str:
    """Return the base64 characters that `data` alone determines when `offset` (mod 3) bytes stand before it."""
    encoded = base64.b64encode(b"\0" * offset + data).decode()
    bits = 8 * (offset + len(data))
    return encoded[(8 * offset + 5) // 6 : bits // 6]
