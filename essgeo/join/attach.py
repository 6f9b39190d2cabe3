"""Attach points to the neighbourhoods of one generation."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from essgeo.distinct import Distinct, distinct
from essgeo.errors import UsageError
from essgeo.join.cells import Floats
from essgeo.join.certitude import (
    CERTITUDES,
    REASONS,
    Attribution,
    departement_of,
    departement_of_quartier,
    judge,
)
from essgeo.join.outlines import Outlines, Positions
from essgeo.manifest import OWN_ZONES
from essgeo.nomenclatures import qualites_xy
from essgeo.nomenclatures.territoires import position_problems, territory_index
from essgeo.settings import BAND_M

#: Columns that `attach` gives, in order.
COLUMNS = ("code_qp", "lib_qp", "rattachement", "distance_m", "certitude", "motif")
RATTACHEMENTS = ("dedans", "proche", "hors", "non_localise")
DEDANS, PROCHE, HORS, NON_LOCALISE = range(4)

#: Why a point has no usable position; the place of each is its number, 0 for a usable one.
UNLOCATED = (
    "",
    "position absente",
    "position masquée [ND]",
    "position (0, 0)",
    "hors de tout territoire français",
    "position au hasard dans la commune",
)
_MISSING, _MASKED, _ZERO, _ABROAD, _RANDOM = range(1, len(UNLOCATED))

_PRIORITY = re.compile(r"Q[PNS]")


@dataclass(frozen=True)
class JoinResult:
    """Points attached to the neighbourhoods of one generation.

    Parameters
    ----------
    columns
        Text columns of :attr:`table`.
    distance_m
        shape (points,): metres to the edge, rounded to 0.1; missing beyond the band.
    index
        Index of the points.
    conservation
        Rows in all (``total``) and by ``rattachement``; the four add up to the total.
    ambiguous
        Number of points that several neighbourhoods contain.
    reasons
        Number of rows by reason, the most frequent first; rows without a reason are not counted.
    reconciliation
        Rows compared with Insee's own attribution, None when the points carry none: ``accord``
        (same neighbourhood), ``desaccord`` (two different ones), ``seulement_essgeo``,
        ``seulement_insee``, ``aucun`` (both say none), ``non_renseigne`` (Insee says nothing).
    band_m
        Width of the band, metres.
    notes
        French sentences on conventions that had an effect.
    """

    columns: Mapping[str, Distinct]
    distance_m: Floats
    index: pd.Index
    conservation: dict[str, int]
    ambiguous: int
    reasons: dict[str, int]
    reconciliation: dict[str, int] | None
    band_m: float = BAND_M
    notes: tuple[str, ...] = field(default=())

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a point, with the index of the points; written at the first call.

        ``code_qp, lib_qp`` (``""`` when hors and non_localise), ``rattachement`` (dedans, proche,
        hors, non_localise), ``distance_m``, ``certitude`` (sur, probable, incertain; ``""`` when
        non_localise), ``motif`` (short French reason for what is not plain, ``""`` otherwise).
        """
        return joined_table(self.columns, self.distance_m, self.index)


def joined_table(
    columns: Mapping[str, Distinct], distance_m: Floats, index: pd.Index
) -> pd.DataFrame:
    """Write what a join found as a table, its columns in the order of :data:`COLUMNS`."""
    written: dict[str, pd.Series | Floats] = {
        name: column.series(index) for name, column in columns.items()
    }
    written["distance_m"] = distance_m
    return pd.DataFrame({name: written[name] for name in COLUMNS if name in written}, index=index)


def attach(
    points: pd.DataFrame, quartiers: gpd.GeoDataFrame | Outlines, *, band: float = BAND_M
) -> JoinResult:
    """Attach each point to one neighbourhood at most: inside, within a band, or none.

    A point belongs to the neighbourhood that contains it (boundary included), of several the one
    with the lowest code; failing that, to the one whose edge is nearest within the band. Distances
    are metres in the legal projection of the neighbourhood's territory. Every row is kept, in
    order.

    Parameters
    ----------
    points
        ``longitude``, ``latitude`` (WGS84 degrees), and if there are any ``qualite_xy``,
        ``distance_precision`` (metres), ``code_commune``, ``insee_dep`` (declared),
        ``statut_diffusion``, and Insee's attribution: ``plg_qp24``, ``plg_qp15``, or ``plg_qp``
        when its codes are of this generation.
    quartiers
        Neighbourhoods of one generation (see `Outlines`), or prepared outlines.
    band
        Metres around a neighbourhood that count as near; 0 for none.

    Raises
    ------
    UsageError
        A band that is negative or not a number; several generations; no coordinates.
    DataError
        More than half of the located points outside every French territory; see also `Outlines`.
    """
    if not (np.isfinite(band) and band >= 0):
        raise UsageError(f"largeur de bande attendue en mètres, positive ou nulle ; reçu {band}")
    for name in ("longitude", "latitude"):
        if name not in points:
            raise UsageError(f"colonne {name} absente des points à rattacher")
    outlines = quartiers if isinstance(quartiers, Outlines) else Outlines(quartiers)
    quality = _text(points, "qualite_xy")
    lon, lat, unlocated = _positions(points, quality)
    position_problems(
        np.where(unlocated == _RANDOM, np.nan, lon), np.where(unlocated == _RANDOM, np.nan, lat)
    ).raise_if_wrong()

    usable = np.flatnonzero(unlocated == 0)
    x, y = lon[usable], lat[usable]
    place, several = outlines.containing(x, y)
    inside = place >= 0
    place, distance = outlines.around(x, y, place, band)
    near = ~inside & (place >= 0)

    listed = _listed(outlines.table)
    commune = _text(points, "code_commune")
    departement = _text(points, "insee_dep").changed(str.upper)
    declared = departement.filled(commune.changed(departement_of))
    verdicts = judge(
        Attribution(
            inside=inside,
            near=near,
            edge_m=np.where(inside | near, distance, band),
            several=several,
            quality=quality.at(usable),
            own_precision_m=_numbers(points, "distance_precision")[usable],
            departement=declared.at(usable),
            commune=commune.at(usable),
            of_quartier=_picked(listed["departement"], place),
            communes=_picked(listed["communes"], place),
        )
    )

    state = np.full(len(points), NON_LOCALISE, np.int32)
    state[usable] = np.where(inside, DEDANS, np.where(near, PROCHE, HORS))
    everywhere = np.full(len(points), -1, np.int32)
    everywhere[usable] = place
    metres = np.full(len(points), np.nan)
    metres[usable] = distance
    sure = np.full(len(points), len(CERTITUDES), np.int32)
    sure[usable] = verdicts.certitude
    motif = unlocated.astype(np.int32)
    motif[usable] = len(UNLOCATED) + verdicts.motif
    columns = {
        "code_qp": _picked(listed["code_qp"], everywhere),
        "lib_qp": _picked(listed["lib_qp"], everywhere),
        "rattachement": Distinct(RATTACHEMENTS, state),
        "certitude": Distinct((*CERTITUDES, ""), sure),
        "motif": Distinct([*UNLOCATED, *verdicts.motifs], motif),
    }
    counts = np.bincount(state, minlength=len(RATTACHEMENTS)).tolist()
    return JoinResult(
        columns=columns,
        distance_m=metres,
        index=points.index,
        conservation={"total": len(points), **dict(zip(RATTACHEMENTS, counts, strict=True))},
        ambiguous=int(several.sum()),
        reasons=_reasons(unlocated, verdicts.reason),
        reconciliation=_reconcile(points, columns, outlines.table),
        band_m=band,
        notes=_notes(place, outlines),
    )


def _positions(points: pd.DataFrame, quality: Distinct) -> tuple[Floats, Floats, NDArray[np.int8]]:
    """Return the coordinates, and for each row its place in `UNLOCATED`."""
    lon, lat = _numbers(points, "longitude"), _numbers(points, "latitude")
    missing = ~(np.isfinite(lon) & np.isfinite(lat))
    masked = missing & _text(points, "statut_diffusion").isin({"P"})
    for name in ("longitude", "latitude"):
        if not pd.api.types.is_numeric_dtype(points[name]):
            masked |= _text(points, name).isin({"[ND]"})
    table = qualites_xy()
    random = quality.isin(set(table.index[~table["usable"]]))

    unlocated = np.zeros(len(points), np.int8)
    unlocated[random] = _RANDOM
    unlocated[territory_index(lon, lat) < 0] = _ABROAD
    unlocated[(lon == 0) & (lat == 0)] = _ZERO
    unlocated[missing] = _MISSING
    unlocated[masked] = _MASKED
    return lon, lat, unlocated


def _numbers(points: pd.DataFrame, name: str) -> Floats:
    """Return a column as numbers, missing where it says none or is not there."""
    if name not in points:
        return np.full(len(points), np.nan)
    return pd.to_numeric(points[name], errors="coerce").to_numpy("float64", na_value=np.nan)


def _text(table: pd.DataFrame, name: str) -> Distinct:
    """Return a column as text, ``""`` where it is missing or not there."""
    if name not in table:
        return Distinct([""], np.zeros(len(table), np.int32))
    return distinct(table[name].astype("str")).changed(str.strip)


def _picked(values: Sequence[str], places: Positions) -> Distinct:
    """Return the value at each place, ``""`` at -1."""
    return Distinct([*values, ""], np.where(places < 0, np.int32(len(values)), places))


def _listed(quartiers: gpd.GeoDataFrame) -> dict[str, list[str]]:
    """Return what is said of each neighbourhood, and its département and communes."""
    codes, names, departements, communes = (
        [column.text(row) for row in range(len(quartiers))]
        for column in (
            _text(quartiers, name) for name in ("code_qp", "lib_qp", "insee_dep", "insee_com")
        )
    )
    return {
        "code_qp": codes,
        "lib_qp": names,
        "departement": [
            said or departement_of_quartier(code)
            for said, code in zip(departements, codes, strict=True)
        ],
        "communes": communes,
    }


def _reasons(unlocated: NDArray[np.int8], reason: NDArray[np.int8]) -> dict[str, int]:
    counts = dict(zip(UNLOCATED, np.bincount(unlocated, minlength=len(UNLOCATED)), strict=True))
    counts |= dict(zip(REASONS, np.bincount(reason, minlength=len(REASONS)), strict=True))
    del counts[""]
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {text: int(count) for text, count in ordered if count}


def _reconcile(
    points: pd.DataFrame, columns: Mapping[str, Distinct], quartiers: gpd.GeoDataFrame
) -> dict[str, int] | None:
    """Compare what contains each point with what Insee says does."""
    generation = next(iter(_text(quartiers, "generation").texts), "")
    if generation == OWN_ZONES:
        return None  # nobody attributes establishments to a visitor's own zones
    other = {"2024": "QP", "2015": "QN"}.get(generation)
    names = [f"plg_qp{generation[2:]}", "plg_qp"] if generation else ["plg_qp"]
    name = next((one for one in names if one in points), None)
    if name is None:
        return None
    insee = _text(points, name)
    if not any(insee.texts) or (other and any(text.startswith(other) for text in insee.texts)):
        # Nothing, or the attribution to the other generation.
        return None
    said = ~insee.isin({""})
    # HZ (outside every zone) and CSZ (commune without a zone) are not codes.
    theirs = insee.isin({text for text in insee.texts if _PRIORITY.match(text)})
    ours = columns["rattachement"].isin({"dedans"})
    found = columns["code_qp"]
    same = insee.among(found.texts) == found.codes
    return {
        "accord": int((theirs & ours & same).sum()),
        "desaccord": int((theirs & ours & ~same).sum()),
        "seulement_essgeo": int((said & ~theirs & ours).sum()),
        "seulement_insee": int((theirs & ~ours).sum()),
        "aucun": int((said & ~theirs & ~ours).sum()),
        "non_renseigne": int((~said).sum()),
    }


def _notes(place: Positions, outlines: Outlines) -> tuple[str, ...]:
    """Say which conventions had an effect."""
    if outlines.off_utm6(place):
        return (
            "Polynésie française : hors de 150° O à 144° O, où la projection légale est "
            "EPSG:3297, les distances sont mesurées dans une projection azimutale équidistante "
            "centrée sur le quartier.",
        )
    return ()
