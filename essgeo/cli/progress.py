"""How far long work is and how long is left, on the error output."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

from essgeo.text import duration, number, percent

#: Seconds between two lines where nobody watches (a file, a scheduler), and between two states of
#: the one line of a terminal.
LOG_EVERY_S = 5.0
DRAW_EVERY_S = 0.2
#: Below this time a remaining time would be a guess.
_KNOWN_AFTER_S = 1.0


class Meter:
    """Called as work advances: one line rewritten on a terminal, a line now and then elsewhere.

    Quick work says nothing where nobody watches. Used as ``with Meter() as meter: …``.

    Parameters
    ----------
    said
        Writes a quantity (`essgeo.text.size` for bytes).
    stream
        Where to write; the error output by default.
    clock
        Seconds that only grow.
    """

    def __init__(
        self,
        said: Callable[[float], str] = number,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._said = said
        self._stream = stream if stream is not None else sys.stderr
        self._clock = clock
        self._watched = self._stream.isatty()
        #: Name of a work -> when it was first seen, and how far it was.
        self._starts: dict[str, tuple[float, float]] = {}
        #: The work under way whose end is known: it is worth more than one without an end.
        self._measured = ""
        self._last: float | None = None
        self._drawn = 0

    def __call__(self, what: str, done: float, total: float | None = None) -> None:
        """Say where the work is.

        Parameters
        ----------
        what
            Name of the work in progress; each has its own measure, and several may go on at once.
        done, total
            How much is done, of how much; None when nobody knows.
        """
        now = self._clock()
        if self._last is None:
            self._last = now
        new = what not in self._starts or done < self._starts[what][1]
        if new:
            self._starts[what] = (now, done)
        if total:
            self._measured = what if done < total else ""
        elif self._measured:
            return
        pause = DRAW_EVERY_S if self._watched else LOG_EVERY_S
        if now - self._last < pause and not (new and self._watched):
            return
        self._last = now
        start, first = self._starts[what]
        self._write(self._line(what, done, total, now - start, done - first))

    def say(self, line: str) -> None:
        """Write a line that stays, above the one that moves."""
        self.close()
        self._stream.write(line + "\n")
        self._stream.flush()

    def close(self) -> None:
        """Wipe the line of a terminal, so that what comes next starts clean."""
        if self._drawn:
            self._stream.write("\r" + " " * self._drawn + "\r")
            self._stream.flush()
            self._drawn = 0

    def __enter__(self) -> Meter:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave a clean line, whatever happened."""
        self.close()

    def _line(
        self, what: str, done: float, total: float | None, spent: float, advanced: float
    ) -> str:
        if not total:
            return f"{what} : {self._said(done)}"
        parts = [f"{what} : {percent(done / total)} ({self._said(done)} sur {self._said(total)})"]
        if spent >= _KNOWN_AFTER_S and advanced > 0:
            parts.append(f"encore {duration(max(total - done, 0) * spent / advanced)}")
        return ", ".join(parts)

    def _write(self, line: str) -> None:
        if self._watched:
            # A line that wraps cannot be written over.
            line = line[: shutil.get_terminal_size().columns - 1]
            self._stream.write("\r" + line.ljust(self._drawn))
            self._drawn = len(line)
        else:
            self._stream.write(line + "\n")
        self._stream.flush()
