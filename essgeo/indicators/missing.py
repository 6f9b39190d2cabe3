"""What a neighbourhood has less of than others like it, sector by sector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

# The functions behind scipy.stats, whose own import would cost each command half a second.
from scipy import special

from essgeo.atlas import Atlas
from essgeo.indicators.kept import once
from essgeo.indicators.presence import EXPECTED, enough, expected_text
from essgeo.indicators.sheet import around, outline_place
from essgeo.indicators.similar import Similar, similar
from essgeo.indicators.statistics import LEVEL, adjusted, rate_ratio, verdict
from essgeo.nomenclatures import NON_CLASSE
from essgeo.secrecy import REFUSED
from essgeo.selection import Selection
from essgeo.settings import BAND_M
from essgeo.text import NBSP, number, plural

Floats = npt.NDArray[np.float64]

#: Columns of the table, in order.
COLUMNS = (
    "code",
    "libelle",
    "etablissements",
    "proches",
    "attendu",
    "attendu_min",
    "attendu_max",
    "p_corrige",
    "verdict",
    "texte",
)

#: Similar neighbourhoods below which neither a rate nor its variation can be told.
ENOUGH = 5

#: Verdict -> what people read.
VERDICTS = {
    "plus": "plus présent",
    "moins": "peu présent",
    "indecis": "pas de différence établie",
    "absent": "absent, et alentour aussi",
    "absent_proche": "absent du quartier, présent à côté",
    "non_significatif": "absence non significative",
    "": "sans donnée",
}


@dataclass(frozen=True)
class _Expected:
    """What similar neighbourhoods lead to expect; arrays of shape (sectors,).

    Parameters
    ----------
    mean
        Establishments: rate per inhabitant of the similar ones, times the population.
    low, high
        Bounds of 95 % of the numbers that such a rate gives.
    p
        Two-sided p-value of the number found; NaN when there is none anywhere.
    """

    mean: Floats
    low: Floats
    high: Floats
    p: Floats


def missing(
    atlas: Atlas, code_qp: str, generation: str = "", like: Similar | None = None
) -> pd.DataFrame:
    """Compare each sector of a neighbourhood with what similar ones lead to expect.

    Parameters
    ----------
    atlas
        Data folder opened.
    code_qp
        The neighbourhood.
    generation
        ``2015`` or ``2024``; by default the newest.
    like
        Neighbourhoods like it, for a caller that knows them already.

    Returns
    -------
    pandas.DataFrame
        One row a sector, in the order of the nomenclature, columns :data:`COLUMNS`; employers
        only. ``proches`` are those within the band of this outline, whatever neighbourhood they
        stand in. ``attendu`` and its bounds are establishments, NaN when nothing can be
        expected; ``verdict`` is a slug of :data:`VERDICTS`; ``texte`` says it all in French.

    Raises
    ------
    UsageError
        The generation has no such neighbourhood.

    Notes
    -----
    What is tested is that the neighbourhood has the mean rate of the similar ones, not that it
    is an exception among them. Its number is then a Poisson one, whose mean is itself
    uncertain: similar neighbourhoods differ more than chance alone would have it, and their
    dispersion (Pearson's chi-square by degree of freedom) widens that uncertainty. Both together
    make a negative binomial law.
    """
    base = Selection(generation=(generation,) if generation else ())
    here = atlas.resolve(base.with_(quartier=(code_qp,)))
    found = here.generation
    place = outline_place(found, code_qp)
    axis = found.axes["secteur"]
    known = np.array([value != NON_CLASSE for value in axis.values])
    size = len(axis.values)
    count = np.bincount(axis.codes[here.mask], minlength=size)
    near = np.bincount(axis.codes[around(atlas, base, code_qp).rows], minlength=size)
    like = like or similar(atlas, found.name, [code_qp])
    places = np.array([found.axes["quartier"].position(code) for code in like.codes], dtype=np.intp)
    table = _by_sector(atlas, found.name)[places]
    people = found.quartiers["population"].to_numpy(np.float64)
    problem = like.problem or _problem(table[:, known], count[known], count[~known])
    expected = _expected(count, people[place], table, people[places], known & (not problem))
    # Sectors too rare to be called few are another table: testing them must not weaken the others.
    often = expected.mean >= EXPECTED
    p = np.where(
        often,
        adjusted(np.where(often, expected.p, np.nan)),
        adjusted(np.where(often, np.nan, expected.p)),
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        slugs = _verdicts(count, near, expected.mean, verdict(count / expected.mean, p))
    out = pd.DataFrame(
        {
            "code": axis.values,
            "libelle": axis.labels,
            "etablissements": count,
            "proches": near,
            "attendu": expected.mean,
            "attendu_min": expected.low,
            "attendu_max": expected.high,
            "p_corrige": p,
            "verdict": slugs,
        }
    )
    if atlas.manifest.secret:
        return _secret(out)
    whom = " employeur" if atlas.knows_employment else ""
    unclassified = int(count[~known].sum())
    out["texte"] = [_text(row, problem, unclassified, whom) for row in out.itertuples()]
    kept: pd.DataFrame = out.loc[known | (count > 0) | (near > 0), list(COLUMNS)]
    return kept.reset_index(drop=True)


def _secret(table: pd.DataFrame) -> pd.DataFrame:
    """Empty a table whose source falls under statistical secrecy, whatever it counts."""
    texts = [f"{name}{NBSP}: secret. {REFUSED}." for name in table["libelle"]]
    out = table.assign(verdict="", texte=texts)
    hidden = [name for name in COLUMNS if name not in ("code", "libelle", "verdict", "texte")]
    out[hidden] = np.nan
    return out[list(COLUMNS)]


@once
def _by_sector(atlas: Atlas, generation: str) -> npt.NDArray[np.int64]:
    """Count what is inside the neighbourhoods of a generation, shape (outlines, sectors)."""
    resolved = atlas.resolve(Selection(generation=(generation,)))
    quartier, sector = (resolved.generation.axes[key] for key in ("quartier", "secteur"))
    size = len(sector.values)
    inside = np.flatnonzero(resolved.mask & (quartier.codes >= 0))
    keys = quartier.codes[inside].astype(np.int64) * size + sector.codes[inside]
    shape = (len(quartier.values), size)
    return np.bincount(keys, minlength=shape[0] * size).reshape(shape)


def _problem(
    table: npt.NDArray[np.int64], known: npt.NDArray[np.int64], unknown: npt.NDArray[np.int64]
) -> str:
    """Say why similar neighbourhoods tell nothing; empty when they do."""
    if len(table) < ENOUGH:
        return (
            f"Seulement {plural(len(table), 'quartier semblable', 'quartiers semblables')} "
            f"dans ces données, {ENOUGH} au moins sont nécessaires."
        )
    if not table.any():
        return "Aucun établissement de secteur connu dans les quartiers semblables."
    if unknown.any() and not known.any():
        return "Le secteur des établissements de ce quartier n'est pas connu."
    return ""


def _expected(
    count: npt.NDArray[np.int64],
    people: float,
    table: npt.NDArray[np.int64],
    similar_people: Floats,
    told: npt.NDArray[np.bool_],
) -> _Expected:
    """Compute what is expected of each sector; NaN where it cannot be told."""
    nothing = np.full(len(count), np.nan)
    if not told.any():
        return _Expected(nothing, nothing, nothing, nothing)
    whole = float(similar_people.sum())
    found = table.sum(axis=0)
    mean = found * people / whole
    fitted = np.outer(similar_people / whole, found)
    with np.errstate(divide="ignore", invalid="ignore"):
        chi_square = np.where(fitted > 0, (table - fitted) ** 2 / fitted, 0.0).sum(axis=0)
    dispersion = np.maximum(chi_square / (len(table) - 1), 1.0)
    # Variance over mean; always above 1, because the rate itself comes from a count.
    ratio = 1 + dispersion * people / whole
    low, high = _bounds(mean, ratio)
    p = np.where(found > 0, _p_value(count, mean, ratio), rate_ratio(count, people, found, whole).p)
    return _Expected(*(np.where(told, values, np.nan) for values in (mean, low, high, p)))


def _at_most(k: npt.ArrayLike, mean: Floats, ratio: Floats) -> Floats:
    """Return the chance of ``k`` or fewer: negative binomial of variance ``ratio * mean``."""
    shape = np.maximum(mean, 1e-12) / (ratio - 1)
    found: Floats = special.betainc(shape, np.asarray(k, dtype=np.float64) + 1, 1 / ratio)
    return found


def _p_value(count: npt.NDArray[np.int64], mean: Floats, ratio: Floats) -> Floats:
    """Return twice the smaller tail."""
    less = _at_most(count, mean, ratio)
    more = np.where(count > 0, 1 - _at_most(np.maximum(count - 1, 0), mean, ratio), 1.0)
    return np.asarray(np.minimum(2 * np.minimum(less, more), 1.0), dtype=np.float64)


def _bounds(mean: Floats, ratio: Floats) -> tuple[Floats, Floats]:
    """Return the numbers within which 95 % of those that such a rate gives lie."""
    tail = (1 - LEVEL) / 2
    most = int(np.ceil((mean + 12 * np.sqrt(mean * ratio) + 20 * ratio).max()))
    chances = _at_most(np.arange(most + 1)[:, None], mean, ratio)
    low, high = (chances > tail).argmax(axis=0), (chances >= 1 - tail).argmax(axis=0)
    return np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)


def _verdicts(
    count: npt.NDArray[np.int64],
    near: npt.NDArray[np.int64],
    mean: Floats,
    compared: npt.NDArray[np.str_],
) -> npt.NDArray[np.str_]:
    """Turn a comparison into a verdict that says « absent » or « few » only when it may."""
    told = ~np.isnan(mean)
    few = (compared == "moins") & (mean >= EXPECTED)
    return np.select(
        [
            ~told,
            (count == 0) & (mean < EXPECTED),
            few & (count == 0) & (near > 0),
            few & (count == 0),
            few,
            (compared == "plus") & enough(count, mean),
        ],
        ["", "non_significatif", "absent_proche", "absent", "moins", "plus"],
        "indecis",
    )


def _text(row: Any, problem: str, unclassified: int, whom: str) -> str:
    """Say a row in words."""
    head = f"{row.libelle}{NBSP}: "
    if not row.verdict:
        if row.code == NON_CLASSE:
            problem = "Le code d'activité de ces établissements n'a pas de secteur."
        return f"{head}sans donnée. {problem}"
    some = f"établissements{whom}s" if whom else "établissements"
    said = f"aucun établissement{whom}"
    if row.etablissements:
        said = plural(row.etablissements, f"établissement{whom}", some)
    said += f", {expected_text(row.attendu)}"
    if row.attendu_max > 0:
        said += f" (de {number(row.attendu_min)} à {number(row.attendu_max)})"
    said += f" d'après les quartiers semblables{NBSP}: {VERDICTS[row.verdict]}."
    if not row.etablissements:
        band = f"{number(BAND_M)}{NBSP}m"
        said += f" À moins de {band}{NBSP}: {number(row.proches) if row.proches else 'aucun'}."
        if unclassified:
            said += f" Secteur inconnu{NBSP}: {plural(unclassified, 'établissement')} du quartier."
    return head + said
