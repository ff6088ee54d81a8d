"""Header names and values in one spelling, so that what means the same is equal. Pure.

Names compare without case. A content security policy (CSP level 3, section 2.2) is a set of directives, each a set of
sources: it is kept as one text with both in alphabetical order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_SPELLED = {
    name.lower(): name
    for name in ("X-XSS-Protection", "X-DNS-Prefetch-Control", "ETag", "WWW-Authenticate", "NEL", "SourceMap", "DNT")
}
POLICIES = ("content-security-policy", "content-security-policy-report-only")
KEYWORDS = (  # CSP level 3, section 2.3.1: quotes are part of each
    *("self", "none", "unsafe-inline", "unsafe-eval", "unsafe-hashes", "strict-dynamic", "report-sample"),
    *("wasm-unsafe-eval", "inline-speculation-rules"),
)
NAME = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"  # RFC 9110, section 5.1: a token


def spelled(name: str) -> str:
    """Return a header's name as people write it: `X-Frame-Options` for `x-frame-options`."""
    lower = name.lower()
    return _SPELLED.get(lower) or "-".join(part[:1].upper() + part[1:] for part in lower.split("-"))


def is_policy(name: str) -> bool:
    """Return whether a header holds a content security policy."""
    return name.lower() in POLICIES


def policy_of(text: str) -> dict[str, tuple[str, ...]]:
    """Return the directives of a policy with their sources. Of a directive given twice, the first counts (CSP 3)."""
    found: dict[str, tuple[str, ...]] = {}
    for directive in text.split(";"):
        words = directive.split()
        if words and words[0].lower() not in found:
            found[words[0].lower()] = tuple(sorted(set(words[1:])))
    return found


def policy_text(policy: Mapping[str, Any]) -> str:
    """Return a policy as the one text that all equal ones have."""
    ordered = sorted((str(name).lower(), sorted({str(s) for s in sources or ()})) for name, sources in policy.items())
    return "; ".join(" ".join((name, *sources)) for name, sources in ordered)


def canonical(name: str, value: Any) -> Any:
    """Return a header's value in its one spelling: a text, or several texts where it is sent several times."""
    if isinstance(value, Mapping):
        return policy_text(value)
    if isinstance(value, tuple | list):
        values = tuple(str(canonical(name, one)) for one in value)
        return values[0] if len(values) == 1 else values
    if isinstance(value, str):
        return policy_text(policy_of(value)) if is_policy(name) else re.sub(r"[ \t]*[\r\n]+[ \t]*", " ", value).strip()
    return value


def policy_changes(before: Any, after: Any) -> list[str]:
    """Return what one policy has beyond another, directive by directive, as phrases."""
    old, new = (policy_of(text) if isinstance(text, str) else {} for text in (before, after))
    said = []
    for name in sorted({*old, *new}):
        if name not in new:
            said.append(f"{name} goes")
        elif name not in old:
            said.append(f"{name} comes: {' '.join(new[name]) or '(no sources)'}")
        else:
            said += [f"{name} gains {source}" for source in new[name] if source not in old[name]]
            said += [f"{name} loses {source}" for source in old[name] if source not in new[name]]
    return said
