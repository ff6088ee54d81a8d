"""Whether the operation under way has written already: what cannot be read after that is no failure without effect.

A provider writes, and reads what it made. An answer that is wrong there, or a read that fails, would look like a write
that never was. `HttpClient` notes here what it sent; the guard around the methods of a provider asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from reconciler.errors import AnswerLost, ProtocolError, ProviderError


@dataclass(slots=True)
class Wrote:
    """What one operation has done so far. `unread` holds the errors that its reads ended in."""

    anything: bool = False  # a write was answered with success, or its answer was lost
    unread: list[ProviderError] = field(default_factory=list)

    def hides(self, error: ProviderError) -> bool:
        """Return whether an error says only that the outcome of what was written could not be read.

        A definite answer to a later write is not meant, and no error that a provider raises in place of another.
        """
        read = isinstance(error, ProtocolError) or any(error is known for known in self.unread)
        return self.anything and read and not isinstance(error, AnswerLost)


_now: ContextVar[Wrote | None] = ContextVar("wrote", default=None)


def note(*, writes: bool, error: ProviderError | None = None) -> None:
    """Note how a request of the operation under way ended. `error` is None after a success."""
    operation = _now.get()
    if operation is None:
        return
    if writes:
        operation.anything = operation.anything or error is None or isinstance(error, AnswerLost)
    elif error is not None:
        operation.unread.append(error)


@contextmanager
def told_as_lost() -> Iterator[None]:
    """Raise AnswerLost where the operation inside has written, and what came of it could not be read."""
    operation = _now.get() or Wrote()  # of the outermost: a method that calls the one it overrides is one operation
    token = _now.set(operation)
    try:
        yield
    except ProviderError as error:
        if not operation.hides(error):
            raise
        raise AnswerLost(
            f"{error.message}; what was written before it has taken effect, or may have",
            fix="run plan: it shows what is there now",
            operation=error.operation,
            status=error.status,
        ) from None
    finally:
        _now.reset(token)
