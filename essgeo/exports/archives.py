"""Zip archives whose bytes depend on their content only."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping

#: Date written in archives: the same content must give the same bytes.
_DATE = (1980, 1, 1, 0, 0, 0)
_TIME, _TIMELESS = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), b"2000-01-01T00:00:00Z"


def archive(files: Mapping[str, bytes]) -> bytes:
    """Return files as one archive, in their order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(entry, content)
    return out.getvalue()


def redated(content: bytes) -> bytes:
    """Return an archive (a Word or PowerPoint file is one) without the time of its writing.

    A workbook inside it, behind a chart, says when it was made: that too is taken away.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as given:
        return archive({name: _redated(name, given.read(name)) for name in given.namelist()})


def _redated(name: str, content: bytes) -> bytes:
    if name.endswith(".xlsx"):
        return redated(content)
    return _TIME.sub(_TIMELESS, content) if name == "docProps/core.xml" else content
