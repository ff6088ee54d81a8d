"""The calls of each collection."""
