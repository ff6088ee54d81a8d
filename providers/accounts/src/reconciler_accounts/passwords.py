"""Making a password and its bcrypt hash. Randomness comes in as a parameter."""

from __future__ import annotations

import asyncio
import base64
import string
from collections.abc import Callable

import bcrypt

from reconciler import Refused

LENGTH = 20  # about 116 bits; the onboarding plan asks for at least 12, we never go below 16
COST = 12
MOST_BYTES = 72  # bcryptjs cuts off what follows, silently
# Without 0, O, 1, l and I: people type these from a screen or a letter.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
_STANDARD = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
_BCRYPT = "./" + string.ascii_uppercase + string.ascii_lowercase + string.digits
_TO_BCRYPT = str.maketrans(_STANDARD, _BCRYPT)

Entropy = Callable[[int], bytes]


def make_password(entropy: Entropy) -> str:
    """Return a random password with an upper-case letter, a lower-case letter and a digit."""
    while True:
        text = "".join(_letters(entropy))
        if any(c.isupper() for c in text) and any(c.islower() for c in text) and any(c.isdigit() for c in text):
            return text


def _letters(entropy: Entropy) -> list[str]:
    fair = 256 - 256 % len(ALPHABET)  # bytes beyond would favour the first letters
    found: list[str] = []
    while len(found) < LENGTH:
        found.extend(ALPHABET[byte % len(ALPHABET)] for byte in entropy(2 * LENGTH) if byte < fair)
    return found[:LENGTH]


async def hash_password(password: str, entropy: Entropy, cost: int = COST) -> str:
    """Return the `$2b$` hash that the application verifies. Takes about 0.3 s of processor time, off the event loop.

    Raises:
        Refused: the password is longer than 72 bytes.
    """
    return (await asyncio.to_thread(bcrypt.hashpw, _data(password), _salt(entropy, cost))).decode()


async def hash_here(password: str, entropy: Entropy, cost: int) -> str:
    """Return the same hash without a thread, so that nothing else runs meanwhile: for a low cost. Raises Refused."""
    return bcrypt.hashpw(_data(password), _salt(entropy, cost)).decode()


def _data(password: str) -> bytes:
    data = password.encode()
    if len(data) > MOST_BYTES:
        raise Refused(
            f"a password of {len(data)} bytes is too long: the application ignores all but the first {MOST_BYTES}",
            fix=f"use one of at most {MOST_BYTES} bytes",
        )
    return data


def _salt(entropy: Entropy, cost: int) -> bytes:
    """Return a bcrypt salt: 16 bytes in bcrypt's own base64, whose alphabet starts with `./`."""
    encoded = base64.b64encode(entropy(16)).decode().rstrip("=").translate(_TO_BCRYPT)
    return f"$2b${cost:02d}${encoded}".encode()
