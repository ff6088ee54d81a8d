"""Whether the value of an environment variable looks like a secret, so that it is never shown. Pure.

Vercel does not say: `plain` and `encrypted` hold both kinds. Said of a value that is none, this costs a shown value;
missed, it costs a secret. So names count as well as shapes, and what only might be one counts too.
"""

from __future__ import annotations

import re

from reconciler import entropy, secret_shape
from reconciler_vercel.models.env import PUBLIC

_NAMES = re.compile(
    r"SECRET|TOKEN|PASSW|PRIVATE|CREDENTIAL|SIGNING|SALT|APIKEY|DATABASE_URL|DIRECT_URL|CONNECTION_STRING"
    r"|(^|_)(KEY|PASS|PWD|AUTH|DSN|JWT|CERT)(_|$)"
)
_BUCKET = re.compile(r"(^|_)BUCKET(_NAME)?$")  # R2_PRIVATE_BUCKET: a name that other resources have as well
_RUN = re.compile(r"[A-Za-z0-9]{16,}")
_JOINED = re.compile(r"[A-Za-z0-9+_-]{24,}")  # base64, of either alphabet
MIXED = 3.0  # bits a character: 16 random hexadecimal digits have about 3.3; names stay below, or have no digit
BASE64 = 4.0  # as above, for 24 characters or more


def looks_secret(key: str, value: str) -> bool:
    """Return whether a variable's value may be a secret. What frameworks send to browsers is none by definition."""
    if secret_shape(value):
        return True
    if key.startswith(PUBLIC):
        return False
    named = bool(_NAMES.search(key.upper())) and not _BUCKET.search(key.upper())
    return named or _is_random(value)


def _is_random(value: str) -> bool:
    """Return whether part of a text looks drawn by lot.

    That is a run of letters and digits, both in it and few repeated, or a longer one of base64 that has both cases.
    """
    mixed = (run for run in _RUN.findall(value) if any(map(str.isdigit, run)) and any(map(str.isalpha, run)))
    joined = (run for run in _JOINED.findall(value) if run not in (run.lower(), run.upper()))
    return any(entropy(run) >= MIXED for run in mixed) or any(entropy(run) >= BASE64 for run in joined)
