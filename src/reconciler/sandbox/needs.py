"""What a desired state takes for granted: names outside our management, and secrets. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.kind.base import Kind, plain
from reconciler.kind.settings import WRITES, ProviderSettings
from reconciler.kind.shape import shape_of
from reconciler.model import Resource
from reconciler.plan import references
from reconciler.values import secret_refs


def external_names(resources: Iterable[Resource], kinds: Mapping[str, type[Kind]]) -> Mapping[str, tuple[str, ...]]:
    """Return the names that resources refer to by `External` fields, at any depth, sorted, by external kind."""
    found: dict[str, set[str]] = {}
    for resource in resources:
        for kind, name, _ in references.external_names(resource.spec, shape_of(kinds[resource.address.collection])):
            found.setdefault(kind, set()).add(name)
    return {kind: tuple(sorted(names)) for kind, names in sorted(found.items())}


def secret_names(
    resources: Iterable[Resource], settings: Iterable[ProviderSettings], *, reading: bool = False
) -> tuple[str, ...]:
    """Return the names of all secrets that resources and provider settings refer to, sorted.

    With `reading`, the credentials that only writing connections use are left out.
    """
    roots: list[object] = [r.spec for r in resources]
    for instance in settings:
        # `secrets` knows those that only a default names; the settings themselves hold the nested ones.
        written = plain(instance)
        if reading and isinstance(written, Mapping):
            written = {name: value for name, value in written.items() if not name.startswith(WRITES)}
        roots += [written, instance.secrets()]
    return tuple(sorted({ref.name for root in roots for ref in secret_refs(root)}))
