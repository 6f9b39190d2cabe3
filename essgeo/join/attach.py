"""Attach points to the neighbourhoods of one generation."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
    table
        One row a point, with the index of the points: ``code_qp, lib_qp`` (``""`` when hors and
        non_localise), ``rattachement`` (dedans, proche, hors, non_localise), ``distance_m``
        (metres to the edge, rounded to 0.1; missing beyond the band), ``certitude`` (sur,
        probable, incertain; ``""`` when non_localise), ``motif`` (short French reason for what is
        not plain, ``""`` otherwise).
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

    table: pd.DataFrame
    conservation: dict[str, int]
    ambiguous: int
    reasons: dict[str, int]
    reconciliation: dict[str, int] | None
    band_m: float = BAND_M
    notes: tuple[str, ...] = field(default=())


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
    lon, lat, unlocated = _positions(points)
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
    verdicts = judge(
        Attribution(
            inside=inside,
            near=near,
            edge_m=np.where(inside | near, distance, band),
            several=several,
            quality=_text(points, "qualite_xy").iloc[usable],
            own_precision_m=_numbers(points, "distance_precision")[usable],
            departement=_declared(points).iloc[usable],
            commune=_text(points, "code_commune").iloc[usable],
            of_quartier=_pick(listed["departement"], place),
            communes=_pick(listed["communes"], place),
        )
    )

    state = np.full(len(points), NON_LOCALISE, np.int8)
    state[usable] = np.where(inside, DEDANS, np.where(near, PROCHE, HORS))
    everywhere = np.full(len(points), -1, np.int32)
    everywhere[usable] = place
    metres = np.full(len(points), np.nan)
    metres[usable] = distance
    sure = np.full(len(points), len(CERTITUDES), np.int8)
    sure[usable] = verdicts.certitude
    motif = unlocated.astype(np.int32)
    motif[usable] = len(UNLOCATED) + verdicts.motif
    table = pd.DataFrame(
        {
            "code_qp": _pick(listed["code_qp"], everywhere),
            "lib_qp": _pick(listed["lib_qp"], everywhere),
            "rattachement": _pick(pd.Series(RATTACHEMENTS, dtype="str"), state),
            "distance_m": metres,
            "certitude": _pick(pd.Series((*CERTITUDES, ""), dtype="str"), sure),
            "motif": _pick(pd.Series([*UNLOCATED, *verdicts.motifs], dtype="str"), motif),
        }
    )
    table.index = points.index
    counts = np.bincount(state, minlength=len(RATTACHEMENTS)).tolist()
    return JoinResult(
        table=table,
        conservation={"total": len(points), **dict(zip(RATTACHEMENTS, counts, strict=True))},
        ambiguous=int(several.sum()),
        reasons=_reasons(unlocated, verdicts.reason),
        reconciliation=_reconcile(points, table, outlines.table),
        band_m=band,
        notes=_notes(place, outlines),
    )


def _positions(points: pd.DataFrame) -> tuple[Floats, Floats, NDArray[np.int8]]:
    """Return the coordinates, and for each row its place in `UNLOCATED`."""
    lon, lat = _numbers(points, "longitude"), _numbers(points, "latitude")
    missing = ~(np.isfinite(lon) & np.isfinite(lat))
    masked = missing & (_text(points, "statut_diffusion") == "P").to_numpy()
    for name in ("longitude", "latitude"):
        if not pd.api.types.is_numeric_dtype(points[name]):
            masked |= (_text(points, name) == "[ND]").to_numpy()
    codes, distinct = pd.factorize(_text(points, "qualite_xy"))
    table = qualites_xy()
    refused = set(table.index[~table["usable"]])
    random = np.array([value in refused for value in distinct.tolist()], bool)[codes]

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


def _text(table: pd.DataFrame, name: str) -> pd.Series:
    """Return a column as text, ``""`` where it is missing or not there."""
    if name not in table:
        return pd.Series("", index=pd.RangeIndex(len(table)), dtype="str")
    return table[name].astype("str").fillna("").str.strip().reset_index(drop=True)


def _pick(values: pd.Series, places: Positions | NDArray[np.int8]) -> pd.Series:
    """Return the value at each place, ``""`` at -1."""
    padded = pd.concat([values, pd.Series([""], dtype="str")], ignore_index=True)
    return (
        padded.astype("str").take(np.where(places < 0, len(values), places)).reset_index(drop=True)
    )


def _declared(points: pd.DataFrame) -> pd.Series:
    """Return the declared département: as given, or that of the declared commune."""
    given = _text(points, "insee_dep").str.upper()
    codes, distinct = pd.factorize(_text(points, "code_commune"))
    derived = pd.Series([departement_of(code) for code in distinct.tolist()], dtype="str")
    return given.where(given != "", _pick(derived, codes.astype(np.int32)))


def _listed(quartiers: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return what is said of each neighbourhood, and its département and communes."""
    codes = _text(quartiers, "code_qp")
    departement = _text(quartiers, "insee_dep")
    derived = pd.Series([departement_of_quartier(code) for code in codes.tolist()], dtype="str")
    return pd.DataFrame(
        {
            "code_qp": codes,
            "lib_qp": _text(quartiers, "lib_qp"),
            "departement": departement.where(departement != "", derived),
            "communes": _text(quartiers, "insee_com"),
        }
    )


def _reasons(unlocated: NDArray[np.int8], reason: NDArray[np.int8]) -> dict[str, int]:
    counts = dict(zip(UNLOCATED, np.bincount(unlocated, minlength=len(UNLOCATED)), strict=True))
    counts |= dict(zip(REASONS, np.bincount(reason, minlength=len(REASONS)), strict=True))
    del counts[""]
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {text: int(count) for text, count in ordered if count}


def _reconcile(
    points: pd.DataFrame, table: pd.DataFrame, quartiers: gpd.GeoDataFrame
) -> dict[str, int] | None:
    """Compare what contains each point with what Insee says does."""
    generation = next(iter(_text(quartiers, "generation").unique()), "")
    other = {"2024": "QP", "2015": "QN"}.get(generation)
    names = [f"plg_qp{generation[2:]}", "plg_qp"] if generation else ["plg_qp"]
    name = next((one for one in names if one in points), None)
    if name is None:
        return None
    insee = _text(points, name)
    said = (insee != "").to_numpy(bool)
    if not said.any() or (other and insee.str.startswith(other).any()):
        # Nothing, or the attribution to the other generation.
        return None
    # HZ (outside every zone) and CSZ (commune without a zone) are not codes.
    theirs = insee.str.match(_PRIORITY).to_numpy(bool)
    ours = (table["rattachement"] == "dedans").to_numpy()
    same = insee.to_numpy(object) == table["code_qp"].to_numpy(object)
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
