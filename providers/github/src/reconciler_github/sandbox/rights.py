"""Which right each endpoint asks of a fine-grained token, as GitHub's page on their permissions lists it."""

from __future__ import annotations

import re
from dataclasses import dataclass

ALL = frozenset(("actions", "administration", "environments", "metadata", "secrets", "variables"))
_ENDPOINTS: tuple[tuple[str, str, str], ...] = (
    (r"/environments/.+/(secrets|variables)(/[^/]+)?", "environments", "environments"),
    (r"/environments(/.+)?", "actions", "administration"),
    (r"/rulesets(/[0-9]+)?", "metadata", "administration"),
    (r"/actions/secrets(/[^/]+)?", "secrets", "secrets"),
    (r"/actions/variables(/[^/]+)?", "variables", "variables"),
    (r"/teams", "administration", "administration"),
    (r"/branches/.+/protection", "administration", "administration"),
    (r".*", "metadata", "administration"),
)


@dataclass(frozen=True, slots=True)
class Rights:
    """What a token may do. `hides`: what it may not is said not to be there, as with classic tokens."""

    reads: frozenset[str] = ALL
    writes: frozenset[str] = ALL - {"actions", "metadata"}
    hides: bool = False

    def lacks(self, method: str, path: str) -> str:
        """Return the right that a request below the repository needs and the token has not; "" when it has it."""
        read, write = next(needs for pattern, *needs in _ENDPOINTS if re.fullmatch(pattern, path))
        if method in ("GET", "HEAD"):
            return "" if read in self.reads | self.writes else f"{read}=read"
        return "" if write in self.writes else f"{write}=write"
