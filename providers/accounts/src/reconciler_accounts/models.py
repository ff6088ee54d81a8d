"""The roster: one kind, `accounts`, keyed by e-mail address."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, Field, ValidationError, WithJsonSchema

from reconciler import (
    Address,
    Essential,
    Expansion,
    External,
    Kind,
    Live,
    ProviderSettings,
    Removal,
    Resource,
    ServerDefault,
    SetOf,
    written,
)
from reconciler_accounts.address import Email, problem
from reconciler_accounts.guards import forbidden
from reconciler_accounts.settings import AccountsSettings

_NO_CONTROLS = r"^(?![\s\S]*[\u0000-\u001f\u007f])"
_FILLED = _NO_CONTROLS + r"(?=[\s\S]*\S)"


def _matches(pattern: str, complaint: str) -> Any:
    def check(value: str) -> str:
        if not re.search(pattern, value):
            raise ValueError(complaint)
        return value

    return AfterValidator(check)


_one_line = _matches(_NO_CONTROLS, "write it on one line, without tabs or control characters")
_not_blank = _matches(_FILLED, "write it on one line, and not blank")

Line = Annotated[
    str, Field(max_length=200), _one_line, WithJsonSchema({"type": "string", "maxLength": 200, "pattern": _NO_CONTROLS})
]
Name = Annotated[
    str,
    Field(min_length=1, max_length=100),  # the application's own limits
    _not_blank,
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 100, "pattern": _FILLED}),
]
CourseCode = Annotated[
    str,
    Field(min_length=1, max_length=100),
    _not_blank,
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 100, "pattern": _FILLED}),
    External("courses", create="create a course with this code in the LMS (as its instructor), then plan again"),
]
Role = Literal["STUDENT", "INSTRUCTOR", "ADMIN"]

STATES = {
    "active": "can sign in",
    "locked": "its password is locked: a hand-over is owed",
    "deleted": "soft-deleted, but it can still sign in",
    "disabled": "soft-deleted and its password locked",
}


class Account(Kind, collection="accounts", identity="email", provider="accounts"):
    """A person's account in the LMS, keyed by e-mail address.

    An address that is not in the roster any more is disabled: soft-deleted and its password locked, both reversible.
    A new account, and one that comes back after being locked, gets a new password, handed over once.
    """

    settings = AccountsSettings
    data_bearing = True
    on_remove = "disable"
    removals = ("disable", "retain")
    loses = "The person can no longer sign in. Account, courses and work stay; listing the address again restores them."

    email: Annotated[
        Email, Field(default="", description="The address to sign in with. Defaults to the key; changing it renames.")
    ]
    name: Annotated[Name, Field(description="First name."), Essential()]
    surname: Annotated[Line, ServerDefault("")] = ""
    role: Annotated[Role, Field(description="A change takes effect at the next sign-in."), Essential()]
    company: Annotated[Line, ServerDefault("")] = ""
    position: Annotated[Line, ServerDefault("")] = ""
    courses: Annotated[
        SetOf[CourseCode],
        Field(description="Codes of the courses the person is enrolled in: all of them. Left out, not managed."),
        ServerDefault(()),
    ] = frozenset()
    state: Annotated[
        Literal["active", "disabled"],
        Field(description="`disabled` suspends: soft-deleted and locked, kept in the roster."),
        ServerDefault("active"),
    ] = "active"

    def expand(self) -> Expansion:
        """Return the written fields and the state, which is always managed: a listed person can sign in."""
        spec = written(self)
        if "state" in spec:
            return Expansion(spec)
        return Expansion({**spec, "state": "active"}, {"state": "being in the roster"})

    @classmethod
    def handle_for(cls, live: Live) -> str:
        """Return the address: the roster is keyed by it."""
        return live.identity[0]

    @classmethod
    def alarming(cls, live: Live) -> str:
        """Return why an account outside the roster is alarming.

        Anybody can register in the application as any role, ADMIN included; and the sign-in check does not look at
        soft deletion.
        """
        role, state = live.values.get("role"), live.values.get("state")
        if state == "active" and role in ("ADMIN", "INSTRUCTOR"):
            return f"an active {role} who is not in the roster"
        if state == "deleted":
            return f"a soft-deleted {role} who can still sign in: the password is not locked"
        return ""

    @classmethod
    def guards(
        cls, removals: tuple[Removal, ...], live: tuple[Live, ...], settings: ProviderSettings
    ) -> Mapping[Address, str]:
        """Return the removals of the last active admin or of the operator, role changes included."""
        return forbidden(removals, live, cast(AccountsSettings, settings).operator)

    @classmethod
    def cross_check(
        cls, resources: tuple[Resource, ...], settings: ProviderSettings
    ) -> Iterable[tuple[Address, str, str, str]]:
        """Yield keys that are no lower-case address, and an operator whose own line says otherwise."""
        operator = cast(AccountsSettings, settings).operator
        for resource in resources:
            wrong = problem(resource.identity[0])
            if wrong:
                yield (resource.address, "", *wrong)
            if operator is not None and resource.identity[0] == operator:
                if resource.spec.get("role") != "ADMIN":
                    yield resource.address, "role", f"{operator} is the operator", "write role: ADMIN"
                if resource.spec.get("state") == "disabled":
                    yield resource.address, "state", f"{operator} is the operator", "remove the line"

    @classmethod
    def unimportable(cls, live: Live) -> str:
        """Return why a live account has no place in a roster as it stands."""
        state = str(live.values.get("state"))
        if state != "active":
            return f"{STATES[state]}; listing it would make it active again"
        wrong = problem(live.identity[0])
        if wrong:
            return f"{wrong[0]}; {wrong[1]}, and pin the row with lifecycle.id to normalise it"
        profile = {name: live.values.get(name) for name in ("name", "surname", "role", "company", "position")}
        try:
            cls.model_validate(profile)
        except ValidationError as error:
            first = error.errors()[0]
            return f"its {first['loc'][0]} has a form the roster refuses: {first['msg']}"
        return ""
