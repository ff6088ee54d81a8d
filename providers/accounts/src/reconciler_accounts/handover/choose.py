"""From settings to the way passwords are handed over."""

from __future__ import annotations

from reconciler import Connection
from reconciler_accounts.handover.base import Delivery, NoDelivery
from reconciler_accounts.handover.file import FileHandOver
from reconciler_accounts.handover.mail import MailHandOver
from reconciler_accounts.settings import AccountsSettings, FileDelivery, SmtpDelivery


def delivery_of(connection: Connection, settings: AccountsSettings) -> Delivery:
    """Return the configured way to hand a password over."""
    match settings.delivery:
        case FileDelivery():
            return FileHandOver(settings.delivery, settings, connection.root, connection.runtime)
        case SmtpDelivery(smtp=smtp):
            password = connection.secrets.get("smtp_password")
            return MailHandOver(smtp, settings, password, connection.root, connection.runtime)
        case None:
            return NoDelivery()
