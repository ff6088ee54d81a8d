"""What has to be known before there is a `desired/environment.yaml`: questions from the settings models, answers. Pure.

No provider is known here: which settings exist, and which of them are required, their models say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from reconciler.errors import Problem
from reconciler.kind.settings import ProviderSettings
from reconciler.kind.shape import Shape, shape_of
from reconciler.load.explain import Written, explain, shape_at
from reconciler.load.names import ENVIRONMENT
from reconciler.load.places import Mark, Places
from reconciler.load.scalars import Trap, resolve
from reconciler.load.suggest import did_you_mean
from reconciler.values import SecretRef

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_LONGEST_NAME = 63


@dataclass(frozen=True, slots=True)
class Question:
    """One required setting of a provider type, by its dotted name."""

    type: str
    path: tuple[str, ...]
    shape: Shape
    to_read: bool = False  # only what reads at once needs it

    @property
    def flag(self) -> str:
        """What answers it on the command line."""
        return f"--set {self.type}.{'.'.join(self.path)}={'VARIABLE' if self.shape.secret else 'VALUE'}"

    @property
    def text(self) -> str:
        """What to ask a person."""
        doc = " ".join(self.shape.doc.split()).rstrip(".")
        kind = "the name of the variable that holds it" if self.shape.secret else doc
        return f"{self.type}: {'.'.join(self.path)}{f' ({kind})' if kind else ''}"

    def missing_in(self, settings: Mapping[str, Any]) -> bool:
        """Return whether these settings do not answer it."""
        return not _has(settings, self.path)


@dataclass(slots=True)
class Answers:
    """The name of the environment, and each provider type with its settings as YAML data. `problems` are all so far."""

    environment: str = ""
    providers: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def wrong_environment(name: str) -> str:
    """Return why a name cannot be an environment's; "" when it can."""
    if re.fullmatch(ENVIRONMENT, name) and len(name) <= _LONGEST_NAME:
        return ""
    return f"{name!r} cannot name an environment: small letters, digits, - and _, as in production"


def required(provider_type: str, settings: type[ProviderSettings], *, reads: bool = False) -> tuple[Question, ...]:
    """Return the settings a user must write, in the order of the model, and those that reading needs, if it `reads`."""
    shape = shape_of(settings)
    more = settings.needed_to_read if reads else ()
    return (
        *(Question(provider_type, path, found) for path, found in _required(shape, ())),
        *(Question(provider_type, (name,), shape.member(name), to_read=True) for name in more),
    )


def _required(shape: Shape, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Shape]]:
    for name, member in shape.fields.items():
        if member.required and member.form == "mapping" and member.fields:
            yield from _required(member, (*path, name))
        elif member.required:
            yield (*path, name), member


def variables(settings: type[ProviderSettings]) -> Mapping[str, str]:
    """Return the variables that secrets come from when nothing else is written, by setting."""
    defaults = {
        name: info.get_default(call_default_factory=True)
        for name, info in settings.model_fields.items()
        if not info.is_required()
    }
    return {name: value.name for name, value in defaults.items() if isinstance(value, SecretRef)}


def begin(environment: str, types: Iterable[str], known: Mapping[str, type[ProviderSettings]]) -> Answers:
    """Return answers with the environment's name and the provider types that can be used, and problems for the rest."""
    answers = Answers(environment)
    if environment and (wrong := wrong_environment(environment)):
        answers.problems.append(Problem(f"--environment: {wrong}", "write --environment production"))
    for name in dict.fromkeys(types):
        if name in known:
            answers.providers[name] = {key: {"secret": var} for key, var in variables(known[name]).items()}
        else:
            fix = did_you_mean(name, known) or "install the package that has it"
            answers.problems.append(Problem(f"--provider: no installed package has the type {name!r}", fix))
    return answers


def assign(answers: Answers, given: str, known: Mapping[str, type[ProviderSettings]]) -> None:
    """Take over one `TYPE.FIELD=VALUE`, or add the problem with it. Lists are written with commas."""
    name, equals, text = given.partition("=")
    provider_type, *path = name.strip().split(".")
    if not equals or not path or not all(path):
        shown = name.strip() if equals else "an argument"  # what has no = may be a value pasted by mistake
        answers.problems.append(
            Problem(f"--set: {shown} is not of the form TYPE.FIELD=VALUE", "as in --set TYPE.team=X")
        )
        return
    if provider_type not in answers.providers:
        fix = f"add --provider {provider_type}" if provider_type in known else did_you_mean(provider_type, known)
        answers.problems.append(Problem(f"--set {name}: {provider_type} is not among the providers", fix))
        return
    shape = shape_at(shape_of(known[provider_type]), tuple(path))
    if shape.secret and not _VARIABLE.fullmatch(text.strip()):
        why = "a secret is written as the name of a variable, in capitals; never as its value"
        answers.problems.append(Problem(f"--set {name}: {why}", f"write --set {name}=VARIABLE, and set VARIABLE"))
        return
    put(answers.providers[provider_type], tuple(path), value_of(shape, text))


def compare(
    given: str, there: Mapping[str, Mapping[str, Any]], file: str, known: Mapping[str, type[ProviderSettings]]
) -> list[Problem]:
    """Return why a `TYPE.FIELD=VALUE` cannot be had where `file` says the settings already; none where it has it.

    `there` are the settings as written, by provider type.
    """
    tried = Answers(providers={name: deepcopy(dict(data)) for name, data in there.items() if name in known})
    assign(tried, given, known)
    judge(tried, known)
    if tried.problems:
        return tried.problems
    name, _, _ = given.partition("=")
    provider_type, *path = name.strip().split(".")
    wanted = tried.providers[provider_type]
    if wanted == _without_empty(there[provider_type]):
        return []
    written = "says something else" if _has(there[provider_type], tuple(path)) else "does not say so"
    said = f"--set {name}: {file} is there and {written}, and is never overwritten"
    return [Problem(said, f"write it under `providers:` there, for {provider_type}, and run this again")]


def put(settings: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Write a value at a path, making mappings on the way."""
    *parents, last = path
    for part in parents:
        inner = settings.get(part)
        settings[part] = settings = inner if isinstance(inner, dict) else {}
    settings[last] = value


def value_of(shape: Shape, text: str) -> Any:
    """Return what a text typed by a person stands for in a setting of this shape."""
    text = text.strip()
    if shape.secret:
        return {"secret": text}
    if shape.form in ("list", "set"):
        return [value_of(shape.element or Shape(), part) for part in text.split(",") if part.strip()]
    if {"whole number", "number", "true or false"} & set(shape.type_text.split(" | ")):
        read = resolve(text)
        return text if isinstance(read, Trap) else read
    return text


def judge(answers: Answers, known: Mapping[str, type[ProviderSettings]], *, reads: bool = False) -> None:
    """Add a problem for every setting that is missing, and for every one that its model refuses.

    What only reading needs counts if it `reads`.
    """
    for name, settings in answers.providers.items():
        data = _without_empty(settings)
        answers.providers[name] = data
        missing = [q for q in required(name, known[name], reads=reads) if q.missing_in(data)]
        for question in missing:
            doc = " ".join(question.shape.doc.split())
            verb, or_else = ("cannot be read without", ", or --no-import") if question.to_read else ("needs", "")
            said = f"{name} {verb} {'.'.join(question.path)}{f': {doc}' if doc else ''}"
            answers.problems.append(Problem(said, f"add {question.flag}{or_else}"))
        tried = deepcopy(data)
        for question in missing:
            for depth in range(1, len(question.path)):
                if not _has(tried, question.path[:depth]):
                    put(tried, question.path[:depth], {})  # so that the model, too, misses the inner field only
        try:
            known[name].model_validate(tried, by_alias=True, by_name=False)
        except ValidationError as error:
            unsaid = {f"{q.path[-1]} is required" for q in missing}
            written = Written(tried, shape_of(known[name]), Places("", Mark(0, 0)))
            answers.problems += [
                Problem(f"--set {name}: {problem.message}", problem.fix)
                for problem, _ in explain(error, written)
                if problem.message.partition(" in ")[0] not in unsaid
            ]


def _has(data: Any, path: tuple[str, ...]) -> bool:
    for part in path:
        if not isinstance(data, Mapping) or part not in data:
            return False
        data = data[part]
    return True


def _without_empty(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings in which something is written: an empty answer is none."""
    return {key: value for key, value in settings.items() if value not in ("", {}, [])}
