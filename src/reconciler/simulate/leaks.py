"""Looking for secrets where none may be: in everything that was printed, logged, or stored."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import quote, quote_plus

from reconciler.simulate.violation import SECRETS, Violated

SHORTEST = 8  # characters; anything shorter turns up by chance


@lru_cache(maxsize=4096)
def forms(secret: str) -> tuple[str, ...]:
    """Return the texts under which a secret could turn up: raw, quoted, and base64 at any offset."""
    data = secret.encode()
    inner = []
    for offset in range(3):
        # The characters that the secret alone determines: the first ones and the last one depend on its neighbours.
        text = base64.b64encode(b"\0" * offset + data).decode().rstrip("=")
        inner.append(text[4 if offset else 0 : len(text) - 1])
    found = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), *inner}
    return tuple(form for form in found if len(form) >= SHORTEST)


def check(said: Mapping[str, str], secrets: Iterable[str]) -> None:
    """Raise Violated when any secret stands in any of these texts, which are given with where they stood."""
    wanted = sorted({form: None for secret in secrets if len(secret) >= SHORTEST for form in forms(secret)})
    whole = "\0".join(said.values())
    for form in wanted:
        if form in whole:
            where = next(name for name, text in said.items() if form in text)
            at = said[where].index(form)
            near = said[where][max(0, at - 80) : at + len(form) + 20]
            raise Violated(SECRETS, f"{form[:24]!r}… stands in the {where}: …{near!r}…")
