"""Pictures of the pages, made on the server: the map of a selection, and any chart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from essgeo.atlas import Atlas, Resolved
from essgeo.figures.print import map_bytes, plotted_bytes
from essgeo.figures.print.paper import Format
from essgeo.figures.print.scene import scale
from essgeo.figures.views import Indicator, MapKind, MapView
from essgeo.selection import OWN_ZONES, TERRITORIES, Selection
from essgeo.words.sources import source_line

#: What people read of an indicator that is not the count.
INDICATORS: dict[Indicator, str] = {
    "emplois": "Emplois situés dans les quartiers (estimation)",
    "taux": "Établissements pour 1\u202f000 habitants",
    "habitants": "Habitants",
}


def map_picture(
    atlas: Atlas,
    selection: Selection,
    fmt: Format,
    indicator: Indicator = "etablissements",
    title: str = "",
) -> bytes:
    """Draw the map of a selection for print, under the sentence that says what it shows.

    Parameters
    ----------
    atlas
        Data folder opened.
    selection
        One neighbourhood is drawn with its band, a territory by its outlines or circles, and
        the country by circles.
    fmt
        « png » (300 dots an inch) or « svg ».
    indicator
        What circles and colours tell: one of :func:`told`.
    title
        Words over the map; the sentence of the selection by default.
    """
    resolved = atlas.resolve(selection)
    codes = tuple(resolved.generation.quartiers["code_qp"][resolved.quartiers])
    # Zones of one's own seldom lie all over the country.
    kind: MapKind = "zone" if resolved.generation.name == OWN_ZONES else "france"
    if any(resolved.selection.get(key) for key in TERRITORIES):
        kind = "quartier" if len(codes) == 1 else "zone"
    if not title:
        title = resolved.sentence
        if indicator != "etablissements" and kind != "quartier":
            title = f"{INDICATORS[indicator]}. {title}"
    view = MapView(
        kind=kind,
        title=title,
        alt=f"Carte. {title}",
        selection=resolved.selection,
        quartiers=codes if kind == "quartier" else (),
        indicator=indicator,
    )
    return map_bytes(
        atlas,
        view,
        source=source_line(atlas, resolved),
        nature=atlas.manifest.nature,
        fmt=fmt,
        titled=True,
    )


def told(atlas: Atlas, generation: str) -> list[Indicator]:
    """Return the indicators that a map of these outlines can tell, the count first."""
    found = scale(atlas, generation)
    known: list[Indicator] = ["etablissements"]
    if found.largest["effectif_estime"] > 1:
        known.append("emplois")
    if found.classes is not None:
        known.append("taux")
    return known


def chart_picture(
    atlas: Atlas,
    resolved: Resolved,
    figure: go.Figure | Mapping[str, Any],
    fmt: Format,
    *,
    title: str,
    sentence: str,
) -> bytes:
    """Draw the chart that a page shows of a selection, for print.

    Parameters
    ----------
    atlas, resolved
        Data folder and selection: the picture says their source, date and nature.
    figure
        As on screen.
    fmt
        « png » (300 dots an inch) or « svg ».
    title, sentence
        What it is and what it says (plain text).
    """
    return plotted_bytes(
        figure,
        title=title,
        sentence=" ".join((sentence, resolved.sentence)).strip(),
        source=source_line(atlas, resolved),
        nature=atlas.manifest.nature,
        fmt=fmt,
    )
