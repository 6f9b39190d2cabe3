"""Which sectors or families are more present here than in a reference, and how sure that is."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from essgeo.atlas import Atlas
from essgeo.axes import Axis, Mask
from essgeo.indicators.references import CONTENT, Reference, reference
from essgeo.indicators.statistics import (
    VERDICTS,
    RateRatio,
    adjusted,
    rate_ratio,
    verdict,
    wilson_interval,
)
from essgeo.nomenclatures import NON_CLASSE
from essgeo.selection import Selection
from essgeo.text import NBSP, number, percent

Counts = npt.NDArray[np.int64]

#: Axes along which shares are compared.
AxisName = Literal["secteur", "famille"]

#: Columns of a table of presence, in order.
COLUMNS = (
    "code",
    "libelle",
    "etablissements",
    "part",
    "reference_etablissements",
    "reference_part",
    "quotient",
    "quotient_min",
    "quotient_max",
    "p",
    "p_corrige",
    "verdict",
    "texte",
)

#: What a summary takes of them.
QUOTIENTS = ("quotient", "quotient_min", "quotient_max", "verdict")

#: Establishments, found or expected, below which nothing is said more or less present.
EXPECTED = 3.0

AXIS_NOUN = {"secteur": "secteur", "famille": "famille"}


def presence(
    atlas: Atlas,
    selection: Selection,
    axis: AxisName,
    kind: str = "",
    other: Selection | None = None,
) -> pd.DataFrame:
    """Compare the share of each sector or family with its share in a reference.

    The location quotient is the share here over the share there, with its exact interval;
    p-values are corrected for the number of rows (Benjamini–Hochberg) before a verdict is given.

    Parameters
    ----------
    atlas
        Data folder opened.
    selection
        What is looked at. Its filters apply to both sides, but the one of ``axis``, which would
        leave nothing to compare. Employers only are counted, whatever it says.
    axis
        ``secteur`` or ``famille``.
    kind, other
        See :func:`~essgeo.indicators.references.reference`.

    Returns
    -------
    pandas.DataFrame
        One row a value of the axis, in the order of the nomenclature, columns :data:`COLUMNS`.
        ``part`` and ``reference_part`` are between 0 and 1, among establishments whose sector
        (family) is known; ``quotient`` and its bounds are ratios; ``verdict`` is a slug of
        :data:`~essgeo.indicators.statistics.VERDICTS`; ``texte`` says it all in French, with
        names that come from the data (to be escaped). What is not known is NaN.

    Notes
    -----
    Both counts are taken as Poisson: right for a rare sector, far too cautious for what most
    establishments are (associations). Beyond half of both sides together, it is therefore all
    the rest that is tested, and the interval comes from Wilson's of each share.
    """
    asked = selection.with_(employeurs=("oui",))
    found = reference(atlas, asked, kind, other)
    here = atlas.resolve(asked.without(axis, "reference"))
    codes = here.generation.axes[axis]
    there = _reference_mask(atlas, found, asked, axis)
    count, other_count = _counts(codes, here.mask), _counts(codes, there)
    known = np.array([value != NON_CLASSE for value in codes.values])
    total, other_total = int(count[known].sum()), int(other_count[known].sum())
    tested = np.where(known, total, 0), np.where(known, other_total, 0)
    ratio = _ratio(count, tested[0], other_count, tested[1])
    p = adjusted(ratio.p)
    table = pd.DataFrame(
        {
            "code": codes.values,
            "libelle": codes.labels,
            "etablissements": count,
            "part": _share(count, tested[0]),
            "reference_etablissements": other_count,
            "reference_part": _share(other_count, tested[1]),
            "quotient": ratio.ratio,
            "quotient_min": ratio.low,
            "quotient_max": ratio.high,
            "p": ratio.p,
            "p_corrige": p,
            "verdict": np.where(
                enough(count, _share(other_count, tested[1]) * total),
                verdict(ratio.ratio, p),
                np.where(np.isnan(p), "", "indecis"),
            ),
        }
    )
    if atlas.manifest.secret:
        return _secret(table, found.problem)
    missing = _missing(axis, total, other_total, found)
    whom = "établissements employeurs" if atlas.knows_employment else "établissements"
    table["texte"] = [_text(row, total, found.label, missing, whom) for row in table.itertuples()]
    empty = (~known) & (count == 0) & (other_count == 0)
    found_rows: pd.DataFrame = table.loc[~empty, list(COLUMNS)].reset_index(drop=True)
    return found_rows


def quotients(atlas: Atlas, selection: Selection, axis: AxisName) -> pd.DataFrame:
    """Return :data:`QUOTIENTS` by code for a summary, where what has no value is missing.

    An infinite ratio (nobody in the reference) has no value; its lower bound has one.
    """
    table = presence(atlas, selection, axis).set_index("code")[list(QUOTIENTS)]
    table["verdict"] = table["verdict"].where(table["verdict"] != "", None)
    found: pd.DataFrame = table.replace([np.inf, -np.inf], np.nan)
    return found


def enough(found: npt.ArrayLike, expected: npt.ArrayLike) -> Mask:
    """Return where a verdict may be given: three establishments at least, found or expected.

    With 3 expected, chance alone leaves none in 5 cases out of 100 (``exp(-3)``); and one or two
    that nobody expected are no presence yet, however unlikely.
    """
    most: Mask = np.fmax(np.asarray(found, dtype=np.float64), expected) >= EXPECTED
    return most


def _secret(table: pd.DataFrame, problem: str) -> pd.DataFrame:
    """Empty a table whose source falls under statistical secrecy, whatever it counts."""
    out = table.assign(
        verdict="", texte=[f"{name}{NBSP}: secret. {problem}" for name in table["libelle"]]
    )
    hidden = [name for name in COLUMNS if name not in ("code", "libelle", "verdict", "texte")]
    out[hidden] = np.nan
    return out[list(COLUMNS)]


def _ratio(count: Counts, total: Counts, other: Counts, other_total: Counts) -> RateRatio:
    """Compare shares, or what is left of them when they are most of the whole."""
    direct = rate_ratio(count, total, other, other_total)
    left, other_left = np.maximum(total - count, 0), np.maximum(other_total - other, 0)
    rest = rate_ratio(left, total, other_left, other_total)
    most = 2 * (count + other) > total + other_total
    most &= (count > 0) & (left > 0) & (other > 0) & (other_left > 0)
    low, high = direct.low.copy(), direct.high.copy()
    low[most], high[most] = _ratio_of_shares(
        count[most], total[most], other[most], other_total[most]
    )
    return RateRatio(direct.ratio, low, high, np.where(most, rest.p, direct.p))


def _ratio_of_shares(
    count: Counts, total: Counts, other: Counts, other_total: Counts
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Bound the ratio of two shares from Wilson's interval of each (Donner and Zou, 2012)."""
    one, two = count / total, other / other_total
    (low_1, high_1), (low_2, high_2) = (
        wilson_interval(count, total),
        wilson_interval(other, other_total),
    )

    def root(bound: npt.NDArray[np.float64], facing: npt.NDArray[np.float64]) -> Any:
        less = bound * facing * (2 * one - bound) * (2 * two - facing)
        return np.sqrt(np.maximum((one * two) ** 2 - less, 0.0))

    low = (one * two - root(low_1, high_2)) / (high_2 * (2 * two - high_2))
    high = (one * two + root(high_1, low_2)) / (low_2 * (2 * two - low_2))
    return low, high


def _reference_mask(atlas: Atlas, found: Reference, asked: Selection, axis: str) -> Mask:
    """Apply to the reference the filters of the selection that say what establishments are."""
    content = {key: asked.get(key) for key in CONTENT if key != axis and asked.get(key)}
    if found.selection is None or not content:
        return found.mask
    return found.mask & atlas.resolve(found.selection.with_(**content)).mask


def _counts(axis: Axis, mask: Mask) -> Counts:
    """Count the establishments of each value."""
    return np.bincount(axis.codes[mask] + 1, minlength=len(axis.values) + 1)[1:]


def _share(count: Counts, total: Counts) -> npt.NDArray[np.float64]:
    return count / np.where(total > 0, total, np.nan)


def _missing(axis: str, total: int, other_total: int, found: Reference) -> str:
    """Say why nothing can be compared, whatever the row; empty when it can."""
    if found.problem:
        return found.problem
    noun = f"{'son' if axis == 'secteur' else 'sa'} {AXIS_NOUN[axis]}"
    if not total:
        return f"La sélection ne contient aucun établissement dont on connaisse {noun}."
    if not other_total:
        return f"Aucun établissement dont on connaisse {noun} dans {found.label}."
    return ""


def _text(row: Any, total: int, label: str, missing: str, whom: str) -> str:
    """Say a row in words."""
    name, count, there = row.libelle, row.etablissements, row.reference_etablissements
    head = f"{name}{NBSP}: "
    if row.code == NON_CLASSE:
        return f"{head}sans donnée, hors du calcul des parts."
    if missing:
        return f"{head}sans donnée. {missing}"
    if not count and not there:
        return f"{head}aucun établissement ici, ni dans {label}."
    said = (
        f"{head}{_percent(row.part)} des {whom} ({number(count)} sur {number(total)}), "
        f"contre {_percent(row.reference_part)} dans {label}"
    )
    if not count and row.verdict != "moins":
        expected = row.reference_part * total
        if expected < EXPECTED:
            return f"{said}{NBSP}; {expected_text(expected)}, absence non significative."
    if not there:
        return f"{said}{NBSP}; {VERDICTS[row.verdict]}."
    return (
        f"{said}{NBSP}; {VERDICTS[row.verdict]} (quotient {number(row.quotient, 2)}, "
        f"de {number(row.quotient_min, 2)} à {number(row.quotient_max, 2)})."
    )


def expected_text(mean: float) -> str:
    """Write an expected number; one that is not nil is never written « 0,0 »."""
    if 0 < mean < 0.1:
        return "moins de 0,1 attendu"
    return f"{number(mean, 1)} attendu{'s' if mean >= 2 else ''}"


def _percent(share: float) -> str:
    """Write a share; one that is not nil is never written « 0 % »."""
    return percent(share, 1 if 0 < share < 0.01 else 0)
