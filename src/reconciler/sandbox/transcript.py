"""A transcript without what differs from run to run, so that two runs of the same commands compare equal. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

_UUID = r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
_TIME = r"\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}| UTC)?"
_RUN = r"\b\d{8}T\d{6}Z?(?:-[0-9a-z]+)?\b"
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(_UUID), "<id>"),
    (re.compile(_RUN), "<run>"),
    (re.compile(_TIME), "<time>"),
    (re.compile(r"\b(127\.0\.0\.1|localhost):\d+"), r"\1:<port>"),
    (re.compile(r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{12,64}\b"), "<digest>"),
    (re.compile(r"\b\d+(?:\.\d+)? ?(?:ms|s|seconds?)(?= *(?:$|\)))", re.MULTILINE), "<duration>"),
)


def normalise(text: str, *, places: Mapping[str, str]) -> str:
    """Return `text` with ids, digests, times, ports and durations replaced, and no blanks at line ends.

    `places` maps folders to what stands for them; the longest match wins.
    """
    for folder in sorted(places, key=len, reverse=True):
        text = text.replace(folder, places[folder])
    for pattern, stand_in in _RULES:
        text = pattern.sub(stand_in, text)
    return "\n".join(line.rstrip() for line in text.splitlines())
