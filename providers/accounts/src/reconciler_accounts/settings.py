"""What stands under `accounts:` in environment.yaml: the database, the operator, and how passwords are handed over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from reconciler import ProviderSettings, Secret, SecretRef, Url
from reconciler_accounts.address import Email

LOOPBACK = ("localhost", "127.0.0.1", "::1")
AGE_RECIPIENT = r"^age1[02-9ac-hj-np-z]{58}$"  # bech32, as `age-keygen` prints it


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


class FileDelivery(_Part):
    """Each password goes into a file of its own, mode 0600, in a folder of mode 0700."""

    file: Annotated[str, Field(min_length=1, description="The folder, relative to the project.")]
    age_recipient: Annotated[
        str | None,
        Field(pattern=AGE_RECIPIENT, max_length=62, description="Encrypt each file to this age public key."),
    ] = None


class Smtp(_Part):
    """A mail server. TLS is required; only a server on this machine may do without."""

    model_config = ConfigDict(
        json_schema_extra={
            "dependentRequired": {"username": ["password"], "password": ["username"]},
            "if": {"properties": {"tls": {"const": "none"}}, "required": ["tls"]},
            "then": {"properties": {"host": {"enum": list(LOOPBACK)}}},
        }
    )
    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535, description="Default: 587.")] = 587
    sender: Annotated[Email, Field(alias="from", description="The address the welcome message comes from.")]
    username: Annotated[str | None, Field(min_length=1, description="Together with `password`, or neither.")] = None
    password: Annotated[Secret | None, Field(description="The mail account's password, by name.")] = None
    tls: Annotated[
        Literal["starttls", "implicit", "none"],
        Field(
            description="`starttls` (port 587, the default), `implicit` (465), or `none` for a server on this machine."
        ),
    ] = "starttls"
    ca_file: Annotated[
        str | None, Field(min_length=1, description="Certificates to trust instead of the system's, a PEM file.")
    ] = None

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if ("username" in self.model_fields_set) != ("password" in self.model_fields_set):
            raise ValueError("username and password stand together or not at all")
        if self.tls == "none" and self.host not in LOOPBACK:
            raise ValueError(
                "tls: none is only for a mail server on this machine; a password never travels in the clear"
            )
        return self


class SmtpDelivery(_Part):
    """Each password goes to its owner in the welcome message."""

    smtp: Smtp


def _branch(value: Any) -> str:
    keys = value if isinstance(value, Mapping) else type(value).model_fields if isinstance(value, BaseModel) else ()
    return "smtp" if "smtp" in keys else "file"


Delivery = Annotated[
    Annotated[FileDelivery, Tag("file")] | Annotated[SmtpDelivery, Tag("smtp")],
    Discriminator(_branch),
]


class AccountsSettings(ProviderSettings):
    """The LMS database that holds the accounts, and what a new tester is told."""

    database_url: Secret = Field(
        default_factory=lambda: SecretRef("DIRECT_URL"),
        description="The PostgreSQL URL, by name: the direct host, not the pooled one.",
    )
    write_database_url: Annotated[
        Secret | None,
        Field(
            description="A second URL, of a role that may write, for `apply`; `database_url` then needs SELECT only."
        ),
    ] = None
    operator: Annotated[
        Email | None, Field(description="The account that is never demoted, disabled or renamed away: your own.")
    ] = None
    delivery: Annotated[
        Delivery | None, Field(description="How a new password reaches its owner. Without it none is made.")
    ] = None
    sign_in_url: Annotated[Url, Field(description="Where people sign in.")] = "https://learn.aigurus.com/login"
    support: Annotated[str, Field(min_length=1, description="Who helps, as the welcome message says it.")] = (
        "support@aigurus.com"
    )
    guide_url: Annotated[Url | None, Field(description="For the welcome message; left out of it when not written.")] = (
        None
    )
    video_url: Annotated[Url | None, Field(description="Likewise.")] = None
    checklist_url: Annotated[Url | None, Field(description="Likewise.")] = None
    survey_url: Annotated[Url | None, Field(description="Likewise.")] = None

    rights_to_plan: ClassVar[tuple[str, ...]] = (
        "A role with `SELECT` on `users`, `courses` and `enrollments`. By the direct URL, not the pooled one.",
    )
    rights_to_apply: ClassVar[tuple[str, ...]] = (
        "`INSERT` and `UPDATE` on `users`.",
        "`INSERT` and `DELETE` on `enrollments`.",
    )
    rights_checked: ClassVar[bool] = True
    unproven: ClassVar[tuple[str, ...]] = (
        "The production database on Neon: everything was tried on PostgreSQL 15 and 18 with the application's schema.",
        "Mail by a provider's server: an SMTP server with TLS on the same machine was used.",
        "Signing in with a handed-over password at the running application: that it takes such a hash (`$2b$`, cost "
        "12) is known from its code.",
    )

    def secrets(self) -> Mapping[str, Any]:
        """Return the database URL and, where mail needs one, the mail password (`smtp_password`)."""
        found = dict(super().secrets())
        if isinstance(self.delivery, SmtpDelivery) and self.delivery.smtp.password is not None:
            found["smtp_password"] = self.delivery.smtp.password
        return found

    def private_folders(self) -> tuple[str, ...]:
        """Return the folder that passwords are handed over in."""
        return (self.delivery.file,) if isinstance(self.delivery, FileDelivery) else ()
