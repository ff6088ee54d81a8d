"""What the server complains of, as psycopg raises it: with SQLSTATE, message and constraint, and nothing of the row."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg


@dataclass(frozen=True, slots=True)
class Said:
    """The part of a diagnosis that the provider reads."""

    message_primary: str
    constraint_name: str | None = None


def complaint(kind: type[psycopg.Error], message: str, constraint: str | None = None) -> psycopg.Error:
    """Return an error of a kind that carries its SQLSTATE."""
    said = Said(message, constraint)
    made: psycopg.Error = type(kind.__name__, (kind,), {"diag": property(lambda _: said)})(message)
    return made


def not_unique(constraint: str) -> psycopg.Error:
    """Return the complaint about a row that is there already."""
    message = f'duplicate key value violates unique constraint "{constraint}"'
    return complaint(psycopg.errors.UniqueViolation, message, constraint)


def is_null(table: str, column: str) -> psycopg.Error:
    """Return the complaint about a column without a value."""
    message = f'null value in column "{column}" of relation "{table}" violates not-null constraint'
    return complaint(psycopg.errors.NotNullViolation, message)


def no_role(label: object) -> psycopg.Error:
    """Return the complaint about a role that is none."""
    return complaint(psycopg.errors.InvalidTextRepresentation, f'invalid input value for enum "UserRole": "{label}"')


def dangling(table: str, constraint: str) -> psycopg.Error:
    """Return the complaint about a row that points at nothing."""
    message = f'insert or update on table "{table}" violates foreign key constraint "{constraint}"'
    return complaint(psycopg.errors.ForeignKeyViolation, message, constraint)


def pointed_at(table: str, holder: str, constraint: str) -> psycopg.Error:
    """Return the complaint about deleting what others point at, as PostgreSQL has it since version 18."""
    setting = f'violates RESTRICT setting of foreign key constraint "{constraint}" on table "{holder}"'
    return complaint(psycopg.errors.RestrictViolation, f'update or delete on table "{table}" {setting}', constraint)


def only_reads(command: str) -> psycopg.Error:
    """Return the complaint about a write, or a lock, in a session that reads."""
    message = f"cannot execute {command} in a read-only transaction"
    return complaint(psycopg.errors.ReadOnlySqlTransaction, message)


def aborted() -> psycopg.Error:
    """Return the complaint about a statement after one that failed."""
    message = "current transaction is aborted, commands ignored until end of transaction block"
    return complaint(psycopg.errors.InFailedSqlTransaction, message)


def connection_lost() -> psycopg.OperationalError:
    """Return what a client meets when the connection breaks: no SQLSTATE."""
    return psycopg.OperationalError("server closed the connection unexpectedly")


def not_let_in(user: str) -> psycopg.OperationalError:
    """Return what a client meets whose password is not accepted (any more)."""
    return psycopg.OperationalError(f'connection failed: FATAL:  password authentication failed for user "{user}"')
