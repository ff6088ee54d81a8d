"""Laws about reading: who we are, and what is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from reconciler.errors import ReadOnlyViolation
from reconciler.kind.base import Kind
from reconciler.kind.shape import Shape, shape_of
from reconciler.provider import Disables
from reconciler.testing.harness import Harness, Sample
from reconciler.testing.lab import Lab, differences, named
from reconciler.testing.laws.base import Laws, portrait
from reconciler.testing.plaintext import plain_text_fields
from reconciler.values import SecretValue, Unknown, Unreadable


class ReadingLaws(Laws):
    """A listing is complete, repeatable, and in the shape of the YAML."""

    async def test_whoami_names_the_account_and_does_not_change(self, harness: Harness, lab: Lab) -> None:
        """The account is what `expect:` is compared with."""
        scope = await lab.provider.whoami()
        assert scope.fields, "whoami tells nothing that `expect:` could name"
        assert all(isinstance(v, str) and v for v in scope.fields.values()), f"not all texts: {scope.fields}"
        other = await harness.connect(read_only=True)
        assert await other.whoami() == scope

    async def test_requests_are_counted(self, lab: Lab) -> None:
        """Reports say how many requests a plan cost."""
        before = lab.provider.requests
        await lab.provider.whoami()
        await lab.listed(self.samples[0].where.collection)
        assert lab.provider.requests > before

    async def test_a_listing_holds_every_page(self, lab: Lab, sample: Sample) -> None:
        """One object too many for a page, and it must still be found."""
        if sample.single:
            pytest.skip("there is never more than one of it")
        wanted = [self.another(lab.kind(sample.where), sample, number) for number in range(self.page_size + 1)]
        await lab.prepare(sample)
        made = {(await lab.create(each)).id for each in wanted}
        listed = await lab.listed(sample.where.collection)
        assert made <= set(listed), f"list() does not show {len(made - set(listed))} of {len(made)} new objects"
        again = await lab.listed(sample.where.collection)
        assert {i: portrait(o) for i, o in again.items()} == {i: portrait(o) for i, o in listed.items()}

    async def test_a_live_object_has_the_shape_of_its_kind(self, lab: Lab, sample: Sample) -> None:
        """Only known fields, ids as text, secrets as secrets, nothing that the API never returns."""
        live = await lab.create(sample)
        assert isinstance(live.id, str)
        kind = lab.kind(sample.where)
        for one in (live, (await lab.listed(sample.where.collection))[live.id]):
            assert one.kind == sample.where.collection
            assert one.id
            assert one.identity == lab.harness.resource(sample).identity
            assert all(isinstance(part, str) for part in one.identity)
            assert set(one.outputs) <= set(kind.outputs), "an output that the kind does not declare"
            for name, output in kind.outputs.items():
                if output.secret and name in one.outputs:
                    assert isinstance(one.outputs[name], SecretValue | Unreadable | Unknown), f"{name} is a secret"
            assert not misshapen(one.values, kind)

    async def test_what_no_model_knows_is_ignored_and_never_sent_back(self, lab: Lab, changing: Sample) -> None:
        """Vendors add fields and values without notice."""
        harness = lab.harness
        if harness.pollute is None:
            pytest.skip("the harness has no `pollute`")
        live = await lab.create(changing)
        await lab.prepare(changing)
        await harness.pollute(live)
        seen = (await lab.listed(changing.where.collection))[live.id]
        assert set(seen.values) <= set(shape_of(lab.kind(changing.where)).fields)
        await lab.provider.update(await lab.change(changing, seen))
        seen = (await lab.listed(changing.where.collection))[live.id]
        wanted = await lab.sendable(changing, changed=True)
        assert not named(differences(wanted.spec, seen, shape_of(lab.kind(changing.where))))

    async def test_a_connection_that_only_reads_refuses_every_write(self, lab: Lab, changing: Sample) -> None:
        """And refuses it before anything is sent."""
        harness = lab.harness
        live = await lab.create(changing)
        change = await lab.change(changing, live)
        before = {i: portrait(o) for i, o in (await lab.listed(changing.where.collection)).items()}
        reader = await harness.connect(read_only=True)
        await reader.whoami()
        writes = harness.rim.writes if harness.rim else 0
        with pytest.raises(ReadOnlyViolation):
            await reader.create(await lab.sendable(self.another(lab.kind(changing.where), changing, 1)))
        with pytest.raises(ReadOnlyViolation):
            await reader.update(change)
        with pytest.raises(ReadOnlyViolation):
            await reader.delete(live)
        if isinstance(reader, Disables) and "disable" in lab.kind(changing.where).removals:
            with pytest.raises(ReadOnlyViolation):
                await reader.disable(live)
        assert (harness.rim.writes if harness.rim else 0) == writes
        after = {i: portrait(o) for i, o in (await lab.listed(changing.where.collection)).items()}
        assert after == before

    async def test_no_secret_shows_in_what_is_read(
        self, lab: Lab, sample: Sample, canaries: Callable[[Any], list[str]]
    ) -> None:
        """Objects end up in logs and tracebacks."""
        live = await lab.create(sample)
        listed = (await lab.listed(sample.where.collection))[live.id]
        for thing in (live, listed, lab.provider, await lab.provider.whoami(), await lab.sendable(sample)):
            assert not canaries(thing), f"{type(thing).__name__} shows a secret"

    async def test_closing_twice_is_fine(self, harness: Harness) -> None:
        """A run that fails half-way closes what it can."""
        provider = await harness.connect()
        await provider.close()
        await provider.close()


def misshapen(values: Mapping[str, Any], kind: type[Kind]) -> list[str]:
    """Return what in live values is not as the model says: unknown members, ids that are no text, bare secrets."""
    members = shape_of(kind).fields
    plain = {n: replace(members[n], secret=False) for n in plain_text_fields(kind)}
    known = {**members, **plain}
    return [problem for name, value in values.items() for problem in _misshapen(value, known.get(name), name)]


def _misshapen(value: Any, shape: Shape | None, path: str) -> list[str]:
    if shape is None:
        return [f"{path} is not in the model"]
    if value is None or isinstance(value, Unknown | Unreadable):
        return []
    if shape.write_only:
        return [f"{path} is write-only, and has a value"]
    if shape.secret and isinstance(value, str):
        return [f"{path} is a secret in plain text"]
    if (shape.ref or shape.external) and not isinstance(value, str | tuple | list):
        return [f"{path} is a reference, and {value!r} is no text"]
    found: list[str] = []
    if isinstance(value, Mapping):
        for name, inner in value.items():
            found += _misshapen(inner, shape.fields.get(name) or shape.element, f"{path}.{name}")
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            found += _misshapen(inner, shape.item(), f"{path}[{number}]")
    return found
