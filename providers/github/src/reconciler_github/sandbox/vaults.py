"""Variables and secrets, of the repository and of its environments. Secrets arrive sealed, and are opened here."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from nacl.exceptions import CryptoError
from nacl.public import SealedBox
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reconciler_github.sandbox.answers import Endpoint, answering, body_of, empty, paged
from reconciler_github.sandbox.store import Invalid, Secret, Store, Variable, Vault, stamp

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
LARGEST = 48 * 1024  # bytes
MOST_SECRETS = 100
MOST_VARIABLES = {True: 100, False: 500}  # of an environment, of the repository


def named(name: Any, what: str) -> str:
    """Return a name as GitHub keeps it: in upper case. Raises Invalid."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise Invalid(422, f"{what} names can only contain alphanumeric characters and underscores")
    if name.upper().startswith("GITHUB_"):
        raise Invalid(422, f"{what} names cannot start with GITHUB_")
    return name.upper()


class Vaults:
    """The endpoints, under both bases."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def routes(self, base: str) -> list[Route]:
        """Return the routes; `base` is the path of the repository."""
        found: list[tuple[str, Mapping[str, Endpoint]]] = []
        for below in (f"{base}/environments/{{environment:path}}", f"{base}/actions"):
            found += [
                (f"{below}/secrets/public-key", {"GET": self.public_key}),
                (f"{below}/secrets/{{name}}", {"GET": self.secret, "PUT": self.put, "DELETE": self.drop_secret}),
                (f"{below}/secrets", {"GET": self.secrets}),
                (f"{below}/variables/{{name}}", {"GET": self.variable, "PATCH": self.patch, "DELETE": self.drop}),
                (f"{below}/variables", {"GET": self.variables, "POST": self.post}),
            ]
        for what in ("secrets", "variables"):
            found.append((f"{base}/actions/organization-{what}", {"GET": self.of_the_organization}))
        return [
            Route(path, answering(endpoint), methods=[method])
            for path, methods in found
            for method, endpoint in methods.items()
        ]

    def _vault(self, request: Request) -> Vault:
        return self.store.place(request.path_params.get("environment"))

    async def of_the_organization(self, request: Request) -> Response:
        """List what the organisation shares with the repository: nothing."""
        return paged(request, [], str, wrapped=request.url.path.rpartition("-")[2])

    async def public_key(self, request: Request) -> Response:
        """Return the key that secrets are sealed with."""
        vault = self._vault(request)
        return JSONResponse({"key_id": vault.key_id, "key": b64encode(bytes(vault.key.public_key)).decode()})

    async def secrets(self, request: Request) -> Response:
        """List the names of the secrets."""
        return paged(request, sorted(self._vault(request).secrets.items()), _secret, wrapped="secrets")

    def _secret(self, request: Request) -> tuple[Vault, str]:
        vault, name = self._vault(request), request.path_params["name"].upper()
        if name not in vault.secrets:
            raise Invalid(404, "Not Found")
        return vault, name

    async def secret(self, request: Request) -> Response:
        """Return what is shown of a secret."""
        vault, name = self._secret(request)
        return JSONResponse(_secret((name, vault.secrets[name])))

    async def put(self, request: Request) -> Response:
        """Store a secret: 201 for a new one, 204 for another value. Neither says anything."""
        vault, body = self._vault(request), await body_of(request)
        name, moment = named(request.path_params["name"], "Secret"), self.store.now()
        value = _opened(vault, body)
        before = vault.secrets.get(name)
        if before is None and len(vault.secrets) >= MOST_SECRETS:
            raise Invalid(422, f"Cannot have more than {MOST_SECRETS} secrets")
        vault.secrets[name] = Secret(value, before.created_at if before else moment, moment)
        return empty() if before else JSONResponse({}, 201)

    async def drop_secret(self, request: Request) -> Response:
        """Delete a secret."""
        vault, name = self._secret(request)
        del vault.secrets[name]
        return empty()

    async def variables(self, request: Request) -> Response:
        """List the variables: 10 to a page, and never more than 30."""
        found = sorted(self._vault(request).variables.items())
        return paged(request, found, self._show, wrapped="variables", per_page=10, most=30)

    def _variable(self, request: Request) -> tuple[Vault, str]:
        vault, name = self._vault(request), request.path_params["name"].upper()
        if name not in vault.variables:
            raise Invalid(404, "Not Found")
        return vault, name

    async def variable(self, request: Request) -> Response:
        """Return a variable."""
        vault, name = self._variable(request)
        return JSONResponse(self._show((name, vault.variables[name])))

    async def post(self, request: Request) -> Response:
        """Create a variable. One that is there is not overwritten."""
        vault, body, moment = self._vault(request), await body_of(request), self.store.now()
        name = named(body.get("name"), "Variable")
        if name in vault.variables:
            raise Invalid(409, "Already exists - Variable already exists")
        most = MOST_VARIABLES["environment" in request.path_params]
        if len(vault.variables) >= most:
            raise Invalid(422, f"Cannot have more than {most} variables")
        vault.variables[name] = Variable(_text(body.get("value")), moment, moment)
        return JSONResponse({}, 201)

    async def patch(self, request: Request) -> Response:
        """Change the value, the name, or both."""
        vault, name = self._variable(request)
        body, before = await body_of(request), vault.variables[name]
        new = named(body.get("name", name), "Variable")
        if new != name and new in vault.variables:
            raise Invalid(409, "Already exists - Variable already exists")
        value = _text(body["value"]) if "value" in body else before.value
        del vault.variables[name]
        vault.variables[new] = Variable(value, before.created_at, self.store.now())
        return empty()

    async def drop(self, request: Request) -> Response:
        """Delete a variable."""
        vault, name = self._variable(request)
        del vault.variables[name]
        return empty()

    def _show(self, item: tuple[str, Variable]) -> dict[str, Any]:
        name, one = item
        return {"name": name, "value": one.value, **_moments(one), **self.store.unannounced}


def _moments(one: Variable | Secret) -> dict[str, str]:
    return {"created_at": stamp(one.created_at), "updated_at": stamp(one.updated_at)}


def _secret(item: tuple[str, Secret]) -> dict[str, Any]:
    return {"name": item[0], **_moments(item[1])}


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise Invalid(422, "Validation Failed", [{"resource": "Variable", "field": "value", "code": "missing_field"}])
    if len(value.encode()) > LARGEST:
        raise Invalid(422, "Variable value is too large")
    return value


def _opened(vault: Vault, body: Mapping[str, Any]) -> str:
    """Return what a sealed box holds. Raises Invalid for one that was sealed for another key."""
    if body.get("key_id") != vault.key_id:
        raise Invalid(422, "The key_id is not that of the current public key")
    try:
        value = SealedBox(vault.key).decrypt(b64decode(str(body["encrypted_value"]), validate=True)).decode()
    except (KeyError, ValueError, CryptoError):
        raise Invalid(422, "Bad encrypted_value: it cannot be decrypted with the current key") from None
    if len(value.encode()) > LARGEST:
        raise Invalid(422, "Secret value is too large")
    return value
