"""From what went wrong to the error a caller can act on. Nothing here waits or sends."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import httpx

from reconciler.errors import (
    AnswerLost,
    Busy,
    CredentialRejected,
    NotFound,
    ProtocolError,
    ProviderError,
    Refused,
    Unavailable,
)
from reconciler.http.answer import Answer, parse_json
from reconciler.redact import Redactor

LONGEST_TEXT = 300  # characters of a vendor's explanation that are worth showing
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_NEVER_SENDABLE = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL)
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\s]+")
_TRANSIENT = {408, 425}
_LASTING = {501, 505}

Again = Literal["never", "if repeatable", "always"]


@dataclass(frozen=True, slots=True)
class Call:
    """One request as messages name it. `writes`: it may change something; `repeatable`: twice does what once does."""

    service: str
    operation: str
    writes: bool
    repeatable: bool
    credential: str = ""  # the names of the secrets behind it, for messages

    def lost(self, error: ProviderError) -> AnswerLost:
        """Return `error` as the news that this write may have taken effect."""
        if isinstance(error, AnswerLost):
            return error
        return AnswerLost(
            f"{error.message}; the write may have taken effect",
            fix="run plan: it shows what is there now",
            operation=self.operation,
            status=error.status,
        )


@dataclass(frozen=True, slots=True)
class Denied:
    """A definite answer that is no success. `error` is what its status alone means; `body` the parsed JSON, or None."""

    call: Call
    status: int
    body: Any
    error: ProviderError

    def as_refused(self, fix: str, *, because: str = "") -> Refused:
        """Return it as a refusal that no other credential would mend, with what to do about it."""
        message = f"{self.error.message}: {because}" if because else self.error.message
        return Refused(message, fix=fix, operation=self.call.operation, status=self.status)

    def as_missing_scope(self, scope: str) -> CredentialRejected:
        """Return it as a credential that lacks `scope`, named as the vendor names it."""
        return CredentialRejected(
            self.error.message,
            fix=f"give {self.call.credential or 'the credential'} {scope}: {self.call.operation} needs it",
            operation=self.call.operation,
            status=self.status,
        )


Judge: TypeAlias = Callable[[Denied], ProviderError]
"""How a provider reads the answers of its API that are no success; returns the error to raise."""


class Failed(Exception):
    """One try failed in a way that another may mend. `wait` is what the server asks for, in seconds.

    `again` says who may try: nobody, a repeatable call, or any (the request had no effect). `lost`: it may have had
    one. `limited`: refused for rate, so that the budget does the waiting.
    """

    def __init__(
        self, error: ProviderError, *, again: Again, lost: bool, wait: float | None = None, limited: bool = False
    ) -> None:
        super().__init__(error.message)
        self.error = error
        self.again = again
        self.lost = lost
        self.wait = wait
        self.limited = limited


def from_exception(call: Call, error: Exception) -> Failed:
    """Return what an exception of httpx, or a time-out, means for `call`. Its own text may hold a URL: not used."""
    if isinstance(error, _NEVER_SENDABLE):
        refused = Refused(f"{call.operation} cannot be sent to {call.service}", operation=call.operation)
        return Failed(refused, again="never", lost=False)
    unsent = isinstance(error, _NOT_SENT)
    gone = Unavailable(
        f"{call.service} {_what_happened(error)} ({call.operation})",
        fix="check the network and the service's status page, then run it again",
        operation=call.operation,
    )
    return Failed(gone, again="always" if unsent else "if repeatable", lost=not unsent)


def _what_happened(error: Exception) -> str:
    match error:
        case httpx.ConnectTimeout() | httpx.PoolTimeout():
            return "did not accept a connection in time"
        case httpx.ConnectError() if "certificate" in str(error).lower():
            return "shows a TLS certificate that is not trusted here"
        case httpx.ConnectError() | httpx.ProxyError():
            return "cannot be reached"
        case httpx.TimeoutException() | TimeoutError():
            return "did not answer in time"
        case httpx.RemoteProtocolError() | httpx.DecodingError():
            return "broke off in the middle of an answer"
        case _:
            return "closed the connection without an answer"


def is_limited(response: httpx.Response) -> bool:
    """Return whether a response refuses for rate: a 429, or a 403 that speaks of waiting (as GitHub's does)."""
    if response.status_code == 403:
        return "retry-after" in response.headers or response.headers.get("x-ratelimit-remaining") == "0"
    return response.status_code == 429


def limited(call: Call, status: int) -> Failed:
    """Return the failure of a call refused for rate: it had no effect."""
    busy = Unavailable(
        f"{call.service} still refuses for rate ({status} on {call.operation})",
        fix="something else may be using this credential; run it again later, or set a lower `rate:` for the provider",
        operation=call.operation,
        status=status,
    )
    return Failed(busy, again="always", lost=False, limited=True)


def too_long(call: Call, seconds: float, *, status: int | None = None, lost: bool = False) -> Failed:
    """Return the failure of a call that would have to wait longer than anyone does: past the deadline, or minutes."""
    at = f"{status} on {call.operation}" if status else call.operation
    waiting = Unavailable(
        f"{call.service} asks to wait {math.ceil(seconds)} s ({at}), which is beyond the deadline",
        fix="run it again later, or give it more time with --deadline",
        operation=call.operation,
        status=status,
    )
    return Failed(waiting, again="never", lost=lost)


def too_late(call: Call) -> Failed:
    """Return the failure of a call for which no time is left. Nothing was sent."""
    late = Unavailable(
        f"the deadline passed before {call.operation} could be sent to {call.service}",
        fix="give it more time with --deadline",
        operation=call.operation,
    )
    return Failed(late, again="never", lost=False)


def too_large(call: Call, limit: int) -> Failed:
    """Return the failure of a call whose answer was cut off at `limit` bytes."""
    large = ProtocolError(
        f"{call.service} answered {call.operation} with more than {limit // 2**20} MB", operation=call.operation
    )
    return Failed(large, again="never", lost=True)


def is_transient(status: int) -> bool:
    """Return whether a status says that the same request may succeed later, and not whether it took effect."""
    return status in _TRANSIENT or (status >= 500 and status not in _LASTING)


def transient(call: Call, status: int, wait: float | None) -> Failed:
    """Return the failure of a call answered with a server error: nobody knows how far it got."""
    down = Unavailable(
        f"{call.service} is unavailable ({status} on {call.operation})",
        fix="see the service's status page, then run it again",
        operation=call.operation,
        status=status,
    )
    return Failed(down, again="if repeatable", lost=True, wait=wait)


def unreadable(answer: Answer) -> Failed:
    """Return the failure of a call that succeeded with a body that promises JSON and is not: cut off, most likely."""
    return Failed(answer.unreadable(), again="if repeatable", lost=True)


def from_status(call: Call, status: int, explanation: str) -> ProviderError:
    """Return the error for a definite answer that is no success. `explanation` is the vendor's, cleaned; may be ""."""
    at = f"{status} on {call.operation}"
    told = f": {explanation}" if explanation else ""
    names = call.credential or "the credential"
    match status:
        case 401:
            return CredentialRejected(
                f"{call.service} does not accept the credential ({at}){told}",
                fix=f"check the value of {names}: it may be expired, revoked, or of another account",
                operation=call.operation,
                status=status,
            )
        case 403:
            return CredentialRejected(
                f"the credential lacks the scope for this call to {call.service} ({at}){told}",
                fix=f"give {names} the rights for {call.operation}, or use a credential that has them",
                operation=call.operation,
                status=status,
            )
        case 410:
            return Refused(
                f"{call.service} says that this is gone for good ({at}){told}: the endpoint may be retired",
                fix="see the vendor's changelog, and update the provider",
                operation=call.operation,
                status=status,
            )
        case 404:
            return NotFound(f"not found at {call.service} ({at}){told}", operation=call.operation, status=status)
        case 423:
            return Busy(
                f"locked at {call.service} by another operation ({at}){told}",
                fix="wait for the other operation to end, then run it again",
                operation=call.operation,
                status=status,
            )
        case _ if 300 <= status < 400 or status < 200:
            return ProtocolError(
                f"{call.service} redirects ({at}), and redirects are not followed",
                fix="check the base URL",
                operation=call.operation,
                status=status,
            )
        case _:
            return Refused(f"refused by {call.service} ({at}){told}", operation=call.operation, status=status)


def judged(call: Call, status: int, body: bytes, explanation: str, judge: Judge | None) -> ProviderError:
    """Return the error for a definite answer that is no success, as the provider's `judge` sees it."""
    error = from_status(call, status, explanation)
    if judge is None:
        return error
    try:
        parsed = parse_json(body)
    except ValueError:
        parsed = None
    return judge(Denied(call, status, parsed, error))


def explanation_of(body: bytes, error_text: Callable[[Any], str], redactor: Redactor) -> str:
    """Return what the vendor said about an error: one line, without secrets, shortened. "" where it said nothing."""
    try:
        text = error_text(parse_json(body))
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""  # not JSON, or not of the form the vendor documents: the status has to do
    cleaned = redactor.clean(_INVISIBLE.sub(" ", redactor.clean(str(text or "")))).strip()
    return cleaned if len(cleaned) <= LONGEST_TEXT else cleaned[: LONGEST_TEXT - 1] + "…"
