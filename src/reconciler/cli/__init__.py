"""The `reconcile` command: one module per subcommand, each imported when it is used. No decisions of its own."""
