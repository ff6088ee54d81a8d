"""What a plan says about a change beyond its fields, or why it cannot work as written. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler import Adopt, Change, Create, Preview, Recreate, Update
from reconciler_sentry.models.projects import PLANNED_OPTIONS

AGO = {
    300: "5 minutes",
    900: "15 minutes",
    3600: "1 hour",
    86_400: "1 day",
    604_800: "1 week",
    2_592_000: "30 days",
}
WORDS = {"gt": "above", "gte": "at or above", "lt": "below", "lte": "at or below"}
PRIORITY = {75: "high", 50: "medium", 0: "resolved"}


def preview(change: Change) -> Preview:
    """Return the notes of a change, and a hold for a project that Sentry could not create."""
    if not isinstance(change, Create | Recreate | Update | Adopt):
        return Preview()
    names = {str(diff.path[0]) for diff in change.fields if diff.cause != "released"}
    spec, new = change.desired.spec, isinstance(change, Create | Recreate)
    if change.kind == "sentry_project" and new and not spec.get("teams"):
        return Preview(hold="Sentry creates a project under a team, and none is written", next="add teams: [<slug>]")
    taken = _hidden(change) if "widgets" in names else []
    if taken:
        return Preview(
            hold=f"widgets are matched by their titles, and the dashboard has one that cannot be written: {taken[0]}",
            next="give yours another title, or delete that one in Sentry",
        )
    notes = [*_NOTES.get(change.kind, _nothing)(spec, names)]
    if isinstance(change, Update | Adopt):
        notes += [f"kept as it is, since nothing here can write it: {what}" for what in _kept(change)]
    return Preview(tuple(notes))


def _nothing(spec: Mapping[str, Any], names: set[str]) -> Iterator[str]:
    return iter(())


def _kept(change: Update | Adopt) -> tuple[str, ...]:
    return tuple(dict.fromkeys(change.live.private.get("kept", ())))


def _hidden(change: Create | Recreate | Update | Adopt) -> list[str]:
    """Return the live widgets that cannot be written and have the titles of those that are wanted."""
    hidden = change.live.private.get("hidden", {}) if isinstance(change, Update | Adopt) else {}
    wanted: Any = change.desired.spec.get("widgets") or ()
    return [hidden[widget["title"]] for widget in wanted if widget["title"] in hidden]


def _monitor(spec: Mapping[str, Any], names: set[str]) -> Iterator[str]:
    """Spell thresholds out: a percentage is of the whole earlier value, and a duration is in milliseconds."""
    config, group, source = spec.get("config"), spec.get("conditionGroup"), _first(spec.get("dataSources"))
    if not names & {"config", "conditionGroup", "dataSources"} or not isinstance(group, Mapping):
        return
    detection = config.get("detectionType") if isinstance(config, Mapping) else None
    conditions = [c for c in group.get("conditions", ()) if isinstance(c.get("comparison"), int | float)]
    if detection == "percent" and isinstance(config, Mapping):
        ago = AGO.get(config.get("comparisonDelta") or 0, "some time")
        said = ", ".join(f"{_word(c)} {c['comparison'] / 100:g} times: {_priority(c)}" for c in conditions)
        yield f"compared with the same span {ago} before: {said}. It is skipped while that was zero"
        yield "percent monitors depend on the plan"
    elif detection == "dynamic":
        yield "dynamic monitors depend on the plan"
    elif "duration" in str(source.get("aggregate", "")) and "count" not in str(source.get("aggregate", "")):
        said = ", ".join(f"{_word(c)} {c['comparison'] / 1000:g} s: {_priority(c)}" for c in conditions)
        yield f"durations are in milliseconds: {said}"


def _word(condition: Mapping[str, Any]) -> str:
    return WORDS.get(str(condition.get("type")), str(condition.get("type")))


def _priority(condition: Mapping[str, Any]) -> str:
    return PRIORITY.get(condition.get("conditionResult", -1), "of its own")


def _alert(spec: Mapping[str, Any], names: set[str]) -> Iterator[str]:
    """Say what Sentry does with actions when an alert is saved."""
    if "actionFilters" not in names:
        return
    actions = [a for block in spec.get("actionFilters") or () for a in block.get("actions", ())]
    for action in actions:
        target = action.get("config") or {}
        if action["type"] == "slack" and not target.get("targetIdentifier"):
            yield (
                f"Sentry looks up the id of Slack channel {target.get('targetDisplay')} when it saves; "
                "write its targetIdentifier (C…) to be safe"
            )
    if any(a["type"] == "email" for a in actions):
        yield "email reaches members on the channel they prefer; who turned e-mail off gets none"


def _project(spec: Mapping[str, Any], names: set[str]) -> Iterator[str]:
    """Say which settings the plan or the organisation decides."""
    options = spec.get("options") if "options" in names else None
    if isinstance(options, Mapping) and any(options.get(name) for name in PLANNED_OPTIONS):
        yield "filters by release and by message depend on the plan"
    if "spikeProtection" in names:
        yield "spike protection depends on the plan"
    if any(spec.get(name) is False for name in names & {"dataScrubber", "dataScrubberDefaults", "scrubIPAddresses"}):
        yield "the organisation may require scrubbing, and then keeps it on"


_NOTES = {"metric_monitors": _monitor, "alerts": _alert, "sentry_project": _project}


def _first(value: Any) -> Mapping[str, Any]:
    return value[0] if isinstance(value, tuple | list) and value else {}
