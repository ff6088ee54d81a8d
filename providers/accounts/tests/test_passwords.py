"""Passwords: strong enough, verifiable by the application, and never longer than it looks at."""

from __future__ import annotations

import asyncio
import os
import random

import bcrypt
import pytest

from reconciler import Refused
from reconciler_accounts.passwords import ALPHABET, LENGTH, hash_password, make_password


@pytest.mark.trap("accounts", "1: the application checks almost nothing of a password")
def test_passwords_are_long_mixed_and_different() -> None:
    made = {make_password(os.urandom) for _ in range(500)}
    assert len(made) == 500
    for password in made:
        assert len(password) == LENGTH >= 16
        assert set(password) <= set(ALPHABET)
        assert any(map(str.isupper, password))
        assert any(map(str.islower, password))
        assert any(map(str.isdigit, password))


def test_every_letter_is_as_likely_as_any_other() -> None:
    source = random.Random(7)
    letters = "".join(make_password(source.randbytes) for _ in range(5000))
    counts = [letters.count(letter) for letter in ALPHABET]
    assert max(counts) < 1.3 * min(counts)


@pytest.mark.trap("accounts", "1: passwords are bcrypt hashes, $2b$")
async def test_the_hash_is_bcrypt_of_cost_12_and_verifies() -> None:
    hashed = await hash_password("correct horse battery", os.urandom)
    assert len(hashed) == 60
    assert hashed.startswith("$2b$12$")
    assert bcrypt.checkpw(b"correct horse battery", hashed.encode())
    assert not bcrypt.checkpw(b"correct horse batterz", hashed.encode())


async def test_every_salt_is_one_that_bcrypt_takes_as_it_is() -> None:
    for number in range(0, 256, 17):
        hashed = await hash_password("x", bytes([number]).__mul__, 4)
        assert bcrypt.checkpw(b"x", hashed.encode())


async def test_hashing_does_not_stop_the_event_loop() -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(tick())
    await hash_password("x", os.urandom)
    task.cancel()
    assert ticks > 50


@pytest.mark.trap("accounts", "1: bcryptjs cuts a password off at 72 bytes")
@pytest.mark.parametrize(("text", "fits"), [("x" * 72, True), ("x" * 73, False), ("é" * 36, True), ("é" * 37, False)])
async def test_more_than_72_bytes_are_refused_because_the_application_would_ignore_them(text: str, fits: bool) -> None:
    if fits:
        assert len(await hash_password(text, os.urandom, 4)) == 60
    else:
        with pytest.raises(Refused, match="72"):
            await hash_password(text, os.urandom, 4)
