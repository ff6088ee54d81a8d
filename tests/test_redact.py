"""The redaction funnel."""

from __future__ import annotations

import base64
import json
import logging
import sys
import threading
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.redact import CleanFormatter, Redactor

SECRET = 'p/w?"\\é +=&<x>'
PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n"


def redactor(*secrets):
    made = Redactor()
    for secret in secrets:
        made.add(secret, "secret X")
    return made


FORMS = [
    pytest.param(lambda s: s, id="raw"),
    pytest.param(lambda s: quote(s), id="quote"),
    pytest.param(lambda s: quote(s, safe=""), id="quote-all"),
    pytest.param(lambda s: quote_plus(s), id="quote-plus"),
    pytest.param(lambda s: quote(s, safe="").lower(), id="quote-lower"),
    pytest.param(lambda s: json.dumps({"a": s}), id="json-ascii"),
    pytest.param(lambda s: json.dumps({"a": s}, ensure_ascii=False), id="json-unicode"),
    pytest.param(lambda s: json.dumps(json.dumps({"a": s})), id="json-in-json"),
    pytest.param(lambda s: json.dumps(s).replace("/", "\\/"), id="json-escaped-slash"),
    pytest.param(lambda s: repr(s), id="repr"),
    pytest.param(lambda s: repr(s.encode()), id="repr-of-bytes"),
    pytest.param(
        lambda s: s.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;"), id="html"
    ),
    *(
        pytest.param(lambda s, p=p, e=e: e((p + s + "tail").encode()).decode(), id=f"{e.__name__}-{len(p)}")
        for p in ("", "a", "ab", "abc", "user:")
        for e in (base64.b64encode, base64.urlsafe_b64encode)
    ),
]


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_found_in_every_form(form):
    cleaned = redactor(SECRET).clean(f"before {form(SECRET)} after")
    assert "(secret X)" in cleaned
    assert cleaned.startswith("before ")
    assert cleaned.endswith(" after")
    assert form(SECRET)[2:-2] not in cleaned


@given(st.text(min_size=6, max_size=40), st.binary(max_size=5), st.binary(max_size=5))
def test_no_base64_text_around_a_secret_still_decodes_to_it(secret, before, after):
    data = secret.encode("utf-8", "surrogatepass")
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        encoded = encode(before + data + after).decode()
        assert redactor(secret).clean(encoded) != encoded


@given(st.lists(st.text("ab\n", min_size=4, max_size=8), min_size=1, max_size=5), st.text("ab\n", max_size=40))
def test_no_secret_is_left_even_where_several_overlap(secrets, text):
    made = Redactor()
    for secret in secrets:
        made.add(secret, "*")
    cleaned = made.clean(text)
    assert not any(secret in cleaned for secret in secrets)


ROWS = [
    pytest.param(["abcdef", "defghi"], "xabcdefghix", "x(secret X)x", id="overlapping-go-as-one"),
    pytest.param(["abcdef", "abcdefgh"], "abcdefghi", "(secret X)i", id="longest-first"),
    pytest.param(["abcdef"], "abcdefabcdef", "(secret X)(secret X)", id="side-by-side"),
    pytest.param(["abc"], "abc", "abc", id="under-4-characters-is-left"),
    pytest.param([""], "abc", "abc", id="empty-is-left"),
    pytest.param(["abcd"], "abc", "abc", id="text-shorter-than-any-secret"),
    pytest.param(["token-1\n"], "token-1", "(secret X)", id="trailing-line-break"),
    pytest.param([PEM], "MIIEvQIBADANBgkq", "(secret X)", id="one-line-of-several"),
    pytest.param([PEM], "-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----", id="the-armour-is-no-secret"),
    pytest.param([PEM], json.dumps(PEM), '"(secret X)"', id="several-lines-in-json"),
    pytest.param(["postgres://u:p%40ss-w@h/db"], "password p@ss-w", "password (secret X)", id="password-of-a-url"),
    pytest.param(["postgres://u:p%40ss-w@h/db"], "host h, p%40ss-w", "host h, (secret X)", id="quoted-password"),
]


@pytest.mark.parametrize(("secrets", "text", "expected"), ROWS)
def test_clean(secrets, text, expected):
    assert redactor(*secrets).clean(text) == expected


def test_a_secret_met_as_a_name_and_as_a_value_keeps_the_name():
    made = Redactor()
    made.add("value-1")
    made.add("value-1", "secret A")
    made.add("value-1", "secret B")
    made.add("value-1")
    assert made.clean("value-1") == "(secret A)"


def test_a_secret_that_is_an_encoding_of_another_is_found_in_its_own_encodings():
    made = redactor("first secret!")
    made.add(base64.b64encode(b"first secret!").decode(), "secret Y")
    twice = base64.b64encode(base64.b64encode(b"first secret!")).decode()
    assert twice not in made.clean(twice)


def test_thousands_of_secrets_and_a_large_text_take_no_time_to_speak_of():
    made = redactor(*(f"token-{n}-{n * 7919}" for n in range(3000)))
    text = "lorem ipsum token-2999- dolor " * 30_000 + "token-2999-23749081"
    assert made.clean(text).endswith("(secret X)")


def test_secrets_may_be_added_while_others_clean():
    made = redactor("first-secret")
    wrong = []

    def clean():
        for _ in range(300):
            if "first-secret" in made.clean("x first-secret y" * 5):
                wrong.append(1)

    threads = [threading.Thread(target=clean) for _ in range(3)]
    for thread in threads:
        thread.start()
    for n in range(300):
        made.add(f"first-secret-{n}")
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_log_line_is_clean_in_message_arguments_and_traceback():
    formatter = CleanFormatter(redactor("hush-hush-1"))
    try:
        raise ValueError("hush-hush-1") from OSError("hush-hush-1")
    except ValueError:
        record = logging.LogRecord("n", logging.ERROR, __file__, 1, "said %r", ("hush-hush-1",), sys.exc_info())
    text = formatter.format(record)
    assert "hush" not in text
    assert text.startswith("ERROR n: said '(secret X)'")
    assert "ValueError: (secret X)" in text


def test_a_traceback_is_clean_with_all_its_causes():
    try:
        try:
            raise OSError("hush-hush-1")
        except OSError as cause:
            raise ValueError("got hush-hush-1") from cause
    except ValueError as error:
        text = redactor("hush-hush-1").clean_traceback(error)
    assert "ValueError: got (secret X)" in text
    assert "OSError: (secret X)" in text
    assert "raise OSError" in text
