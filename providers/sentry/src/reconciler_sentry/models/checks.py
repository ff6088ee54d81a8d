"""What only shows across fields or objects: problems as (address, field, message, fix). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from reconciler import Address, Resource
from reconciler_sentry.models.conditions import MAY_HAVE, NEEDS

Found: TypeAlias = Iterator[tuple[Address, str, str, str]]
MOST_SENSITIVE = 4000  # characters of all sensitiveFields together
UNCOMPARED = {"latest_release": (True,), "issue_priority_deescalating": (True,)}
PRIORITIES = (75, 50, 25)


def beyond(held: Sequence[str]) -> str:
    """Return why an object that holds these things cannot be imported; "" where it holds none."""
    return f"it holds {', '.join(held)}, which cannot be written here" if held else ""


def own(collection: str, resources: Iterable[Resource]) -> tuple[Resource, ...]:
    """Return the resources of one kind."""
    return tuple(r for r in resources if r.address.collection == collection)


def projects(resources: Iterable[Resource], slug: str) -> Found:
    """Find another project than the instance's, digest bounds that cross, and lists that Sentry refuses."""
    for resource in resources:
        at, spec = resource.address, resource.spec
        if slug and resource.identity[0] != slug:
            message = f"the project is {resource.identity[0]}, and the instance manages {slug}"
            yield at, "slug" if "slug" in spec else "", message, f"write `slug: {slug}`, or add another instance"
        low, high = spec.get("digestsMinDelay"), spec.get("digestsMaxDelay")
        if isinstance(low, int) and isinstance(high, int) and low > high:
            message = f"digestsMinDelay ({low} s) is more than digestsMaxDelay ({high} s)"
            yield at, "digestsMinDelay", message, "write a smaller one"
        length = sum(len(str(name)) for name in _parts(spec.get("sensitiveFields")))
        if length > MOST_SENSITIVE:
            message = f"sensitiveFields have {length} characters together; Sentry takes {MOST_SENSITIVE}"
            yield at, "sensitiveFields", message, "shorten the list"


def monitors(resources: Iterable[Resource]) -> Found:
    """Find monitors that never resolve, and thresholds that cannot be what was meant."""
    for resource in resources:
        config, group = resource.spec.get("config"), resource.spec.get("conditionGroup")
        if not isinstance(config, Mapping) or not isinstance(group, Mapping):
            continue
        conditions = [c for c in _parts(group.get("conditions")) if isinstance(c, Mapping)]
        for message, fix in _thresholds(str(config.get("detectionType")), conditions):
            yield resource.address, "conditionGroup", message, fix


def _thresholds(detection: str, conditions: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    anomalies = [c for c in conditions if c["type"] == "anomaly_detection"]
    if detection == "dynamic" or anomalies:
        alone = len(conditions) == 1 and conditions[0]["conditionResult"] == 75 and bool(anomalies)
        if not alone or detection != "dynamic":
            yield (
                "detectionType dynamic takes exactly one condition, anomaly_detection with conditionResult 75",
                "write that one condition, or detectionType static",
            )
    elif not any(c["conditionResult"] == 0 for c in conditions):
        yield (
            "no condition resolves the issue (conditionResult 0): Sentry refuses the monitor",
            "add one, as {type: lte, comparison: …, conditionResult: 0}",
        )
    if all(c["conditionResult"] == 0 for c in conditions):
        yield "no condition opens an issue", "add one with conditionResult 75 or 50"
    for condition in conditions:
        number = condition.get("comparison")
        if (condition["type"] == "anomaly_detection") != isinstance(number, Mapping):
            yield (
                f"{condition['type']} compares with {'a mapping' if condition not in anomalies else 'a number'} here",
                "anomaly_detection takes {sensitivity, thresholdType}, all others a number",
            )
        elif detection == "percent" and condition["conditionResult"] and isinstance(number, int | float):
            yield from _percentage(str(condition["type"]), number)


def _percentage(kind: str, number: float) -> Iterator[tuple[str, str]]:
    """Find a percentage that looks like a difference: the retired rules took the difference, detectors the whole."""
    more = kind in ("gt", "gte")
    if (more and number < 100) or (not more and number > 100):
        would = f"{100 + number:g}" if more else f"{max(100 - (number - 100), 0):g}"
        yield (
            f"{kind} {number:g} in a percent monitor is {number:g} % of the earlier value, which is "
            f"{'less' if more else 'more'} than it was: it would nearly always be crossed",
            f"write the whole percentage ({number:g} % more is {would}), or `times:` as a multiple"
            if more
            else "write the whole percentage (half is 50), or `times: 0.5`",
        )


def alerts(resources: Iterable[Resource]) -> Found:
    """Find alerts that listen to nothing, and conditions that Sentry would refuse."""
    for resource in resources:
        spec = resource.spec
        fields = [spec[name] for name in ("project_monitors", "metric_monitors") if name in spec]
        if not any(fields) and (fields or resource.lifecycle.id is None):
            message = "it listens to no monitor, so it would never fire"
            fix = "add project_monitors: [error], or metric_monitors: with their handles"
            yield resource.address, "project_monitors" if "project_monitors" in spec else "", message, fix
        for block in _parts(spec.get("actionFilters")):
            for condition in _parts(block.get("conditions")):
                for message in _comparison(condition["type"], condition.get("comparison", True)):
                    fix = "see `reconcile explain alerts`, and Sentry's documentation of alerts"
                    yield resource.address, "actionFilters", message, fix


def _comparison(kind: str, comparison: Any) -> Iterator[str]:
    if kind in UNCOMPARED:
        if comparison is not True:
            yield f"{kind} compares with nothing: leave comparison out"
    elif kind == "issue_priority_greater_or_equal":
        if isinstance(comparison, bool) or comparison not in PRIORITIES:
            yield f"{kind} compares with 75 (high), 50 (medium) or 25 (low)"
    elif not isinstance(comparison, Mapping):
        yield f"{kind} compares with a mapping: {', '.join(NEEDS[kind])}"
    else:
        missing = [name for name in NEEDS[kind] if comparison.get(name) in (None, "")]
        strange = sorted(set(comparison) - {*NEEDS[kind], *MAY_HAVE.get(kind, ())})
        if missing:
            yield f"{kind} needs {', '.join(missing)} in its comparison"
        if strange:
            yield f"{kind} has no {', '.join(strange)} in its comparison"
        if "key" in NEEDS[kind] or "attribute" in NEEDS[kind]:
            unary = comparison.get("match") in ("is", "ns")
            if unary == ("value" in comparison):
                yield f"{kind} has a value, unless match is `is` or `ns`"


def dashboards(resources: Iterable[Resource]) -> Found:
    """Find widgets that reach beyond the six columns."""
    for resource in resources:
        for widget in _parts(resource.spec.get("widgets")):
            layout = widget.get("layout")
            if isinstance(layout, Mapping) and layout["x"] + layout["w"] > 6:
                message = f"widget {widget['title']!r} ends in column {layout['x'] + layout['w']} of 6"
                yield resource.address, "widgets", message, "make x + w 6 or less"


def _parts(value: Any) -> Iterable[Any]:
    return value if isinstance(value, tuple | list) else ()
