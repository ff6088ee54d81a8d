"""New secret values for `{generate: {bytes: 32}}`."""

from __future__ import annotations

import base64
from collections.abc import Callable

from reconciler.redact import Redactor
from reconciler.values import Generated, SecretValue


def make(generated: Generated, entropy: Callable[[int], bytes], redactor: Redactor | None = None) -> SecretValue:
    """Return a new random value: that many bytes as URL-safe base64 without padding (32 bytes are 43 characters).

    With a redactor the value is in the funnel before anybody can show it.

    Raises:
        ValueError: `entropy` gave fewer bytes than asked for.
    """
    data = entropy(generated.bytes)
    if len(data) != generated.bytes:
        raise ValueError("the source of randomness gave fewer bytes than asked for")
    value = base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    if redactor is not None:
        redactor.add(value, "generated secret")
    return SecretValue(value, "generated secret")
