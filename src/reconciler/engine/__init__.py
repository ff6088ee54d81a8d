"""Doing: reads providers, carries plans out, keeps the ledger. The rim around the pure planner."""
