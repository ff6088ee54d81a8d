"""Environment variables. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from reconciler import Live, SecretValue, Unknown, Unreadable, as_id
from reconciler_vercel.convert.payload import Payload, moment, promised
from reconciler_vercel.convert.secrecy import looks_secret
from reconciler_vercel.models.env import READABLE, SEALED, alarm, identity_of

NEW = "not known here: update reconciler-vercel"
NOT_DECRYPTED = "Vercel did not decrypt it for this token"


def is_ours_to_manage(payload: Payload) -> bool:
    """Return whether people manage a variable: no integration or store owns it, and Vercel does not set it itself."""
    owned = payload.get("configurationId") or payload.get("contentHint") or payload.get("internalContentHint")
    return not owned and payload.get("type") != "system" and payload.get("system") is not True


def targets(payload: Payload) -> tuple[str, ...]:
    """Return the environments of a variable, sorted; the API sends them as text or as a list."""
    sent = payload.get("target") or ()
    return (sent,) if isinstance(sent, str) else tuple(sorted(str(t) for t in sent))


def to_live(
    payload: Payload,
    absent: Collection[str] = (),
    *,
    undecrypted: str = "",
    known: Any = None,
    is_secret: Callable[[str], object] = lambda _text: "",
) -> Live:
    """Return a variable as the API reports it.

    `undecrypted` says why encrypted values came as ciphertext; `known` is the value that was just sent.
    `is_secret` tells of a text whether it is one of the secrets at hand.

    Raises:
        ProtocolError: something that the API promises is missing, or is of another type.
    """
    with promised("an environment variable"):
        key, kept = str(payload["key"]), str(payload["type"])
        custom = tuple(sorted(str(c) for c in payload.get("customEnvironmentIds") or ()))
        branch = payload.get("gitBranch") or None
        new = "" if kept in (*READABLE, *SEALED) else f"its type {kept[:40]!r} is {NEW}"
        values: dict[str, Any] = {
            "key": key,
            "value": Unknown(new) if new else _value(key, kept, payload, undecrypted, known, is_secret),
            "type": Unknown(new) if new else kept,
            "target": targets(payload),
            "customEnvironmentIds": custom,
            "gitBranch": branch,
            "comment": str(payload.get("comment") or ""),
        }
        identity = identity_of(key, branch, targets(payload), custom)
        return Live(
            kind="env",
            id=as_id(payload["id"]),
            identity=identity,
            values={name: value for name, value in values.items() if value not in (None, ())},
            name=_title(identity),
            created_at=moment(payload.get("createdAt")),
            changed_at=moment(payload.get("updatedAt")) if kept in SEALED else None,
            private={"alarm": alarm(key)} if key in absent else {},
        )


def with_value(live: Live, value: Any) -> Live:
    """Return a variable with a value that its payload does not show."""
    return replace(live, values={**live.values, "value": value})


def _title(identity: tuple[str, ...]) -> str:
    key, branch, where = identity
    return f"{key} ({where}{f', branch {branch}' if branch else ''})"


def _value(
    key: str, kept: str, payload: Payload, undecrypted: str, known: Any, is_secret: Callable[[str], object]
) -> Any:
    if kept not in READABLE:
        return Unreadable("Vercel never returns a sensitive value")
    if known is None:
        if kept == "encrypted" and undecrypted:
            return Unknown(undecrypted)
        if kept == "encrypted" and payload.get("decrypted") is False:
            return Unknown(NOT_DECRYPTED)
        known = payload["value"]
    if not isinstance(known, str | SecretValue):
        raise TypeError
    if isinstance(known, SecretValue):
        return known
    hidden = looks_secret(key, known) or is_secret(known)
    return SecretValue(known, f"value of the variable {key}") if hidden else known


def body(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON that makes these fields so; null clears."""
    sent: dict[str, Any] = {}
    for name, value in fields.items():
        match value:
            case SecretValue():
                sent[name] = value.reveal()
            case tuple() | None if name in ("target", "customEnvironmentIds"):
                sent[name] = sorted(value or ())
            case _:
                sent[name] = value
    return sent


def failures(answer: Any) -> list[Payload]:
    """Return the errors of a create that was answered with success, or not: a bulk request succeeds in part."""
    failed = answer.get("failed") if isinstance(answer, Mapping) else None
    found = [row.get("error", row) for row in failed or () if isinstance(row, Mapping)]
    return [error for error in found if isinstance(error, Mapping)]


def newest(payloads: Collection[Payload]) -> float | None:
    """Return when a variable that production's build gets was last changed, in milliseconds; None without any.

    Custom environments and variables of integrations do not count.
    """
    times = [
        float(p.get("updatedAt") or p.get("createdAt") or 0)
        for p in payloads
        if is_ours_to_manage(p) and "production" in targets(p)
    ]
    return max(times, default=None)
