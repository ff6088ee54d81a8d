"""PostgreSQL errors in the terms of the provider contract. Only the primary message is kept.

DETAIL and CONTEXT may quote a whole row, hash included, so they never leave this module; callers raise `from None`.
SQLSTATEs: PostgreSQL manual, appendix A.
"""

from __future__ import annotations

import psycopg

from reconciler import (
    AnswerLost,
    Busy,
    CredentialRejected,
    ProtocolError,
    ProviderError,
    ReadOnlyViolation,
    Refused,
    Unavailable,
)

_GRANT = "grant the role what docs/reference/accounts.md lists under Privileges, then run again"
_SCHEMA = "check that DIRECT_URL names the application's database and that its migrations have run"
_LATER = "nothing of this operation was kept; run again"

_EXACT: dict[str, tuple[type[ProviderError], str]] = {
    "42501": (CredentialRejected, _GRANT),
    "3D000": (CredentialRejected, "check the database name in the URL"),
    "57014": (Unavailable, _LATER),
    "55P03": (Busy, "another run or the application holds the row; run again"),
    "40001": (Busy, _LATER),
    "40P01": (Busy, _LATER),
    "23505": (Refused, "somebody made it meanwhile; plan again"),
    "25006": (Refused, "the server only reads: a replica, or a suspended project; use the primary's direct URL"),
    "42P01": (ProtocolError, _SCHEMA),
    "42703": (ProtocolError, _SCHEMA),
    "42704": (ProtocolError, _SCHEMA),
    "3F000": (ProtocolError, _SCHEMA),
}
_CLASSES: dict[str, tuple[type[ProviderError], str]] = {
    "08": (Unavailable, _LATER),
    "28": (CredentialRejected, "check the user and the password in the URL"),
    "53": (Unavailable, _LATER),
    "57": (Unavailable, _LATER),
    "58": (Unavailable, _LATER),
    "25": (Unavailable, _LATER),
    "22": (Refused, "correct the value in the roster"),
    "23": (Refused, "plan again; the row depends on something that changed"),
}


def failure(error: psycopg.Error, operation: str, *, read_only: bool = False) -> ProviderError | ReadOnlyViolation:
    """Return what a failed statement means. A connection that broke before COMMIT kept nothing: Unavailable."""
    state = error.sqlstate
    said = (error.diag.message_primary or "") if error.diag else ""
    if state == "25006" and read_only:
        return ReadOnlyViolation(f"{operation}: the session is read-only, and something tried to write")
    if state is None:
        return Unavailable(
            f"{operation}: the connection to the database was lost", fix=_LATER, operation=operation, status=None
        )
    kind, fix = _EXACT.get(state) or _CLASSES.get(state[:2]) or (ProtocolError, _SCHEMA)
    if state == "23505":
        said = f"{said} ({error.diag.constraint_name})" if error.diag.constraint_name else said
    return kind(f"{operation}: {said} (SQLSTATE {state})", fix=fix, operation=operation, status=state)


def commit_lost(operation: str) -> AnswerLost:
    """Return the error for a COMMIT that got no answer."""
    return AnswerLost(
        f"{operation}: the connection was lost while committing; it may or may not have taken effect",
        fix="run again: the plan starts from what is in the database",
        operation=operation,
    )


def connect_failure(error: psycopg.Error, where: str, name: str) -> ProviderError:
    """Return why no connection came about. libpq gives no SQLSTATE here, so its (English) text decides.

    `where` names the server without credentials, `name` the secret that holds the URL.
    """
    text = str(error)
    if "password authentication failed" in text or "no pg_hba.conf entry" in text or "role " in text.lower():
        fix = "check the user and the password in the URL"
        return CredentialRejected(f"{where} does not accept the credential of {name}", fix=fix, operation="connect")
    if "database" in text and "does not exist" in text:
        fix = "check the database name in the URL"
        return CredentialRejected(f"{where}: there is no such database", fix=fix, operation="connect")
    if "does not support SSL" in text:
        fix = "use the address of a server with TLS; only a database on this machine may do without"
        return CredentialRejected(f"{where} offers no TLS, and TLS is required", fix=fix, operation="connect")
    if "certificate" in text:
        fix = "check the host name and sslrootcert in the URL"
        return CredentialRejected(f"{where}: its TLS certificate is not accepted", fix=fix, operation="connect")
    reason = "took too long to answer" if "timeout" in text or "timed out" in text else "cannot be reached"
    return Unavailable(
        f"the database at {where} {reason}", fix="check that it is running, and the host and port", operation="connect"
    )
