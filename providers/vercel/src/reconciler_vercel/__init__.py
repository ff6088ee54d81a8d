"""Vercel as a provider: environment variables, response headers, domains, project settings, and a simulator."""
