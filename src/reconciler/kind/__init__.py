"""How a provider describes its kinds: one frozen pydantic model each, from which everything else is derived."""
