"""The version of the installed tool."""

from __future__ import annotations


def version() -> str:
    """Return the version of the installed package; "0" when it runs from a tree that is not installed."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("reconciler")
    except PackageNotFoundError:
        return "0"
