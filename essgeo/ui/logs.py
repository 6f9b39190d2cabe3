"""What the server's log says of an error: its kind and where it happened, never a value.

The message of an exception often quotes a cell, and cells of a visitor's file are nobody's but his.
"""

from __future__ import annotations

import logging
import traceback
from types import TracebackType
from typing import Any

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def told(error: BaseException) -> str:
    """Return the kind of an error and the lines of code that it went through.

    Parameters
    ----------
    error
        What happened; the errors that it comes from are told before it.
    """
    lines: list[str] = []
    for one in reversed(_chain(error)):
        lines += traceback.format_tb(one.__traceback__)
        lines.append(f"{type(one).__name__} (message tu : il peut citer des données)\n")
    return "".join(lines).rstrip()


def keep_values_out() -> None:
    """Write errors in every log of this process as :func:`told` does; once is enough."""
    if logging.getLogRecordFactory() is not _record:
        logging.setLogRecordFactory(_record)


def _record(
    name: str,
    level: int,
    path: str,
    line: int,
    message: object,
    args: Any,
    exc_info: ExcInfo | tuple[None, None, None] | None,
    *more: Any,
    **named: Any,
) -> logging.LogRecord:
    """Make a record of the log; what Streamlit and libraries log goes through here too."""
    if isinstance(message, BaseException):
        message = type(message).__name__
    if isinstance(args, tuple):
        args = tuple(type(one).__name__ if isinstance(one, BaseException) else one for one in args)
    record = logging.LogRecord(name, level, path, line, message, args, None, *more, **named)
    if exc_info and exc_info[1] is not None:
        # A record's text of an error is written as it is, and no other is made.
        record.exc_text = told(exc_info[1])
    return record


def _chain(error: BaseException) -> list[BaseException]:
    """Return an error and those that it comes from, the latest first."""
    found: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in found:
        found.append(one)
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return found
