"""`Check`: one thing that `doctor` looked at, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

CheckStatus: TypeAlias = Literal["ok", "warn", "fail", "untold"]


@dataclass(frozen=True, slots=True)
class Check:
    """`untold`: nobody can tell without writing, which is no fault. `code` is the exit code of a failed one."""

    subject: str  # an instance, or git, ledger, secrets
    name: str
    status: CheckStatus
    said: str
    next: str = ""  # what to do about it
    code: int = 0
