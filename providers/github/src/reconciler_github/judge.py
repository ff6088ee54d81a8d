"""What an answer of GitHub that is no success means. By status alone a missing right, a plan and a rate look alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from reconciler import CredentialRejected, Denied, NotFound, ProtocolError, ProviderError, Unavailable

_PLAN = re.compile(r"\bupgrade\b|\benterprise\b|github (pro|team)\b|billing plan", re.IGNORECASE)
_EXISTS = re.compile(r"already.?exists|must be unique", re.IGNORECASE)
_RIGHTS: tuple[tuple[str, str, str], ...] = (
    (r"/environments/.+/(secrets|variables)\b", "Environments: read (environments)", "Environments: write"),
    (r"/environments\b", "Actions: read (actions)", "Administration: write (administration)"),
    (r"/rulesets\b", "Metadata: read (metadata)", "Administration: write (administration)"),
    (r"/actions/secrets\b", "Secrets: read (secrets)", "Secrets: write (secrets)"),
    (r"/actions/variables\b", "Variables: read (actions_variables)", "Variables: write (actions_variables)"),
    (r"/teams$", "Administration: read (administration)", "Administration: write (administration)"),
    (r"", "Metadata: read (metadata)", "Administration: write (administration)"),
)
"""Path, and the right to read and to write there: as fine-grained tokens name it, and as GitHub Apps do."""
_LISTING = re.compile(
    r"/(rulesets|environments|secrets|variables|public-key|deployment-branch-policies|collaborators|teams)$"
)
_MADE_BY_PUT = re.compile(r"/(environments/(?!.*/(secrets|variables)/).+|actions/secrets/[^/]+)$")


class Moved(ProtocolError):
    """The repository has another name or owner now. `number` is its id, "" where GitHub did not say."""

    number: str = ""


def error_text(body: Any) -> str:
    """Return what is wrong: the message, and what each of the errors says about which field."""
    errors = body.get("errors") or []
    said = [_one(e) for e in errors] if isinstance(errors, list) else [str(errors)]
    return ": ".join(text for text in (str(body["message"]), "; ".join(said)) if text)


def _one(error: Any) -> str:
    if not isinstance(error, Mapping):
        return str(error)
    text = error.get("message") or error.get("code") or ""
    return f"{error['field']}: {text}" if error.get("field") else str(text)


def judge(denied: Denied) -> ProviderError:
    """Return the error that an answer means, with what to do about it."""
    text = denied.error.message
    match denied.status:
        case 301 | 302 | 307 | 308:
            return _moved(denied)
        case 402 | 403 | 404 | 422 if _PLAN.search(_said(denied)):
            return denied.as_refused(
                "change the plan of the account that owns the repository, make the repository public, or do without it",
                because="the plan of the account does not include this",
            )
        case 403:
            return _forbidden(denied)
        case 404:
            return _not_found(denied)
        case 409 | 422 if _EXISTS.search(_said(denied)):
            return denied.as_refused("run plan again: it is there now, and shown; `lifecycle: {adopt: true}` takes it")
        case 409:
            return denied.as_refused("a policy of the organisation or somebody else's change stands against it")
        case 410:
            return denied.as_refused("update reconciler-github", because="this endpoint is retired")
        case 451:
            return denied.as_refused("GitHub has blocked the repository for legal reasons: ask GitHub")
        case 400 if "version" in text.lower():
            return denied.as_refused("GitHub no longer serves API version 2022-11-28: update this provider")
        case _:
            return denied.error


def right_for(operation: str) -> str:
    """Return the right that an operation (`PUT /repos/o/r/rulesets/1`) needs."""
    method, _, path = operation.partition(" ")
    read, write = next(rights for pattern, *rights in _RIGHTS if re.search(pattern, path))
    return read if method == "GET" else write


def _said(denied: Denied) -> str:
    """Return what GitHub says, without our own words around it."""
    try:
        return error_text(denied.body)
    except (LookupError, TypeError, AttributeError):
        return ""


def _moved(denied: Denied) -> ProviderError:
    target = str(denied.body.get("url", "")) if isinstance(denied.body, Mapping) else ""
    moved = Moved(
        f"the repository has moved ({denied.status} on {denied.call.operation})",
        fix="write its new name as `repository:` in environment.yaml",
        operation=denied.call.operation,
        status=denied.status,
    )
    found = re.search(r"/repositories/([0-9]+)", target)
    moved.number = found[1] if found else ""
    return moved


def _forbidden(denied: Denied) -> ProviderError:
    said, operation = _said(denied).lower(), denied.call.operation
    if "rate limit" in said or "abuse" in said:
        return Unavailable(
            f"GitHub asks for a pause without saying how long ({denied.error.message})",
            fix="run it again in a few minutes",
            operation=operation,
            status=denied.status,
        )
    if "saml" in said:
        fix = f"authorise {denied.call.credential} for single sign-on of the organisation (Settings, Tokens)"
        return CredentialRejected(denied.error.message, fix=fix, operation=operation, status=denied.status)
    if "archived" in said:
        return denied.as_refused("the repository is archived, and read-only until it is taken out of the archive")
    right = right_for(operation)
    if "by integration" in said and "administration" in right:
        right += ", which the token of a workflow run cannot have: take a personal access token or a GitHub App's"
    return denied.as_missing_scope(right)


def _not_found(denied: Denied) -> ProviderError:
    """404 is also what a token without the right is told. Where nothing can be missing, it is that."""
    operation = denied.call.operation
    method, _, path = operation.partition(" ")
    makes = method == "PUT" and _MADE_BY_PUT.search(path)
    inside = method != "GET" and re.search(r"/environments/.+/(secrets|variables|deployment-branch-policies)\b", path)
    if inside or not (makes or _LISTING.search(path)):
        lacks = f"{denied.call.credential} lacks {right_for(operation)}"
        return NotFound(
            denied.error.message, fix=f"it is gone, or {lacks}: run plan", operation=operation, status=denied.status
        )
    return denied.as_missing_scope(right_for(operation))
