"""What a refused write means: which credential may not, and which right it lacks. Pure."""

from __future__ import annotations

from reconciler.errors import CredentialRejected, ProviderError, ReconcilerError
from reconciler.kind.settings import ProviderSettings
from reconciler.model import Scope

NOTHING_SENT = "nothing was sent"
_NOT_ACCEPTED = 401  # the credential itself is wrong; 403, and PostgreSQL's 42501, say that it lacks a right


def may_not_write(error: ProviderError, settings: ProviderSettings) -> ProviderError:
    """Return the error of a write: one that lacks a right says so, and which rights `apply` needs."""
    if not isinstance(error, CredentialRejected) or error.status in (None, _NOT_ACCEPTED):
        return error
    rights = "; ".join(right.strip().rstrip(".") for right in settings.rights_to_apply)
    needs = f"to apply it needs: {rights}" if rights else ""
    where = "" if separate(settings) else "as it is, or as a second credential for writing beside it"
    return CredentialRejected(
        f"the credential may not write: {error.message}",
        fix=" · ".join(part for part in (error.fix, needs, where) if part),
        operation=error.operation,
        status=error.status,
    )


def separate(settings: ProviderSettings) -> bool:
    """Return whether these settings name a credential of its own for writing."""
    return settings.secrets_to_write() != settings.secrets()


def not_opened(error: ReconcilerError) -> ProviderError:
    """Return why no change of an instance was sent: its writing connection could not be opened."""
    kind = CredentialRejected if isinstance(error, CredentialRejected) else ProviderError
    fix = f"{error.fix}; {NOTHING_SENT}" if error.fix else f"{NOTHING_SENT}; apply again"
    return kind(error.message, fix=fix, status=error.status if isinstance(error, ProviderError) else None)


def of_another_account(settings: ProviderSettings, scope: Scope, read: Scope | None) -> ProviderError:
    """Return why nothing was sent with a credential that opens another account than the plan was made of."""
    names = ", ".join(
        str(getattr(ref, "name", field)) for field, ref in settings.secrets_to_write().items()
        if ref != settings.secrets().get(field)
    )  # fmt: skip
    told = (
        f"the credential to write ({names}) belongs to {scope}" if names else f"the credential now belongs to {scope}"
    )
    fix = f"{NOTHING_SENT}; give both credentials of the same account" if names else f"{NOTHING_SENT}; apply again"
    return CredentialRejected(f"{told}, not to {read}", fix=fix)
