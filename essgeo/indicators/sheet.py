"""One neighbourhood: its figures beside those around it, and what stands at its edge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from essgeo.atlas import Atlas
from essgeo.axes import Mask
from essgeo.errors import UsageError
from essgeo.generation import Generation
from essgeo.indicators.kept import once, recent
from essgeo.indicators.statistics import adjusted, rate_ratio, verdict
from essgeo.indicators.summary import totals
from essgeo.join import Outlines
from essgeo.selection import TERRITORIES, VOCABULARY, Selection
from essgeo.sentences import in_outlines
from essgeo.settings import BAND_M
from essgeo.text import listing, percent, plural

#: Metres in a degree of latitude, at least (WGS84, at the equator): a box in degrees that holds a
#: band must not be too small.
_DEGREE_M = 110_500.0

#: Columns of :func:`landmarks`, in order.
COLUMNS = (
    "niveau",
    "perimetre",
    "libelle",
    "territoires",
    "etablissements",
    "effectif_min",
    "effectif_estime",
    "effectif_max",
    "population",
    "etablissements_1000hab",
    "emplois_1000hab",
    "poids_emplois",
    "superficie_km2",
    "etablissements_km2",
    "proches_km2",
    "quotient",
    "quotient_min",
    "quotient_max",
    "verdict",
    "etat",
    "probleme",
)

#: Columns of a summary that are those of neighbourhoods, whatever is around them.
_SURFACES = ("superficie_km2", "etablissements_km2", "proches_km2")

#: Figures of a row that are lost when its establishments cannot be counted.
_FIGURES = (
    "etablissements",
    "effectif_min",
    "effectif_estime",
    "effectif_max",
    "population",
    "etablissements_1000hab",
    "emplois_1000hab",
    "poids_emplois",
)

#: Share of establishments that a rate may leave out, or count without their inhabitants, unsaid.
NEGLIGIBLE = 0.01

Floats = npt.NDArray[np.float64]

#: What selects a territory.
_Where = dict[str, tuple[str, ...]]

#: What :func:`essgeo.indicators.totals` does.
Totals = Callable[[Atlas, Selection], Mapping[str, Any]]


@dataclass(frozen=True)
class Surroundings:
    """What lies within the band around one outline, whatever neighbourhood it is counted in.

    Parameters
    ----------
    rows
        Positions of establishments in the data folder, the nearest first.
    distance_m
        Metres from each to this outline's edge, rounded to 0.1.
    elsewhere
        Whether each stands in another neighbourhood, where it is counted.
    """

    rows: npt.NDArray[np.intp]
    distance_m: npt.NDArray[np.float64]
    elsewhere: Mask


def outline_place(generation: Generation, code: str) -> int:
    """Return the row of an outline in its generation.

    Raises
    ------
    UsageError
        The generation has no such outline.
    """
    place = generation.axes["quartier"].position(code)
    if place < 0:
        raise UsageError(f"quartier inconnu « {code} » {in_outlines(generation.name)}.")
    return place


def around(atlas: Atlas, selection: Selection, code: str, band_m: float = BAND_M) -> Surroundings:
    """Find the establishments within the band around one neighbourhood.

    Totals give each establishment to one neighbourhood only, that in which it stands or else the
    nearest; here the band is that of this outline alone, and holds those of its neighbours too.

    Parameters
    ----------
    atlas
        Data folder opened.
    selection
        What is counted; its territories and its ``rattachement`` do not apply.
    code
        ``code_qp`` of a neighbourhood of the selection's generation.
    band_m
        Width of the band, metres in the legal projection of the territory.

    Raises
    ------
    UsageError
        The generation has no such neighbourhood.
    """
    located = tuple(one for one in VOCABULARY["rattachement"] if one != "non_localise")
    resolved = atlas.resolve(selection.without(*TERRITORIES).with_(rattachement=located))
    everyone = _around(atlas, resolved.generation.name, code, band_m)
    kept = resolved.mask[everyone.rows]
    return Surroundings(everyone.rows[kept], everyone.distance_m[kept], everyone.elsewhere[kept])


@recent
def _around(atlas: Atlas, name: str, code: str, band_m: float) -> Surroundings:
    """Find everyone within the band around one neighbourhood, selected or not."""
    generation = atlas.generations[name]
    place = outline_place(generation, code)
    outline = generation.quartiers.iloc[[place]]
    rows, lon, lat = _box(atlas, outline.geometry.iloc[0], band_m)
    inside = generation.axes["rattachement"].mask(("dedans",))[rows]
    others = ~((generation.axes["quartier"].codes[rows] == place) & inside)
    rows, lon, lat, inside = rows[others], lon[others], lat[others], inside[others]
    outlines = Outlines(outline)
    held, _ = outlines.inside(lon, lat)
    near, distance = outlines.around(lon, lat, held, band_m)
    # Where two outlines overlap, a point of the other one may stand in this one too.
    distance[held >= 0] = 0.0
    kept = np.flatnonzero(near >= 0)
    order = kept[np.argsort(distance[kept], kind="stable")]
    return Surroundings(rows[order], distance[order], inside[order])


def _box(
    atlas: Atlas, outline: shapely.Geometry, band_m: float
) -> tuple[npt.NDArray[np.intp], Floats, Floats]:
    """Return the points that lie in a box that holds the outline and its band, in order."""
    west, south, east, north = outline.bounds
    up = 1.02 * band_m / _DEGREE_M
    aside = up / np.cos(np.radians(min(max(abs(south), abs(north)) + up, 89.0)))
    northward, lon, lat = _northward(atlas, "")
    first = np.searchsorted(lat, south - up, "left")
    last = np.searchsorted(lat, north + up, "right")
    part = slice(int(first), int(last))
    within = (lon[part] >= west - aside) & (lon[part] <= east + aside)
    found = northward[part][within]
    order = np.argsort(found)
    return found[order].astype(np.intp), lon[part][within][order], lat[part][within][order]


@once
def _northward(
    atlas: Atlas,
    generation: str,  # noqa: ARG001 - positions are those of all generations
) -> tuple[npt.NDArray[np.int32], Floats, Floats]:
    """Return the establishments from south to north, with their longitude and latitude."""
    lon, lat = (
        atlas.folder.etablissements[name].to_numpy(np.float64) for name in ("longitude", "latitude")
    )
    order = np.argsort(lat)
    order = order[~np.isnan(lat[order])].astype(np.int32)
    return order, lon[order], lat[order]


def landmarks(
    atlas: Atlas, selection: Selection, code: str, *, total: Totals = totals
) -> pd.DataFrame:
    """Put the key figures of a neighbourhood beside those of its commune, département and France.

    Each larger territory stands twice: its neighbourhoods, then all of it, in and out of
    neighbourhoods. Filters on establishments (sector, employers…) apply to every row.

    Parameters
    ----------
    atlas
        Data folder opened.
    selection
        What is counted; its territories and its ``rattachement`` do not apply.
    code
        ``code_qp`` of a neighbourhood of the selection's generation.
    total
        Gives the totals of a selection; those of France serve every neighbourhood, so that a
        caller may keep them.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`COLUMNS`. ``niveau`` is ``quartier``, ``commune``, ``departement`` or
        ``france``; ``perimetre`` is ``quartiers`` or ``ensemble``; ``territoires`` is more than 1
        for a neighbourhood over several communes. Densities, by km², are those of neighbourhoods
        and of the bands around them. Rates are for 1,000 inhabitants
        of the row. ``quotient`` is the rate of the neighbourhood divided by that of the *rest* of
        the row (the neighbourhood taken away), with its exact interval; the verdicts are corrected
        for the number of rows. What cannot be told is NaN and ``probleme`` says why.

    Raises
    ------
    UsageError
        The generation has no such neighbourhood.
    """
    base = selection.without(*TERRITORIES).with_(rattachement=("dedans",))
    generation = atlas.resolve(base).generation
    place = outline_place(generation, code)
    outline = generation.quartiers.iloc[place]
    communes, departement = generation.commune_of[place], str(outline["insee_dep"])
    mates = _mates(generation, communes)
    commune = listing([atlas.label("commune", one, generation) for one in communes])
    larger: list[tuple[str, str, _Where]] = [("france", "France", {})]
    if departement:
        name = str(outline["lib_dep"] or departement)
        larger.insert(0, ("departement", name, {"departement": (departement,)}))
    inside: list[tuple[str, str, _Where]] = [
        ("quartier", str(outline["lib_qp"] or code), {"quartier": (code,)})
    ]
    if len(mates) > 1:
        # By their outlines: what stands in them but says another commune is counted all the same.
        inside.append(("commune", commune, {"quartier": mates}))
    everywhere: list[tuple[str, str, _Where]] = []
    if communes:
        everywhere.append(("commune", commune, {"commune": communes}))
    rows = [
        _inside(level, label, total(atlas, base.with_(**where)))
        for level, label, where in (*inside, *larger)
    ] + [
        _everywhere(atlas, base, level, label, where, total)
        for level, label, where in (*everywhere, *larger)
    ]
    table = pd.DataFrame(rows)
    table["territoires"] = np.where(table["niveau"] == "commune", max(len(communes), 1), 1)
    return _compared(table).reindex(columns=list(COLUMNS))


def _mates(generation: Generation, communes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the neighbourhoods that lie, even in part, in some communes."""
    held = generation.outlines_in["commune"]
    codes = generation.axes["quartier"].values
    return tuple(codes[place] for place in sorted({p for one in communes for p in held[one]}))


def _inside(level: str, label: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Make the row of the neighbourhoods of a territory out of their totals."""
    problem = _untold(row)
    if not problem and np.isnan(row["population"]):
        problem = "population inconnue d'au moins un quartier"
    more = {"niveau": level, "perimetre": "quartiers", "libelle": label, "probleme": problem}
    return {**row, **more}


def _untold(row: Mapping[str, Any]) -> str:
    """Say why a row of totals has no figure at all; empty when it has some."""
    return {"hors_champ": "hors champ de Sirene", "secret": "secret statistique"}.get(
        str(row["etat"]), ""
    )


def _everywhere(
    atlas: Atlas, base: Selection, level: str, label: str, where: _Where, total: Totals
) -> dict[str, Any]:
    """Make the row of a whole territory, in and out of neighbourhoods."""
    # Who is counted in a whole commune does not hang on how sure a position is.
    wide = base.with_(rattachement=VOCABULARY["rattachement"], certitude=())
    row = {**total(atlas, wide.with_(**where)), "niveau": level, "perimetre": "ensemble"}
    row |= {"libelle": label, "population": row["population_communes"]}
    row |= dict.fromkeys(_SURFACES, np.nan)
    problem = _untold(row)
    if problem:
        return {**row, "probleme": problem}
    problem = _unplaced(atlas, wide, level)
    if problem:
        unknown = dict.fromkeys(_FIGURES, np.nan)
        return {**row, **unknown, "etat": "sans_donnee", "probleme": problem}
    problem = _uncounted(atlas, wide.with_(**where), float(row["population_communes"]))
    population = np.nan if problem else float(row["population_communes"])
    row["population"], row["probleme"] = population, problem
    row["etablissements_1000hab"] = float(row["etablissements"]) / population * 1000
    row["emplois_1000hab"] = float(row["effectif_estime"]) / population * 1000
    return row


@recent
def _unplaced(atlas: Atlas, wide: Selection, level: str) -> str:
    """Say why what stands out of neighbourhoods cannot be counted there; empty when it can."""
    resolved = atlas.resolve(wide)
    axes = resolved.generation.axes
    out = axes["rattachement"].mask(("hors",)) & resolved.mask
    count = int(np.count_nonzero(out))
    if count == 0:
        return "ces données ne contiennent rien hors des quartiers et de leurs abords"
    if level == "france":
        return ""
    lost = int(np.count_nonzero(out & axes[level].mask(("",))))
    if lost <= NEGLIGIBLE * count:
        return ""
    none = {"commune": "sans commune connue", "departement": "sans département connu"}[level]
    return f"hors des quartiers, {percent(lost / count)} des établissements sont {none}"


def _uncounted(atlas: Atlas, here: Selection, people: float) -> str:
    """Say why a whole territory has no inhabitants to divide by; empty when it has."""
    if not people > 0:
        return "population des communes inconnue dans ces données"
    resolved = atlas.resolve(here)
    known = _peopled(atlas, resolved.generation.name)
    counted = int(np.count_nonzero(resolved.mask))
    lost = counted - int(np.count_nonzero(resolved.mask & known))
    if lost <= NEGLIGIBLE * counted:
        return ""
    return f"{plural(lost, 'établissement')} hors des communes de population connue"


@once
def _peopled(atlas: Atlas, generation: str) -> Mask:
    """Return which establishments stand in a commune of the table of communes."""
    communes = atlas.folder.communes["code_commune"]
    return atlas.generations[generation].axes["commune"].mask(communes)


def _compared(table: pd.DataFrame) -> pd.DataFrame:
    """Compare the first row with the rest of each other one, inhabitant for inhabitant."""
    count = table["etablissements"].to_numpy(np.float64)
    people = table["population"].to_numpy(np.float64)
    told = (table["etat"] == "ok").to_numpy() & ~np.isnan(count + people)
    known = told & told[0]
    known[0] = False
    rest, others = count - count[0], people - people[0]
    # Nothing is left of a département of one neighbourhood; and what stands here may be counted
    # in another territory by the commune that it says.
    known &= (others > 0) & (rest >= 0)
    found = rate_ratio(
        np.where(known, count[0], 0), np.where(known, people[0], 0),
        np.where(known, rest, 0), np.where(known, others, 0),
    )  # fmt: skip
    p = adjusted(found.p)
    # What is not known of the neighbourhood leaves nothing to compare in any row.
    problem = table["probleme"].where(
        table["probleme"] != "", "" if told[0] else table.iloc[0]["probleme"]
    )
    return table.assign(
        probleme=problem,
        quotient=found.ratio,
        quotient_min=found.low,
        quotient_max=found.high,
        verdict=verdict(found.ratio, p),
    )
