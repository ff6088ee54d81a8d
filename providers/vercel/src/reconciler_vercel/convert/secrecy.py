"""Whether the value of an environment variable looks like a secret, so that it is never shown. Pure.

Vercel does not say: `plain` and `encrypted` hold both kinds. Said of a value that is none, this costs a shown value;
missed, it costs a secret. So names count as well as shapes, and what only might be one counts too.
"""

from __future__ import annotations

import math
import re
from collections import Counter

from reconciler_vercel.models.env import PUBLIC

_NAMES = re.compile(
    r"SECRET|TOKEN|PASSW|PRIVATE|CREDENTIAL|SIGNING|SALT|APIKEY|DATABASE_URL|DIRECT_URL|CONNECTION_STRING"
    r"|(^|_)(KEY|PASS|PWD|AUTH|DSN|JWT|CERT)(_|$)"
)
_SHAPES = re.compile(
    r"""://[^/\s:@]*:[^/\s@]+@                              # a URL with a password
      | -----BEGIN\ [A-Z ]*PRIVATE\ KEY                     # PEM
      | \beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}           # a JSON web token
      | \b(?:sk|pk|rk|whsec|ghp|gho|ghs|glpat|npg|napi|xox[abprs]|sntry[su]|dop|hf|shpat|vcp)[-_][A-Za-z0-9]{12,}
      | \b(?:AKIA|ASIA|SG\.)[A-Za-z0-9]{12,}
      | \bgithub_pat_[A-Za-z0-9_]{20,}
    """,
    re.VERBOSE,
)
_RUN = re.compile(r"[A-Za-z0-9]{16,}")
MIXED = (
    3.0  # bits a character: 16 random hexadecimal digits have about 3.3; names stay below, or have no digit
)


def looks_secret(key: str, value: str) -> bool:
    """Return whether a variable's value may be a secret. What frameworks send to browsers is none by definition."""
    if _SHAPES.search(value):
        return True
    if key.startswith(PUBLIC):
        return False
    return bool(_NAMES.search(key.upper())) or any(_random(run) for run in _RUN.findall(value))


def _random(run: str) -> bool:
    """Return whether a run of letters and digits looks drawn by lot: both are in it, and few repeat."""
    return any(map(str.isdigit, run)) and any(map(str.isalpha, run)) and entropy(run) >= MIXED


def entropy(text: str) -> float:
    """Return the Shannon entropy of a text by its own letters, in bits a character."""
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values()) if text else 0.0
