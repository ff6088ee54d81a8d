"""Laws about the models alone: what a kind says must hang together."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from reconciler.kind.settings import ProviderSettings
from reconciler.kind.shape import Shape, shape_of
from reconciler.provider import Disables
from reconciler.testing.harness import Harness, Sample
from reconciler.testing.laws.base import Laws


class ModelLaws(Laws):
    """Every kind is complete, and every sample is one of it."""

    def test_every_kind_has_a_sample(self, harness: Harness) -> None:
        """A kind without a sample is not covered by any law."""
        missing = {kind.collection for kind in harness.kinds} - {sample.where.collection for sample in self.samples}
        assert not missing, f"no sample for {', '.join(sorted(missing))}"

    def test_every_kind_names_its_collection_identity_provider_and_purpose(self, harness: Harness) -> None:
        """`explain`, matching and discovery need these."""
        for kind in harness.kinds:
            fields = shape_of(kind).fields
            assert kind.collection, f"{kind.__name__} names no collection"
            assert kind.provider == harness.provider_type, f"{kind.__name__} is of provider {kind.provider!r}"
            assert kind.identity, f"{kind.__name__} names no identity"
            assert set(kind.identity) <= set(fields), f"{kind.__name__}: {kind.identity} are not all fields"
            assert not fields[kind.identity[0]].required, f"{kind.identity[0]} must default to the handle"
            assert (kind.__doc__ or "").strip(), f"{kind.__name__} has no docstring for `explain`"
            assert issubclass(kind.settings, ProviderSettings), f"{kind.__name__} has no settings"

    def test_every_reference_leads_to_a_kind_of_this_provider(self, harness: Harness) -> None:
        """A live id means something only to the API it came from."""
        known = {kind.collection for kind in harness.kinds}
        for kind in harness.kinds:
            strangers = set(_referred(shape_of(kind))) - known
            assert not strangers, f"{kind.collection} refers to {', '.join(sorted(strangers))}"

    def test_an_order_of_kinds_names_kinds_of_this_provider_and_goes_one_way(self, harness: Harness) -> None:
        """`written_after` orders kinds of one instance; two that go after each other have no order."""
        after = {kind.collection: set(kind.written_after) for kind in harness.kinds}
        for name, others in after.items():
            assert others <= after.keys() - {name}, f"{name} cannot be written after {', '.join(sorted(others))}"
        try:
            TopologicalSorter(after).prepare()
        except CycleError as error:
            raise AssertionError(f"these kinds go after each other: {', '.join(error.args[1])}") from None

    def test_what_may_be_removed_is_consistent(self, harness: Harness) -> None:
        """The default is allowed, and a provider that promises to disable can."""
        for kind in harness.kinds:
            assert kind.on_remove in kind.removals, f"{kind.collection}: on_remove {kind.on_remove} is not in removals"
            if "disable" in kind.removals:
                assert issubclass(harness.provider, Disables), f"{kind.collection} can be disabled, the provider cannot"

    def test_a_sample_is_valid_and_survives_being_written_again(self, harness: Harness, sample: Sample) -> None:
        """What a model accepts and expands, it accepts again: there is one spelling inside."""
        for changed in (False, True):
            resource = harness.resource(sample, changed=changed)
            again = harness.kind(sample.where.collection).model_validate(dict(resource.spec)).expand()
            assert dict(again.spec) == dict(resource.spec)

    def test_a_changed_sample_is_different(self, harness: Harness, changing: Sample) -> None:
        """Else the laws about updates would hold for no reason."""
        assert harness.resource(changing).spec != harness.resource(changing, changed=True).spec


def _referred(shape: Shape) -> Iterator[str]:
    yield from shape.ref
    for inner in [*shape.fields.values(), *([shape.element] if shape.element else [])]:
        yield from _referred(inner)
