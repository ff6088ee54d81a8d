"""How a new password reaches its owner: into a file, or by mail. Nothing else ever holds it."""
