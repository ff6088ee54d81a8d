"""Did you mean: the closest known name, for the fix of a problem."""

from __future__ import annotations

from collections.abc import Iterable

_MOST_LISTED = 12


def did_you_mean(wrong: str, known: Iterable[str], *, otherwise: str = "") -> str:
    """Return a question with the closest name, else the list of a few known names, else `otherwise`."""
    import difflib

    names = sorted(known)
    close = difflib.get_close_matches(wrong, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    if otherwise or not names:
        return otherwise
    listed = ", ".join(names[:_MOST_LISTED])
    return f"known here: {listed}{' and more' if len(names) > _MOST_LISTED else ''}"
