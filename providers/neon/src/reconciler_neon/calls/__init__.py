"""The calls of each collection: which endpoint, and little more."""
