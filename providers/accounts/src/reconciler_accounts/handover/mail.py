"""Hand-over by mail: the welcome message, over TLS, to the address the person signs in with."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import aiosmtplib

from reconciler import CredentialRejected, Preview, ProviderError, Refused, Runtime, SecretRef, SecretValue, Unavailable
from reconciler_accounts.handover.base import NewPassword
from reconciler_accounts.handover.message import subject, welcome
from reconciler_accounts.settings import AccountsSettings, Smtp

SECONDS = 30.0
_KEEPS = "check the mail server, then apply again"


@dataclass(frozen=True)
class MailHandOver:
    """Sends one message per password. `password` is the mail account's, None where none is needed or it is missing."""

    smtp: Smtp
    settings: AccountsSettings
    password: SecretValue | None
    root: Path
    runtime: Runtime

    def preview(self, email: str) -> Preview:
        """Return the address the password will be mailed to; a hold while the mail account's own is missing."""
        if self.smtp.password is not None and self.password is None:
            name = self.smtp.password.name if isinstance(self.smtp.password, SecretRef) else "smtp.password"
            return Preview(
                hold=f"the password for {email} would be mailed, and env {name} is not set", next=f"set {name}"
            )
        if self.smtp.ca_file is not None and not (self.root / self.smtp.ca_file).is_file():
            return Preview(hold=f"there is no file {self.smtp.ca_file}", next="correct smtp.ca_file")
        return Preview(notes=(f"a new password is mailed to {email} by {self.smtp.host}",))

    async def hand_over(self, new: NewPassword) -> str:
        """Send the message and return where it went. Done once the server has accepted it for delivery."""
        held = self.preview(new.email)
        if held.hold:
            raise Refused(held.hold, fix=held.next)
        message = self._message(new)
        server = f"{self.smtp.host}:{self.smtp.port}"
        try:
            await aiosmtplib.send(
                message,
                hostname=self.smtp.host,
                port=self.smtp.port,
                username=self.smtp.username,
                password=self.password.reveal() if self.password else None,
                use_tls=self.smtp.tls == "implicit",
                start_tls=self.smtp.tls == "starttls",
                tls_context=self._tls(),
                timeout=SECONDS,
                local_hostname=self.runtime.host,
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            raise self._failure(error, server, new.email) from None
        return f"{new.email} (by {server})"

    def _message(self, new: NewPassword) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self.smtp.sender
        message["To"] = new.email
        message["Subject"] = subject(new)
        message["Date"] = format_datetime(self.runtime.now())
        message["Message-ID"] = f"<{self.runtime.entropy(16).hex()}@{self.smtp.sender.partition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies with the password in them
        message.set_content(welcome(new, self.settings), cte="quoted-printable")
        return message

    def _tls(self) -> ssl.SSLContext | None:
        if self.smtp.tls == "none":
            return None
        context = ssl.create_default_context(cafile=str(self.root / self.smtp.ca_file) if self.smtp.ca_file else None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    def _failure(self, error: Exception, server: str, email: str) -> ProviderError:
        """Return what a failed sending means. The server's own words may quote what was sent, so they are cleaned."""
        said = self.runtime.redactor.clean(" ".join(str(error).split()))[:300]
        match error:
            case aiosmtplib.SMTPAuthenticationError():
                return CredentialRejected(f"the mail server {server} rejects the credential: {said}", fix="check it")
            case aiosmtplib.SMTPRecipientsRefused() | aiosmtplib.SMTPSenderRefused() | aiosmtplib.SMTPDataError():
                return Refused(
                    f"the mail server {server} refuses the message to {email}: {said}",
                    fix="correct the address or the sender, then apply again",
                )
            case _:
                return Unavailable(f"the mail server {server} did not take the message to {email}: {said}", fix=_KEEPS)
