"""What a world may never show."""

from __future__ import annotations

from typing import Final

CONVERGES: Final = "converges once faults stop"
OWNERSHIP: Final = "never deletes or changes what it does not own"
DOUBLES: Final = "never doubles"
GATES: Final = "never passes a gate without its approval"
SECRETS: Final = "nothing secret in any output"
LEDGER: Final = "the ledger tells the truth"
READ_ONLY: Final = "no write outside apply"
SANE: Final = "every run ends, without a traceback"
INVARIANTS: Final = (CONVERGES, OWNERSHIP, DOUBLES, GATES, SECRETS, LEDGER, READ_ONLY, SANE)


class Violated(Exception):
    """An invariant does not hold. `facts` say what was seen."""

    def __init__(self, invariant: str, facts: str) -> None:
        super().__init__(f"{invariant}: {facts}")
        self.invariant, self.facts = invariant, facts
