"""A repository set up from nothing: what `reconcile init` asks, composes and writes."""
