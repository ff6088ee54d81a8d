"""Deciding: desired, live and recorded state in, a plan out. Pure; nothing here does I/O."""
