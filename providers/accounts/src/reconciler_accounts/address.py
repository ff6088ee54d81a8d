"""The form of an e-mail address in the roster. Sign-in compares byte for byte, so only one form is allowed."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

LONGEST = 254  # RFC 5321, section 4.5.3.1.3
PATTERN = r"^(?!.*\s)[a-z0-9!#$%&'*+/=?^_`{|}~.-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$"


def problem(address: str) -> tuple[str, str] | None:
    """Return what is wrong with an address and how to write it instead; None when it can be used."""
    if len(address) > LONGEST:
        return f"an e-mail address has at most {LONGEST} characters", "check the address"
    if re.search(PATTERN, address):
        return None
    better = address.strip().lower()
    if re.search(PATTERN, better):
        what = "capital letters" if better != address.strip() else "blanks around it"
        return f"{address!r} has {what}; sign-in compares addresses byte for byte", f"write {better}"
    return f"{address!r} is not an e-mail address", "write it as in ana@example.com, in lower case"


def _check(address: str) -> str:
    found = problem(address)
    if found:
        raise ValueError(f"{found[0]}: {found[1]}")
    return address


Email = Annotated[
    str,
    AfterValidator(_check),
    WithJsonSchema({"type": "string", "pattern": PATTERN, "maxLength": LONGEST}),
]
"""A lower-case e-mail address."""
