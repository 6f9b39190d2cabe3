"""Pages of a service, asked for politely and kept as they come: what is kept is not asked again."""

from __future__ import annotations

import gzip
import json
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

import requests

from essgeo.errors import DataError, OutputError
from essgeo.fetch import http
from essgeo.files import cannot_write

#: Requests a second; the API refuses more than seven.
RATE = 6.0

_CHUNK = 1 << 16
_GZIP = 31

Query = Mapping[str, str]


class Clock(Protocol):
    """What time is asked of; tests have their own."""

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Wait."""
        ...


@dataclass
class Pace:
    """Lets requests through one by one, never faster than a rate.

    Parameters
    ----------
    clock
        Where time comes from.
    rate
        Requests a second.
    """

    clock: Clock = time
    rate: float = RATE
    _next: float = 0.0

    def wait(self) -> None:
        """Wait until the next request may leave."""
        now = self.clock.monotonic()
        if now < self._next:
            self.clock.sleep(self._next - now)
            now = self._next
        self._next = now + 1 / self.rate


def key_of(query: Query, attempt: int = 0) -> str:
    """Name a query, whatever the order of its parameters, and one more attempt at it."""
    return urlencode(sorted(query.items())) + (f"#{attempt}" if attempt else "")


class Kept:
    """Answers kept in a file, one gzip member of one JSON line each.

    Whatever stops the program, every answer that was written whole is found again: a member cut
    at the end of the file is left out.

    Parameters
    ----------
    path
        File; made when absent.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._places: dict[str, tuple[int, int]] = {}
        try:
            path.touch()
            whole = 0
            with path.open("rb") as handle:
                for line, start, end in members(handle.read()):
                    content = json.loads(line)
                    if content["reponse"] is None:
                        self._places.pop(content["cle"], None)
                    else:
                        self._places[content["cle"]] = (start, end)
                    whole = end
            if whole < path.stat().st_size:
                with path.open("rb+") as handle:
                    handle.truncate(whole)
        except OSError as error:
            raise OutputError(cannot_write(path, error)) from error
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path} : pages illisibles ; supprimez-le et relancez.") from error

    def get(self, key: str) -> Any:
        """Return an answer, None when it is not there."""
        if key not in self._places:
            return None
        start, end = self._places[key]
        with self.path.open("rb") as handle:
            handle.seek(start)
            return json.loads(gzip.decompress(handle.read(end - start)))["reponse"]

    def has(self, key: str) -> bool:
        """Whether an answer is there."""
        return key in self._places

    def put(self, key: str, answer: Any) -> None:
        """Keep an answer; None forgets it."""
        line = json.dumps({"cle": key, "reponse": answer}, ensure_ascii=False) + "\n"
        member = gzip.compress(line.encode(), mtime=0)
        try:
            with self.path.open("ab") as handle:
                start = handle.tell()
                handle.write(member)
        except OSError as error:
            raise OutputError(cannot_write(self.path, error)) from error
        if answer is None:
            self._places.pop(key, None)
        else:
            self._places[key] = (start, start + len(member))


def members(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Go through the whole gzip members of a file: their content, where they start and end."""
    start = 0
    while start < len(content):
        reader = zlib.decompressobj(wbits=_GZIP)
        at, pieces = start, []
        try:
            while at < len(content) and not reader.eof:
                pieces.append(reader.decompress(content[at : at + _CHUNK]))
                at += _CHUNK
        except zlib.error:
            return
        if not reader.eof:
            return
        end = min(at, len(content)) - len(reader.unused_data)
        yield b"".join(pieces), start, end
        start = end


def answers(path: Path) -> Iterator[Any]:
    """Go through the answers kept in a file, the last one of each query, in the order of queries.

    Raises
    ------
    DataError
        The file cannot be read, or is cut.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} : lecture impossible ({error.strerror}).") from error
    places: dict[str, tuple[int, int]] = {}
    last = 0
    for line, start, end in members(content):
        places[json.loads(line)["cle"]] = (start, end)
        last = end
    if last != len(content):
        raise DataError(f"{path} : fichier abîmé ; supprimez-le et relancez fetch.")
    for key in sorted(places):
        start, end = places[key]
        answer = json.loads(gzip.decompress(content[start:end]))["reponse"]
        if answer is not None:
            yield answer


@dataclass
class Asker:
    """Asks for pages, or takes those that are kept.

    Parameters
    ----------
    session
        From `essgeo.fetch.http.open_session`.
    address
        Address of the service.
    kept
        Where answers are kept.
    pace
        Between two requests.
    asked
        Requests made.
    """

    session: requests.Session
    address: str
    kept: Kept
    pace: Pace
    asked: int = 0

    def page(self, query: Query, attempt: int = 0) -> Any:
        """Return the answer to a query: the one that is kept, or the one it gets and keeps.

        Parameters
        ----------
        query
            Parameters.
        attempt
            The same query may be asked again: each attempt is kept beside the others.

        Raises
        ------
        NetworkError
            As `essgeo.fetch.http.get_json`.
        """
        key = key_of(query, attempt)
        found = self.kept.get(key)
        if found is None:
            found = self.ask(query)
            self.kept.put(key, found)
        return found

    def ask(self, query: Query) -> Any:
        """Return the answer to a query, without keeping it."""
        self.pace.wait()
        self.asked += 1
        return http.get_json(self.session, self.address, query)
