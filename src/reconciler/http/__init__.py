"""The one HTTP client of all providers: rate budget, retries, read-only transport, paging."""
