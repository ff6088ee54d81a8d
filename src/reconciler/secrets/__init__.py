"""Secrets at the rim: where a name gets its value, how a value is recognised later, how a new one is made."""
