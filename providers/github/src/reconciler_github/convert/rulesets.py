"""Rulesets: rules as a mapping by type, actors in one order, and bodies that keep what only GitHub knows of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler import Live, Unknown, as_id
from reconciler_github.convert.payloads import known, moment, promised, thawed
from reconciler_github.models.rules import Rules
from reconciler_github.models.rulesets import NUMBERED, BypassActor, Conditions, Ruleset, actor_key

HIDDEN = "GitHub shows bypass_actors only to who may write the ruleset"
KEYS = {"required_status_checks": "context", "code_scanning_tools": "tool"}
"""Parameters that are lists of mappings, and what tells their elements apart."""


@promised("a ruleset")
def to_live(payload: Mapping[str, Any]) -> Live:
    """Return a ruleset as the API shows it alone (a listing leaves most of it out).

    Absent `bypass_actors` are hidden, not empty. Rules of types that the model does not know are left out.
    """
    values = {name: payload[name] for name in ("name", "target", "enforcement") if payload.get(name) is not None}
    if payload.get("conditions"):
        conditions = known(Conditions, payload["conditions"])
        if conditions:
            values["conditions"] = conditions
    values["rules"] = _rules(payload.get("rules") or ())
    actors = payload.get("bypass_actors")
    values["bypass_actors"] = Unknown(HIDDEN) if actors is None else _actors(actors)
    return _live(payload, values)


@promised("a list of rulesets")
def unreadable(item: Mapping[str, Any], reason: str) -> Live:
    """Return a ruleset of which only the listing is known, and why."""
    return _live(item, {}, unknown=reason)


def _live(payload: Mapping[str, Any], values: Mapping[str, Any], unknown: str = "") -> Live:
    name = str(payload["name"])
    created = moment(payload.get("created_at"))
    return Live(
        Ruleset.collection, as_id(payload["id"]), (name,), values, name=name, created_at=created, unknown=unknown
    )


def _rules(rules: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return known(Rules, {rule["type"]: rule.get("parameters") or {} for rule in rules})


def _actors(actors: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    shown = (known(BypassActor, actor) for actor in sorted(actors, key=actor_key))
    return tuple(
        actor if actor["actor_type"] in NUMBERED else {k: v for k, v in actor.items() if k != "actor_id"}
        for actor in shown
    )


def to_body(spec: Mapping[str, Any], live: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the body that makes these fields so. With `live`, the payload as it is now, the rest stays as it is.

    Everything is sent, but `bypass_actors` that nobody asks to change, hidden or not: leaving these out keeps them.
    """
    live = live or {}
    body = {name: live[name] for name in ("name", "target", "enforcement", "conditions", "rules") if name in live}
    body |= {name: spec[name] for name in ("name", "target", "enforcement") if spec.get(name) is not None}
    if "conditions" in spec:
        body["conditions"] = _conditions(spec["conditions"])
    if "rules" in spec:
        body["rules"] = merged_rules(live.get("rules") or (), spec["rules"] or {})
    if "bypass_actors" in spec:
        before = live.get("bypass_actors") or ()
        body["bypass_actors"] = [_actor(actor, before) for actor in spec["bypass_actors"] or ()]
    if body.get("conditions", {}) is None:
        del body["conditions"]
    return body


def _conditions(wanted: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return ref names with both of their lists, which GitHub wants together."""
    ref_name = wanted.get("ref_name") if wanted else None
    if ref_name is None:
        return None
    return {"ref_name": {part: list(ref_name.get(part) or ()) for part in ("include", "exclude")}}


def merged_rules(live: Sequence[Mapping[str, Any]], wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the list of rules to send: live ones in their order, wanted ones changed into them, those at null gone.

    What a rule has and nobody wrote stays, and so do rules of types that are not written.
    """
    there = {str(rule["type"]) for rule in live}
    new = [{"type": name} for name in wanted if name not in there]
    rules = []
    for rule in (*live, *new):
        name = str(rule["type"])
        if name not in wanted or wanted[name] is not None:
            parameters = merged(rule.get("parameters") or {}, wanted.get(name) or {})
            rules.append({"type": name, **({"parameters": parameters} if parameters else {})})
    return rules


def merged(live: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters with the wanted ones put in; null takes one out. Elements of keyed lists keep the rest."""
    result = {**live, **{name: _element(name, live.get(name), value) for name, value in wanted.items()}}
    return {name: value for name, value in result.items() if value is not None}


def _element(name: str, live: Any, wanted: Any) -> Any:
    key = KEYS.get(name)
    if key is None or not isinstance(live, list) or not isinstance(wanted, tuple):
        return thawed(wanted)
    there = {element.get(key): element for element in live}
    return [merged(there.get(element[key], {}), element) for element in wanted]


def _actor(wanted: Mapping[str, Any], live: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return an actor to send, with the bypass mode it has where none is written."""
    same = next((actor for actor in live if actor_key(actor) == actor_key(wanted)), {})
    number = wanted["actor_id"] if wanted["actor_type"] in NUMBERED else None
    if wanted["actor_type"] == "OrganizationAdmin":
        number = 1
    return {"bypass_mode": "always", **same, **wanted, "actor_id": number}
