"""Fingerprints of secret values."""

from __future__ import annotations

import hashlib

import pytest

from reconciler.secrets.fingerprint import Fingerprints

VALUE = "correct horse battery staple"


def test_a_fingerprint_is_salted_scrypt_in_a_named_form():
    digest = hashlib.scrypt(VALUE.encode(), salt=b"salt", n=2**14, r=8, p=1, dklen=24)
    assert Fingerprints(b"salt").of(VALUE) == f"s1${digest.hex()}"


def test_a_fingerprint_matches_its_value_under_its_salt_only():
    mine, other = Fingerprints(b"salt"), Fingerprints(b"pepper")
    assert mine.matches(VALUE, Fingerprints(b"salt").of(VALUE))
    assert not mine.matches(VALUE + "!", mine.of(VALUE))
    assert not mine.matches(VALUE, other.of(VALUE))


@pytest.mark.parametrize(("value", "empty"), [("x" * 15, True), ("x" * 16, False), ("", True), ("é" * 15, True)])
def test_a_value_under_16_characters_has_none(value, empty):
    assert (Fingerprints(b"salt").of(value) == "") is empty


@pytest.mark.parametrize("fingerprint", ["", "s2$abcd", "abcd", "s1$é"])
def test_nothing_matches_a_fingerprint_of_no_known_form(fingerprint):
    assert not Fingerprints(b"salt").matches(VALUE, fingerprint)
    assert not Fingerprints(b"salt").matches("short", fingerprint)


def test_each_value_is_computed_once(monkeypatch):
    calls = []
    real = hashlib.scrypt
    monkeypatch.setattr(hashlib, "scrypt", lambda *args, **options: calls.append(1) or real(*args, **options))
    prints = Fingerprints(b"salt")
    assert prints.of(VALUE) == prints.of(VALUE)
    assert prints.matches(VALUE, prints.of(VALUE))
    assert len(calls) == 1
