"""Approvals, right ones and wrong ones."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

from reconciler.simulate.desk import Desk, Edit


def approving(text: str, choose: Callable[[Desk], list[str]], days: int = 30) -> Edit:
    """Return an edit that approves one to three of the digests it chooses from, for so many days."""

    def edit(desk: Desk, rng: random.Random) -> str:
        digests = choose(desk)
        if not digests:
            return ""
        chosen = rng.sample(digests, rng.randint(1, min(3, len(digests))))
        until = (desk.clock.now() + timedelta(days=days)).date().isoformat()
        for digest in chosen:
            if not any(a["digest"] == digest for a in desk.tree.approvals):
                desk.tree.approvals.append({"digest": digest, "reason": "agreed", "until": until})
        return f"{text} {', '.join(d[:12] for d in chosen)}"

    return edit


def approve_all(desk: Desk) -> None:
    """Approve everything that the last plan asked for."""
    until = (desk.clock.now() + timedelta(days=30)).date().isoformat()
    desk.tree.approvals = [{"digest": d, "reason": "agreed", "until": until} for d in desk.shown]
