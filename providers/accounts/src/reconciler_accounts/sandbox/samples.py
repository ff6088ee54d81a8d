"""What the keeper of a roster writes, and changes it to: for the contract suite and for simulations."""

from __future__ import annotations

from reconciler.testing import Sample

COURSES = ("AI-101", "AI-201", "GONE-1")
OTHER_ADMIN = "other@x.com"  # outside the roster: else the ADMIN in it is the last one, and stays
SAMPLES = (
    Sample(
        "accounts/ana@x.com",
        {"name": "Ana", "surname": "Silva", "role": "STUDENT", "company": "ACME", "courses": ["AI-101"]},
        {"name": "Anna", "surname": "", "role": "INSTRUCTOR", "company": "ACME", "courses": ["AI-201", "AI-101"]},
    ),
    Sample(
        "accounts/admin@x.com",
        {"name": "Rui", "role": "ADMIN"},
        {"name": "Rui", "role": "ADMIN", "position": "CTO"},
    ),
    Sample("accounts/away", {"email": "away@x.com", "name": "Eva", "role": "STUDENT", "state": "disabled"}),
)
