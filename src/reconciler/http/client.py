"""`HttpClient`: the one client of all providers. Every request to a vendor API goes through `_request`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TypeAlias, TypedDict, Unpack

import httpx

from reconciler.errors import Busy, CredentialRejected, ProtocolError, ProviderError
from reconciler.http.address import address_of
from reconciler.http.answer import Answer as Answer
from reconciler.http.budget import RateBudget
from reconciler.http.exchange import Exchange
from reconciler.http.failures import Call, Failed, Judge
from reconciler.http.retry import Policy
from reconciler.http.transport import Reads, is_read, read_only
from reconciler.http.wrote import note
from reconciler.provider import Connection
from reconciler.values import SecretRef

Params: TypeAlias = Mapping[str, Any] | None
Headers: TypeAlias = Mapping[str, str] | None
"""Of one request, beside those of the client. No secrets."""


class Sending(TypedDict, total=False):
    """What a request carries. Parameters that are None are left out; `idempotent` overrides what the method says."""

    params: Params
    json: Any
    headers: Headers
    idempotent: bool | None


class HttpClient:
    """Speaks JSON with one service, at the rate it allows, and raises nothing but the errors of this tool.

    `service` is its name in messages; `error_text` takes the parsed body of an error and returns what the vendor says
    in it. `reads` lists the requests that only read in spite of their method, as (method, regular expression of the
    path). `judge` gets every definite answer that is no success and returns the error to raise: by its status alone, a
    vendor's plan limit or missing scope is not told from a wrong token. The base URL is overridden by the environment
    variable that the settings name.

    **What is tried again** (up to 5 tries, 8 for 429, never beyond the deadline): every request after 429 and after a
    connection that was never made, because these have no effect; beyond that, after a server error, a time-out, a
    broken connection or a cut-off body, only what is repeatable: GET, PUT, DELETE, and whatever passes
    `idempotent=True`. `idempotent=False` takes a PUT or DELETE out.

    **What a failure means.** A write of which one try may have taken effect and none was answered for certain raises
    `AnswerLost`, also when the last answer is a lock (423): it may be its own. So does a write whose success came with
    a body that cannot be read. A read raises `Unavailable` or `ProtocolError` there. Every other failure had no
    effect: `Unavailable` (never sent, or refused for rate), `CredentialRejected` (401, 403), `NotFound` (404),
    `Busy` (423), `Refused` (other 4xx), `ProtocolError`.
    Redirects are not followed. Cancelling a call is safe for the client; what a write did then is not known.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        service: str,
        base_url: str,
        headers: Mapping[str, str],
        error_text: Callable[[Any], str],
        reads: Reads = (),
        judge: Judge | None = None,
    ) -> None:
        """Make a client; nothing is sent yet.

        Raises:
            CredentialRejected: the base URL is unfit to carry a token, or the token cannot stand in a header.
        """
        settings, runtime = connection.settings, connection.runtime
        self.service = service
        self._runtime = runtime
        self._deadline = connection.deadline
        self._reads = reads
        self._credential = ", ".join(r.name for r in connection.references.values() if isinstance(r, SecretRef))
        self._address = address_of(service, base_url, settings.url_variable, runtime.environ)
        for secret in connection.secrets.values():
            runtime.redactor.add(secret.reveal(), secret.label)
        self._check_headers(headers)
        transport = connection.transport or runtime.transport()
        self._http = httpx.AsyncClient(
            transport=read_only(transport, reads) if connection.read_only else transport,
            headers={"accept": "application/json", "user-agent": _user_agent(), **headers},
            follow_redirects=False,
            trust_env=False,
        )
        self._budget = connection.budget or RateBudget.of(settings, runtime)
        self._exchange = Exchange(self._http, self._budget, runtime, connection.deadline, error_text, judge)

    @property
    def requests(self) -> int:
        """How many requests were sent, repeated ones included."""
        return self._exchange.sent

    async def get(self, path: str, **sending: Unpack[Sending]) -> Answer:
        """Return the answer to a read. `path` may be a whole URL of the same host (a `next` link)."""
        return await self._request("GET", path, **sending)

    async def post(self, path: str, **sending: Unpack[Sending]) -> Answer:
        """Return the answer to a POST, repeated only where `idempotent` is true."""
        return await self._request("POST", path, **sending)

    async def put(self, path: str, **sending: Unpack[Sending]) -> Answer:
        """Return the answer to a PUT."""
        return await self._request("PUT", path, **sending)

    async def patch(self, path: str, **sending: Unpack[Sending]) -> Answer:
        """Return the answer to a PATCH, repeated only where `idempotent` is true."""
        return await self._request("PATCH", path, **sending)

    async def delete(self, path: str, **sending: Unpack[Sending]) -> Answer:
        """Return the answer to a DELETE."""
        return await self._request("DELETE", path, **sending)

    async def close(self) -> None:
        """Close the connections. Safe to call twice."""
        await self._http.aclose()

    async def _request(self, method: str, path: str, **sending: Unpack[Sending]) -> Answer:
        idempotent = sending.get("idempotent")
        try:
            request = self._build(method, path, sending)
        except (httpx.InvalidURL, UnicodeError):  # half a character, as JSON may hold, is in no URL
            raise ProtocolError(f"{method} to {self.service}: the path cannot be part of a URL") from None
        reads = is_read(method, request.url.path, self._reads)
        repeatable = reads or (method in ("PUT", "DELETE") if idempotent is None else idempotent)
        operation = self._runtime.redactor.clean(f"{method} {request.url.path}")
        call = Call(self.service, operation, not reads, repeatable, self._credential)
        try:
            answer = await self._tried(call, request)
        except ProviderError as error:
            note(writes=call.writes, error=error)
            raise
        note(writes=call.writes)
        return answer

    async def _tried(self, call: Call, request: httpx.Request) -> Answer:
        lost = False
        error: ProviderError
        try:
            async for attempt in Policy(call, self._runtime, self._deadline, self._budget.waits).tries():
                with attempt:
                    try:
                        return await self._exchange.run(call, request, attempt.retry_state.attempt_number)
                    except Failed as failure:
                        lost = lost or failure.lost
                        raise
        except Failed as failure:
            error = failure.error
        except Busy as locked:  # perhaps by what an earlier try of it has begun
            error = locked
        raise (call.lost(error) if call.writes and lost else error) from None

    def _build(self, method: str, path: str, sending: Sending) -> httpx.Request:
        url, params = httpx.URL(self._address.join(path)), sending.get("params")
        if params:
            url = url.copy_merge_params({name: value for name, value in params.items() if value is not None})
        return self._http.build_request(method, url, json=sending.get("json"), headers=sending.get("headers"))

    def _check_headers(self, headers: Mapping[str, str]) -> None:
        """Refuse values that cannot stand in a header before httpx does: its message would quote them."""
        for name, value in headers.items():
            if not (value.isascii() and value.isprintable() and value == value.strip()):
                raise CredentialRejected(
                    f"the value for the header {name} of {self.service} holds a character that cannot be sent: "
                    "a line break, a space at an end, or one outside ASCII",
                    fix=f"set {self._credential or 'the credential'} to the token alone",
                )


@cache
def _user_agent() -> str:
    try:
        return f"reconciler/{version('reconciler')}"
    except PackageNotFoundError:
        return "reconciler"
