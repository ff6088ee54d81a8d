"""Is this the application's database, in the shape this provider knows? Asked once, before anything else.

`_prisma_migrations` says nothing: production may have been made with `prisma db push`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from reconciler import CredentialRejected, ProtocolError
from reconciler_accounts import statements
from reconciler_accounts.session import Session

_TEXT: Final = ("text", "varchar")
_TIME: Final = ("timestamp",)
NEEDED: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "users": {
        **dict.fromkeys(
            ("id", "email", "name", "surname", "password", "cellNumber", "company", "position", "workAddress"), _TEXT
        ),
        "role": ("UserRole",),
        "createdAt": _TIME,
        "updatedAt": _TIME,
        "deletedAt": _TIME,
    },
    "courses": {"id": _TEXT, "code": _TEXT, "deletedAt": _TIME},
    "enrollments": {"id": _TEXT, "userId": _TEXT, "courseId": _TEXT, "enrolledAt": _TIME},
}
INSERTED: Final = ("users", "enrollments")  # the tables this provider adds rows to
ROLES: Final = ("ADMIN", "INSTRUCTOR", "STUDENT")
_FIX: Final = "check that DIRECT_URL names the application's database; if the application changed, update this provider"


def differences(columns: Iterable[Mapping[str, Any]], roles: Iterable[str], unique_email: bool) -> list[str]:
    """Return how the tables differ from what the provider needs, in words. Empty: fit."""
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for column in columns:
        found.setdefault(column["table"], {})[column["column"]] = column
    wrong: list[str] = []
    for table, needed in NEEDED.items():
        if table not in found:
            wrong.append(f"there is no table public.{table}")
            continue
        for name, types in needed.items():
            have = found[table].get(name)
            if have is None:
                wrong.append(f'public.{table} has no column "{name}"')
            elif have["type"] not in types:
                wrong.append(f'public.{table}."{name}" is {have["type"]}, not {types[0]}')
        if table in INSERTED:
            extra = [n for n, c in found[table].items() if n not in needed and c["required"] and not c["filled"]]
            wrong.extend(f'public.{table} requires a column this provider does not know: "{name}"' for name in extra)
    labels = sorted(roles)
    if labels != sorted(ROLES):
        wrong.append(f'the labels of "UserRole" are {", ".join(labels) or "missing"}, not {", ".join(sorted(ROLES))}')
    if "users" in found and not unique_email:
        wrong.append("public.users has no unique index on email")
    return wrong


async def check(session: Session, *, writing: bool, name: str = "DIRECT_URL") -> None:
    """Return once the schema and the role's privileges are found fit. `name` is the secret's name, for messages.

    Raises:
        ProtocolError: it is not the application's database, or has changed.
        CredentialRejected: the role lacks a privilege that this run needs.
    """
    columns = await session.rows(statements.COLUMNS, "read the schema")
    roles = await session.rows(statements.ROLES, "read the schema")
    unique = await session.rows(statements.UNIQUE, "read the schema")
    wrong = differences(columns, [r["label"] for r in roles], bool(unique))
    if wrong:
        raise ProtocolError(f"the database does not have the schema of the LMS: {'; '.join(wrong)}", fix=_FIX)
    missing = await session.rows(statements.MISSING_PRIVILEGES, "read the privileges", {"writing": writing})
    if missing:
        raise CredentialRejected(
            f"the role of {name} lacks {', '.join(r['missing'] for r in missing)}",
            fix="grant them, or use the role that owns the tables (docs/reference/accounts.md, Privileges)",
            status="42501",
        )
