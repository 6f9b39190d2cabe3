"""Everything a seminar takes away of a selection, in one archive."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from essgeo.atlas import Atlas, Resolved
from essgeo.exports.archives import archive
from essgeo.exports.bundle import excel_workbook
from essgeo.exports.content import picture, pictured
from essgeo.exports.docx import MODEL as WORD
from essgeo.exports.docx import story_docx
from essgeo.exports.establishments import export, selected
from essgeo.exports.html import story_html
from essgeo.exports.metadata import file_name, metadata, metadata_json
from essgeo.exports.package import package_files
from essgeo.exports.pdf import story_pdf
from essgeo.exports.pictures import map_picture, told
from essgeo.exports.pptx import MODEL as SLIDES
from essgeo.exports.pptx import story_pptx
from essgeo.exports.tables import csv_bytes
from essgeo.figures.print.paper import Format
from essgeo.files import writing
from essgeo.indicators import summary
from essgeo.manifest import LIB_NATURE
from essgeo.selection import OWN_ZONES, Selection
from essgeo.story import Story, fiche, note, tell
from essgeo.words.sources import LICENCE, METHOD, SIMULATED_NOTICE

#: Called with what is being made, its rank from 1, and how many there are.
Progress = Callable[[str, int, int], None]

#: Files of a part of the kit: path in the archive -> content.
Files = dict[str, bytes]

#: Width of pictures, centimetres, and their formats.
_WIDTH_CM = 16.0

#: Folder of a data folder where a local authority puts its own models.
MODELS = "modeles"

_README = """\
{sentence}

{nature}
Sources : {sources}.
Méthode : {method}
Licence : {licence}.

tableaux/   établissements et indicateurs (CSV, CSV pour Excel, XLSX, GeoPackage, GeoJSON,
            GeoParquet), et un paquet de données décrit (datapackage.json)
images/     cartes et graphiques, PNG (300 points par pouce) et SVG
documents/  note de territoire et fiche de quartier (PDF, Word), diaporama (PowerPoint)
carte.html  la carte et les chiffres, à ouvrir dans un navigateur, sans réseau
"""


def model(atlas: Atlas, name: str) -> Path | None:
    """Return a local authority's own model, when its data folder has one (``modeles/``)."""
    path = atlas.folder.path / MODELS / name
    return path if path.is_file() else None


def write_kit(
    atlas: Atlas,
    selection: Selection,
    out: Path,
    *,
    made: date,
    progress: Progress = lambda *_: None,
) -> int:
    """Write a kit.

    Parameters
    ----------
    atlas, selection
        What to take from where.
    out
        Archive to write.
    made
        Day of the extraction, written in the map that opens alone.
    progress
        Told of each part before it is made.

    Returns
    -------
    int
        Files in the archive.

    Raises
    ------
    DataError
        A model of the data folder is at fault.
    OutputError
        The archive cannot be written.
    """
    content = kit_bytes(atlas, selection, made=made, progress=progress)
    with writing(out) as beside:
        beside.write_bytes(content[0])
    return content[1]


def kit_bytes(
    atlas: Atlas,
    selection: Selection,
    *,
    made: date,
    progress: Progress = lambda *_: None,
) -> tuple[bytes, int]:
    """Return a kit as an archive, and how many files it holds; see :func:`write_kit`."""
    resolved = atlas.resolve(selection)
    parts = _parts(atlas, resolved, made)
    files: Files = {"LISEZMOI.txt": _readme(atlas, resolved).encode("utf-8")}
    for rank, (said, make) in enumerate(parts.items(), start=1):
        progress(said, rank, len(parts))
        files |= make()
    return archive(files), len(files)


def _parts(atlas: Atlas, resolved: Resolved, made: date) -> Mapping[str, Callable[[], Files]]:
    """Return what a kit is made of: what people read -> what makes it."""
    selection = resolved.selection

    def named(folder: str, content: str, suffix: str) -> str:
        return f"{folder}/{file_name(atlas, resolved, content, suffix)}"

    told = note(atlas, selection)
    chosen = tuple(resolved.generation.quartiers["code_qp"].to_numpy()[resolved.quartiers])
    sheet = fiche(atlas, chosen[0], selection) if len(chosen) == 1 else None

    def documents(story: Story, content: str) -> Files:
        return {
            named("documents", content, ".pdf"): story_pdf(atlas, story),
            named("documents", content, ".docx"): story_docx(atlas, story, model(atlas, WORD)),
        }

    def slides() -> Files:
        content = story_pptx(atlas, tell(atlas, selection), model(atlas, SLIDES))
        return {named("documents", "diaporama", ".pptx"): content}

    parts: dict[str, Callable[[], Files]] = {}
    if not atlas.manifest.secret:
        parts["tableaux des établissements"] = lambda: dict(_establishments(atlas, resolved))
    parts["indicateurs"] = lambda: _indicators(atlas, resolved)
    parts["cartes et graphiques"] = lambda: dict(_pictures(atlas, resolved, told))
    parts["note de territoire"] = lambda: documents(told, "note")
    if sheet is not None:
        parts["fiche du quartier"] = lambda: documents(sheet, "fiche")
    parts["diaporama"] = slides
    parts["carte à ouvrir sans réseau"] = lambda: {"carte.html": story_html(atlas, told, made)}
    return parts


def _establishments(atlas: Atlas, resolved: Resolved) -> Iterator[tuple[str, bytes]]:
    """Make the establishments in every format, each with its metadata."""
    with TemporaryDirectory(prefix="essgeo-kit-") as folder:
        for suffix, excel in (
            (".csv", False), ("_excel.csv", True), (".xlsx", False), (".gpkg", False),
            (".geojson", False), (".parquet", False),
        ):  # fmt: skip
            path = Path(folder) / file_name(atlas, resolved, "etablissements", suffix)
            export(atlas, resolved.selection, path, excel=excel)
            beside = path.with_name(path.name + ".meta.json")
            yield f"tableaux/{path.name}", path.read_bytes()
            yield f"tableaux/{beside.name}", beside.read_bytes()


def _indicators(atlas: Atlas, resolved: Resolved) -> Files:
    """Make the indicators by neighbourhood and sector, and the described package."""
    by_axis = {
        axis: summary(atlas, resolved.selection, (axis,)) for axis in ("quartier", "secteur")
    }
    files: Files = {}
    called = {"quartier": "zone"} if resolved.generation.name == OWN_ZONES else {}
    for axis, table in by_axis.items():
        noun = called.get(axis, axis)
        name = file_name(atlas, resolved, f"{noun}s", ".csv")
        said = metadata(atlas, resolved, rows=len(table), content=f"Indicateurs par {noun}")
        files[f"tableaux/{name}"] = csv_bytes(table)
        files[f"tableaux/{name}.meta.json"] = metadata_json(said).encode()
    name = file_name(atlas, resolved, "indicateurs", ".xlsx")
    files[f"tableaux/{name}"] = excel_workbook(
        atlas,
        resolved,
        {f"Par {called.get(axis, axis)}": (table, "summary") for axis, table in by_axis.items()},
    )
    tables: dict[str, pd.DataFrame] = {"summary": by_axis["quartier"]}
    if not atlas.manifest.secret:
        tables = {"etablissements": selected(atlas, resolved.selection), **tables}
    packed = package_files(atlas, resolved, tables)
    return files | {f"tableaux/paquet/{name}": content for name, content in packed.items()}


def _pictures(atlas: Atlas, resolved: Resolved, story: Story) -> Iterator[tuple[str, bytes]]:
    formats: tuple[Format, ...] = ("png", "svg")
    for step, block in pictured(story):
        for fmt in formats:
            drawn = picture(atlas, step, block, fmt, width_cm=_WIDTH_CM, titled=True)
            yield f"images/{file_name(atlas, resolved, step.key, '.' + fmt)}", drawn.content
    if int(resolved.quartiers.sum()) < 2:
        return
    # The count is on the map of the story; one neighbourhood alone has nothing to be compared with.
    for indicator in told(atlas, resolved.generation.name)[1:]:
        for fmt in formats:
            name = file_name(atlas, resolved, f"carte-{indicator}", f".{fmt}")
            yield f"images/{name}", map_picture(atlas, resolved.selection, fmt, indicator)


def _readme(atlas: Atlas, resolved: Resolved) -> str:
    manifest = atlas.manifest
    nature = SIMULATED_NOTICE if manifest.simulated else LIB_NATURE[manifest.nature].capitalize()
    return _README.format(
        sentence=resolved.sentence,
        nature=nature,
        sources=" ; ".join(map(str, manifest.about(resolved.generation.name))) or manifest.titre,
        method=METHOD,
        licence=LICENCE,
    )
