"""Notes as a provider: boards, and the notes on them."""
