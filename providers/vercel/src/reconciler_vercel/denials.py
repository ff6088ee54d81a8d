"""What a refusal of Vercel means. The same status means several things, so that code, text and path decide."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from reconciler import Busy, CredentialRejected, Denied, ProviderError, Refused

CHALLENGES = frozenset({"challenge_required", "challenge_required_email_otp", "user_auth_required"})
CONFLICTS = frozenset({"ENV_CONFLICT", "ENV_ALREADY_EXISTS"})
TAKEN = re.compile(r"already exists|already (?:been )?(?:taken|used|assigned)", re.IGNORECASE)
BUSY = re.compile(r"ongoing env update", re.IGNORECASE)

RIGHTS: tuple[tuple[str, str], ...] = (
    (r"^GET /v\d+/projects/[^/]+/env", "the right to read environment variables (team role DEVELOPER or above)"),
    (
        r"/projects/[^/]+/env",
        "the right to change environment variables, those of production too "
        "(team role MEMBER or above, or project role ADMIN)",
    ),
    (r"/routes", "the right to change routing rules (team role MEMBER or above, or project role ADMIN)"),
    (r"/domains", "the right to manage domains of the project (team role MEMBER or above, or project role ADMIN)"),
    (r"/deployments", "the right to deploy to production (team role MEMBER or above, or project role ADMIN)"),
    (r"/v2/teams", "a scope that holds the team: it is set when the token is made"),
    (r"insights/toggle", "the right to change the project (team role MEMBER or above, or project role ADMIN)"),
    (r"/projects", "access to the project (the team in the token's scope; to change it, project role ADMIN)"),
)


class Challenged(CredentialRejected):
    """Vercel wants a person to sign in again before it shows this."""


class Conflict(Refused):
    """Another object has the place. The caller says which."""


def error_of(body: Any) -> Mapping[str, Any]:
    """Return the error in a body, the first in `failed` where a create has it there; an error may come without any."""
    error = body.get("error") if isinstance(body, Mapping) else None
    failed = body.get("failed") if isinstance(body, Mapping) else None
    if error is None and isinstance(failed, list) and failed and isinstance(failed[0], Mapping):
        error = failed[0].get("error")
    return error if isinstance(error, Mapping) else {}


def text_of(error: Mapping[str, Any]) -> str:
    """Return what an error says, with its code."""
    message, code = str(error.get("message") or ""), str(error.get("code") or "")
    return f"{message} ({code})" if message and code else message or code


def judge(denied: Denied) -> ProviderError:
    """Return the error that a definite answer means."""
    error = error_of(denied.body)
    code, message = str(error.get("code") or ""), str(error.get("message") or "")
    operation, said = denied.call.operation, denied.error.message
    if code in CHALLENGES:
        fix = "use a token made for machines; what is encrypted stays unknown with this one"
        return Challenged(said, fix=fix, operation=operation, status=denied.status)
    if "/env" in operation and (code in CONFLICTS or (denied.status == 403 and TAKEN.search(message))):
        return Conflict(said, fix="adopt the one that is there", operation=operation, status=denied.status)
    if BUSY.search(message):
        return Busy(
            said, fix="something else changes variables; apply again", operation=operation, status=denied.status
        )
    match denied.status:
        case 402:
            return denied.as_refused(
                "check the team's plan and its payments: Vercel answers 402 for both",
                because="the plan does not have it",
            )
        case 428:
            return denied.as_refused(
                "buy the protection add-on, or remove the setting",
                because="the plan lacks Advanced Deployment Protection",
            )
        case 403:
            return denied.as_missing_scope(
                next((right for path, right in RIGHTS if re.search(path, operation)), "more rights")
            )
        case 404 if denied.call.writes is False:
            denied.error.fix = "Vercel also says this of what the token may not see: check `team:` and `project:`"
            return denied.error
        case 409:
            return denied.as_refused(_taken(operation, message))
        case 410:
            return denied.as_refused("update reconciler-vercel", because="this endpoint is retired")
        case 400 if "additional property" in message:
            return denied.as_refused("remove that field: Vercel no longer takes it")
        case 400 if "too large" in message:
            return denied.as_refused("remove variables: all of a project's settings have to fit into one document")
    return denied.error


def _taken(operation: str, message: str) -> str:
    if "transfer" in message:
        return "the project is being transferred to another team; wait until that is over"
    if "/domains" in operation:
        return "take it away from the other project first, or move it here in its settings"
    if "/routes" in operation:
        return "somebody else changed the routing rules at the same time; apply again"
    return "choose another name, or adopt what has it"
