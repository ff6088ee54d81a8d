"""Logging to stderr, every record through the redaction funnel."""

from __future__ import annotations

import logging
import sys

from reconciler.redact import CleanFormatter, Redactor


def configure(redactor: Redactor, verbosity: int) -> None:
    """Send log records to stderr: warnings always, -v what the tool does, -vv everything, requests included."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(CleanFormatter(redactor, "%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    levels = {-1: logging.ERROR, 0: logging.WARNING, 1: logging.INFO}
    root.setLevel(levels.get(verbosity, logging.DEBUG))
    if verbosity < 2:  # httpx logs each request at INFO; that is -vv here
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)
