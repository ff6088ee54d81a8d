"""Hand-over into a file: one per password, for an operator to pass on and delete."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pyrage

from reconciler import Preview, Refused, Runtime, Unavailable
from reconciler_accounts.handover.base import NewPassword
from reconciler_accounts.handover.message import letter
from reconciler_accounts.settings import AccountsSettings, FileDelivery

_LONGEST_STEM = 180  # file systems allow 255 bytes for a name


@dataclass(frozen=True)
class FileHandOver:
    """Writes files of mode 0600 into a folder of mode 0700, encrypted where a recipient is set."""

    delivery: FileDelivery
    settings: AccountsSettings
    root: Path
    runtime: Runtime

    @property
    def folder(self) -> Path:
        """Where files go. A sandbox's passwords open nothing else, and go when it goes."""
        return (self.runtime.sandbox or self.root) / self.delivery.file

    def preview(self, email: str) -> Preview:
        """Return the path of the file to come; a hold where writing it would expose the password."""
        if self.delivery.age_recipient is None and self.runtime.environ.get("CI", "").lower() not in ("", "0", "false"):
            return Preview(
                hold=f"the password for {email} would be written in clear on a CI machine (CI is set)",
                next="set age_recipient next to file:, use delivery: {smtp: ...}, or apply from your own machine",
            )
        if self.delivery.age_recipient is not None:
            try:
                pyrage.x25519.Recipient.from_str(self.delivery.age_recipient)
            except pyrage.RecipientError:
                return Preview(
                    hold="age_recipient is not a valid age public key", next="copy it again from `age-keygen -y`"
                )
        exposed = self._exposed()
        if exposed:
            return Preview(hold=f"{self._shown()} {exposed}", next=f"chmod 700 {self._shown()}, and own it")
        how = "encrypted to the age recipient" if self.delivery.age_recipient else "mode 0600"
        return Preview(notes=(f"a new password goes to {self._shown()}<time>-{self._name(email)} ({how})",))

    def _shown(self) -> str:
        folder = self.delivery.file.rstrip("/") + "/"
        return f"the sandbox's {folder}" if self.runtime.sandbox else folder

    def _name(self, email: str) -> str:
        """Return the end of the file's name. Different addresses never share one."""
        stem = quote(email, safe="@+.-_")
        if len(stem) > _LONGEST_STEM:
            stem = f"{stem[:100]}-{hashlib.sha256(email.encode()).hexdigest()[:32]}"
        return f"{stem}.txt.age" if self.delivery.age_recipient else f"{stem}.txt"

    def _exposed(self) -> str:
        """Return how others could get at the folder; "" when they cannot, or when it does not exist yet."""
        try:
            found = self.folder.stat()
        except FileNotFoundError:
            return ""
        if not stat.S_ISDIR(found.st_mode):
            return "is not a folder"
        if found.st_uid != os.geteuid():
            return "belongs to another user"
        if stat.S_IMODE(found.st_mode) & 0o077:
            return f"is open to other users (mode {stat.S_IMODE(found.st_mode):04o})"
        return ""

    async def hand_over(self, new: NewPassword) -> str:
        """Write the file and return its path. It is complete and on disk, or not there at all."""
        held = self.preview(new.email)
        if held.hold:
            raise Refused(held.hold, fix=held.next)
        now = self.runtime.now()
        content = letter(new, self.settings, now).encode()
        if self.delivery.age_recipient is not None:
            recipient = pyrage.x25519.Recipient.from_str(self.delivery.age_recipient)
            content = pyrage.encrypt(content, [recipient], armored=True)
        name = f"{now:%Y%m%dT%H%M%SZ}-{self._name(new.email)}"
        try:
            await asyncio.to_thread(_write, self.folder, name, content)
        except OSError as error:
            raise Unavailable(
                f"{self._shown()}{name} cannot be written: {error.strerror or type(error).__name__}",
                fix="make room or correct the folder, then apply again",
            ) from None
        return f"{self._shown()}{name}"


def _write(folder: Path, name: str, content: bytes) -> None:
    """Put `content` at `folder/name`. A file of that name is replaced: it holds an older password of the account."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = folder / f".{name}.partial"
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(folder / name)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    entry = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(entry)
    finally:
        os.close(entry)
