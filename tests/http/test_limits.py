"""Retry-After and the rate limit headers."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from reconciler.errors import ProtocolError
from reconciler.http.limits import Window, rate_window, retry_delay

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
EPOCH = int(NOW.timestamp())

DELAYS = [
    pytest.param(None, None, id="absent"),
    pytest.param("0", 0.0, id="zero"),
    pytest.param("120", 120.0, id="seconds"),
    pytest.param(" 7 ", 7.0, id="spaces"),
    pytest.param("Thu, 01 Jan 2026 12:01:30 GMT", 90.0, id="date"),
    pytest.param("Thu, 01 Jan 2026 11:59:00 GMT", 0.0, id="date-already-past"),
    pytest.param("Thursday, 01-Jan-26 12:01:30 GMT", 90.0, id="rfc-850-date"),
]


@pytest.mark.parametrize(("header", "expected"), DELAYS)
def test_retry_after_is_seconds_from_now(header, expected):
    response = httpx.Response(429, headers={} if header is None else {"retry-after": header})
    assert retry_delay(response, now=NOW) == expected


@pytest.mark.parametrize("header", ["", "soon", "-1", "1.5", "1e3", "Thu, 99 Jan 2026 12:01:30 GMT"])
def test_a_malformed_retry_after_is_a_protocol_error(header):
    with pytest.raises(ProtocolError):
        retry_delay(httpx.Response(429, headers={"retry-after": header}), now=NOW)


WINDOWS = [
    pytest.param({}, None, id="absent"),
    pytest.param({"X-RateLimit-Remaining": "5"}, None, id="without-reset"),
    pytest.param({"X-RateLimit-Remaining": "many", "X-RateLimit-Reset": "5"}, None, id="malformed"),
    pytest.param({"X-RateLimit-Remaining": "5", "X-RateLimit-Reset": "30"}, Window(5, 30.0), id="distance"),
    pytest.param({"x-ratelimit-remaining": "5", "x-ratelimit-reset": str(EPOCH + 9)}, Window(5, 9.0), id="github"),
    pytest.param(
        {"x-ratelimit-remaining": "5", "x-ratelimit-reset": f"{EPOCH + 9}000"}, Window(5, 9.0), id="milliseconds"
    ),
    pytest.param(
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "Thu, 01 Jan 2026 12:00:10 GMT"},
        Window(0, 10.0),
        id="cloudflare-date",
    ),
    pytest.param(
        {
            "X-Sentry-Rate-Limit-Remaining": "39",
            "X-Sentry-Rate-Limit-Reset": str(EPOCH + 1),
            "X-Sentry-Rate-Limit-ConcurrentRemaining": "24",
        },
        Window(39, 1.0),
        id="sentry",
    ),
    pytest.param({"RateLimit-Remaining": "5", "RateLimit-Reset": "30"}, Window(5, 30.0), id="without-x"),
    pytest.param({"RateLimit": "limit=10, remaining=5, reset=30"}, Window(5, 30.0), id="ietf-draft-6"),
    pytest.param({"RateLimit": '"default";r=5;t=30'}, Window(5, 30.0), id="ietf-draft-8"),
]


@pytest.mark.parametrize(("headers", "expected"), WINDOWS)
def test_rate_headers_of_every_vendor_become_one_window(headers, expected):
    assert rate_window(httpx.Headers(headers), now=NOW) == expected
