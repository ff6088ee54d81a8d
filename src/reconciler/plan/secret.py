"""Whether a secret field has to be sent. Git alone says so: on create, a changed reference, a raised `rotate`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reconciler.model import Cause
from reconciler.plan.facts import Facts
from reconciler.values import Generated, SecretRef, SecretValue, Unreadable


@dataclass(frozen=True, slots=True)
class Verdict:
    """`cause` set: it differs, and is sent unless `withheld` says why it may not be."""

    cause: Cause | None = None
    unverified: bool = False
    withheld: str = ""


SAME = Verdict()
MADE_ONCE = "the generated value was changed outside and is made only once; bump rotate to make another"


def judge_secret(
    wanted: SecretRef | Generated, live: Any, recorded: Any, *, ours: bool, fingerprint: str, facts: Facts
) -> Verdict:
    """Return the verdict on one secret field.

    `live` is a SecretValue (readable), Unreadable, or absent; `recorded` the reference last applied, or ABSENT;
    `fingerprint` that of the value last sent, "" for none.
    """
    value = live.reveal() if isinstance(live, SecretValue) else live if isinstance(live, str) else None
    if not ours:
        return _foreign(wanted, value, facts, readable=not isinstance(live, Unreadable))
    if recorded != wanted and not _lowered(wanted, recorded):
        if value is not None and isinstance(wanted, SecretRef) and facts.secrets.same(wanted, value):
            return SAME
        return Verdict(cause="rotate" if _only_rotated(wanted, recorded) else "desired")
    if value is not None and isinstance(wanted, SecretRef) and facts.secrets.same(wanted, value):
        return SAME  # first: telling by a fingerprint is slow by design
    edited = _edited(value, live, fingerprint, facts)
    if isinstance(wanted, Generated):
        return Verdict(cause="drift", withheld=MADE_ONCE) if edited else SAME
    if fingerprint and facts.secrets.as_applied(wanted, fingerprint) is False:
        when = f" on {facts.applied_on}" if facts.applied_on else ""
        reason = f"value of {wanted.name} differs from the one applied{when}; bump rotate to send it"
        return Verdict(cause="drift" if edited else None, withheld=reason)
    if edited or (value is not None and not fingerprint and facts.secrets.same(wanted, value) is False):
        return Verdict(cause="drift")
    return SAME


def _edited(value: str | None, live: Any, fingerprint: str, facts: Facts) -> bool:
    """Was the live value changed since we sent ours?"""
    if isinstance(live, Unreadable):
        return False
    if value is None:
        return True  # readable, and no longer there
    return bool(fingerprint) and facts.secrets.fingerprinted(value, fingerprint) is False


def _foreign(wanted: SecretRef | Generated, value: str | None, facts: Facts, *, readable: bool) -> Verdict:
    if value is not None and isinstance(wanted, SecretRef):
        same = facts.secrets.same(wanted, value)
        if same is not None:
            return SAME if same else Verdict(cause="foreign")
    if readable and value is None:
        return Verdict(cause="foreign")
    return Verdict(cause="rotate") if wanted.rotate else Verdict(unverified=True)


def _lowered(wanted: SecretRef | Generated, recorded: Any) -> bool:
    """Taking `rotate` back asks for nothing: a value is sent again only when it rises."""
    return _only_rotated(wanted, recorded) and wanted.rotate < recorded.rotate


def _only_rotated(wanted: SecretRef | Generated, recorded: Any) -> bool:
    match wanted, recorded:
        case SecretRef(name), SecretRef(before):
            return name == before
        case Generated(size), Generated(before_size):
            return size == before_size
        case _:
            return False
