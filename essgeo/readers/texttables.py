"""CSV of unknown make: encoding, separator, wrapped cells, and no row lost in silence.

Quick path: pyarrow, several threads. When a row has not as many cells as the header, a slower
pass with Python's csv module says which line, completes the short ones and refuses the long ones.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections import Counter

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

from essgeo.readers.headings import (
    LOOKED_AT,
    check_names,
    header_place,
    is_data,
    made_names,
    say_title,
)
from essgeo.readers.opening import Opened, read_bytes
from essgeo.readers.raw import Raw
from essgeo.readers.report import Journal
from essgeo.text import NBSP, plural

SEPARATORS = {";": "point-virgule", "\t": "tabulation", ",": "virgule"}
# What people's own tables may have besides.
_LOOSE = (*SEPARATORS, "|")

_BLOCK = 1 << 24
# Spreadsheets keep a leading zero by wrapping it: ="01053". The wrapped text may hold the
# separator, so the sign goes away and plain quoting does the rest.
_WRAPPED = {sep: re.compile(rb'(^|[\n\r%s])="' % sep.encode()) for sep in _LOOSE}
_HEADER_LIMIT = 1_000_000
# Letters of a UTF-8 text read as Windows-1252: « é » becomes « Ã© ».
_MOJIBAKE = re.compile("[ÃÂ][\u0080-\u00bf]")


def read_csv(opened: Opened, journal: Journal) -> Raw:
    """Read a text table, every cell as text.

    Raises
    ------
    DataError
        NUL bytes, unknown encoding, no separator, no header, no row, a row with too many cells,
        a quote that never closes.
    """
    data = read_bytes(opened, journal)
    data, encoding = to_utf8(data, journal)
    start, hinted = _sep_line(data)
    if opened.request.loose:
        header, start, separator = _loose_header(data, start, hinted, journal)
    else:
        header, start, separator = _header(data, start, hinted, journal)
    opened.request.check_columns(len(header), journal)
    header_lines = data.count(b"\n", 0, start)
    # Looked for as plain bytes first: the expression takes seconds on a big file.
    first = data.find(b'="', start)
    if first >= 0 and _WRAPPED[separator].search(data, max(first - 1, start)):
        data = data[:start] + _WRAPPED[separator].sub(rb'\1"', data[start:])
        header = [name.removeprefix('="').removesuffix('"') for name in header]
        journal.inform('des cellules ="…" (protégées pour un tableur) sont lues comme du texte.')
    table = _fast(header, data, start, separator)
    if table is None:
        opened.request.check_rows(_rows_at_least(data, start), journal)
        straight = _straighten(header, data[start:], separator, header_lines, opened, journal)
        table = _fast(header, straight, 0, separator)
        if table is None:
            raise journal.error(
                "le tableau n'est pas lisible (guillemets mal fermés ?) ; exportez-le à nouveau."
            )
    if not table.num_rows:
        raise journal.error("le tableau n'a aucune ligne sous son en-tête ; exportez-le à nouveau.")
    opened.request.check_rows(table.num_rows, journal)
    source = table.combine_chunks().to_pandas()
    source.columns = pd.Index(header)
    return Raw(
        format="CSV",
        source=_unwrap(source) if first >= 0 else source,
        encoding=encoding,
        separator=separator,
        first_row=header_lines + 1,
        word="ligne",
    )


def to_utf8(data: bytes, journal: Journal) -> tuple[bytes, str]:
    """Bring a text to UTF-8 without BOM and name its encoding.

    Raises
    ------
    DataError
        NUL bytes, or neither UTF-8 nor Windows-1252.
    """
    if b"\x00" in data:
        line = data.count(b"\n", 0, data.index(b"\x00")) + 1
        raise journal.error(
            f"la ligne {line} contient des octets nuls (fichier abîmé ou UTF-16) ; "
            "enregistrez-le à nouveau en CSV UTF-8.",
            row=line,
        )
    bom = data.startswith(codecs.BOM_UTF8)
    if bom:
        data = data[len(codecs.BOM_UTF8) :]
    fault = utf8_fault(data)
    if fault is None:
        return data, "UTF-8 avec BOM" if bom else "UTF-8"
    line = data.count(b"\n", 0, fault) + 1
    if bom:
        raise journal.error(
            f"la ligne {line} n'est pas en UTF-8, alors que le fichier l'annonce (BOM) ; "
            "enregistrez-le à nouveau en UTF-8.",
            row=line,
        )
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise journal.error(
            f"la ligne {line} n'est ni en UTF-8 ni en Windows-1252 ; "
            "enregistrez le fichier en UTF-8.",
            row=line,
        ) from error
    mixed = _MOJIBAKE.search(text)
    if mixed:
        raise journal.error(
            "le fichier mélange l'UTF-8 et le Windows-1252 "
            f"(ligne {line}, et ligne {text.count(chr(10), 0, mixed.start()) + 1}) ; "
            "enregistrez-le à nouveau en UTF-8.",
            row=line,
        )
    return text.encode(), "Windows-1252"


def utf8_fault(data: bytes) -> int | None:
    """Return where a text stops being UTF-8, None when it is all along."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(data), _BLOCK):
        block = data[start : start + _BLOCK]
        if block.isascii() and not decoder.getstate()[0]:
            continue
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(block, final=start + _BLOCK >= len(data))
        except UnicodeDecodeError as error:
            return start - pending + error.start
    return len(data) - len(decoder.getstate()[0]) if decoder.getstate()[0] else None


def _sep_line(data: bytes) -> tuple[int, str]:
    """Return where Excel's « sep=; » first line ends, and the separator that it announces."""
    match = re.match(rb'"?sep=([;,\t])"?\r?\n', data, re.IGNORECASE)
    if match is None:
        return 0, ""
    return match.end(), match.group(1).decode()


def _header(data: bytes, start: int, hinted: str, journal: Journal) -> tuple[list[str], int, str]:
    """Return column names, where the rows start, and the separator."""
    text = data[start : start + _HEADER_LIMIT].decode("utf-8", errors="ignore")
    separator = hinted or _separator(text, journal)
    source = io.StringIO(text, newline="")
    lines = csv.reader(source, delimiter=separator)
    try:
        header = next(lines)
        while not any(cell.strip() for cell in header):
            header = next(lines)
    except (StopIteration, csv.Error) as error:
        raise journal.error(
            "la première ligne ne nomme pas les colonnes ; ajoutez un en-tête."
        ) from error
    if len(header) < 2:
        raise journal.error(
            "une seule colonne trouvée : aucun séparateur « , », « ; » ou tabulation dans "
            "l'en-tête ; exportez un tableau avec l'un de ces séparateurs."
        )
    check_names(header, journal)
    used = len(text[: _offset(text, lines.line_num)].encode())
    return [cell.strip() for cell in header], start + used, separator


def _loose_header(
    data: bytes, start: int, hinted: str, journal: Journal
) -> tuple[list[str], int, str]:
    """Do as :func:`_header` for a table that may lie under a title, or have one column."""
    text = data[start : start + _HEADER_LIMIT].decode("utf-8", errors="ignore")
    separator = hinted or _loose_separator(text, data)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows: list[list[str]] = []
    ends: list[int] = []
    try:
        for row in itertools.islice(lines, LOOKED_AT):
            rows.append(row)
            ends.append(lines.line_num)
    except csv.Error as error:
        if not rows:
            raise journal.error(
                "la première ligne ne nomme pas les colonnes ; ajoutez un en-tête."
            ) from error
    if not any(cell.strip() for row in rows for cell in row):
        raise journal.error("le tableau ne contient que des blancs ; exportez-le à nouveau.")
    place = header_place(rows)
    say_title(rows[:place], journal)
    header = rows[place]
    if is_data(header):
        header = made_names(header, journal)
        end = ends[place - 1] if place else 0
    else:
        check_names(header, journal)
        end = ends[place]
    used = len(text[: _offset(text, end)].encode())
    return [cell.strip() for cell in header], start + used, separator


def _loose_separator(text: str, data: bytes) -> str:
    """Choose the separator that most of the first lines hold; one that is nowhere if none does."""
    lines = [line for line in re.split(r"\r\n|\n|\r", text) if line.strip()][:LOOKED_AT]
    bare = [re.sub(r'"[^"]*"', "", line) for line in lines] or [""]

    def found(separator: str) -> tuple[int, int]:
        counts = [line.count(separator) for line in bare]
        return sum(count > 0 for count in counts), sum(counts)

    best = max(_LOOSE, key=found)
    # In a list of one column commas are those of texts: most lines hold a separator, or the first.
    if 2 * found(best)[0] > len(bare) or best in bare[0]:
        return best
    absent = [separator for separator in _LOOSE if separator.encode() not in data]
    return absent[0] if absent else best


def _rows_at_least(data: bytes, start: int) -> int:
    """Count rows before the slow pass; 0 where quotes may hold line breaks."""
    return 0 if data.find(b'"', start) >= 0 else data.count(b"\n", start)


def _offset(text: str, lines: int) -> int:
    """Return where the given number of physical lines end."""
    position = 0
    for _ in range(lines):
        match = re.compile(r"\r\n|\n|\r").search(text, position)
        if match is None:
            return len(text)
        position = match.end()
    return position


def _separator(start: str, journal: Journal) -> str:
    """Choose the separator that cuts the header most, quoted parts set aside."""
    lines = [line for line in re.split(r"\r\n|\n|\r", start) if line.strip()]
    bare = re.sub(r'"[^"]*"', "", lines[0]) if lines else ""
    counts = Counter({sep: bare.count(sep) for sep in SEPARATORS})
    best, count = counts.most_common(1)[0]
    if not count:
        raise journal.error(
            "aucun séparateur « , », « ; » ou tabulation dans la première ligne ; "
            "donnez un tableau dont elle nomme les colonnes."
        )
    return best


def _fast(header: list[str], data: bytes, start: int, separator: str) -> pa.Table | None:
    """Parse with pyarrow; None when a row is not as wide as the header, or quotes are lost."""
    names = [f"c{position}" for position in range(len(header))]
    if not data[start : start + _BLOCK].strip(b"\r\n"):
        return pa.table({name: pa.array([], pa.large_string()) for name in names})
    try:
        return pacsv.read_csv(
            pa.BufferReader(pa.py_buffer(data).slice(start)),
            read_options=pacsv.ReadOptions(column_names=names, block_size=_BLOCK),
            parse_options=pacsv.ParseOptions(
                delimiter=separator,
                newlines_in_values=data.find(b'"', start) >= 0,
                double_quote=True,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types={name: pa.large_string() for name in names},
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return None


def _straighten(
    header: list[str],
    body: bytes,
    separator: str,
    header_lines: int,
    opened: Opened,
    journal: Journal,
) -> bytes:
    """Complete short rows, refuse long ones, and say which lines.

    Raises
    ------
    DataError
        A row has more cells than the header, or a quote never closes.
    """
    width = len(header)
    # Cells may be long (outlines as text); the module's own limit is 128 kB for the process.
    csv.field_size_limit(max(csv.field_size_limit(), 1 << 28))
    rows = csv.reader(io.StringIO(body.decode(), newline=""), delimiter=separator, strict=True)
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=separator, lineterminator="\n")
    short: list[int] = []
    long: list[tuple[int, int]] = []
    other: list[int] = []
    line = header_lines + 1
    try:
        for cells in rows:
            if len(cells) > 1 or (cells and cells[0].strip()):
                if opened.request.loose and len(cells) == 1 < width:
                    cells = _otherwise(cells[0], width, other, line)
                if len(cells) < width:
                    short.append(line)
                    cells += [""] * (width - len(cells))
                elif len(cells) > width:
                    if any(cell.strip() for cell in cells[width:]):
                        long.append((line, len(cells)))
                    cells = cells[:width]
                writer.writerow(cells)
            line = header_lines + rows.line_num + 1
    except csv.Error as error:
        raise journal.error(
            f"le texte ouvert par un guillemet à la ligne {line} ne se ferme pas comme il faut ; "
            "corrigez cette ligne ou exportez le tableau à nouveau.",
            row=line,
        ) from error
    if long:
        first, count = long[0]
        others = f" ({plural(len(long), 'ligne')} dans ce cas)" if len(long) > 1 else ""
        raise journal.error(
            f"la ligne {first} a {count} cellules au lieu de {width}{others} ; mettez entre "
            "guillemets les textes qui contiennent le séparateur.",
            row=first,
        )
    if other:
        journal.warn(
            f"{plural(len(other), 'ligne')} avec un autre séparateur que le reste "
            f"(première : ligne {other[0]}) ; découpée{'s' if len(other) > 1 else ''} de même.",
            row=other[0],
        )
    if short:
        which = journal.some([str(number) for number in short])
        journal.warn(
            f"{plural(len(short), 'ligne')} avec moins de cellules que l'en-tête "
            f"(ligne{'s' if len(short) > 1 else ''}{NBSP}{which}) ; complétées par du vide.",
            row=short[0],
        )
    return written.getvalue().encode()


def _otherwise(line: str, width: int, other: list[int], number: int) -> list[str]:
    """Cut a line that another separator cuts into as many cells as the header has."""
    for separator in _LOOSE:
        cells = next(csv.reader([line], delimiter=separator), [])
        if len(cells) == width:
            other.append(number)
            return cells
    return [line]


def _unwrap(source: pd.DataFrame) -> pd.DataFrame:
    """Take ="01053" out of its wrapping where quoting had kept it whole."""
    wrapped = [
        position
        for position in range(source.shape[1])
        if source.iloc[:, position].str.startswith('="').any()
    ]
    for position in wrapped:
        cells = source.iloc[:, position].str.replace(r'^="(.*)"$', r"\1", regex=True)
        source.isetitem(position, cells.array)
    return source
