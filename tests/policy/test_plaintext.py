"""What looks like a secret, and what only looks long."""

from __future__ import annotations

import pytest

from reconciler.policy.effective import data_of
from reconciler.policy.plaintext import looks_secret, plaintext_secrets
from reconciler.values import Generated, SecretRef, SecretValue

RANDOM = "q7Zt9LkP2vXw4RbN8mYc3HdF6sJg"
SECRETS = [
    pytest.param("sk_live_4eC39HqLyjWDarjtT1zdp7dc", "notes", id="stripe"),
    pytest.param("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "notes", id="github"),
    pytest.param("xoxb-123456789012-abcdefABCDEF", "notes", id="slack"),
    pytest.param("AKIAIOSFODNN7EXAMPLE", "notes", id="aws"),
    pytest.param("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.sig", "notes", id="jwt"),
    pytest.param("postgres://app:hunter22@db.example/main", "notes", id="password-in-a-url"),
    pytest.param("-----BEGIN RSA PRIVATE KEY-----", "notes", id="pem"),
    pytest.param("https://hooks.slack.com/services/T0AAAAA/B0BBBBB/cccccccccccc", "notes", id="webhook"),
    pytest.param("Bearer abcdefghijklmnop1234", "value", id="header"),
    pytest.param(RANDOM, "notes", id="random"),
    pytest.param(f"use {RANDOM} to sign in", "notes", id="random-in-a-sentence"),
    pytest.param("5f0c7a1e9b3d4c26a8e1d7b4906f2c35", "SESSION_SECRET", id="hexadecimal-by-name"),
    pytest.param("hunter2hunter", "ADMIN_PASSWORD", id="password-by-name"),
]
HARMLESS = [
    pytest.param("5f0c7a1e9b3d4c26a8e1d7b4906f2c35", "R2_ACCOUNT_ID", id="hexadecimal-id"),
    pytest.param("9d720e9f1c2b3a4d5e6f708192a3b4c5d6e7f809", "commit", id="commit"),
    pytest.param("3f2504e0-4f89-41d3-9a0c-0305e82c3301", "id", id="uuid"),
    pytest.param("'sha256-4Su6mBWzEIFnH4pAGMOuaeBrstwJN4Z3pq/s1Kn4/KQ='", "script-src", id="csp-hash"),
    pytest.param("https://o123.ingest.sentry.io/4506Abc/x?utm_Source=NewsLetter2024Winter", "url", id="address"),
    pytest.param("max-age=63072000; includeSubDomains; preload", "Strict-Transport-Security", id="header"),
    pytest.param("https://*.r2.cloudflarestorage.com", "connect-src", id="csp-host"),
    pytest.param("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB9pQ2Rk7tLx0aVwZyHqN1mS", "key", id="public-key"),
    pytest.param("age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kudmqqpqqsk9ejt", "recipient", id="age-recipient"),
    pytest.param("theQuickBrownFoxJumpsOverTheLazyDog", "notes", id="words"),
    pytest.param("X-Content-Type-Options", "name", id="header-name"),
    pytest.param("3600", "TOKEN_TTL", id="a-number-by-name"),
    pytest.param("https://learn.example/reset-password", "PASSWORD_URL", id="address-by-name"),
    pytest.param("k2J9xQ7pL4", "NEXT_PUBLIC_MAPS_API_KEY", id="public-by-name"),
    pytest.param("gh_runner", "notes", id="short"),
]


@pytest.mark.parametrize(("text", "name"), SECRETS)
def test_it_looks_like_a_secret(text: str, name: str) -> None:
    what = looks_secret(text, name)
    assert what
    assert text not in what


@pytest.mark.parametrize(("text", "name"), HARMLESS)
def test_it_looks_like_none(text: str, name: str) -> None:
    assert looks_secret(text, name) == ""


def test_a_value_is_called_by_what_stands_beside_it() -> None:
    tree = {"headers": [{"name": "X-Api-Key", "value": "abc123def456"}, {"name": "Accept", "value": "abc123def456"}]}
    assert [path for path, _ in plaintext_secrets(tree)] == [("headers", 0, "value")]


def test_what_is_a_secret_by_name_holds_none() -> None:
    tree = data_of({"a": SecretRef("API_TOKEN_2"), "b": Generated(32), "token": SecretValue("k9Xcanary2Qp77", "t0ken")})
    assert list(plaintext_secrets(tree)) == []


def test_no_word_of_this_repository_s_production_is_suspected(production: object) -> None:
    resources = production.resources  # type: ignore[attr-defined]
    found = [(str(r.address), path) for r in resources for path, _ in plaintext_secrets(data_of(r.spec))]
    assert found == []
