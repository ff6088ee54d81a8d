"""Which endpoint to call for each kind, and little more."""
