"""What stands under `cloudflare:` in environment.yaml: the account, its token, and which buckets are looked at."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field

from reconciler import ListOf, Rate, Secret, SecretRef, TokenSettings

Jurisdiction: TypeAlias = Literal["default", "eu", "us", "fedramp", "fedramp-high"]

READ = "the permission group `Workers R2 Storage Read` (account)"
WRITE = "the permission group `Workers R2 Storage Write` (account)"
ZONES = "the permission group `Zone Read` (the zone of each custom domain)"


class CloudflareSettings(TokenSettings):
    """One Cloudflare account."""

    token: Secret = SecretRef("CLOUDFLARE_API_TOKEN")
    account_id: str = Field(pattern=r"^[0-9a-f]{32}$", description="the account that holds the buckets")
    jurisdictions: Annotated[ListOf[Jurisdiction], Field(min_length=1)] = Field(
        ("default",), description="a bucket is only found under its own; each costs a listing"
    )
    only_buckets: Annotated[ListOf[Annotated[str, Field(min_length=1)]], Field(min_length=1)] | None = Field(
        None, description="names or patterns such as ai-gurus-*: all other buckets are neither read nor reported"
    )

    base_url: ClassVar[str] = "https://api.cloudflare.com/client/v4"
    url_variable: ClassVar[str] = "CLOUDFLARE_API_URL"
    # 1200 requests in 5 minutes for a user, whatever program sends them: 200 at once and 3/s stay 100 below it.
    default_rate: ClassVar[Rate | None] = Rate(per_second=3, burst=200)

    rights_to_plan: ClassVar[tuple[str, ...]] = (READ, ZONES)
    rights_to_apply: ClassVar[tuple[str, ...]] = (WRITE,)
    unproven: ClassVar[tuple[str, ...]] = (
        "Nothing here has run against a live Cloudflare account: the simulator is built from the vendor's documents.",
        "Whether attaching a custom domain takes `DNS Edit` on its zone as well is not known.",
        "Tokens that belong to an account are verified at a path that is in none of the documents at hand.",
        "Error codes of the REST API beyond 10005, 10006 and 10059 are those published for the Workers and S3 APIs.",
        "Whether the API keeps the order of methods, origins, headers and ciphers, or fills in the id of a CORS rule, "
        "is not known: neither makes a difference here.",
        "The id of the lifecycle rule that each new bucket has is not documented: it is read, never assumed.",
    )
