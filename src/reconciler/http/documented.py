"""The door for what a vendor sends: an answer of another form than documented is an error of this tool.

A provider takes payloads apart where the API's documents promise a member, and there are many places of many answers.
What is not there shows as a KeyError, a TypeError, … somewhere in a conversion. Around each method of an `HttpProvider`
those become a ProviderError that names the vendor, so that a lie in one listing costs that listing only. An error of
this tool passes, unless it would make a write that was answered look like one that never was (`reconciler.http.wrote`).
"""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from reconciler.errors import AnswerLost, ProtocolError, ProviderError, ReconcilerError
from reconciler.http.wrote import told_as_lost

READS = ("whoami", "list", "externals")
ITERATORS = ("list", "externals")
WRITES = ("create", "update", "delete", "disable")
_MISREAD = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)
_log = logging.getLogger("reconciler.http")


@contextmanager
def documented(service: str, doing: str, *, writes: bool = False) -> Iterator[None]:
    """Raise ProtocolError, or AnswerLost around a write, where taking an answer apart fails. Payloads are not quoted.

    Of several reads at once that failed, the first error of this tool is raised.
    """
    try:
        yield
    except ExceptionGroup as group:
        known = next(_known(group), None)
        raise (known or _misread(service, doing, group, writes)) from None
    except _MISREAD as error:
        raise _misread(service, doing, error, writes) from None


def _known(group: ExceptionGroup[Exception]) -> Iterator[ReconcilerError]:
    for error in group.exceptions:
        if isinstance(error, ReconcilerError):
            yield error
        elif isinstance(error, ExceptionGroup):
            yield from _known(error)


def _misread(service: str, doing: str, error: Exception, writes: bool) -> ProviderError:
    _log.debug("%s: %s: an answer could not be taken apart", service, doing, exc_info=error)
    what = f"{service} sent something that is not of the documented form ({type(error).__name__} in {doing})"
    if writes:
        return AnswerLost(f"{what}; the write may have taken effect", fix="run plan: it shows what is there now")
    return ProtocolError(
        f"{what}; nothing of this answer is used",
        fix="run it again; if it stays so, the API has changed, or the provider has a bug: -vv shows where",
    )


def guard(cls: type[Any]) -> None:
    """Put `documented` around the methods of a provider class that this class itself defines."""
    for name in (*READS, *WRITES):
        method = vars(cls).get(name)
        if name in ITERATORS and inspect.isfunction(method):  # one that returns an iterator it got elsewhere, too
            setattr(cls, name, _guarded_iterator(method))
        elif inspect.iscoroutinefunction(method):
            setattr(cls, name, _guarded(method, name in WRITES))


def _guarded(method: Callable[..., Any], writes: bool) -> Callable[..., Any]:
    @functools.wraps(method)
    async def guarded(self: Any, *args: Any, **kwargs: Any) -> Any:
        with told_as_lost() if writes else nullcontext(), documented(self.service, method.__name__, writes=writes):
            return await method(self, *args, **kwargs)

    return guarded


def _guarded_iterator(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    async def guarded(self: Any, kind: str) -> AsyncIterator[Any]:
        with documented(self.service, f"{method.__name__} {kind}"):
            async for item in method(self, kind):
                yield item

    return guarded
