"""A story and its map in one HTML file that opens from a USB stick, with no network.

Leaflet is inlined from its installed package. Establishments whose diffusion is partial are never
in it: the file lives on when their rights have changed.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from essgeo.atlas import Atlas, Resolved
from essgeo.exports.content import foot, mark, sourced
from essgeo.figures.assets import leaflet
from essgeo.figures.payload import to_script
from essgeo.figures.static_layers import drawable
from essgeo.indicators import summary
from essgeo.secrecy import drawn
from essgeo.selection import OWN_ZONES
from essgeo.story.model import Block, Chart, Figures, MapView, Note, Points, Step, Story, Table
from essgeo.text import NBSP, escape, number, plural
from essgeo.words.figures import STATES

_MODELS = Path(__file__).with_name("modeles")

#: Neighbourhoods and establishments beyond which outlines, then points, weigh too much.
MOST_OUTLINES, MOST_POINTS = 400, 20_000

#: Decimals of coordinates: about a metre.
_DECIMALS = 5

#: What the page may do: its own scripts and styles, and nothing else, not even an address.
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'"


def story_html(atlas: Atlas, story: Story, made: date) -> bytes:
    """Return a story and its map as one HTML file.

    Parameters
    ----------
    atlas
        Data folder.
    story
        What is told around the map.
    made
        Day of the extraction: after six months the page says that it is old.
    """
    data, said = _map(atlas, atlas.resolve(story.selection), made)
    installed = leaflet()
    own = story.generation == OWN_ZONES
    where = "vos zones" if own else "quartiers prioritaires"
    outline = "Zone" if own else "Quartier"
    title = escape(f"{story.title}{NBSP}: ESS et {where}")
    stamp = mark(story.nature)
    parts = [
        '<!doctype html>\n<html lang="fr">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title>",
        f"<style>{_inlined(installed / 'leaflet.css')}</style>",
        f"<style>{_inlined(_MODELS / 'carte_autonome.css')}</style>",
        "</head>\n<body>\n<header>",
        f'<p class="marque">{escape(stamp)}</p>' if stamp else "",
        f"<h1>{escape(story.title)}</h1>",
        f'<p class="note">{escape(story.subtitle)}. Extrait le {_day(made)}. '
        f"{escape(foot(story))}</p>",
        '<p id="perime" hidden>Ce fichier a plus de six mois\u00a0: des structures ont pu demander '
        "depuis à ne plus être diffusées. Refaites-le avant de le montrer.</p>",
        "</header>\n<main>",
        *(_step(step) for step in story.steps[:1]),
        "<h2>Carte</h2>",
        '<div class="outils"><label>Chercher <input id="recherche" type="search" '
        f'placeholder="{outline}, commune, structure"></label>',
        *(
            f'<label><input type="checkbox" checked data-couche="{layer}"> {name}</label>'
            for layer, name in (
                ("fond", "Départements"),
                ("quartiers", f"{outline}s"),
                ("points", "Établissements"),
            )
        ),
        '</div><ul id="trouves" aria-live="polite"></ul>',
        '<div id="carte" role="region" aria-label="Carte ; les mêmes chiffres sont en tableau '
        'plus bas"></div>',
        f'<p class="note">{escape(said)}</p>',
        *(_step(step) for step in story.steps[1:]),
        "</main>",
        f'<script type="application/json" id="donnees">{to_script(data)}</script>',
        f"<script>{_inlined(installed / 'leaflet.js')}</script>",
        f"<script>{_inlined(_MODELS / 'carte.js')}</script>",
        "</body>\n</html>\n",
    ]
    return "\n".join(part for part in parts if part).encode("utf-8")


def _inlined(path: Path) -> str:
    """Read a script or style of ours or of an installed package, for the inside of its element."""
    return path.read_text("utf-8").replace("</", "<\\/")


def _day(made: date) -> str:
    return f"{made.day:02d}/{made.month:02d}/{made.year}"


# --- the map ------------------------------------------------------------------------------------


def _map(atlas: Atlas, resolved: Resolved, made: date) -> tuple[dict[str, Any], str]:
    """Return what the map shows, and what it leaves out."""
    frame = resolved.generation.quartiers[resolved.quartiers]
    table = summary(atlas, resolved.selection, ("quartier",)).set_index("code")
    outlined = len(frame) <= MOST_OUTLINES
    quartiers = []
    for row in frame.itertuples():
        point = row.geometry.representative_point()
        figures = table.loc[row.code_qp] if row.code_qp in table.index else None
        one: dict[str, Any] = {
            "code": row.code_qp,
            "name": row.lib_qp or row.code_qp,
            "commune": row.lib_com.replace(";", ", "),
            "lat": round(point.y, _DECIMALS),
            "lon": round(point.x, _DECIMALS),
            "text": _counted(figures),
            "count": _known(figures),
        }
        if outlined:
            one["geometry"] = _geometry(row.geometry)
        quartiers.append(one)
    points, left = _points(atlas, resolved)
    bounds = None
    if len(frame):
        west, south, east, north = frame.total_bounds
        bounds = [[south, west], [north, east]]
    said = [
        "Sans fond de carte\u00a0: le fichier s'ouvre sans réseau.",
        "De loin, un cercle par quartier, sa surface selon le nombre\u00a0; de près, "
        + ("les contours et les établissements." if outlined else "les établissements."),
        left,
    ]
    return (
        {
            "made": made.isoformat(),
            "mark": mark(atlas.manifest.nature),
            "outlined": outlined,
            "quartiers": quartiers,
            "points": points,
            "background": _background(atlas, resolved),
            "bounds": bounds,
        },
        " ".join(one for one in said if one),
    )


def _counted(figures: Any) -> str:
    if figures is None:
        return "aucun établissement"
    return STATES[figures["etat"]] or plural(float(figures["etablissements"]), "établissement")


def _known(figures: Any) -> int | None:
    if figures is None:
        return 0
    count = float(figures["etablissements"])
    return None if np.isnan(count) else int(count)


def _points(atlas: Atlas, resolved: Resolved) -> tuple[list[dict[str, Any]], str]:
    """Return the establishments that may be drawn, and what is said of the others."""
    shown = resolved.mask & drawable(atlas.points, drawn(atlas))
    rows = np.flatnonzero(shown)
    hidden = int(np.count_nonzero(resolved.mask)) - len(rows)
    if len(rows) > MOST_POINTS:
        return [], f"{number(len(rows))}{NBSP}établissements, trop nombreux pour être dessinés."
    points, generation = atlas.points.iloc[rows], resolved.generation

    def label(axis: str) -> list[str]:
        found = generation.axes[axis]
        texts = (*found.labels, "")
        return [texts[code] for code in found.codes[rows]]

    found = [
        {
            "name": name or "sans dénomination",
            "sector": sector,
            "size": size,
            "lat": round(lat, _DECIMALS),
            "lon": round(lon, _DECIMALS),
        }
        for name, sector, size, lat, lon in zip(
            points["denomination"], label("secteur"), label("taille"),
            points["latitude"], points["longitude"], strict=True,
        )
    ]  # fmt: skip
    if not hidden or atlas.manifest.secret:
        return found, ""
    said = plural(
        hidden, "établissement compté mais non dessiné", "établissements comptés mais non dessinés"
    )
    return found, f"{said} (diffusion partielle, non employeur ou sans position)."


def _background(atlas: Atlas, resolved: Resolved) -> list[dict[str, Any]]:
    """Return the outlines of the départements that hold the selection."""
    outlines = atlas.folder.contours_departements
    if outlines is None:
        return []
    codes = set(resolved.generation.quartiers["insee_dep"][resolved.quartiers])
    kept = outlines[outlines["code"].isin(codes)]
    return [_geometry(geometry) for geometry in kept.geometry]


def _geometry(geometry: shapely.Geometry) -> dict[str, Any]:
    rounded = shapely.transform(geometry, lambda xy: np.round(xy, _DECIMALS))
    found: dict[str, Any] = shapely.geometry.mapping(rounded)
    return found


# --- the page -----------------------------------------------------------------------------------


def _step(step: Step) -> str:
    parts = [f"<section><h2>{escape(step.title)}</h2>"]
    if step.sentence:
        parts.append(f'<p class="lu">{escape(step.sentence)}</p>')
    parts += [_block(block) for block in step.blocks]
    if sourced(step):
        parts.append(f'<p class="source">{escape(step.source)}</p>')
    return "\n".join((*parts, "</section>"))


def _block(block: Block) -> str:
    match block:
        case Figures(items):
            cells = (
                f'<div><dt>{escape(one.label)}</dt><dd class="valeur">{escape(one.value)}</dd>'
                f"<dd>{escape(one.detail)}</dd></div>"
                for one in items
            )
            return f"<dl>{''.join(cells)}</dl>"
        case Points(items, title):
            head = f"<h3>{escape(title)}</h3>" if title else ""
            return head + "<ul>" + "".join(f"<li>{escape(one)}</li>" for one in items) + "</ul>"
        case Chart():
            return _table(_figures_of(block))
        case Table():
            return _table(block)
        case MapView():
            # The page has one map, that can be moved.
            return ""
        case Note(text):
            return f'<p class="note">{escape(text)}</p>'
        case _:
            return f"<p>{escape(block.text)}</p>"


def _figures_of(chart: Chart) -> Table:
    """Turn a chart into the table of its figures."""
    rows = tuple(
        (label, *(_written(series.texts, series.values, place) for series in chart.series))
        for place, label in enumerate(chart.labels)
    )
    names = tuple(series.name for series in chart.series)
    return Table(f"{chart.title} ({chart.unit})", ("", *names), rows, (False, *[True] * len(names)))


def _written(texts: tuple[str, ...] | None, values: tuple[float | None, ...], place: int) -> str:
    return texts[place] if texts else number(values[place], 1)


def _table(table: Table) -> str:
    kinds = ["chiffre" if numeric else "" for numeric in table.numeric]

    def line(cells: tuple[str, ...], tag: str, scope: str = "") -> str:
        return "".join(
            f'<{tag}{scope} class="{kind}">{escape(cell)}</{tag}>'
            for cell, kind in zip(cells, kinds, strict=True)
        )

    head = line(table.columns, "th", ' scope="col"')
    body = "\n".join(f"<tr>{line(cells, 'td')}</tr>" for cells in table.rows)
    note = f'<p class="note">{escape(table.note)}</p>' if table.note else ""
    return (
        f'<div class="cadre"><table><caption>{escape(table.title)}</caption>'
        f"<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>{note}"
    )
