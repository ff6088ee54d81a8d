"""What Sentry puts around the fields that matter: organisations, users, and the many flags of a project."""

from __future__ import annotations

from typing import Any

from reconciler_sentry.sandbox.store import Object, Store

AVATAR = {"avatarType": "letter_avatar", "avatarUuid": None, "avatarUrl": None}
SCOPES = [
    "org:read",
    "project:read",
    "project:write",
    "project:admin",
    "alerts:read",
    "alerts:write",
    "team:read",
    "team:write",
    "member:read",
    "event:read",
]
BEGAN = "2025-11-03T09:00:00.000000Z"
_NOT_YET = [
    "hasFeedbacks",
    "hasFlags",
    "hasMinifiedStackTrace",
    "hasMonitors",
    "hasNewFeedbacks",
    "hasProfiles",
    "hasInsightsDb",
    "hasInsightsAssets",
    "hasInsightsAppStart",
    "hasInsightsScreenLoad",
    "hasInsightsVitals",
    "hasInsightsCaches",
    "hasInsightsQueues",
    "hasInsightsAgentMonitoring",
    "hasInsightsMCP",
    "hasLogs",
    "hasTraceMetrics",
    "isInternal",
    "isPublic",
]
_ALREADY = ("hasReplays", "hasSessions", "hasInsightsHttp", "firstTransactionEvent")


def organization(store: Store) -> dict[str, Any]:
    """Return the organisation."""
    return {
        "id": "4507",
        "slug": store.organization,
        "name": store.organization.replace("-", " ").title(),
        "status": {"id": "active", "name": "active"},
        "dateCreated": BEGAN,
        "isEarlyAdopter": False,
        "require2FA": False,
        "avatar": AVATAR,
        "features": sorted(store.features),
        "access": SCOPES,
        "links": {
            "organizationUrl": f"https://{store.organization}.sentry.io",
            "regionUrl": store.region_url,
        },
        "hasAuthProvider": False,
        "allowMemberInvite": True,
        "allowMemberProjectCreation": True,
        "allowSuperuserAccess": False,
    }


def user(live_id: str, email: str) -> dict[str, Any]:
    """Return a user."""
    return {
        "id": live_id,
        "name": email.partition("@")[0].title(),
        "username": email,
        "email": email,
        "avatarUrl": "https://gravatar.com/avatar/0",
        "isActive": True,
        "isSuspended": False,
        "hasPasswordAuth": True,
        "isManaged": False,
        "dateJoined": BEGAN,
        "lastLogin": BEGAN,
        "has2fa": True,
        "lastActive": BEGAN,
        "isSuperuser": False,
        "isStaff": False,
        "experiments": {},
        "emails": [{"id": f"{live_id}1", "email": email, "is_verified": True}],
        "avatar": AVATAR,
    }


def member(made: Object) -> dict[str, Any]:
    """Return a member; one who was only invited has no user."""
    flags = ("idp:provisioned", "idp:role-restricted", "sso:linked", "sso:invalid", "member-limit:restricted")
    pending = made["userId"] is None
    return {
        "id": made["id"],
        "email": made["email"],
        "name": made["email"].partition("@")[0].title(),
        "user": None if pending else user(made["userId"], made["email"]),
        "orgRole": "member",
        "pending": pending,
        "expired": False,
        "flags": dict.fromkeys((*flags, "partnership:restricted"), False),
        "dateCreated": made["dateCreated"],
        "inviteStatus": "approved",
        "inviterName": None,
    }


def team(made: Object) -> dict[str, Any]:
    """Return a team."""
    return {
        "id": made["id"],
        "slug": made["slug"],
        "name": made["name"],
        "dateCreated": made["dateCreated"],
        "isMember": True,
        "teamRole": None,
        "flags": {"idp:provisioned": False},
        "access": SCOPES,
        "hasAccess": True,
        "isPending": False,
        "memberCount": 1,
        "avatar": AVATAR,
    }


def small_team(made: Object) -> dict[str, Any]:
    """Return a team as other objects name it."""
    return {"id": made["id"], "name": made["name"], "slug": made["slug"]}


def project(store: Store, made: Object) -> dict[str, Any]:
    """Return a project as listings show it: without its settings."""
    teams = [small_team(t) for t in store.all("teams") if t["id"] in made["teamIds"]]
    return {
        **dict.fromkeys(_NOT_YET, False),
        **dict.fromkeys(_ALREADY, True),
        "id": made["id"],
        "slug": made["slug"],
        "name": made["name"],
        "platform": made["platform"],
        "dateCreated": made["dateCreated"],
        "isBookmarked": False,
        "isMember": True,
        "features": ["alert-filters", "minidump", "rate-limits", "servicehooks"],
        "firstEvent": None,
        "access": SCOPES,
        "hasAccess": True,
        "avatar": AVATAR,
        "color": "#3f70bf",
        "status": "pending_deletion" if store.going("projects", made["id"]) else "active",
        "team": teams[0] if teams else None,
        "teams": teams,
        "platforms": [],
        "environments": ["production"],
        "hasUserReports": False,
        "latestRelease": None,
    }


AROUND_SETTINGS: dict[str, Any] = {
    "groupingConfig": "newstyle:2023-01-11",
    "derivedGroupingEnhancements": "",
    "secondaryGroupingExpiry": 0,
    "secondaryGroupingConfig": None,
    "highlightPreset": {"tags": [], "context": {}},
    "processingIssues": 0,
    "builtinSymbolSources": ["ios", "microsoft"],
    "dynamicSamplingBiases": [{"id": "boostLatestRelease", "active": True}],
    "symbolSources": "[]",
    "isDynamicallySampled": False,
    "tempestFetchScreenshots": False,
    "autofixAutomationTuning": "off",
    "seerScannerAutomation": False,
    "seerNightshiftTweaks": None,
    "debugFilesRole": None,
}
"""What the detailed project has besides its settings, and no PUT changes."""
