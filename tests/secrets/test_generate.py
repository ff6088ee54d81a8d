"""Generated secrets."""

from __future__ import annotations

import base64
import os

import pytest

from reconciler.redact import Redactor
from reconciler.secrets.generate import make
from reconciler.values import Generated


@pytest.mark.parametrize(("size", "length"), [(16, 22), (32, 43), (48, 64)])
def test_a_value_is_all_of_the_bytes_in_characters_that_need_no_quoting(size, length):
    value = make(Generated(size), lambda n: bytes(range(250, 250 - n, -1))).reveal()
    assert len(value) == length
    assert base64.urlsafe_b64decode(value + "=" * (-length % 4)) == bytes(range(250, 250 - size, -1))


def test_two_values_differ():
    assert make(Generated(32), os.urandom).reveal() != make(Generated(32), os.urandom).reveal()


def test_a_value_does_not_print_and_is_in_the_funnel_from_the_start():
    redactor = Redactor()
    made = make(Generated(32), os.urandom, redactor)
    assert made.reveal() not in f"{made} {made!r}"
    assert redactor.clean(made.reveal()) == "(generated secret)"


def test_too_little_randomness_is_an_error():
    with pytest.raises(ValueError, match="fewer bytes"):
        make(Generated(32), lambda n: b"abc")
