"""What a response says about waiting: `Retry-After` and the rate limit headers, as numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from reconciler.errors import ProtocolError

_WHOLE = re.compile(r"[0-9]{1,15}")
_MEMBER = re.compile(r"\b(remaining|reset|r|t)=([0-9]{1,12})\b")
_LONG = {"r": "remaining", "t": "reset"}
_EPOCH = 100_000_000  # a smaller number of seconds is a distance, a larger one a time since 1970
_EPOCH_MILLIS = 100_000_000_000


@dataclass(frozen=True, slots=True)
class Window:
    """How many requests the server still takes, and in how many seconds that number is renewed."""

    remaining: int
    resets_in: float


def retry_delay(response: httpx.Response, *, now: datetime) -> float | None:
    """Return how long the server asks us to wait, in seconds.

    Reads `Retry-After` (RFC 9110, section 10.2.3): whole seconds, or an HTTP date. A date already past
    gives 0.0. None means the header is absent, and the caller falls back on exponential backoff.

    Raises:
        ProtocolError: the header is there, but is neither form.
    """
    text = response.headers.get("retry-after")
    if text is None:
        return None
    delay = _seconds(text, now)
    if delay is None:
        raise ProtocolError("Retry-After is neither whole seconds nor an HTTP date", status=response.status_code)
    return delay


def rate_window(headers: Mapping[str, str], *, now: datetime) -> Window | None:
    """Return what the rate limit headers say, or None where they are absent, partial or malformed.

    Reads `X-RateLimit-Remaining` with `-Reset` under any prefix (`X-Sentry-Rate-Limit-Remaining`), and the combined
    `RateLimit: limit=…, remaining=…, reset=…` and `RateLimit: "name";r=…;t=…` of the IETF drafts. A reset may be a
    distance in seconds, seconds or milliseconds since 1970, or an HTTP date: all are in use.
    """
    found: dict[str, str] = {}
    for name, value in headers.items():
        plain = name.lower().replace("rate-limit", "ratelimit")
        if plain.endswith(("ratelimit-remaining", "ratelimit-reset")) and "concurrent" not in plain:
            found[plain.rpartition("-")[2]] = value
        elif plain == "ratelimit":
            for member in _MEMBER.finditer(value):
                found.setdefault(_LONG.get(member[1], member[1]), member[2])
    remaining, reset = found.get("remaining", "").strip(), _seconds(found.get("reset", ""), now)
    if not _WHOLE.fullmatch(remaining) or reset is None:
        return None
    return Window(int(remaining), reset)


def _seconds(text: str, now: datetime) -> float | None:
    text = text.strip()
    if _WHOLE.fullmatch(text):
        number = int(text)
        if number >= _EPOCH_MILLIS:
            return max(0.0, number / 1000 - now.timestamp())
        return max(0.0, number - now.timestamp()) if number >= _EPOCH else float(number)
    try:
        when = parsedate_to_datetime(text)
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return max(0.0, (when - now).total_seconds())
    except (ValueError, OverflowError):
        return None
