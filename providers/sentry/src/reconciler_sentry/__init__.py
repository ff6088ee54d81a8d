"""Sentry as a provider."""
