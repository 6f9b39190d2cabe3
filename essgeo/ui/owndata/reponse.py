"""The answer to « Une adresse »: in words, on the map, as a table, to take away and onwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.figures.map import Bounds, InlinePoints, MapState, Measure
from essgeo.owndata.coordinates import Line, Place
from essgeo.owndata.places import Answer, Ground, answers, answers_frame, ground
from essgeo.selection import Selection
from essgeo.text import NBSP
from essgeo.ui import map, style  # noqa: A004 - the module's own name
from essgeo.ui.links import link
from essgeo.ui.loading import kept
from essgeo.ui.mapkit import kit
from essgeo.ui.markdown import markdown
from essgeo.ui.owndata.fichiers import files
from essgeo.words import places as words
from essgeo.words.figures import MISSING

#: Key of the map among the widgets.
MAP = "adresse.carte"

_HEIGHT = 420
#: Room around what was found, degrees: about a kilometre.
_AROUND = 0.01


def answered(atlas: Atlas, places: Sequence[Place]) -> list[tuple[Answer, ...]]:
    """Answer for places, by generation."""
    return answers(places, {name: _ground(atlas, name) for name in atlas.generations})


def _ground(atlas: Atlas, generation: str) -> Ground:
    asked = Selection(generation=(generation,))
    return kept("adresse.contours", atlas, asked, lambda: ground(atlas, generation))


def answer(atlas: Atlas, resolved: Resolved, place: Place) -> None:
    """Say where one place is, and show it."""
    found = answered(atlas, [place])[0]
    sentences(found)
    draw_map(atlas, resolved, [place])
    onwards(atlas, found)
    line = Line(1, place.name or words.written(place), place)
    downloads(atlas, [line], [found])


def sentences(found: Sequence[Answer]) -> None:
    """Say where one place is, by generation, and how sure it is."""
    first, *others = found
    style.reading(f"{words.perimeter(first.generation)}{NBSP}: {words.sentence(first)}")
    st.caption(markdown(words.certainty(first)))
    for one in others:
        said = f"{words.perimeter(one.generation)}{NBSP}: {words.sentence(one)}"
        st.markdown(f"{markdown(said)} {markdown(words.certainty(one))}")


def onwards(atlas: Atlas, found: Sequence[Answer]) -> None:
    """Offer the sheets of the neighbourhoods that hold a place or are near it."""
    with st.container(horizontal=True):
        for one in found:
            if one.code and one.state != "hors":
                newest = one.generation == atlas.newest.name
                more = {} if newest else {"generation": one.generation}
                link("quartier", markdown(f"Fiche de {one.name}"), quartier=one.code, **more)


def draw_map(
    atlas: Atlas, resolved: Resolved, places: Sequence[Place], *, pick: bool = False
) -> None:
    """Draw the outlines and the places; with ``pick`` a click chooses another."""
    points_map(
        atlas,
        resolved,
        _inline(places),
        None if pick or not places else _around(places),
        key=MAP,
        title="Carte de l'adresse",
        pick=pick,
    )


def points_map(
    atlas: Atlas,
    resolved: Resolved,
    inline: InlinePoints | None,
    bounds: Bounds | None,
    *,
    key: str,
    title: str,
    pick: bool = False,
    note: str = "",
) -> None:
    """Draw what a visitor gives over the outlines, and nothing of the folder's establishments.

    Parameters
    ----------
    atlas, resolved
        Outlines, and those that are looked at.
    inline
        The points.
    bounds
        View, degrees; that of the selection by default.
    key, title
        Of the map among the widgets, and its name for screen readers.
    pick
        Whether a click chooses a place.
    note
        Line of caution of the legend.
    """
    found = kit(atlas)
    shown = map.map_state(atlas, resolved, found)
    made = MapState(
        counts=Measure(
            "Établissements",
            ("établissement", "établissements"),
            np.zeros(len(found.layers.codes)),
        ),
        largest=1.0,
        states=np.where(np.asarray(shown.states) == "absent", "absent", "ok"),
        source=shown.source,
        bounds=shown.bounds if bounds is None else bounds,
        generation=resolved.generation.name,
        inline=inline,
        points_title="Ce que vous avez donné",
        note=note,
        places=shown.places,
        pick=pick,
    )
    map.show(atlas, made, key=key, height=_HEIGHT, title=title)


def _around(places: Sequence[Place]) -> Bounds:
    lon, lat = [one.lon for one in places], [one.lat for one in places]
    return (
        min(lon) - 1.5 * _AROUND, min(lat) - _AROUND, max(lon) + 1.5 * _AROUND, max(lat) + _AROUND
    )  # fmt: skip


def _inline(places: Sequence[Place]) -> InlinePoints | None:
    if not places:
        return None
    return InlinePoints(
        np.array([one.lon for one in places]),
        np.array([one.lat for one in places]),
        [one.name or words.written(one) for one in places],
        [f"connu à {words.metres(one.precision_m)} près" for one in places],
    )


def table(lines: Sequence[Line], found: Sequence[tuple[Answer, ...]]) -> None:
    """Draw the answers to a list, one row a line."""
    left = iter(found)
    rows = []
    for line in lines:
        row: dict[str, Any] = {"Ligne": line.number, "Ce qui est écrit": line.text}
        if line.place is None:
            row["Réponse"] = f"Sans position{NBSP}: {line.problem}"
        else:
            row |= _cells(next(left))
        rows.append(row)
    table = pd.DataFrame(rows)
    st.dataframe(
        table,
        hide_index=True,
        height=420 if len(table) > 10 else "auto",
        placeholder=MISSING,
        alt="Réponse pour chaque ligne",
        key="adresse.tableau",
    )


def _cells(found: Sequence[Answer]) -> Mapping[str, Any]:
    cells: dict[str, Any] = {}
    for place, one in enumerate(found):
        suffix = f" ({words.perimeter(one.generation).lower()})" if place else ""
        cells |= {
            f"Réponse{suffix}": words.SHORT[one.state],
            f"Quartier{suffix}": f"{one.name} ({one.code})" if one.code else "",
            f"Distance au bord (m){suffix}": round(one.distance_m) if one.code else None,
            f"Certitude{suffix}": words.CERTAINTIES[one.certainty],
        }
    return cells


def downloads(atlas: Atlas, lines: Sequence[Line], found: Sequence[tuple[Answer, ...]]) -> None:
    """Offer the answers as files; they hang on the outlines alone, whatever is selected."""
    files(
        atlas,
        atlas.resolve(Selection()),
        lambda: answers_frame(lines, found, atlas.manifest.nature),
        section="adresse",
        stem="mes-donnees_points",
        content="Positions données, et leur quartier",
        notes=words.warnings(atlas.manifest),
    )
