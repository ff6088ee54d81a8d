"""A progress bar on stderr, for what takes over a second, and lines about what keeps it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

_CELLS = 24
_AFTER = 1.0  # seconds
_EVERY = 0.1


class Bar:
    """Draws one phase at a time on one line, and takes the line away when the phase ends."""

    def __init__(self, stream: TextIO, monotonic: Callable[[], float], say: Callable[[str], None]) -> None:
        self._stream = stream
        self._monotonic = monotonic
        self._say = say
        self._label, self._total, self._done = "", 0, 0
        self._started = self._drawn = 0.0
        self._visible = False

    def start(self, label: str, total: int | None) -> None:
        """Begin a phase of `total` steps; None when nobody knows how many."""
        self.finish()
        self._label, self._total, self._done = label, total or 0, 0
        self._started = self._monotonic()

    def advance(self, n: int = 1) -> None:
        """Count `n` steps as done."""
        self._done += n
        now = self._monotonic()
        if now - self._started >= _AFTER and now - self._drawn >= _EVERY:
            self._drawn = now
            self._draw()

    def finish(self) -> None:
        """End the phase and clear its line."""
        if self._visible:
            self._put("\r\x1b[K")
        self._visible = False

    def tell(self, text: str) -> None:
        """Say a line of its own, above the bar."""
        self.finish()
        self._say(text)

    def _draw(self) -> None:
        if self._total:
            full = min(_CELLS, _CELLS * self._done // self._total)
            bar = f"[{'#' * full}{'-' * (_CELLS - full)}] {self._done}/{self._total}"
        else:
            bar = str(self._done)
        self._visible = True
        self._put(f"\r\x1b[K{self._label} {bar}")

    def _put(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except BrokenPipeError:
            self._visible = False


class Lines:
    """No bar, where there is no terminal for one: only what keeps a phase is said."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    def start(self, label: str, total: int | None) -> None:
        """Show nothing."""

    def advance(self, n: int = 1) -> None:
        """Show nothing."""

    def finish(self) -> None:
        """Show nothing."""

    def tell(self, text: str) -> None:
        """Say a line."""
        self._say(text)
