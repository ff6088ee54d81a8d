"""GitHub as a provider: how a repository guards itself, and what its workflows are given. With a simulator."""
