"""For the reference page: which token is needed, and what has never been run against the live service."""

from __future__ import annotations

RIGHTS_TO_PLAN = (
    "An **Uptime** API token of the team; only team admins can create one. A team token opens one team. A global token "
    "opens all of them and needs `team:`, which is then sent as `team_name` with every create and listing.",
    "There are no read-only tokens: `plan`, `drift`, `import` and `heartbeat` are kept from writing by the tool's own "
    "transport.",
    "A Telemetry (logs) token looks the same and is rejected with `Invalid Team API token`.",
)
RIGHTS_TO_APPLY = ("The same token: it can write.",)
UNPROVEN = (
    "All of it: nothing here was ever run against the live service. The vendor publishes no OpenAPI document; fields, "
    "value lists and behaviour come from its API documentation and its Terraform provider 0.21.10, and so does the "
    "simulator. What neither of them confirms follows.",
    "Rate limits and their headers; the body of a 401.",
    "The values of `check_frequency`, `confirmation_period` and `recovery_period` by monitor type and plan: the lists "
    "above them were reported by a user. The model refuses only negative values and a frequency under 30 s; the "
    "simulator enforces the reported lists.",
    "Almost all defaults: they are the simulator's choice. `import` leaves out a field that equals its default, so "
    "write what matters to you.",
    "Whether `auth_username`, `auth_password`, `proxy_host` and `paused` are returned. Where they are not, a hand edit "
    "of them is not seen.",
    "Whether null takes `policy_id` away from a monitor (documented for heartbeats, as an empty text).",
    "Whether the id of a policy can change with an update; the tool takes it from the answer.",
    "The CNAME target of a custom domain: the vendor's texts name two. Copy it from the dashboard.",
    "What a status page does when something it shows is deleted: its rows are removed first.",
    "Uniqueness of names, other than of policies and pages.",
    "The listings of policy groups, urgency groups and page groups: the same pattern as the rest, in no source.",
    "The `type` texts of payloads other than monitors: they are not relied on.",
    "How environment variables of a script are removed: unnamed ones are kept.",
)
