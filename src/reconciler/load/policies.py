"""`desired/policies/`: from data to rules. What would make a rule say nothing is an error: a slip switches none off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import ValidationError

from reconciler.discover import Catalog
from reconciler.errors import InputError, Location
from reconciler.kind.shape import shape_of
from reconciler.load.document import Document, parse
from reconciler.load.explain import Written, explain
from reconciler.load.fits import misfits
from reconciler.load.judge import Judge, compare
from reconciler.load.names import RULES
from reconciler.load.problems import Problems
from reconciler.load.rules import PoliciesForm, RuleForm
from reconciler.load.suggest import did_you_mean
from reconciler.model.policy import EVERY_KIND, Rule
from reconciler.policy.keywords import Wrong, wrong_with
from reconciler.values import Path, path_text


def read_policies(
    documents: Iterable[Document], catalog: Catalog, problems: Problems, judge: Judge | None
) -> tuple[Rule, ...]:
    """Return the rules of all files in the order they are written, and add every problem."""
    rules: dict[str, Rule] = {}
    for document in documents:
        for rule in _read(document, catalog, problems, judge):
            other = rules.setdefault(rule.name, rule)
            if other is not rule:
                message = f"the rule {rule.name} is written twice, first at {other.where_written}"
                problems.add(message, "keep one of them, or give it another name", rule.where_written)
    return tuple(rules.values())


def _read(document: Document, catalog: Catalog, problems: Problems, judge: Judge | None) -> Iterator[Rule]:
    data = document.data
    found = list(_malformed(data))
    form = None
    try:
        form = PoliciesForm.model_validate(data, by_alias=True, by_name=False)
    except ValidationError as error:
        problems.extend(explain(error, Written(data, shape_of(PoliciesForm), document.places)))
    for wrong in found:
        _add(wrong, document, problems)
    if judge is not None and not document.refused:
        accepted = form is not None and not found
        compare(accepted, judge.policies(data), "these rules", Location(document.file), problems)
    if form is None or found:
        return
    for name, rule in form.entries.items():
        yield _Reader(document, catalog, problems, name, rule).rule()


def _malformed(data: Any) -> Iterator[Wrong]:
    """Yield what is wrong with the conditions of a file, whatever else is."""
    rules = data.get(RULES) if isinstance(data, Mapping) else None
    for name, rule in rules.items() if isinstance(rules, Mapping) else ():
        if not isinstance(rule, Mapping):
            continue
        for part in ("count", "document"):
            if part in rule:
                yield from wrong_with(rule[part], (RULES, name, part))
        for part in ("where", "require"):
            fields = rule.get(part)
            for field, condition in fields.items() if isinstance(fields, Mapping) else ():
                if condition is not None and not isinstance(condition, str | int | float):
                    yield from wrong_with(condition, (RULES, name, part, field))


def _add(wrong: Wrong, document: Document, problems: Problems) -> None:
    where = document.places.key(wrong.path) if wrong.key else document.places.value(wrong.path)
    fix = wrong.fix or did_you_mean(str(wrong.path[-1]), wrong.known)
    problems.add(f"{path_text(wrong.path[1:])}: {wrong.message}", fix, where)


@dataclass(frozen=True, slots=True)
class _Reader:
    document: Document
    catalog: Catalog
    problems: Problems
    name: str
    form: RuleForm

    def rule(self) -> Rule:
        """Return the rule; what it names and nobody knows is a problem."""
        written: Mapping[str, Any] = self.document.data[RULES][self.name]
        kinds = (self.form.kind,) if isinstance(self.form.kind, str) else self.form.kind
        kinds = kinds if "kind" in written else ()
        for index, kind in enumerate(kinds):
            self._check(kind, written, ("kind", index) if isinstance(written.get("kind"), list) else ("kind",))
        return Rule(
            name=self.name,
            message=self.form.message.strip(),
            where_written=self.document.places.key((RULES, self.name)),
            kinds=tuple(kinds),
            where=written.get("where", {}),
            require=written.get("require"),
            count=written.get("count"),
            document=written.get("document"),
            check=self.form.check if "check" in written else "",
            severity=self.form.severity,
            on_unknown=self.form.on_unknown,
            written=written,
        )

    def _check(self, kind: str, written: Mapping[str, Any], path: Path) -> None:
        where = self.document.places.value((RULES, self.name, *path))
        named = [part for part in ("where", "require") if part in written]
        if kind == EVERY_KIND:
            if named:
                message = f"{self.name}: {named[0]} names fields, and not every kind has the same"
                self.problems.add(message, "name the kinds in `kind:`", where)
            return
        if kind not in self.catalog.collections():
            fix = did_you_mean(kind, self.catalog.collections())
            self.problems.add(f"{self.name}: unknown collection {kind}", fix, where)
            return
        model = self.catalog.kind(kind)
        if model is None:
            why = next((b.error for b in self.catalog.broken if b.name == kind), "its package is broken")
            self.problems.add(f"{self.name}: {kind} cannot be used: {why}", "reinstall its package", where)
            return
        if model.unfolds_into:
            message = f"{self.name}: {kind} are written out as {model.unfolds_into} before anything looks at them"
            self.problems.add(message, f"write `kind: {model.unfolds_into}`", where)
            return
        for part in named:
            for wrong in misfits(written[part], model, (RULES, self.name, part)):
                _add(wrong, self.document, self.problems)


def parse_policies(files: Mapping[str, bytes], catalog: Catalog) -> tuple[Rule, ...]:
    """Return the rules in files of another commit, by what messages call them. What is no YAML file is left out.

    Raises InputError with every problem.
    """
    problems = Problems()
    documents = []
    for name, body in sorted(files.items()):
        if name.partition(" at ")[0].lower().endswith((".yaml", ".yml")):
            try:
                document, found = parse(body.decode("utf-8-sig"), name)
            except UnicodeDecodeError:
                problems.add("is not UTF-8 text", "name another commit with --policies-from", Location(name))
                continue
            problems.traps(found)
            documents += [document] if document is not None else []
    rules = read_policies(documents, catalog, problems, None)
    if problems.all():
        raise InputError(problems.all())
    return rules
