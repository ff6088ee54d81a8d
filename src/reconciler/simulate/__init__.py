"""The deterministic simulation of bad days: random worlds, histories and faults against the real engine.

A world is drawn from a seed and a number, and runs in one process in virtual time. `world` runs one, `script` says
what happens in it, `oracle` judges every write, `invariants` what is true after each step. See
docs/how-it-works/simulation.md.
"""
