"""Routing rules that set response headers, and the `headers` of a vercel.json. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler import Live, as_id
from reconciler_vercel.convert.payload import Payload, promised
from reconciler_vercel.models.header_values import canonical, spelled
from reconciler_vercel.models.headers import MOST_HEADERS, MOST_RULES

KIND = "response.headers"
_MORE = ("dest", "status", "has", "missing", "headers", "mitigate", "redirect", "destination")
_SENT = ("dest", "headers", "caseSensitive", "status", "has", "missing", "transforms", "respectOriginCacheControl")


def source(rule: Payload) -> str:
    """Return the pattern of a rule as it was written: the API turns `src` into a regular expression."""
    return str(rule.get("rawSrc") or rule["route"]["src"])


def sets_headers(rule: Payload) -> bool:
    """Return whether a rule is about response headers: the others are rewrites, redirects and the like."""
    with promised("a routing rule"):
        return any(t.get("type") == KIND for t in rule["route"].get("transforms") or ())


def to_live(rule: Payload) -> Live:
    """Return a rule as the API reports it.

    Raises:
        ProtocolError: something that the API promises is missing, or is of another type.
    """
    with promised("a routing rule"):
        name = str(rule["name"])
        values: dict[str, Any] = {
            "name": name,
            "source": source(rule),
            "headers": _table(rule["route"].get("transforms") or ()),
            "description": str(rule.get("description") or ""),
            "enabled": rule.get("enabled") is not False,
            "mode": "routes",
        }
        return Live("headers", as_id(rule["id"]), (name,), values, private={"more": _more(rule)})


def _table(transforms: Iterable[Payload]) -> dict[str, Any]:
    table: dict[str, list[str]] = {}
    for transform in transforms:
        if transform.get("type") == KIND and transform.get("op") in ("set", "append"):
            name, text = spelled(str(transform["target"]["key"])), transform["args"]
            texts = [str(t) for t in text] if isinstance(text, list) else [str(text)]
            table[name] = [*(table.get(name, []) if transform["op"] == "append" else []), *texts]
    return {name: canonical(name, tuple(texts)) for name, texts in table.items()}


def _more(rule: Payload) -> str:
    """Return what a rule does beyond setting headers, as the reason why it cannot be written; "" for nothing."""
    route = rule["route"]
    found = [name for name in _MORE if route.get(name)]
    if any(t.get("type") != KIND or t.get("op") not in ("set", "append") for t in route["transforms"]):
        found.append("other transforms")
    if rule.get("srcSyntax", "path-to-regexp") != "path-to-regexp":
        found.append(f"srcSyntax {rule['srcSyntax']}")
    return f"the rule also has {', '.join(found)}" if found else ""


def transforms(table: Mapping[str, Any], before: Iterable[Payload] = ()) -> list[dict[str, Any]]:
    """Return the transforms that make these headers so, after those of `before` that are not about them."""
    kept = [dict(t) for t in before if t.get("type") != KIND or spelled(str(t["target"]["key"])) not in table]
    for name, value in table.items():
        for number, text in enumerate((value,) if isinstance(value, str) else value or ()):
            kept.append({"type": KIND, "op": "append" if number else "set", "target": {"key": name}, "args": text})
    return kept


def new_rule(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of a new rule."""
    rule = {"name": spec["name"], "enabled": spec.get("enabled", True), "srcSyntax": "path-to-regexp"}
    if spec.get("description"):
        rule["description"] = spec["description"]
    table = {name: value for name, value in spec["headers"].items() if value is not None}
    return {**rule, "route": {"src": spec["source"], "transforms": transforms(table)}}


def changed_rule(rule: Payload, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body that replaces a rule: what it is, with these fields as they should be."""
    with promised("a routing rule"):
        route = {name: rule["route"][name] for name in _SENT if name in rule["route"]}
        if rule.get("rawDest") and "dest" in route:
            route["dest"] = rule["rawDest"]
        route["src"] = fields.get("source", source(rule))
        if "headers" in fields:
            route["transforms"] = transforms(fields["headers"] or {}, rule["route"].get("transforms") or ())
        body = {name: rule[name] for name in ("name", "description", "enabled", "srcSyntax") if name in rule}
        if "source" in fields:
            body["srcSyntax"] = "path-to-regexp"
        body |= {name: fields[name] for name in ("name", "description", "enabled") if fields.get(name) is not None}
        return {**body, "route": route}


def likeness(rule: Payload) -> str:
    """Return what makes two rules do the same, as text: a draft is compared with what we meant by it."""
    with promised("a routing rule"):
        route = rule["route"]
        told = {name: route.get(name) for name in _SENT if route.get(name)}
        told["transforms"] = sorted(json.dumps(_plain(t), sort_keys=True) for t in route.get("transforms") or ())
        told["dest"] = rule.get("rawDest") or route.get("dest")
        head = [rule["name"], rule.get("description") or "", rule.get("enabled") is not False, source(rule)]
        return json.dumps([head, told], sort_keys=True)


def _plain(transform: Payload) -> dict[str, Any]:
    target = {k: str(v).lower() if k == "key" else v for k, v in (transform.get("target") or {}).items()}
    return {**transform, "target": target}


def entry_of(text: str, pattern: str) -> dict[str, Any]:
    """Return the headers that a vercel.json gives to a pattern, unconditionally. Raises ValueError where it is none."""
    try:
        whole = json.loads(text)
        rows = [
            r for r in whole.get("headers", ()) if r["source"] == pattern and not r.get("has") and not r.get("missing")
        ]
        return {str(h["key"]): str(h["value"]) for row in rows for h in row["headers"]}
    except (LookupError, TypeError, AttributeError):
        raise ValueError("its `headers` are not of the form that Vercel documents") from None


def entry_wanted(there: Mapping[str, str], pattern: str, table: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the entry of a vercel.json that makes these headers so, the others kept; None when it does already."""
    kept = {spelled(name): canonical(name, value) for name, value in there.items()}
    wanted = {**kept, **table}
    if {name: value for name, value in wanted.items() if value is not None} == kept:
        return None
    rows = [
        {"key": name, "value": text}
        for name, value in wanted.items()
        for text in ((value,) if isinstance(value, str) else value or ())
    ]
    return {"source": pattern, "headers": rows}


def overfull(text: str, wanted: Mapping[str, Any]) -> str:
    """Return which limit of a vercel.json an entry would break, beside what the file has already; "" for none."""
    rules = json.loads(text).get("headers", ())
    others = [r for r in rules if r["source"] != wanted["source"] or r.get("has") or r.get("missing")]
    if len(others) >= MOST_RULES:
        return f"it has {len(others)} other rules, and Vercel takes {MOST_RULES} in all"
    rows = len(wanted["headers"])
    return f"they are {rows} headers, and Vercel takes {MOST_HEADERS} in one rule" if rows > MOST_HEADERS else ""
