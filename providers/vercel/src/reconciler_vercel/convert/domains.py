"""Domains of a project. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler import Live, as_id
from reconciler_vercel.convert.payload import Payload, moment, promised

FIELDS = ("redirectStatusCode", "gitBranch", "customEnvironmentId", "redirect")


def to_live(payload: Payload, config: Payload | None) -> Live:
    """Return a domain with what its DNS is still short of. `config` is null where nothing is to be checked.

    Raises:
        ProtocolError: something that the API promises is missing, or is of another type.
    """
    with promised("a domain"):
        name = as_id(payload["name"]).lower()
        values: dict[str, Any] = {field: payload[field] for field in FIELDS if payload.get(field) is not None}
        if "redirect" in values:
            values["redirect"] = str(values["redirect"]).lower()
        return Live(
            kind="domains",
            id=name,
            identity=(name,),
            values={"name": name, **values},
            created_at=moment(payload.get("createdAt")),
            pending=(*_ownership(payload), *_dns(name, str(payload["apexName"]), config)),
        )


def _ownership(payload: Payload) -> tuple[str, ...]:
    """Return what proves that the domain is ours; nothing once it is proven."""
    if payload["verified"] is True:
        return ()
    records = [f"{v['type']} {v['domain']} = {v['value']}" for v in payload.get("verification") or ()]
    what = f"set {' and '.join(records)}" if records else "look it up in the dashboard"
    apex = payload["apexName"]
    return (f"not verified: whoever runs the DNS of {apex} has to {what}, then press Refresh in Vercel's dashboard",)


def _dns(name: str, apex: str, config: Payload | None) -> tuple[str, ...]:
    """Return what makes the domain lead to Vercel; nothing once it does."""
    if config is None or config["misconfigured"] is False:
        return ()
    addresses = [str(ip) for row in _ranked(config.get("recommendedIPv4")) for ip in row["value"]]
    names = [str(row["value"]).rstrip(".") for row in _ranked(config.get("recommendedCNAME"))]
    record = f"A {name} = {addresses[0]}" if name == apex and addresses else ""
    record = record or (f"CNAME {name} = {names[0]}" if names else "the record that Vercel's dashboard names")
    return (f"its DNS does not lead to Vercel: whoever runs the DNS of {apex} has to set {record}",)


def _ranked(rows: Any) -> list[Payload]:
    return sorted(rows or (), key=lambda row: float(row["rank"]))[:1]


def body(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON that makes these fields so; null clears."""
    return dict(fields)
