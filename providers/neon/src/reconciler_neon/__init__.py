"""Neon as a provider."""
