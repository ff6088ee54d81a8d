"""A PostgreSQL server of its own with the application's tables, to try things on."""
