"""The form of `desired/environment.yaml` and `desired/approvals.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, NoReturn

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from reconciler.kind.base import Part
from reconciler.kind.rules import AtLeastOne, NotBoth
from reconciler.kind.types import ListOf
from reconciler.load.names import DATE, DIGEST, ENVIRONMENT, INSTANCE
from reconciler.values import Path

InstanceName = Annotated[str, Field(pattern=INSTANCE)]


class CollectionForm(Part):
    """How far the tool may go with one collection."""

    authority: Annotated[
        Literal["managed", "additive", "observe"],
        Field(
            description="`managed`: create, update, delete what we own. `additive`: never delete. `observe`: report."
        ),
    ] = "managed"
    allow_empty: Annotated[bool, Field(description="true: the collection may go from some objects to none.")] = False


class SecretSourceForm(Part):
    """A file that secrets may come from, after the process environment: `env_file` or `sops_file`."""

    rules = (
        AtLeastOne(("env_file", "sops_file"), when={}),
        NotBoth(("env_file", "sops_file"), "each is an entry of its own"),
    )
    env_file: Annotated[
        str | None, Field(min_length=1, description="A file of NAME=value lines, relative to the project.")
    ] = None
    sops_file: Annotated[
        str | None,
        Field(min_length=1, description="A .yaml, .json or .env file that `sops` encrypted to an age recipient."),
    ] = None


class EnvironmentForm(Part):
    """What this desired state is for, and the providers it uses."""

    environment: Annotated[
        str, Field(pattern=ENVIRONMENT, max_length=63, description="The environment's name, as in `production`.")
    ]
    providers: Annotated[
        Mapping[InstanceName, Mapping[str, Any]],
        Field(description="Provider instances by name; `type` defaults to the name."),
    ]
    collections: Annotated[Mapping[str, CollectionForm], Field(description="Settings by collection.")] = {}
    secrets: Annotated[ListOf[SecretSourceForm], Field(description="Where secrets come from, in order.")] = ()
    apply_from: Annotated[
        str, Field(min_length=1, description="The branch that apply accepts commits from. Default: origin/main.")
    ] = ""


def _refuse(said: str, fix: str) -> NoReturn:
    raise PydanticCustomError("approval", "{said}", {"said": said, "fix": fix})


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False  # the 30th of February
    return bool(re.fullmatch(DATE, value))


def _check_date(value: str) -> str:
    return value if _is_date(value) else _refuse("this is not a date", "write the last day it counts, as in 2026-12-31")


def _check_reason(value: str) -> str:
    return value if value.strip() else _refuse("the reason is blank", "say why this loss is right")


def _check_digest(value: str) -> str:
    fix = "copy it from the plan: 12 or more of its characters, 0-9 and a-f"
    return value if re.fullmatch(DIGEST, value) else _refuse("this is no digest", fix)


class ApprovalForm(Part):
    """Lets one held change, or one held set, go through."""

    digest: Annotated[
        str,
        AfterValidator(_check_digest),
        WithJsonSchema({"type": "string", "pattern": DIGEST}),
        Field(description="The digest the plan shows, 12 or more characters of it."),
    ]
    reason: Annotated[
        str,
        AfterValidator(_check_reason),
        WithJsonSchema({"type": "string", "pattern": r"\S"}),
        Field(description="Why this is right."),
    ]
    until: Annotated[
        str,
        AfterValidator(_check_date),
        WithJsonSchema({"type": "string", "pattern": DATE, "format": "date"}),
        Field(description="The last day it counts, as in 2026-12-31."),
    ]


class ApprovalsForm(Part):
    """Approvals of what the gates hold, reviewed like every other file."""

    approvals: ListOf[ApprovalForm]


def approvals_as_text(path: Path) -> bool:
    """Return whether a value of approvals.yaml is text however it looks: dates, and digests that look like numbers."""
    return len(path) == 3 and path[0] == "approvals" and path[2] in ("until", "digest")
