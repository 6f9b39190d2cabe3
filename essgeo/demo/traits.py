"""What simulated establishments are: size, sector, legal form, insertion through work."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from essgeo import nomenclatures
from essgeo.demo.reference import Floats, Ints, parameters, shares, table

Texts = npt.NDArray[np.object_]

#: Bands of each column of ``secteurs.csv``; those of unknown headcount are drawn like ``sans``.
GROUPS = {
    "petit": ("00", "01", "02", "03"),
    "moyen": ("11",),
    "grand": ("12",),
    "tres_grand": ("21", "22", "31", "32", "41", "42"),
    "sans": ("NN",),
}

#: Départements under local law, where associations have a category of their own.
LOCAL_LAW = ("57", "67", "68")

#: Sectors where structures of insertion through work are drawn, and their kinds with odds.
INSERTION_SECTORS = (
    "action-sociale",
    "soutien-entreprises",
    "commerce-industrie-construction-agriculture",
)
INSERTION = {"ACI": 44, "EI": 28, "AI": 14, "ETTI": 7, "GEIQ": 3, "EA": 4}


def draw(rng: np.random.Generator, odds: dict[str, float], count: int) -> Texts:
    """Draw values in exactly the proportions given, in random order."""
    numbers = shares(np.array(list(odds.values()), dtype=float), count)
    values: Texts = np.repeat(np.array(list(odds), dtype=object), numbers)
    return cast("Texts", rng.permutation(values))


def bands(rng: np.random.Generator, employers: int, column: str, jobs: float | None) -> Texts:
    """Draw the workforce band of employers.

    Parameters
    ----------
    rng
        Random stream.
    employers
        How many.
    column
        ``dedans`` or ``ailleurs`` (``tranches.csv``).
    jobs
        Sum of central values to reach, by moving establishments between the bands 12 and 21, which
        leaves the published shares alone; None to take what comes.
    """
    known = parameters()
    unknown = round(employers * known["part_effectif_inconnu"])
    zero = round(employers * known["part_zero_salarie"])
    rows = table("tranches")
    codes = rows["tranche"].tolist()
    counts = shares(rows[column].astype(float).to_numpy(), employers - unknown - zero)
    if jobs is not None:
        central = nomenclatures.bandes()["central"]
        values = central.loc[codes].to_numpy()
        low, high = codes.index("12"), codes.index("21")
        moved = round((jobs - float(values @ counts)) / (values[high] - values[low]))
        counts[low] -= moved
        counts[high] += moved
        if counts.min() < 0:
            raise ValueError("tranches.csv is too far from the number of jobs to reach")
    values_all = np.repeat(np.array(codes, dtype=object), counts)
    every = np.concatenate([values_all, np.full(zero, "00"), np.full(unknown, "NN")])
    return cast("Texts", rng.permutation(every))


@cache
def _sector_odds() -> pd.DataFrame:
    rows = table("secteurs").set_index("secteur")
    return rows[[*GROUPS]].astype(float)


def sectors(rng: np.random.Generator, band: Texts, social_share: float | None) -> Texts:
    """Draw the sector of each establishment, given its band.

    Parameters
    ----------
    rng
        Random stream.
    band
        Bands; ``NN`` for those without a known headcount.
    social_share
        Share of jobs in social work to reach; None to take the odds as they are.
    """
    odds = _sector_odds()
    social = list(odds.index).index("action-sociale")
    codes, counts = np.unique(band.astype(str), return_counts=True)
    group = {code: name for name, members in GROUPS.items() for code in members}
    central = nomenclatures.bandes()["central"].fillna(0.0)
    jobs = counts * central.loc[codes].to_numpy()
    base = np.array([odds[group[code]].to_numpy() for code in codes])

    def scaled(factor: float) -> Floats:
        weights = base.copy()
        weights[:, social] *= factor
        return cast("Floats", weights / weights.sum(axis=1, keepdims=True))

    factor = 1.0
    if social_share is not None:
        low, high = 0.05, 20.0
        for _ in range(60):
            factor = float(np.sqrt(low * high))
            reached = float(jobs @ scaled(factor)[:, social]) / float(jobs.sum())
            low, high = (factor, high) if reached < social_share else (low, factor)
    weights = scaled(factor)
    found = np.empty(len(band), dtype=object)
    for place, code in enumerate(codes):
        rows = np.flatnonzero(band == code)
        found[rows] = draw(rng, dict(zip(odds.index, weights[place], strict=True)), len(rows))
    return found


def families(rng: np.random.Generator, sector: Texts) -> Texts:
    """Draw the family of each establishment: published shares, likely in its sector.

    The table sector × family is fitted to both margins (iterative proportional fitting) from the
    affinities of ``secteurs.csv``.
    """
    published = table("familles").set_index("famille")["part"].astype(float)
    names, counts = np.unique(sector.astype(str), return_counts=True)
    cells = table("secteurs").set_index("secteur").loc[names, published.index].astype(float)
    fitted = cells.to_numpy().copy()
    target = (published / published.sum()).to_numpy() * counts.sum()
    for _ in range(200):
        fitted *= (target / fitted.sum(axis=0))[None, :]
        fitted *= (counts / fitted.sum(axis=1))[:, None]
    found = np.empty(len(sector), dtype=object)
    for place, name in enumerate(names):
        rows = np.flatnonzero(sector == name)
        found[rows] = draw(rng, dict(zip(published.index, fitted[place], strict=True)), len(rows))
    return found


def categories(rng: np.random.Generator, family: Texts, dep: Texts) -> Texts:
    """Draw the legal category of each establishment in its family."""
    found = np.empty(len(family), dtype=object)
    for row in table("familles").itertuples():
        odds = {
            code: float(weight)
            for code, weight in (part.split(":") for part in str(row.categories).split(";"))
        }
        rows = np.flatnonzero(family == row.famille)
        found[rows] = draw(rng, odds, len(rows))
    local = np.isin(dep.astype(str), LOCAL_LAW)
    found[local & (found == "9220")] = "9260"
    return found


def activities(rng: np.random.Generator, sector: Texts) -> Texts:
    """Draw the activity code of each establishment in its sector."""
    rows = table("activites")
    found = np.empty(len(sector), dtype=object)
    for name, group in rows.groupby("secteur"):
        places = np.flatnonzero(sector == name)
        odds = dict(zip(group["activite_principale"], group["poids"].astype(float), strict=True))
        found[places] = draw(rng, odds, len(places))
    return found


def insertion(rng: np.random.Generator, sector: Texts, share: float) -> Texts:
    """Draw which establishments work for insertion, and their kinds (``;``-joined)."""
    found = np.full(len(sector), "", dtype=object)
    able = np.flatnonzero(np.isin(sector.astype(str), INSERTION_SECTORS))
    count = min(round(share * len(sector)), len(able))
    chosen = rng.permutation(able)[:count]
    kinds = draw(rng, {name: float(odds) for name, odds in INSERTION.items()}, count)
    also = rng.random(count) < 0.06
    kinds[also] = ["ACI;EI" if kind in ("ACI", "EI") else kind for kind in kinds[also]]
    found[chosen] = kinds
    return found


# --- identifiers ---------------------------------------------------------------------------------


def luhn(numbers: Ints, digits: int) -> Ints:
    """Return the Luhn sum modulo 10 of numbers of so many digits (0: the key is right)."""
    total = np.zeros(len(numbers), np.int64)
    rest = numbers.copy()
    for place in range(digits):
        digit = rest % 10
        rest //= 10
        if place % 2:
            digit = digit * 2
            digit = np.where(digit > 9, digit - 9, digit)
        total += digit
    return total % 10


def wrong_siren(rank: Ints) -> Ints:
    """Make the numbers of legal units so that the Luhn check refuses every one.

    Parameters
    ----------
    rank
        From 0; at most 10 million.

    Returns
    -------
    array
        Nine digits starting with 9, all different.
    """
    # Spread by a multiplier prime with 10 million, so that neighbours in rank look unrelated.
    body = 90_000_000 + (rank * 7_654_321 + 1_234_567) % 10_000_000
    siren = body * 10
    return siren + (10 - luhn(siren, 9) + 5) % 10


def wrong_siret(siren: Ints, order: npt.NDArray[np.integer[Any]]) -> Ints:
    """Make numbers of establishments that neither the Luhn check nor La Poste's rule accepts.

    La Poste's establishments are checked by the sum of their digits, a multiple of 5.
    """
    siret = siren * 100_000 + (order + 1) * 10
    found = siret.copy()
    good = np.zeros(len(siret), bool)
    for key in range(10):
        tried = siret + key
        digits = np.zeros(len(siret), np.int64)
        rest = tried.copy()
        for _ in range(14):
            digits += rest % 10
            rest //= 10
        fits = ~good & (luhn(tried, 14) != 0) & (digits % 5 != 0)
        found[fits] = tried[fits]
        good |= fits
    if not good.all():
        raise ValueError("a SIRET could not be made wrong")
    return found


def years(rng: np.random.Generator, units: int) -> Texts:
    """Draw the year of registration of legal units; empty for those of unknown date.

    A year only: a day that nobody knows would be a false precision, and bytes.
    """
    known = parameters()
    age = np.floor(rng.exponential(known["anciennete_moyenne"], units)).astype(np.int64)
    found = (int(known["derniere_annee"]) - age).astype("U4").astype(object)
    found[rng.random(units) < known["part_date_inconnue"]] = ""
    return cast("Texts", found)
