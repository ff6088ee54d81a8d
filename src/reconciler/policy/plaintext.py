"""The check `no-plaintext-secrets`: texts in fields that are no secret fields, and that look like one all the same.

A false alarm stops an apply, so less is suspected here than where a value is only hidden: hexadecimal digits alone are
as often an id, a commit or a checksum, so they count only beside a name that says secret. Addresses, hashes of a
content security policy, public keys and certificates are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from reconciler.policy.effective import Named
from reconciler.secrecy import entropy, secret_shape
from reconciler.values import Path

SHORTEST = 8  # characters of a value whose name says secret
RANDOM = 4.0  # bits a character, of 24 or more: random base64 has about 4.5, names and words stay below
NAMED = 2.5  # bits a character where the name says secret: `changeme` has 2.75 and no digit, `3600` is too short
_NAME = re.compile(r"secret|token|passw(or)?d|private[_-]?key|api[_-]?key|credential|(^|[_-])(pwd|pass)([_-]|$)", re.I)
_PUBLIC = re.compile(r"^(NEXT_PUBLIC_|VITE_|PUBLIC_)|public", re.I)
_HARMLESS = re.compile(
    r"'?(?:sha(?:256|384|512)|nonce)-[A-Za-z0-9+/_-]+=*'?"  # what a content security policy allows
    r"|(?:https?|wss?)://[^\s'\";,]+"  # an address: its password is a shape of its own
    r"|\bssh-[a-z0-9]+ [A-Za-z0-9+/]+=*"
    r"|-----BEGIN (?:CERTIFICATE|PUBLIC KEY)-----[^-]*"
)
_RUN = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")


@lru_cache(maxsize=8192)
def looks_secret(text: str, name: str = "") -> str:
    """Return what a text looks like, when that is a secret; "" otherwise. `name` is what the value is called."""
    if len(text) < SHORTEST:
        return ""
    shape = secret_shape(text)
    if shape:
        return shape
    if _PUBLIC.search(name):
        return ""
    if _NAME.search(name) and _is_opaque(text):
        return f"the value of something called {name}"
    rest = _HARMLESS.sub(" ", text) if len(text) >= 24 else ""
    return "random characters" if any(_is_random(run) for run in _RUN.findall(rest)) else ""


def _is_random(run: str) -> bool:
    kinds = (any(map(str.isupper, run)), any(map(str.islower, run)), any(map(str.isdigit, run)))
    return all(kinds) and entropy(run) >= RANDOM


def _is_opaque(text: str) -> bool:
    """Return whether a text is one word that nobody would read aloud: letters and digits, few of them repeated."""
    if re.search(r"\s|://", text):
        return False
    return any(map(str.isdigit, text)) and any(map(str.isalpha, text)) and entropy(text) >= NAMED


def plaintext_secrets(value: Any, path: Path = (), name: str = "") -> Iterator[tuple[Path, str]]:
    """Yield the path of each text in a tree that looks like a secret, and what it looks like."""
    if isinstance(value, str):
        what = looks_secret(value, name)
        if what:
            yield path, what
    elif isinstance(value, Mapping) and not isinstance(value, Named):
        called = next((value[n] for n in ("key", "name") if isinstance(value.get(n), str)), name)
        for part, inner in value.items():
            yield from plaintext_secrets(inner, (*path, part), called if part == "value" else part)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from plaintext_secrets(inner, (*path, index), name)
