"""A transcript without what differs from run to run, so that two runs of the same commands compare equal. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

_WHOLE = 40  # lines of an output that a transcript keeps whole; of a longer one it keeps the ends
_HEAD, _TAIL = 14, 4
_UUID = r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
_TIME = r"\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}| UTC)?"
_RUN = r"\b\d{8}T\d{6}Z?(?:-[0-9a-z]+)?\b"
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(_UUID), "<id>"),
    (re.compile(_RUN), "<run>"),
    (re.compile(_TIME), "<time>"),
    (re.compile(r"\b(127\.0\.0\.1|localhost):\d+"), r"\1:<port>"),
    (re.compile(r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{12,64}\b"), "<digest>"),
    (re.compile(r"(?:(?<=\bin )|(?<=, ))\d+(?:\.\d+)? ?(?:ms|s|seconds?)\b"), "<duration>"),
)


def shortened(output: str) -> str:
    """Return what a transcript keeps of a command's output: all of it, or its beginning and end and what is between."""
    lines = output.rstrip("\n").split("\n")
    if len(lines) <= _WHOLE:
        return "\n".join(lines)
    left_out = len(lines) - _HEAD - _TAIL
    return "\n".join([*lines[:_HEAD], f"  [{left_out} lines left out]", *lines[-_TAIL:]])


def normalise(text: str, *, places: Mapping[str, str]) -> str:
    """Return `text` with ids, digests, times, ports and durations replaced, and no blanks at line ends.

    `places` maps folders to what stands for them; the longest match wins.
    """
    for folder in sorted(places, key=len, reverse=True):
        text = text.replace(folder, places[folder])
    for pattern, stand_in in _RULES:
        text = pattern.sub(stand_in, text)
    return "\n".join(line.rstrip() for line in text.splitlines())
