"""YAML of unknown make, read as plain values that remember their lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from essgeo.errors import DataError
from essgeo.text import one_line

#: A catalogue is some tens of kilobytes.
MOST_BYTES = 2_000_000
#: Levels of lists and mappings; a catalogue has five.
DEEPEST = 20

Path_ = tuple[str | int, ...]

#: The same in C where it is installed, ten times faster; neither makes objects.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Document:
    """A YAML file read.

    Parameters
    ----------
    value
        Mappings, lists, texts, booleans and None; numbers and dates stay texts as written.
    lines
        Path of each value (keys and places in lists) -> line of the file, from 1.
    """

    value: Any
    lines: Mapping[Path_, int]

    def line(self, path: Path_) -> int:
        """Return the line of a value, or of the nearest one that holds it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_yaml(path: Path) -> Document:
    """Read a YAML file without ever making an object of what it names.

    Raises
    ------
    DataError
        Not readable, too large, not UTF-8, not YAML, a key twice, a tag (``!!python/…``) or an
        alias; the text names the file and the line.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path.name} : fichier illisible ({error.strerror}).") from None
    if len(raw) > MOST_BYTES:
        raise DataError(f"{path.name} : plus de {MOST_BYTES // 1_000_000} Mo ; réduisez-le.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise DataError(f"{path.name}, ligne {line} : enregistrez le fichier en UTF-8.") from None
    try:
        _refuse(path, text)
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", ligne {mark.line + 1}" if mark else ""
        said = one_line(str(getattr(error, "problem", "") or "forme inattendue"), 80)
        raise DataError(f"{path.name}{where} : YAML mal formé ({said}).") from None
    lines: dict[Path_, int] = {}
    return Document(None if node is None else _plain(path, node, (), lines), lines)


def _refuse(path: Path, text: str) -> None:
    """Refuse what a plain catalogue never needs: tags run code, aliases grow without end."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise DataError(f"{path.name}, ligne {line} : ni ancre ni alias YAML (&, *) ici.")
        # A quoted text has the tag "!" by itself only when the writer put it.
        if getattr(event, "tag", None):
            said = one_line(str(event.tag), 40)
            raise DataError(f"{path.name}, ligne {line} : étiquette YAML « {said} » refusée.")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise DataError(f"{path.name}, ligne {line} : plus de {DEEPEST} niveaux.")


def _plain(path: Path, node: yaml.Node, here: Path_, lines: dict[Path_, int]) -> Any:
    lines[here] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return [_plain(path, item, (*here, place), lines) for place, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in found:
                line = key.start_mark.line + 1
                raise DataError(f"{path.name}, ligne {line} : clé en double « {name[:40]} ».")
            found[name] = _plain(path, value, (*here, name), lines)
        return found
    if node.tag == "tag:yaml.org,2002:bool":
        return str(node.value).lower() in ("true", "yes", "on")
    if node.tag == "tag:yaml.org,2002:null":
        return None
    return str(node.value)
