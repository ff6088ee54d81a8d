"""Rules and a document in, what breaks them out. Pure: equal input gives equal findings in equal order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reconciler.errors import Location
from reconciler.kind.shape import Shape
from reconciler.model.policy import Finding, Rule, Severity
from reconciler.policy.document import Document, Source
from reconciler.policy.logic import Answer, Condition
from reconciler.policy.plaintext import plaintext_secrets
from reconciler.policy.said import said
from reconciler.values import Path, path_text

CHECKS = ("no-plaintext-secrets",)


def evaluate(rules: Iterable[Rule], document: Document) -> tuple[Finding, ...]:
    """Return every finding, what denies first, then in the order of the rules and addresses."""
    found = [finding for rule in rules for finding in _broken(rule, document)]
    return tuple(sorted(found, key=lambda f: f.severity != "deny"))


def plaintexts(rules: Iterable[Rule], document: Document) -> Iterator[str]:
    """Yield each text that a rule takes for a secret, so that no report shows it."""
    for rule in rules:
        for source in document.of(rule.covers) if rule.check else ():
            whole = document.effective(source)
            for path, _ in plaintext_secrets(whole):
                value: Any = whole
                for part in path:
                    value = value[part]
                yield str(value)


def fields_condition(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON Schema of conditions by field. All the fields have to be there; a scalar is the value itself."""
    conditions = {name: dict(c) if isinstance(c, Mapping) else {"const": c} for name, c in fields.items()}
    return {"required": list(conditions), "properties": conditions}


def _broken(rule: Rule, document: Document) -> Iterator[Finding]:
    if rule.document is not None:
        answer = Condition.of(rule.document).ask(document.whole())
        if answer.met is False or (answer.met is None and not document.narrowed):
            yield _finding(rule, answer, said(answer, Shape()))
    elif rule.count is not None:
        yield from _miscounted(rule, rule.count, document)
    else:
        yield from _each(rule, document)


def _each(rule: Rule, document: Document) -> Iterator[Finding]:
    where = Condition.of(fields_condition(rule.where)) if rule.where else None
    require = Condition.of(fields_condition(rule.require)) if rule.require else None
    for source in document.of(rule.covers):
        instance = document.effective(source)
        applies = where.ask(instance) if where else Answer(True)
        if applies.met is False:
            continue
        broken = list(_answers(rule, require, instance))
        for answer, text in broken:
            unsure = applies if applies.met is None else answer
            if unsure.met is None and source.outside:
                continue
            shape = document.shapes.get(source.resource.address.collection, Shape())
            said_of = said(unsure, shape) if unsure.met is None else text or said(answer, shape)
            yield _finding(rule, unsure, said_of, source, answer.path)


def _answers(rule: Rule, require: Condition | None, instance: Mapping[str, Any]) -> Iterator[tuple[Answer, str]]:
    """Yield what is wrong with one object, each with words for it where the answer alone has none."""
    if rule.check:
        for path, what in plaintext_secrets(instance):
            yield Answer(False, path), f"{path_text(path)} looks like a secret: {what}"
    if require is not None:
        answer = require.ask(instance)
        if answer.met is not True:
            yield answer, ""


def _miscounted(rule: Rule, count: Mapping[str, Any], document: Document) -> Iterator[Finding]:
    """The number is a range while it is not known of some objects whether they count."""
    where = Condition.of(fields_condition(rule.where)) if rule.where else None
    least = unsure = 0
    excused, reason = False, ""
    for source in document.of(rule.covers):
        applies = where.ask(document.effective(source)) if where else Answer(True)
        if applies.met is None:
            unsure += 1
            excused, reason = excused or source.outside, reason or f"{source.resource.address}: {applies.reason}"
        least += applies.met is True
    wanted = Condition.of({**count, "type": "integer"})
    verdicts = {wanted.ask(number).met for number in range(least, least + unsure + 1)}
    if verdicts == {True} or (True in verdicts and excused):
        return
    what = " and ".join(rule.kinds)
    if True in verdicts:
        yield _finding(
            rule, Answer(None, reason=reason), f"{what}: between {least} and {least + unsure} found, since {reason}"
        )
    else:
        yield _finding(rule, Answer(False), f"{what}: {least} found")


def _finding(rule: Rule, answer: Answer, text: str, source: Source | None = None, path: Path = ()) -> Finding:
    unknown = answer.met is None
    severity: Severity = "warn" if unknown and rule.on_unknown == "warn" else rule.severity
    place: Location | None = source.resource.place(path) if source else None
    return Finding(
        rule.name,
        severity,
        rule.message,
        text,
        rule.where_written,
        str(source.resource.address) if source else "",
        path_text(path) if source else "",
        place,
        unknown,
    )
