"""Whether a text is of a shape that only secrets have: known tokens, keys, addresses with a password. Pure.

The shapes are those that vendors document, or that secret scanners look for. `entropy` is for what has no shape.
"""

from __future__ import annotations

import math
import re
from collections import Counter

_SHAPES: tuple[tuple[str, str], ...] = (
    ("a URL with a password", r"://[^/\s:@]*:[^/\s@]+@"),
    ("a private key", r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    ("an age identity", r"\bAGE-SECRET-KEY-1[A-Z0-9]{20,}"),
    ("a JSON web token", r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),
    (
        "a token of a known vendor",
        r"\b(?:sk|pk|rk|whsec|gh[oprsu]|glpat|npg|napi|xox[abprs]|sntry[su]|dop|hf|shpat|vcp)[-_][A-Za-z0-9]{12,}"
        r"|\bsk[-_](?:live|test|proj|ant)[-_][A-Za-z0-9_-]{12,}"
        r"|\b(?:AKIA|ASIA|SG\.)[A-Za-z0-9]{12,}|\bgithub_pat_[A-Za-z0-9_]{20,}|\bAIza[A-Za-z0-9_-]{30,}",
    ),
    ("a webhook address", r"https://hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9]+/[A-Za-z0-9/]{8,}"),
    ("an authorization header", r"\b(?:Bearer|Basic)\s+[A-Za-z0-9._~+/-]{16,}=*"),
)
_ANY = re.compile("|".join(f"(?:{pattern})" for _, pattern in _SHAPES))
_EACH = tuple((what, re.compile(pattern)) for what, pattern in _SHAPES)


def secret_shape(text: str) -> str:
    """Return what secret a text holds by its shape, as in `a JSON web token`; "" for none."""
    if not _ANY.search(text):
        return ""
    return next(what for what, pattern in _EACH if pattern.search(text))


def entropy(text: str) -> float:
    """Return the Shannon entropy of a text by its own letters, in bits a character."""
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values()) if text else 0.0
