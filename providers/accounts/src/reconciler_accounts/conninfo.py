"""From the database URL to connection parameters: TLS, direct host, read-only sessions, time limits. Pure."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from reconciler import CredentialRejected

CONNECT_SECONDS = 10
STATEMENT_SECONDS = 30.0
LOCK_SECONDS = 10.0
_WEAK = ("allow", "prefer")
# Parameters that Prisma reads from the same URL and libpq refuses.
_PRISMA = {
    "schema", "connection_limit", "pool_timeout", "socket_timeout", "statement_cache_size", "sslidentity", "sslaccept",
    "pgbouncer",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect, ready for psycopg. `where` names it for people, without user or password."""

    parameters: dict[str, Any]
    where: str
    password: str
    name: str = "DIRECT_URL"  # of the secret that holds the URL


def target(url: str, *, name: str, read_only: bool) -> Target:
    """Return how to connect to the database that `url` names. `name` is the secret's name, for messages.

    Sessions run in UTC, with time limits, and where `read_only`, with `default_transaction_read_only=on`. TLS is
    required (`sslmode=require` or stricter) unless every host is this machine.

    Raises:
        CredentialRejected: the URL cannot be used; the message never quotes it.
    """
    plain, prisma = _split(url)
    if prisma.get("pgbouncer", "").lower() == "true":
        raise _pooled(name)
    if prisma.get("schema", "public") != "public":
        raise CredentialRejected(
            f"env {name} names another schema; the application's tables are in public",
            fix="remove schema= from the URL",
        )
    parts = _parsed(plain)
    if parts is None:
        raise CredentialRejected(
            f"env {name} is not a PostgreSQL URL", fix="write it as postgresql://USER:PASSWORD@HOST/DATABASE"
        )
    hosts = [h for h in str(parts.get("hostaddr") or parts.get("host") or "").split(",") if h]
    if not hosts:
        raise CredentialRejected(
            f"env {name} names no host", fix="write it as postgresql://USER:PASSWORD@HOST/DATABASE"
        )
    if any(_is_pooled(h) for h in str(parts.get("host") or "").split(",")):
        raise _pooled(name)
    if not all(_is_local(h) for h in hosts):
        _require_tls(parts, name)
    only = f"-c default_transaction_read_only={'on' if read_only else 'off'}"  # last, so that nothing overrides it
    parts["options"] = " ".join(filter(None, (_limits(), parts.get("options"), only)))
    parts.setdefault("connect_timeout", CONNECT_SECONDS)
    parts.setdefault("application_name", "reconciler")
    parts.setdefault("keepalives_idle", 10)
    return Target(parts, f"{hosts[0]}:{parts.get('port') or 5432}", str(parts.get("password") or ""), name)


def _parsed(url: str) -> dict[str, Any] | None:
    """Return what a URL says; None when libpq cannot read it. Its complaint quotes the URL, so it ends here."""
    try:
        return dict(conninfo_to_dict(url))
    except psycopg.Error:
        return None


def _limits() -> str:
    settings = {
        "TimeZone": "UTC",
        "statement_timeout": int(STATEMENT_SECONDS * 1000),
        "lock_timeout": int(LOCK_SECONDS * 1000),
        "idle_in_transaction_session_timeout": 60_000,
    }
    return " ".join(f"-c {key}={value}" for key, value in settings.items())


def _split(url: str) -> tuple[str, dict[str, str]]:
    """Return the URL without Prisma's own parameters, and those."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return url, {}
    pairs = [pair for pair in parts.query.split("&") if pair]
    mine = [pair for pair in pairs if pair.partition("=")[0] not in _PRISMA]
    prisma = dict(pair.partition("=")[::2] for pair in pairs if pair not in mine)
    return (urlunsplit(parts._replace(query="&".join(mine))) if prisma else url.strip()), prisma


def _require_tls(parts: dict[str, Any], name: str) -> None:
    mode = parts.get("sslmode")
    if mode == "disable":
        raise CredentialRejected(
            f"env {name} turns TLS off for a host that is not this machine",
            fix="write sslmode=require in the URL, or verify-full with sslrootcert",
        )
    if mode is None or mode in _WEAK:
        parts["sslmode"] = "require"
    parts["gssencmode"] = "disable"  # GSS encryption would be used instead of TLS


def _is_local(host: str) -> bool:
    if host.startswith(("/", "@")) or host == "localhost":  # a Unix socket
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_pooled(host: str) -> bool:
    return host.partition(".")[0].endswith("-pooler")


def _pooled(name: str) -> CredentialRejected:
    return CredentialRejected(
        f"env {name} names the pooled host: transactions are pooled there, so read-only sessions and time limits are "
        "not kept",
        fix="use the direct host, the one without -pooler",
    )
