"""Every error this tool raises on purpose, and what a caller can do about it.

    ReconcilerError                 exit code 1 unless said otherwise
    ├── InputError                  the user's files or arguments; carries every Problem found
    ├── LedgerError                 what was last applied cannot be read or written
    │   ├── LedgerUnreachable       never treated as "empty"
    │   ├── LedgerRewritten         its history is not a continuation of what we saw
    │   └── LockHeld                another run is applying (exit 4)
    ├── OutOfOrder                  older commit, stale plan (exit 4)
    ├── HeldBySafety                a run-wide gate refuses (exit 3)
    ├── ReadOnlyViolation           a write was attempted outside apply: a bug, nothing was sent
    └── ProviderError               one provider, one operation (exit 5 where it ends a command)
        ├── CredentialRejected      the token or role is not accepted (exit 1)
        ├── Refused                 the API understood and said no; sending it again will not help
        │   └── NotFound            the object is not there
        ├── Busy                    locked by another operation; later it may work
        ├── Unavailable             down, slow, rate limited beyond the deadline, reset
        ├── AnswerLost              a write was sent and its answer never came: it may have taken effect
        └── ProtocolError           the answer is not what the API documents

Messages are sentences in the user's terms. They never hold a secret: payloads and exceptions of
other libraries pass `reconciler.redact` before they become part of a message.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file the user wrote. Lines and columns count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the user's input: where, what and why, and what to do next."""

    message: str
    fix: str
    where: Location | None = None

    def __str__(self) -> str:
        head = f"{self.where}: {self.message}" if self.where else self.message
        return f"{head}\n  fix: {self.fix}" if self.fix else head


class ReconcilerError(Exception):
    """The root. `exit_code` is what the command line returns when this ends a run."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.message}\n  fix: {self.fix}" if self.fix else self.message


class InputError(ReconcilerError):
    """The user's input is wrong. `problems` holds all of them, sorted by file and line."""

    def __init__(self, problems: list[Problem] | tuple[Problem, ...]) -> None:
        far = Location("~", 0, 0)
        self.problems = tuple(sorted(problems, key=lambda p: (p.where or far, p.message)))
        super().__init__("\n".join(str(p) for p in self.problems))


class LedgerError(ReconcilerError):
    """The ledger cannot be used as it is."""


class LedgerUnreachable(LedgerError):
    """The ledger exists, or may exist, and cannot be read. It is never taken for an empty one."""


class LedgerRewritten(LedgerError):
    """The ledger's history does not continue what this clone saw before."""


class LockHeld(LedgerError):
    """Another run holds the lock and is alive as far as we can tell."""

    exit_code = 4


class OutOfOrder(ReconcilerError):
    """This commit or this plan is older than what has been applied since."""

    exit_code = 4


class HeldBySafety(ReconcilerError):
    """A gate that covers the whole run refuses it (design: the right commit)."""

    exit_code = 3


class ReadOnlyViolation(ReconcilerError):
    """Something tried to write outside `apply`. Raised before a byte is sent."""


class ProviderError(ReconcilerError):
    """One operation of one provider failed.

    `operation` is what was tried, in the vendor's terms (`PATCH /api/v2/monitors/812`); `status` is the HTTP status
    or SQLSTATE where there is one.
    """

    exit_code = 5

    def __init__(self, message: str, *, fix: str = "", operation: str = "", status: int | str | None = None) -> None:
        super().__init__(message, fix=fix)
        self.operation = operation
        self.status = status


class CredentialRejected(ProviderError):
    """The credential is missing, malformed, revoked, or lacks the scope for this call."""

    exit_code = 1


class Refused(ProviderError):
    """The API understood the request and said no."""


class NotFound(Refused):
    """The object is not there."""


class Busy(ProviderError):
    """The object or project is locked by another operation."""


class Unavailable(ProviderError):
    """No usable answer: down, too slow, rate limited beyond the deadline, connection reset."""


class AnswerLost(ProviderError):
    """A write was sent and no answer came back. It may or may not have taken effect."""


class ProtocolError(ProviderError):
    """The answer is not of the documented form: truncated, HTML for JSON, a cursor that stands still."""
