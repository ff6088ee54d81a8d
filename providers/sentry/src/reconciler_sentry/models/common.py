"""What the kinds share: settings, references by name, and field types. Facts: the vendor's document 0.272.0."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from reconciler import (
    External,
    Handle,
    Kind,
    Never,
    ProviderSettings,
    Rate,
    RefTo,
    Secret,
    SecretRef,
    TokenSettings,
)

Text = Annotated[str, Field(min_length=1)]
"""A text that is there; null, not "", takes it away."""
Slug = Annotated[str, Field(pattern=r"^[a-z0-9_][a-z0-9_-]{0,99}$")]
Line = Annotated[str, Field(min_length=1, pattern=r"^[^\r\n]+$")]
LowerLine = Annotated[Line, AfterValidator(str.lower)]
"""One line of text; Sentry keeps it in lower case."""

OWNER = (
    "write team:<slug> or user:<e-mail> of a team or member of the organisation (Sentry, Settings, Teams or Members)"
)
TEAM = "make a team of that slug in Sentry: Settings, Teams"
INTEGRATION = (
    "install it in the browser: Sentry, Settings, Integrations. It is called <provider>/<name>, as in slack/AI Gurus"
)
Actor = Annotated[str, External("actors", create=OWNER)]
"""A team or a member, by name: `team:lms`, `user:ops@example.com`. Sent as `team:<id>`, `user:<id>`."""
Project = Annotated[
    Handle, RefTo("sentry_project"), Never("it belongs to its project for good: remove it and write another one")
]


class SentrySettings(TokenSettings):
    """One project of one Sentry organisation. A second project is a second instance."""

    token: Secret = SecretRef("SENTRY_AUTH_TOKEN")
    organization: Slug = Field(description="slug of the organisation")
    project: Slug = Field(description="slug of the project; what is created belongs to it")
    region: Literal["us", "de"] = Field("us", description="where the organisation's data is kept")

    base_url: ClassVar[str] = "https://us.sentry.io/api/0"
    url_variable: ClassVar[str] = "SENTRY_API_URL"
    # Sentry publishes no numbers; its X-Sentry-Rate-Limit headers say what is left, and the budget follows them.
    default_rate: ClassVar[Rate | None] = Rate(per_second=5, burst=10)

    rights_to_plan: ClassVar[tuple[str, ...]] = ("org:read", "project:read", "alerts:read", "member:read")
    rights_to_apply: ClassVar[tuple[str, ...]] = ("project:write", "alerts:write", "project:admin (to delete)")
    unproven: ClassVar[tuple[str, ...]] = (
        "No call was ever made to sentry.io; all of it was run against the simulator of this package.",
        "Whether an organisation token can hold alerts:write is not documented; use an internal integration's token.",
        "Whether a PUT of a dashboard removes widgets it leaves out is not documented; it sends none when none "
        "changes, and else all, those that cannot be written by their id alone; then it looks whether those are as "
        "they were.",
        "What a PUT of a detector does to fields it leaves out is not documented; it sends all of them, but for one "
        "that is to stay and holds what Sentry refuses, such as a migrated monitor's server_weighted.",
        "Whether detectors take other time windows than the retired rules is not documented; others are not accepted.",
        "How soon a new project has its error and issue_stream detectors is not documented; it waits up to a minute.",
        "How long a scheduled deletion takes, and how long a deleted project holds its slug, is not documented; it "
        "waits up to a minute for each, then says so.",
        "Which plans allow percent and dynamic monitors is not documented; a refusal is told as the plan's.",
    )


class SentryKind(Kind, provider="sentry"):
    """A kind of Sentry."""

    settings: ClassVar[type[ProviderSettings]] = SentrySettings
