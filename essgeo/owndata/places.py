"""« Cette adresse est-elle en QPV ? »: places against each generation of outlines.

The answer is that of the join (:func:`essgeo.join.attach`): the same inside and near, the same
words of certainty. It says more of a place that is near none: which neighbourhood is the nearest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from essgeo.atlas import Atlas
from essgeo.generation import outlines_of
from essgeo.join import Outlines, attach
from essgeo.owndata.coordinates import Line, Place
from essgeo.settings import BAND_M

#: Metres within which the nearest neighbourhood of a place that is near none is named.
FAR_M = 5000.0


@dataclass(frozen=True)
class Answer:
    """Where a place is among the outlines of one generation.

    Parameters
    ----------
    generation
        ``2024``, ``2015``, or ``zones`` for the visitor's own.
    state
        dedans, proche or hors, as the join says.
    code, name, commune
        Neighbourhood that holds the place or has the nearest edge; empty when none is within
        :data:`FAR_M`.
    distance_m
        Metres to its edge, NaN when there is none.
    precision_m
        Metres around within which the place truly is.
    certainty
        sur, probable or incertain.
    reason
        Short French reason of what is not sure, empty otherwise.
    """

    generation: str
    state: str
    code: str
    name: str
    commune: str
    distance_m: float
    precision_m: float
    certainty: str
    reason: str


@dataclass(frozen=True)
class Ground:
    """The outlines of one generation, prepared: near and far are kept apart, each for itself."""

    near: Outlines
    far: Outlines


def ground(atlas: Atlas, generation: str) -> Ground:
    """Prepare the outlines of one generation; long enough to be kept."""
    frame = outlines_of(atlas.folder.quartiers, generation)
    return Ground(Outlines(frame), Outlines(frame))


def answers(places: Sequence[Place], grounds: Mapping[str, Ground]) -> list[tuple[Answer, ...]]:
    """Say of each place where it is, by generation.

    Parameters
    ----------
    places
        In France.
    grounds
        By generation, in the order of the answers.

    Returns
    -------
    list
        One tuple a place, with one answer a generation.
    """
    if not places:
        return []
    by_generation = [_of(places, name, one) for name, one in grounds.items()]
    return [tuple(one) for one in zip(*by_generation, strict=True)]


def _of(places: Sequence[Place], generation: str, found: Ground) -> list[Answer]:
    points = pd.DataFrame(
        {
            "longitude": [one.lon for one in places],
            "latitude": [one.lat for one in places],
            "qualite_xy": [one.quality for one in places],
            "distance_precision": [one.precision_m for one in places],
        }
    )
    # pandas copies a frame for each of its columns looked at: a list is walked through once.
    joined = attach(points, found.near, band=BAND_M).table.to_dict(orient="records")
    lon, lat = (points[name].to_numpy(np.float64) for name in ("longitude", "latitude"))
    place, distance = found.far.around(lon, lat, np.full(len(points), -1, np.int32), FAR_M)
    frame = found.near.table
    codes, names, communes = (frame[column].tolist() for column in ("code_qp", "lib_qp", "lib_com"))
    where = {code: at for at, code in enumerate(codes)}
    out = []
    for row, one in enumerate(joined):
        state, metres = str(one["rattachement"]), float(one["distance_m"])
        certainty, reason = str(one["certitude"]), str(one["motif"])
        at = where.get(one["code_qp"], -1)
        if state == "hors":
            at, metres = int(place[row]), float(distance[row])
            # The join knows only that the edge is beyond the band.
            close = metres < places[row].precision_m
            certainty = "probable" if close else "sur"
            reason = "contour plus proche que la précision de la position" if close else ""
        some = at >= 0
        out.append(
            Answer(
                generation,
                state,
                codes[at] if some else "",
                (names[at] or codes[at]) if some else "",
                str(communes[at]).replace(";", ", ") if some else "",
                metres,
                places[row].precision_m,
                certainty,
                reason,
            )
        )
    return out


def answers_frame(
    lines: Sequence[Line], found: Sequence[tuple[Answer, ...]], nature: str
) -> pd.DataFrame:
    """Return the answers as a table to take away.

    Parameters
    ----------
    lines
        All the lines, with those that could not be placed.
    found
        Answers to the lines that have a place, in their order.
    nature
        Of the outlines: simulation, officiel or mixte.

    Returns
    -------
    pandas.DataFrame
        ``ligne, texte, nom, latitude, longitude, precision_m``, then for each generation
        ``code_qp, lib_qp, lib_com, rattachement, distance_m, certitude, motif`` (suffixed but for
        the first one), ``nature``.
    """
    left = iter(found)
    rows = []
    for line in lines:
        row: dict[str, object] = {"ligne": line.number, "texte": line.text}
        one = line.place
        row |= {
            "nom": one.name if one else "",
            "latitude": one.lat if one else np.nan,
            "longitude": one.lon if one else np.nan,
            "precision_m": np.round(one.precision_m) if one else np.nan,
        }
        if one is None:
            row |= {"rattachement": "non_localise", "motif": line.problem}
        else:
            for place_, answer in enumerate(next(left)):
                suffix = f"_{answer.generation}" if place_ else ""
                row |= {
                    f"code_qp{suffix}": answer.code,
                    f"lib_qp{suffix}": answer.name,
                    f"lib_com{suffix}": answer.commune,
                    f"rattachement{suffix}": answer.state,
                    f"distance_m{suffix}": answer.distance_m,
                    f"certitude{suffix}": answer.certainty,
                    f"motif{suffix}": answer.reason,
                }
        rows.append(row)
    # The first line may have no place: the order of the columns is that of a line that has one.
    names = max((list(row) for row in rows), key=len, default=[])
    table = pd.DataFrame(rows, columns=names)
    texts = table.select_dtypes(exclude="number").columns
    table[texts] = table[texts].fillna("")
    return table.assign(nature=nature)
