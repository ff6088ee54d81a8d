"""The reference page of one provider type, made from its models: settings, rights, and each collection. Pure.

What no model can say is written by hand between markers; making the page again keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.kind.shape import shape_of
from reconciler.report.explain import rule_texts
from reconciler.report.reference_fields import prose, tables

if TYPE_CHECKING:
    from reconciler.kind.base import Kind
    from reconciler.kind.settings import ProviderSettings

GENERATED = (
    "<!-- Generated from the models by `make reference`; only what stands between `notes` and `/notes` is written by "
    "hand and kept. -->"
)
_NOTES = re.compile(r"<!-- notes: ([\w.-]+) -->\n(.*?)<!-- /notes -->\n", re.DOTALL)
_FIRST, _LAST = "introduction", "more"


@dataclass(frozen=True, slots=True)
class Reference:
    """One provider type, `provider`. `title` is the vendor's name; `schema` gives a model's JSON Schema."""

    provider: str
    title: str
    settings: type[ProviderSettings]
    kinds: Mapping[str, type[Kind]]
    schemas: Mapping[type[Any], Mapping[str, Any]]


def notes_of(page: str) -> Mapping[str, str]:
    """Return what was written by hand on a page, by the name of its place."""
    return {match[1]: match[2].strip("\n") for match in _NOTES.finditer(page)}


def reference_page(reference: Reference, before: str = "") -> str:
    """Return the page as Markdown. `before` is the page as it is: what was written by hand there is kept."""
    notes = dict(notes_of(before))
    lines = [*_head(reference, notes), *_settings(reference, notes), *_rights(reference)]
    for kind in reference.kinds.values():
        lines += _collection(reference, kind, notes)
    strays = "\n\n".join(text for name, text in notes.items() if text and name != _LAST)
    last = "\n\n".join(filter(None, (notes.get(_LAST, ""), strays)))  # of a collection that is gone: not lost
    lines += ["", *_kept(_LAST, {_LAST: last})]
    return "\n".join(lines) + "\n"


def index_page(references: Mapping[str, Reference]) -> str:
    """Return the page that lists the providers, each with its collections."""
    lines = ["# Providers", "", GENERATED.partition("; only")[0] + ". -->", ""]
    lines += ["| Provider | Collections | Never run against the live service |", "| --- | --- | --- |"]
    for name, one in references.items():
        kinds = ", ".join(f"[`{kind}`]({name}.md#{kind})" for kind in one.kinds)
        unproven = len(one.settings.unproven)
        said = f"[{unproven} thing{'' if unproven == 1 else 's'}]({name}.md#{_ANCHOR})" if unproven else ""
        lines.append(f"| [{one.title}]({name}.md) | {kinds} | {said} |")
    return "\n".join(lines) + "\n"


_ANCHOR = "never-run-against-the-live-service"


def _kept(place: str, notes: dict[str, str]) -> list[str]:
    text = notes.pop(place, "")
    return [f"<!-- notes: {place} -->", *([text] if text else []), "<!-- /notes -->"]


def _head(reference: Reference, notes: dict[str, str]) -> Iterator[str]:
    named = reference.title != reference.provider
    yield f"# {reference.title} (`{reference.provider}`)" if named else f"# Provider `{reference.provider}`"
    yield from ("", GENERATED, "")
    yield from (prose(reference.settings.__doc__ or ""), "")
    yield from ("| Collection | What it is |", "| --- | --- |")
    for name, kind in reference.kinds.items():
        yield f"| [`{name}`](#{name}) | {_first_line(kind)} |"
    yield from ("", *_kept(_FIRST, notes))


def _settings(reference: Reference, notes: dict[str, str]) -> Iterator[str]:
    model = reference.settings
    yield from ("", "## Settings", "")
    yield from (
        f"Below `providers:` in `desired/environment.yaml`, under `{reference.provider}:` or any name with `type:`.",
        "",
    )
    defaults = {
        info.alias or name: None if info.is_required() else info.get_default(call_default_factory=True)
        for name, info in model.model_fields.items()
    }
    yield from tables(shape_of(model), reference.schemas[model], defaults)
    facts = []
    if model.base_url:
        facts.append(f"Base URL: `{model.base_url}`" + (f", or `{model.url_variable}`." if model.url_variable else "."))
    elif model.url_variable:
        facts.append(f"`{model.url_variable}` replaces its address.")
    if model.default_rate:
        rate = model.default_rate
        facts.append(
            f"Rate: {rate.per_second:g} requests a second, {rate.burst} at once, unless `rate:` says otherwise."
        )
    yield from ("", *(f"- {fact}" for fact in facts)) if facts else ()
    yield from ("", *_kept("settings", notes))


def _rights(reference: Reference) -> Iterator[str]:
    model = reference.settings
    for title, rights in (
        ("to plan, and for drift and import", model.rights_to_plan),
        ("to apply, beside those to plan", model.rights_to_apply),
    ):
        yield from ("", f"## Rights {title}", "")
        yield from (f"- {prose(right)}" for right in rights)
        if not rights:
            yield "Not written down yet."
    yield from ("", "## Never run against the live service", "")
    yield from (f"- {prose(sentence)}" for sentence in model.unproven)
    if not model.unproven:
        yield "Not written down yet."


def _collection(reference: Reference, kind: type[Kind], notes: dict[str, str]) -> Iterator[str]:
    yield from ("", f"## {kind.collection}", "")
    for paragraph in (kind.__doc__ or "").strip().split("\n\n"):
        yield from (prose(paragraph), "")
    yield from (f"- {fact}" for fact in _facts(kind))
    yield ""
    yield from tables(shape_of(kind), reference.schemas[kind])
    if rules := rule_texts(kind):
        yield from ("", "Rules:", "", *(f"- {prose(text)}." for text in rules))
    if kind.outputs:
        yield from ("", f"Outputs, for `{{from: {kind.collection}/HANDLE.NAME}}`:", "")
        for name, output in sorted(kind.outputs.items()):
            yield f"- `{name}`: {prose(output.doc)}{' (secret)' if output.secret else ''}."
    yield from ("", *_kept(kind.collection, notes))


def _facts(kind: type[Kind]) -> Iterator[str]:
    if kind.unfolds_into:
        yield f"Compact: stands for objects of `{kind.unfolds_into}`, and is none of the vendor's itself."
    if kind.identity:
        first, *rest = kind.identity
        more = "".join(f" + `{name}`" for name in rest)
        yield f"Identity: `{first}` (the handle, unless written){more}."
    others = ", ".join(f"`{r}`" for r in kind.removals if r != kind.on_remove)
    yield f"Removed from `desired/`: `{kind.on_remove}`{f'; `lifecycle.on_remove` may say {others}' if others else ''}."
    if kind.loses:
        yield f"Removal loses: {prose(kind.loses).rstrip('.')}."
    if kind.data_bearing:
        yield "Holds data: never replaced, and deleted only with an approval."
    if kind.written_after:
        yield f"Written after {', '.join(f'`{name}`' for name in kind.written_after)}, and removed before them."


def _first_line(kind: type[Kind]) -> str:
    return prose((kind.__doc__ or "").strip().partition("\n\n")[0]).replace("|", "\\|")
