"""Vercel as a provider."""
