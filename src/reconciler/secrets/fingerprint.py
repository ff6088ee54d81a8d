"""`Fingerprints`: what the ledger keeps of a secret, enough to see later whether a value is still the same."""

from __future__ import annotations

import hashlib
import hmac
from typing import ClassVar

SHORTEST = 16  # characters; the fingerprint of a shorter value would let it be guessed
_FORM = "s1$"  # scrypt with the parameters below; another set gets another prefix
_N, _R, _P, _LENGTH = 2**14, 8, 1, 24


class Fingerprints:
    """Computes salted scrypt fingerprints, once per value: each takes about 50 ms and 16 MB."""

    cost: ClassVar[int] = _N  # a simulation of thousands of runs lowers it, and only that

    def __init__(self, salt: bytes) -> None:
        self._salt = salt
        self._known: dict[str, str] = {}

    def of(self, value: str) -> str:
        """Return the fingerprint of a value, `s1$` and hex digits; "" for one under 16 characters."""
        if len(value) < SHORTEST:
            return ""
        if value not in self._known:
            data = value.encode("utf-8", "surrogatepass")
            digest = hashlib.scrypt(data, salt=self._salt, n=self.cost, r=_R, p=_P, dklen=_LENGTH)
            self._known[value] = _FORM + digest.hex()
        return self._known[value]

    def matches(self, value: str, fingerprint: str) -> bool:
        """Return whether a fingerprint is of this value. False where either is "" or the form is not known here."""
        if not fingerprint.startswith(_FORM):
            return False
        return hmac.compare_digest(self.of(value).encode(), fingerprint.encode("utf-8", "replace"))
