"""What a user may write about Cloudflare R2. These modules import nothing but `reconciler` and pydantic."""

from reconciler_cloudflare.models.buckets import Bucket as Bucket
from reconciler_cloudflare.models.settings import CloudflareSettings as CloudflareSettings
