"""Results on stdout, remarks on stderr, both through the redaction funnel. A reader that goes away is no error."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from typing import Any, TextIO

from reconciler.report.clean import cleaned_document


class Output:
    """Where a command writes. Once a stream is closed by its reader, what follows for it is dropped."""

    def __init__(self, clean: Callable[[str], str], *, quiet: bool = False) -> None:
        self._clean = clean
        self._quiet = quiet
        self._closed: set[str] = set()
        _open_missing()
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")  # a terminal that cannot show "→" shows \u2192

    def write(self, text: str) -> None:
        """Write a result to stdout. `text` ends in a line break of its own, or gets one."""
        self._put(sys.stdout, "out", text)

    def document(self, document: Any) -> None:
        """Write a JSON document to stdout."""
        self._put(sys.stdout, "out", json_text(cleaned_document(document, self._clean)), clean=False)

    def tell(self, text: str) -> None:
        """Write a remark to stderr, unless quiet."""
        if not self._quiet:
            self._put(sys.stderr, "err", text)

    def error(self, text: str) -> None:
        """Write to stderr what must be said even when quiet."""
        from reconciler.report.values import escape

        self._put(sys.stderr, "err", "\n".join(escape(line) for line in text.split("\n")))

    def flush(self) -> None:
        """Push out what is buffered. Raises OSError when the disk behind stdout is full."""
        self._put(sys.stdout, "out", "", end=False)

    def _put(self, stream: TextIO, name: str, text: str, *, clean: bool = True, end: bool = True) -> None:
        if name in self._closed:
            return
        text = self._clean(text) if clean else text
        try:
            stream.write(text if text.endswith("\n") or not end else f"{text}\n")
            stream.flush()
        except OSError as error:
            self._closed.add(name)
            _discard(stream)
            if not isinstance(error, BrokenPipeError):
                raise  # the disk behind it is full: to be said on the other stream, once


def _open_missing() -> None:
    """Give a process that was started without stdout or stderr (`>&-`) the null device in its place."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))


def _discard(stream: TextIO) -> None:
    """Point a stream that takes nothing more at the null device, so that the interpreter's own last flush is quiet."""
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, number)
    os.close(null)


def json_text(document: Any) -> str:
    """Return a JSON document as text. ASCII only: nothing in it can steer a terminal."""
    return json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False) + "\n"
