"""The texts a new tester reads. Pure.

They promise only what the application does: there is no password change at first sign-in, no way to reset a password
oneself and no page to edit one's profile.
"""

from __future__ import annotations

from datetime import datetime

from reconciler_accounts.handover.base import NewPassword
from reconciler_accounts.settings import AccountsSettings

SUBJECT = "Welcome to AI Gurus LMS Beta Program"
SUBJECT_AGAIN = "Your AI Gurus LMS account: new password"


def subject(new: NewPassword) -> str:
    """Return the subject of the message."""
    return SUBJECT_AGAIN if new.again else SUBJECT


def welcome(new: NewPassword, settings: AccountsSettings) -> str:
    """Return the message to the account's owner: welcome and goals, how to sign in, what to expect, whom to ask."""
    person = f"{new.name} {new.surname}".strip()
    opening = (
        "Your account in the AI Gurus LMS has a new password. Earlier ones no longer work."
        if new.again
        else "Welcome to the beta of the AI Gurus LMS, and thank you for taking part. We want to learn what works for"
        " you and what does not, before the platform opens to more people."
    )
    links = [
        f"  {title}: {url}"
        for title, url in (
            ("Quick start guide", settings.guide_url),
            ("Video walkthrough", settings.video_url),
            ("Checklist of what to try", settings.checklist_url),
            ("Feedback survey", settings.survey_url),
        )
        if url
    ]
    lines = [
        f"Hello {person},",
        "",
        opening,
        "",
        "How to sign in",
        f"  Address:  {settings.sign_in_url}",
        f"  E-mail:   {new.email}",
        f"  Password: {new.password.reveal()}",
        "",
        "Please keep this password safe, and tell nobody. If you lose it, ask us for a new one. If you receive this",
        "message more than once, the newest password is the one that works.",
        "",
        "What to expect",
        "  The beta lasts 2 to 4 weeks. Please try to enrol, read the content, submit an assignment, look at your",
        "  grades and post in a discussion, and report what goes wrong. A short survey follows every week.",
        "  Known limits: no e-mail notifications, certificates are made by hand, and the metrics are basic.",
        "",
        *(["Helpful links", *links, ""] if links else []),
        "Help",
        f"  {settings.support}. We answer within 24 hours on business days (Monday to Friday, 9 to 17 EST).",
        "",
    ]
    return "\n".join(lines)


def letter(new: NewPassword, settings: AccountsSettings, now: datetime) -> str:
    """Return what a hand-over file holds: instructions for whoever passes it on, then the message itself."""
    return "\n".join(
        [
            f"Password for {new.email}, made {now:%Y-%m-%d %H:%M:%S} UTC. It replaces every earlier one.",
            "Pass the text below the line on, over a channel that only this person reads. Then delete this file.",
            "-" * 72,
            f"Subject: {subject(new)}",
            "",
            welcome(new, settings),
        ]
    )
