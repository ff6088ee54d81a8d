"""A stand-in in memory for the PostgreSQL that holds the accounts: no server, no threads, no files, time as given.

The provider's own code runs on it down to the SQL text: only what the server would make of a statement is written
anew. Tests run the contract suite, and random histories, on both, and hold what comes of it equal.
"""
