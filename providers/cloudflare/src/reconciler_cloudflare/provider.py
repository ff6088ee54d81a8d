"""Cloudflare R2 as the engine sees it: whose account it is, and which zones it has."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

from reconciler import (
    Change,
    CredentialRejected,
    Denied,
    ExternalObject,
    HttpProvider,
    KindCalls,
    NotFound,
    Preview,
    ProviderError,
    SandboxRequest,
    Scope,
    as_id,
    by_page,
)
from reconciler_cloudflare import failures, notes
from reconciler_cloudflare.buckets import Buckets
from reconciler_cloudflare.models import CloudflareSettings
from reconciler_cloudflare.models.settings import READ
from reconciler_cloudflare.reads import confirmed

if TYPE_CHECKING:
    from reconciler_cloudflare.sandbox import CloudflareSandbox

ZONES_PER_PAGE = 50  # the most the API gives


class Cloudflare(HttpProvider[CloudflareSettings]):
    """One Cloudflare account."""

    service = "Cloudflare"
    settings_type = CloudflareSettings
    to_get_one = f"create an API token (Cloudflare, Manage Account, API Tokens) with {READ}"

    def calls_by_collection(self) -> Mapping[str, KindCalls]:
        """Return the calls of buckets."""
        self._buckets = Buckets(self.client, self.settings, self.connection)
        return {"buckets": self._buckets}

    @classmethod
    def error_text(cls, body: Any) -> str:
        """Return what is wrong, with its codes."""
        return failures.error_text(body)

    @classmethod
    def judge(cls, denied: Denied) -> ProviderError:
        """Return what a refusal means, by its codes."""
        return failures.judge(denied)

    async def whoami(self) -> Scope:
        """Return the account, once the token has opened its buckets: no call of R2 tells whose a token is.

        One call, where the token does. Else the token is verified, to tell a bad token from one of another account.
        """
        try:
            await self._buckets.reachable()
        except (CredentialRejected, NotFound) as refused:
            raise await self._told_apart(refused) from None
        return Scope({"account_id": self.settings.account_id})

    async def _told_apart(self, refused: ProviderError) -> ProviderError:
        account = self.settings.account_id
        told: dict[str, Any] = {"operation": refused.operation, "status": refused.status}
        for path in ("/user/tokens/verify", f"/accounts/{account}/tokens/verify"):
            try:
                status = confirmed(await self.client.get(path)).get("status")
            except ProviderError:
                continue  # a token of an account is none of a user, and the other way round
            if status != "active":
                message = f"Cloudflare: the token is {str(status)[:40]}"
                return CredentialRejected(message, fix="make another one, or activate it in the dashboard", **told)
            return CredentialRejected(
                f"Cloudflare: the token is active, and does not open the buckets of account {account}: "
                f"{refused.message}",
                fix=f"check `account_id:` in environment.yaml, and give the token {READ} there",
                **told,
            )
        return refused if isinstance(refused, CredentialRejected) else CredentialRejected(refused.message, **told)

    async def externals(self, kind: str) -> AsyncIterator[ExternalObject]:
        """Yield the zones of the account: a custom domain has to be in one of them."""
        if kind != "zones":
            return
        params = {"account.id": self.settings.account_id, "per_page": ZONES_PER_PAGE}
        async for zone in by_page(self.client, "/zones", size=ZONES_PER_PAGE, params=params, items="result"):
            if zone.get("status") != "moved":
                yield ExternalObject("zones", str(zone["name"]), as_id(zone["id"]))

    def preview(self, change: Change) -> Preview:
        """Return what the plan should say about a change."""
        return notes.preview(change)

    @classmethod
    def sandbox(cls, request: SandboxRequest) -> CloudflareSandbox:
        """Return the simulator of Cloudflare R2, ready to be entered."""
        from reconciler_cloudflare.sandbox import CloudflareSandbox

        return CloudflareSandbox(request)
