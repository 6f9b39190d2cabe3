"""Documents and kits of a selection, each made when it is asked for.

What makes them is imported at that moment: a visitor who only looks at the map pays nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.errors import DataError
from essgeo.exports import file_name
from essgeo.exports.bundle import establishments_file
from essgeo.figures.views import Indicator
from essgeo.selection import Selection
from essgeo.story import Story, fiche, note, tell
from essgeo.ui import state
from essgeo.ui.kit import kit
from essgeo.ui.markdown import markdown
from essgeo.ui.pictures import pictures

if TYPE_CHECKING:
    from essgeo.figures.print.paper import Format

_OFFICE = "application/vnd.openxmlformats-officedocument"

#: Content in the name, suffix, words, and MIME type; « fiche » or « note » is found at the time.
OFFERS = (
    ("", ".pdf", "{} (PDF)", "application/pdf"),
    ("", ".docx", "{} (Word)", f"{_OFFICE}.wordprocessingml.document"),
    ("diaporama", ".pptx", "Diaporama (PowerPoint)", f"{_OFFICE}.presentationml.presentation"),
    ("carte", ".html", "Carte et chiffres, sans réseau (HTML)", "text/html"),
)

#: Format of the establishments -> words, suffix of the download, MIME type. XLSX has a sheet of
#: metadata; the others leave with theirs, in an archive.
TABLES = {
    ".xlsx": ("Classeur Excel (.xlsx)", ".xlsx", f"{_OFFICE}.spreadsheetml.sheet"),
    ".gpkg": ("GeoPackage et métadonnées (.zip)", "_gpkg.zip", "application/zip"),
    ".geojson": ("GeoJSON et métadonnées (.zip)", "_geojson.zip", "application/zip"),
    ".parquet": ("GeoParquet et métadonnées (.zip)", "_parquet.zip", "application/zip"),
}

#: Indicator of the map -> what names its file, and its button.
SHOWN: dict[Indicator, tuple[str, str]] = {
    "etablissements": ("", ""),
    "emplois": ("-emplois", " des emplois"),
    "taux": ("-taux", " des taux par habitant"),
}


def documents(atlas: Atlas, resolved: Resolved) -> None:
    """Offer the selection as documents, a map that opens alone, and a kit of everything."""
    chosen = resolved.generation.quartiers["code_qp"].to_numpy()[resolved.quartiers]
    one = str(chosen[0]) if len(chosen) == 1 else ""
    stem, name = ("fiche", "Fiche du quartier") if one else ("note", "Note de territoire")
    problem = _problem(atlas)
    _tables(atlas, resolved)
    st.markdown("**Documents** : faits au moment du clic, en quelques secondes.")
    if problem:
        st.warning(markdown(problem), icon=":material/warning:")
    for content, suffix, label, kind in OFFERS:
        st.download_button(
            label.format(name),
            data=partial(_MAKERS[suffix], atlas, resolved.selection, one),
            file_name=file_name(atlas, resolved, content or stem, suffix),
            mime=kind,
            on_click="ignore",
            key=f"documents{suffix}",
            width="stretch",
            # A model at fault is said above: a file that does not open would say nothing.
            disabled=bool(problem) and suffix in (".docx", ".pptx"),
        )
    kit(atlas, resolved, disabled=bool(problem))
    _pictures(atlas, resolved)


def _pictures(atlas: Atlas, resolved: Resolved) -> None:
    """Offer the map as the page Carte shows it: of a lead, or of an indicator."""
    # Here and not above: it draws maps, and every page has this menu.
    from essgeo.ui.leviers import answering, data

    lever = answering.asked(atlas, resolved)
    if lever is not None:
        found, _ = data.diagnosis(atlas, resolved)
        codes = found.where(lever.id, resolved.quartiers)["code_qp"].tolist()
        if codes:
            answering.printed(atlas, resolved, lever, codes, key="documents.carte")
            return
    shown = _shown(atlas, resolved)
    pictures(
        partial(_map, atlas, resolved.selection, shown),
        file_name(atlas, resolved, "carte" + SHOWN[shown][0], ""),
        key="documents.carte",
        what=f"Carte{SHOWN[shown][1]}",
    )


def _tables(atlas: Atlas, resolved: Resolved) -> None:
    """Offer the establishments in the other formats, unless their source forbids a list."""
    if atlas.manifest.secret:
        return
    for suffix, (label, ending, kind) in TABLES.items():
        st.download_button(
            label,
            data=partial(establishments_file, atlas, resolved.selection, suffix),
            file_name=file_name(atlas, resolved, "etablissements", ending),
            mime=kind,
            on_click="ignore",
            key=f"documents.etablissements{suffix}",
            disabled=not resolved.mask.any(),
            width="stretch",
        )


def _shown(atlas: Atlas, resolved: Resolved) -> Indicator:
    """Return the indicator that the map page shows, where it can be told."""
    asked = state.current().view.get("indicateur", "")
    found: Indicator = next((one for one in SHOWN if one == asked), "etablissements")
    if found != "etablissements":
        from essgeo.exports.pictures import told

        known = told(atlas, resolved.generation.name)
        return found if found in known else known[0]
    return found


def _problem(atlas: Atlas) -> str:
    """Say what is wrong with the models of the data folder, when it has any."""
    if not (atlas.folder.path / "modeles").is_dir():
        return ""
    from essgeo.exports import docx, pptx
    from essgeo.exports.kit import model

    try:
        for module in (docx, pptx):
            found = model(atlas, module.MODEL)
            if found:
                module.opened(found)
    except DataError as error:
        return str(error)
    return ""


def _told(atlas: Atlas, selection: Selection, one: str) -> Story:
    return fiche(atlas, one, selection) if one else note(atlas, selection)


def _pdf(atlas: Atlas, selection: Selection, one: str) -> bytes:
    from essgeo.exports.pdf import story_pdf

    return story_pdf(atlas, _told(atlas, selection, one))


def _word(atlas: Atlas, selection: Selection, one: str) -> bytes:
    from essgeo.exports.docx import MODEL, story_docx
    from essgeo.exports.kit import model

    return story_docx(atlas, _told(atlas, selection, one), model(atlas, MODEL))


def _slides(atlas: Atlas, selection: Selection, one: str) -> bytes:  # noqa: ARG001 - as the others
    from essgeo.exports.kit import model
    from essgeo.exports.pptx import MODEL, story_pptx

    return story_pptx(atlas, tell(atlas, selection), model(atlas, MODEL))


def _page(atlas: Atlas, selection: Selection, one: str) -> bytes:
    from essgeo.exports.html import story_html

    return story_html(atlas, _told(atlas, selection, one), _today())


def _map(atlas: Atlas, selection: Selection, indicator: Indicator, fmt: Format) -> bytes:
    from essgeo.exports.pictures import map_picture

    return map_picture(atlas, selection, fmt, indicator)


_MAKERS: dict[str, Callable[[Atlas, Selection, str], bytes]] = {
    ".pdf": _pdf,
    ".docx": _word,
    ".pptx": _slides,
    ".html": _page,
}


def _today() -> date:
    return date.today()  # noqa: DTZ011 - the day where the person is
