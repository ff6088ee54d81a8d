"""An error as a JSON document."""

from __future__ import annotations

from typing import Any

from reconciler.errors import InputError, Problem, ReconcilerError
from reconciler.report.document import SCHEMA


def error_document(error: BaseException) -> dict[str, Any]:
    """Return what ended a run, as JSON data: `{schema, error: {type, message, fix, problems}}`."""
    problems = error.problems if isinstance(error, InputError) else ()
    return {
        "schema": SCHEMA,
        "error": {
            "type": type(error).__name__,
            "message": error.message if isinstance(error, ReconcilerError) else str(error),
            "fix": error.fix if isinstance(error, ReconcilerError) else "",
            "problems": [problem_document(p) for p in problems],
        },
    }


def problem_document(problem: Problem) -> dict[str, Any]:
    """Return one problem of the user's input as JSON data."""
    where = problem.where
    return {
        "message": problem.message,
        "fix": problem.fix,
        "file": where.file if where else None,
        "line": where.line if where else None,
        "column": where.column if where else None,
    }
