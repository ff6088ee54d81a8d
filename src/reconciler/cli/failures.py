"""Whatever a command raises, as a message on stderr and an exit code. No traceback unless asked for."""

from __future__ import annotations

import errno
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from types import TracebackType

    from reconciler.cli.context import Invocation

INVOCATION = "reconciler.invocation"  # where a context's `meta` holds the running command's Invocation
BAD_INPUT = 1
INTERRUPTED = 130


class Failures:
    """Entered around a command: an error is explained on stderr and becomes an exit code."""

    def __init__(self, ctx: click.Context | None = None) -> None:
        self._ctx = ctx

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, click.ClickException):
            error.show()
            raise click.exceptions.Exit(BAD_INPUT)  # click says 2, which here means "changes found"
        if error is not None and not isinstance(error, click.exceptions.Exit | SystemExit | GeneratorExit):
            invocation = self._ctx.meta.get(INVOCATION) if self._ctx else None
            raise click.exceptions.Exit(explain(error, invocation)) from error


def explain(error: BaseException, invocation: Invocation | None = None) -> int:
    """Write what went wrong and what to do to stderr; returns the exit code."""
    from reconciler.errors import InputError, ReconcilerError

    if isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        return explain(error.exceptions[0], invocation)
    if isinstance(error, KeyboardInterrupt | click.Abort):
        _say("Stopped.", invocation)
        return INTERRUPTED
    if isinstance(error, BrokenPipeError):
        return 0
    if isinstance(error, ReconcilerError):
        _say(_problems(error) if isinstance(error, InputError) else str(error), invocation)
        _document(error, invocation)
        return error.exit_code
    if isinstance(error, OSError):
        _say(_system(error), invocation)
        return BAD_INPUT
    _bug(error, invocation)
    return BAD_INPUT


def _problems(error: BaseException) -> str:
    from reconciler.errors import InputError

    problems = error.problems if isinstance(error, InputError) else ()
    count = f"{len(problems)} problem{'' if len(problems) == 1 else 's'}; nothing was changed."
    return f"{error}\n{count}"


def _system(error: OSError) -> str:
    what = f"{error.filename}: " if error.filename else ""
    said = error.strerror or str(error)
    hints = {
        errno.ENOSPC: "free some space on that disk, then run this again; what was applied is kept",
        errno.EDQUOT: "free some of your quota, then run this again; what was applied is kept",
        errno.EACCES: "check the permissions of that path",
        errno.EPERM: "check the permissions of that path",
        errno.EROFS: "that file system is read-only: write elsewhere",
        errno.EMFILE: "raise the limit of open files (`ulimit -n`)",
    }
    hint = hints.get(error.errno or 0, "")
    return f"{what}{said}\n  fix: {hint}" if hint else f"{what}{said}"


def _bug(error: BaseException, invocation: Invocation | None) -> None:
    text = (
        f"Sorry, this is a bug in the tool: {type(error).__name__}: {error}\n"
        "  fix: run it again with -v and report what it prints; no secret is in it. `reconcile plan` shows where things"
        " stand."
    )
    if invocation and invocation.common.verbosity > 0:
        import traceback

        text = "".join(traceback.format_exception(error)) + text
    _say(text, invocation)


def _document(error: BaseException, invocation: Invocation | None) -> None:
    """With `--format json`, an error is a document too, so that stdout stays JSON."""
    if invocation is None or invocation.common.format != "json":
        return
    from reconciler.report.failure import error_document

    invocation.output.document(error_document(error))


def _say(text: str, invocation: Invocation | None) -> None:
    if invocation:
        invocation.output.error(text)
    else:
        sys.stderr.write(f"{text}\n")
