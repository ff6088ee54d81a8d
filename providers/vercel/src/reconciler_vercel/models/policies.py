"""Directives of a content security policy: browsers ignore one that they do not know, so a misspelt one is none at all.

A policy written as a mapping takes these names only. One written as text is taken as it is, and the plan says what in
it is none of these: that is how to use a directive that is newer than this list.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from pydantic_core import PydanticCustomError

from reconciler_vercel.models.header_values import policy_of

_FETCH = """
child-src connect-src default-src font-src frame-src img-src manifest-src media-src object-src script-src
script-src-attr script-src-elem style-src style-src-attr style-src-elem worker-src
"""
_OTHERS = "webrtc base-uri sandbox form-action frame-ancestors report-uri report-to"
_ELSEWHERE = """
block-all-mixed-content require-sri-for require-trusted-types-for trusted-types upgrade-insecure-requests
"""
DIRECTIVES = tuple(sorted((*_FETCH.split(), *_OTHERS.split(), *_ELSEWHERE.split())))
"""Of CSP level 3 (W3C), section 6, and of the documents it names there: Mixed Content, Upgrade Insecure Requests,
Subresource Integrity, Trusted Types."""

AS_TEXT = "write the policy as text: a directive that is not known here is taken there"


def meant(name: str) -> str:
    """Return what a directive that is not known was probably meant to be, as a question; "" where nothing is near."""
    near = get_close_matches(name.lower(), DIRECTIVES, n=1, cutoff=0.7)
    return f"did you mean {near[0]}?" if near else ""


def directive(name: str) -> str:
    """Return a directive's name. Raises PydanticCustomError for one that is not known, or not in lower case."""
    if name not in DIRECTIVES:
        said = f"{name} is no directive of CSP level 3, and browsers ignore what they do not know"
        fix = "; else ".join(filter(None, (meant(name), AS_TEXT)))
        raise PydanticCustomError("directive", "{said}", {"said": said, "fix": fix})
    return name


def unknown_in(text: str) -> Iterator[str]:
    """Yield what is to be said about each directive of a policy, as text, that is not known."""
    for name in policy_of(text):
        if name not in DIRECTIVES:
            near = meant(name)
            yield f"{name} is no directive of CSP level 3{f': {near}' if near else ', unless it is newer'}"
