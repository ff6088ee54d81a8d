"""`ProviderContract`: the laws every provider obeys. A plugin subclasses it in one short file.

    class TestContract(ProviderContract):
        samples = (Sample("notes/a", {"text": "one"}, {"text": "two"}),)

        @pytest.fixture
        def harness(self) -> Harness:
            return Harness(Notes, (Note,), transport=httpx.ASGITransport(simulator()))

What a law means stands in its docstring. Laws that need something the harness does not give are skipped, and say so.
"""

from __future__ import annotations

from reconciler.testing.harness import Harness as Harness
from reconciler.testing.harness import Sample as Sample
from reconciler.testing.laws.faults import FaultLaws
from reconciler.testing.laws.models import ModelLaws
from reconciler.testing.laws.reading import ReadingLaws
from reconciler.testing.laws.whole import WholeLaws
from reconciler.testing.laws.writing import WritingLaws


class ProviderContract(ModelLaws, ReadingLaws, WritingLaws, FaultLaws, WholeLaws):
    """All laws. Set `samples`, define the fixture `harness`."""
