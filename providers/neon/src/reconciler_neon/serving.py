"""Where the data is reached: the two URLs of a database on the default branch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

from reconciler import Connection, CredentialRejected, NotFound, ProtocolError, Refused, SecretValue, Unknown
from reconciler_neon.answers import text_of
from reconciler_neon.convert import id_on
from reconciler_neon.project import ProjectApi

OUTPUTS = ("pooled_url", "direct_url")
Served: TypeAlias = tuple[Mapping[str, Any] | Unknown | None, Mapping[str, Any]]
"""What the URLs lead to (None: nothing yet), and the URLs as outputs."""


class Serving:
    """Reads the URLs, in one call for both: the pooled host is the direct one with `-pooler` in its first label."""

    def __init__(self, api: ProjectApi, connection: Connection) -> None:
        self._api = api
        self._redactor = connection.runtime.redactor

    async def now(self) -> Served:
        """Return what the settings choose, and its URLs; each Unknown, with the reason, where they cannot be told."""
        branch = (await self._api.branches("database")).default
        if branch is None:
            return None, _unknown("the project has no default branch")
        found = await self._api.on_branch(branch, "databases", "database")
        chosen = self._api.settings.database
        fitting = [d for d in found if chosen in (None, text_of(d, "name"))]
        if len(fitting) != 1:
            return None, _unknown(_undecided(chosen, text_of(branch, "name"), [text_of(d, "name") for d in fitting]))
        database = fitting[0]
        role = self._api.settings.role or text_of(database, "owner_name")
        query = {
            "branch_id": text_of(branch, "id"),
            "database_name": text_of(database, "name"),
            "role_name": role,
            "pooled": "true",
        }
        try:
            uri = str(await self._api.read("uri", "connection_uri", params=query))
        except NotFound as error:
            return None, _unknown(f"Neon has no URL for {database['name']} and the role {role} yet: {error.message}")
        except (CredentialRejected, Refused) as error:
            # The rest of the project is read all the same: a key that may not see passwords still makes a plan.
            reason = f"{error.message}: {error.fix}" if error.fix else error.message
            return Unknown(reason), _unknown(reason)
        name = text_of(branch, "name")
        serves = {"database": id_on(name, text_of(database, "name"))}
        if self._api.settings.role:
            serves["role"] = id_on(name, role)
        return serves, self._urls(uri)

    def _urls(self, uri: str) -> Mapping[str, Any]:
        parts = _split(uri)
        if parts.password:
            self._redactor.add(unquote(parts.password), "password of a Neon role")
        user, _, host = parts.netloc.rpartition("@")
        endpoint, _, domain = host.partition(".")
        if not endpoint.endswith("-pooler"):
            raise ProtocolError("Neon was asked for a pooled URL and sent one whose host is not pooled")
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        safe = parts._replace(query=urlencode({"sslmode": "require", **query}))
        direct = safe._replace(netloc=f"{user}@{endpoint.removesuffix('-pooler')}.{domain}")
        texts = (safe.geturl(), direct.geturl())
        return {name: SecretValue(text, f"Neon {name}") for name, text in zip(OUTPUTS, texts, strict=True)}


def _split(uri: str) -> SplitResult:
    """Return the parts of a connection URI. Never quotes it: it holds a password."""
    try:
        parts = urlsplit(uri)
        usable = parts.scheme in ("postgresql", "postgres") and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        raise ProtocolError("Neon sent something else than a PostgreSQL URL as connection URI")
    return parts


def _undecided(chosen: str | None, branch: str, fitting: list[str]) -> str:
    if chosen or not fitting:
        return f"branch {branch} has no database {chosen or 'at all'} yet"
    names = ", ".join(sorted(fitting))
    return f"branch {branch} has several databases ({names}); choose one with `database:` in environment.yaml"


def _unknown(reason: str) -> Mapping[str, Unknown]:
    return dict.fromkeys(OUTPUTS, Unknown(reason))
