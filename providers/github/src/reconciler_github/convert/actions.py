"""Variables and secrets: where they are kept, and a value sealed for its repository."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from nacl.public import PublicKey, SealedBox

from reconciler import Kind, Live, Refused, SecretValue, as_id
from reconciler_github.convert.payloads import moment, promised
from reconciler_github.models.actions import SHORTER, ActionsSecret, ActionsVariable, too_large


def live_id(name: str, environment: str | None) -> str:
    """Return the id of a variable or secret, of which GitHub has none: `NAME`, or `environment/NAME`."""
    return f"{environment}/{name}" if environment else name


def parted(identifier: str) -> tuple[str, str | None]:
    """Return the name and the environment that an id stands for. Names hold no slash; those of environments may."""
    environment, _, name = identifier.rpartition("/")
    return name, environment or None


@promised("a variable")
def variable(payload: Mapping[str, Any], environment: str | None) -> Live:
    """Return a variable as the API shows it."""
    return _live(ActionsVariable, payload, environment, {"value": str(payload["value"])})


@promised("a secret")
def secret(payload: Mapping[str, Any], environment: str | None) -> Live:
    """Return a secret: its name and when it was last changed. The value is never shown."""
    return _live(ActionsSecret, payload, environment, {}, changed=True)


def _live(
    kind: type[Kind],
    payload: Mapping[str, Any],
    environment: str | None,
    values: Mapping[str, Any],
    *,
    changed: bool = False,
) -> Live:
    name = as_id(payload["name"]).upper()
    where = {"environment": environment} if environment else {}
    return Live(
        kind.collection,
        live_id(name, environment),
        (name, (environment or "").lower()),
        {"name": name, **where, **values},
        name=live_id(name, environment),
        created_at=moment(payload["created_at"]),
        changed_at=moment(payload["updated_at"]) if changed else None,
    )


def fitting(text: str, name: str) -> str:
    """Return a text that GitHub takes. Raises Refused, which says the size and the limit, for one over 48 KB."""
    if said := too_large(text):
        raise Refused(f"{name} {said}", fix=SHORTER)
    return text


@promised("a public key")
def sealed(value: SecretValue, key: Mapping[str, Any]) -> dict[str, str]:
    """Return the body that stores a value: in a sealed box that only the holder of the private key opens.

    The same value gives another text each time. Raises Refused for a value over GitHub's 48 KB.
    """
    plain = fitting(value.reveal(), str(value)).encode()
    box = SealedBox(PublicKey(b64decode(key["key"], validate=True)))
    return {"encrypted_value": b64encode(box.encrypt(plain)).decode("ascii"), "key_id": str(key["key_id"])}
