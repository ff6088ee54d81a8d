"""What a hand-over needs to know, and what every way of doing it offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from reconciler import Preview, SecretValue


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A password to hand over. `again` is true when the person had an account before."""

    email: str
    name: str
    surname: str
    password: SecretValue
    again: bool = False


class Delivery(Protocol):
    """One way to hand a password over."""

    def preview(self, email: str) -> Preview:
        """Return where the password for `email` will go, or why it cannot go there now."""
        ...

    async def hand_over(self, new: NewPassword) -> str:
        """Hand it over and return where it went, for people. Raises a ProviderError when it did not arrive."""
        ...


class NoDelivery:
    """Nothing is configured: no password can be made."""

    def preview(self, email: str) -> Preview:
        """Return a hold that says what to configure."""
        return Preview(
            hold=f"a password for {email} would have to be handed over, and environment.yaml does not say how",
            next="write delivery: {file: handover/} or delivery: {smtp: {...}} under accounts in environment.yaml",
        )

    async def hand_over(self, new: NewPassword) -> str:
        """Raise: `preview` held every change that would come here."""
        from reconciler import Refused

        raise Refused(self.preview(new.email).hold, fix=self.preview(new.email).next)
