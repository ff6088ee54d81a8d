"""Cloudflare R2 as a provider."""
