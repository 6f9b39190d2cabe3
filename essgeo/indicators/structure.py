"""How the ESS of a selection is made: what weighs, how diverse, how concentrated, since when."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from essgeo.atlas import Atlas, Resolved
from essgeo.axes import Mask
from essgeo.generation import Generation
from essgeo.nomenclatures import NON_CLASSE

Floats = npt.NDArray[np.float64]

#: How many of the largest employers are looked at together.
LARGEST = (1, 5, 10)

#: Years before this one are taken for typing errors (0004 is met in Sirene).
FIRST_YEAR = 1800

_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")


@dataclass(frozen=True)
class Diversity:
    """Effective number of sectors.

    Parameters
    ----------
    etablissements, emplois
        Exponential of Shannon's entropy of the sectors' shares (Hill number of order 1; Hill,
        Ecology, 1973): how many sectors of equal weight would be as diverse. 1 when one sector
        has everything; NaN when nothing is classed.
    secteurs
        How many sectors are present.
    """

    etablissements: float
    emplois: float
    secteurs: int


@dataclass(frozen=True)
class Concentration:
    """Share of the jobs that the largest employers hold.

    Parameters
    ----------
    parts
        How many employers (:data:`LARGEST`) -> their share of jobs, between 0 and 1; NaN when
        the selection has no more employers than that: the share says nothing then.
    employeurs
        Employers of known headcount: one a SIREN, for an employer may have several
        establishments here; an establishment without SIREN stands for itself.
    sans_effectif
        Establishments left out, their headcount being unknown.
    """

    parts: dict[int, float]
    employeurs: int
    sans_effectif: int


@dataclass(frozen=True)
class Registrations:
    """Years of registration of structures still active.

    Parameters
    ----------
    table
        Columns ``annee, structures``: one row a year from the first to the last, zeros included.
    aberrantes
        Structures whose only dates are before :data:`FIRST_YEAR` or in the future.
    inconnues
        Structures of which no date is known.
    """

    table: pd.DataFrame
    aberrantes: int
    inconnues: int


def shares(atlas: Atlas, generation: Generation, mask: Mask, axis: str = "secteur") -> pd.DataFrame:
    """Share establishments and jobs out along an axis of the establishment.

    Parameters
    ----------
    atlas, generation
        Data folder and outlines in force.
    mask
        shape (establishments,): which ones.
    axis
        ``secteur``, ``famille`` or ``taille``.

    Returns
    -------
    pandas.DataFrame
        One row a value of the axis, even empty, indexed by its code: ``libelle``,
        ``etablissements``, ``part`` (of establishments), ``emplois`` (central estimate),
        ``part_emplois``. A share of nothing is NaN.
    """
    found = generation.axes[axis]
    here = np.flatnonzero(mask & (found.codes >= 0))
    codes, size = found.codes[here], len(found.values)
    head = atlas.headcount
    central = np.where(head.known[here], head.central[here], 0.0)
    counts = np.bincount(codes, minlength=size)
    jobs = np.bincount(codes, weights=central, minlength=size)
    return pd.DataFrame(
        {
            "libelle": found.labels,
            "etablissements": counts,
            "part": _parts(counts),
            "emplois": jobs,
            "part_emplois": _parts(jobs),
        },
        index=pd.Index(found.values, name="code"),
    )


def classed(table: pd.DataFrame) -> pd.DataFrame:
    """Keep what is classed of a summary along one axis, with its shares.

    Parameters
    ----------
    table
        What :func:`essgeo.indicators.summary` gives on ``secteur``, ``famille`` or ``taille``.

    Returns
    -------
    pandas.DataFrame
        Its rows that are neither empty nor unclassed, then ``part`` (of establishments) and
        ``part_emplois``, between 0 and 1, NaN when not known.
    """
    # A row of nobody is there for what is near: it has no weight.
    kept = ~table["code"].isin(("", NON_CLASSE)) & (table["etablissements"] != 0)
    out = table[kept].copy()
    for part, column in (("part", "etablissements"), ("part_emplois", "effectif_estime")):
        known = out[column].astype("float64")
        out[part] = known / (known.sum() or math.nan)
    return out


def diversity(atlas: Atlas, resolved: Resolved) -> Diversity:
    """Measure how many sectors a selection really lives from."""
    table = shares(atlas, resolved.generation, resolved.mask)
    table = table[table.index != NON_CLASSE]
    return Diversity(
        etablissements=_effective(table["etablissements"].to_numpy(np.float64)),
        emplois=_effective(table["emplois"].to_numpy(np.float64)),
        secteurs=int((table["etablissements"] > 0).sum()),
    )


def concentration(atlas: Atlas, resolved: Resolved) -> Concentration:
    """Measure how much of the jobs the largest employers of a selection hold.

    Jobs are the central estimates of Sirene's bands, added up over the establishments of an
    employer that are in the selection.
    """
    head = atlas.headcount
    selected = np.flatnonzero(resolved.mask)
    known = selected[head.known[selected]]
    siren = atlas.siren_codes[known].astype(np.int64)
    # An establishment of unknown SIREN is an employer of its own.
    alone = siren < 0
    siren[alone] = atlas.siren_codes.max(initial=-1) + 1 + np.arange(np.count_nonzero(alone))
    _, employer = np.unique(siren, return_inverse=True)
    jobs = np.sort(np.bincount(employer, weights=head.central[known]))[::-1]
    jobs = jobs[jobs > 0]
    total = float(jobs.sum())
    return Concentration(
        parts={
            count: float(jobs[:count].sum()) / total if len(jobs) > count else np.nan
            for count in LARGEST
        },
        employeurs=len(jobs),
        sans_effectif=len(selected) - len(known),
    )


def registrations(atlas: Atlas, resolved: Resolved, last_year: int = 0) -> Registrations:
    """Count the structures of a selection by the year they were registered in.

    A SIRET dies with each move: the date that matters is the structure's. It is taken as the
    first plausible date of all the establishments of the same SIREN in the data folder, selected
    or not. Structures that closed are not there: this is no count of creations.

    Parameters
    ----------
    atlas, resolved
        Data folder and selection.
    last_year
        Last plausible year; this year when 0.
    """
    last_year = last_year or datetime.now(tz=UTC).year
    wanted = np.unique(atlas.siren_codes[resolved.mask])
    wanted = wanted[wanted >= 0]
    rows = np.flatnonzero(np.isin(atlas.siren_codes, wanted, kind="table"))
    place = np.searchsorted(wanted, atlas.siren_codes[rows])
    dates, texts = pd.factorize(atlas.points["date_creation"].iloc[rows])
    year = np.array([_year(str(text)) for text in texts] + [0])[dates]
    plausible = (year >= FIRST_YEAR) & (year <= last_year)
    first = np.full(len(wanted), last_year + 1)
    np.minimum.at(first, place[plausible], year[plausible])
    dated = np.zeros(len(wanted), dtype=bool)
    dated[place[year > 0]] = True
    known = first <= last_year
    years, counts = np.unique(first[known], return_counts=True)
    whole = np.arange(years.min(), years.max() + 1) if len(years) else years
    filled = np.zeros(len(whole), dtype=np.int64)
    filled[np.searchsorted(whole, years)] = counts
    return Registrations(
        table=pd.DataFrame({"annee": whole, "structures": filled}),
        aberrantes=int(np.count_nonzero(dated & ~known)),
        inconnues=int(np.count_nonzero(~dated)),
    )


def _parts(values: npt.NDArray[Any]) -> Floats:
    total = float(values.sum())
    found: Floats = values / total if total else np.full(len(values), np.nan)
    return found


def _effective(values: Floats) -> float:
    total = values.sum()
    if not total:
        return float("nan")
    part = values[values > 0] / total
    return float(np.exp(-(part * np.log(part)).sum()))


def _year(text: str) -> int:
    """Return the year of a date however it is written, 0 when there is none."""
    found = _YEAR.search(text)
    return int(found[0]) if found else 0
