"""What a refusal means: status, code, text and path decide together."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import Busy, CredentialRejected, Denied, NotFound, ProviderError, Refused
from reconciler.http.failures import Call, from_status
from reconciler_vercel.denials import Challenged, Conflict, judge


def denied(method: str, path: str, status: int, body: Any) -> ProviderError:
    call = Call("Vercel", f"{method} {path}", method != "GET", False, "VERCEL_TOKEN")
    error = body.get("error", {}) if isinstance(body, dict) else {}
    return judge(Denied(call, status, body, from_status(call, status, str(error.get("message", "")))))


def said(code: str, message: str = "") -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


ENV = "/v10/projects/prj_1/env"
JUDGED = [
    pytest.param("POST", ENV, 400, said("ENV_CONFLICT"), Conflict, "adopt", id="conflict"),
    pytest.param(
        "POST",
        ENV,
        403,
        said("forbidden", "it already exists"),
        Conflict,
        "adopt",
        marks=pytest.mark.trap("vercel", "3: 403 also says that a variable exists already"),
        id="conflict-403",
    ),
    pytest.param(
        "POST",
        ENV,
        403,
        said("forbidden", "no"),
        CredentialRejected,
        "of production too",
        marks=pytest.mark.trap("vercel", "1: 403 also says that variables of production need more rights"),
        id="forbidden",
    ),
    pytest.param("GET", ENV, 403, said("forbidden", "no"), CredentialRejected, "to read", id="may-not-read"),
    pytest.param(
        "GET",
        ENV,
        403,
        said("challenge_required"),
        Challenged,
        "made for machines",
        marks=pytest.mark.trap("vercel", "3: a challenge to sign in again is no wrong token and no missing right"),
        id="challenge",
    ),
    pytest.param(
        "GET",
        ENV,
        401,
        said("user_auth_required"),
        Challenged,
        "made for machines",
        marks=pytest.mark.trap("vercel", "3: a challenge to sign in again is no wrong token and no missing right"),
        id="sign-in",
    ),
    pytest.param("POST", ENV, 400, said("x", "ongoing env update"), Busy, "apply again", id="busy"),
    pytest.param(
        "POST",
        ENV,
        400,
        said("x", "project document too large"),
        Refused,
        "one document",
        marks=pytest.mark.trap("vercel", "3: all of a project has to fit into one document"),
        id="too-large",
    ),
    pytest.param(
        "POST",
        ENV,
        409,
        said("x", "is being transferred"),
        Refused,
        "to another team",
        marks=pytest.mark.trap("vercel", "1: 409 also says that the project is being transferred"),
        id="transfer",
    ),
    pytest.param("POST", "/v10/projects/p/domains", 409, said("x"), Refused, "move it here", id="domain-taken"),
    pytest.param(
        "POST",
        "/v1/projects/p/routes",
        409,
        said("x"),
        Refused,
        "at the same time",
        marks=pytest.mark.trap("vercel", "8: 409 says that somebody else edits routes at the same time"),
        id="routes-race",
    ),
    pytest.param(
        "POST",
        "/v11/projects",
        409,
        said("x"),
        Refused,
        "another name",
        marks=pytest.mark.trap("vercel", "2: 409 says that the name of a project is taken"),
        id="name-taken",
    ),
    pytest.param("PATCH", "/v9/projects/p", 410, said("x"), Refused, "update reconciler-vercel", id="retired"),
    pytest.param("DELETE", "/v9/projects/p", 410, said("x"), Refused, "update reconciler-vercel", id="retired-delete"),
    pytest.param("PATCH", "/v9/projects/p", 400, said("x", "additional property `y`"), Refused, "field", id="unknown"),
    pytest.param(
        "PATCH",
        "/v9/projects/p",
        402,
        None,
        Refused,
        "plan and its payments",
        marks=pytest.mark.trap("vercel", "1: a refusal may come without a body"),
        id="no-body",
    ),
    pytest.param("GET", "/v9/projects/p", 404, said("x"), NotFound, "may not see", id="not-visible"),
    pytest.param("DELETE", "/v9/projects/p", 404, said("x"), NotFound, "", id="gone"),
    pytest.param("GET", "/v1/else", 403, said("x"), CredentialRejected, "more rights", id="elsewhere"),
    pytest.param("POST", "/v9/x", 422, said("x", "why"), Refused, "", id="other"),
]


@pytest.mark.trap("vercel", "1: one status means several things; codes and texts tell; bodies may be empty")
@pytest.mark.parametrize(("method", "path", "status", "body", "kind", "fix"), JUDGED)
def test_what_a_refusal_means(method: str, path: str, status: int, body: Any, kind: type, fix: str) -> None:
    error = denied(method, path, status, body)
    assert type(error) is kind
    assert fix in error.fix


@pytest.mark.trap("vercel", "bad days: a retired endpoint (410) is an error, never an object that is gone")
def test_retired_is_never_taken_for_absent() -> None:
    assert not isinstance(denied("DELETE", "/v9/projects/p", 410, None), NotFound)
