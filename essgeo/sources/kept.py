"""Answers of a service, kept as they came in one file of a folder of raw files."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from essgeo.errors import DataError, OutputError
from essgeo.files import cannot_write

Query = Mapping[str, str]

_CHUNK = 1 << 16
_GZIP = 31


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
