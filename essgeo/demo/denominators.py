"""All the jobs of simulated neighbourhoods and communes, in the ESS or not.

Only their totals are published: the weight of the ESS in all jobs and in private jobs, in
neighbourhoods and in France. How the others are spread is an assumption: in proportion of
inhabitants, and by chance.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from essgeo import nomenclatures
from essgeo.atlas import OUT_OF_FIELD_DEP
from essgeo.demo.reference import Floats, Ints, parameters, shares, stream
from essgeo.join import attach

SOURCE = "simulation"


def simulate(
    seed: int, quartiers: pd.DataFrame, communes: pd.DataFrame, points: pd.DataFrame
) -> pd.DataFrame:
    """Simulate all jobs, so that the weight of the ESS is the published one.

    Parameters
    ----------
    seed
        Same seed, same table.
    quartiers, communes, points
        The simulated tables.

    Returns
    -------
    DataFrame
        One row a neighbourhood, then one a commune: ``niveau, code, generation, emplois,
        emplois_prives, source``. Those of Polynésie française, where the ESS is out of the field
        of Sirene, have none.
    """
    jobs = points["tranche_effectifs"].map(nomenclatures.bandes()["central"]).fillna(0.0)
    jobs = jobs.where(points["caractere_employeur"] == "O", 0.0)
    joined = attach(points, quartiers).table
    counted = (joined["rattachement"] == "dedans") & joined["certitude"].isin(["sur", "probable"])
    inside = quartiers[quartiers["insee_dep"] != OUT_OF_FIELD_DEP]
    around = communes[communes["insee_dep"] != OUT_OF_FIELD_DEP]

    of_quartier = _sums(jobs[counted], joined.loc[counted, "code_qp"], inside["code_qp"])
    private, public = _others(seed, 20, "qpv", of_quartier, inside["population"])
    of_commune = _sums(jobs, points["code_commune"], around["code_commune"])
    # A commune has at least the jobs of its neighbourhoods.
    host = inside["insee_com"].str.split(";").str[0]
    codes = around["code_commune"]
    least = [_sums(pd.Series(values), host, codes) for values in (private, public)]
    own, state = _others(seed, 21, "france", of_commune, around["population"], least)
    return pd.concat(
        [
            _table("quartier", inside["code_qp"], "2024", of_quartier, private, public),
            _table("commune", codes, "", of_commune, own, state),
        ],
        ignore_index=True,
    )


def _sums(values: pd.Series, keys: pd.Series, codes: pd.Series) -> Floats:
    """Add values up by key, in the order of the codes."""
    found = pd.Series(values.to_numpy()).groupby(keys.to_numpy()).sum()
    return found.reindex(codes.to_numpy(), fill_value=0.0).to_numpy(np.float64)


def _others(
    seed: int,
    part: int,
    field: str,
    jobs: Floats,
    people: pd.Series,
    least: list[Floats] | None = None,
) -> tuple[Ints, Ints]:
    """Draw the private jobs out of the ESS, and the public ones, of each territory.

    Parameters
    ----------
    seed, part
        Of the random stream.
    field
        ``qpv`` or ``france``: which published weights are met.
    jobs
        Jobs of the ESS of each territory; they are private.
    people
        Inhabitants of each territory.
    least
        Private jobs out of the ESS, and public ones, that each has at least.
    """
    private = round(jobs.sum() / _weight("poids_emploi_prive", field))
    everything = round(jobs.sum() / _weight("poids_emploi_total", field))
    totals = (private - int(np.ceil(jobs).sum()), everything - private)
    found = []
    for number, total in enumerate(totals):
        spread = parameters()["dispersion_emplois"]
        chance = np.exp(stream(seed, part, number).normal(0.0, spread, len(jobs)))
        floor = least[number].astype(np.int64) if least else np.zeros(len(jobs), np.int64)
        rest = shares(people.to_numpy(np.float64) * chance, total - int(floor.sum()))
        found.append(floor + rest)
    return found[0], found[1]


def _weight(measure: str, field: str) -> float:
    """Return a published weight of the ESS in jobs, from 0 to 1."""
    rows = nomenclatures.chiffres_publies()
    found = rows[(rows["mesure"] == measure) & (rows["champ"] == field)]
    return float(found["valeur"].iloc[0]) / 100


def _table(
    level: str, codes: pd.Series, generation: str, jobs: Floats, private: Ints, public: Ints
) -> pd.DataFrame:
    owned = np.ceil(jobs).astype(np.int64) + private
    return pd.DataFrame(
        {
            "niveau": level,
            "code": codes.to_numpy(),
            "generation": generation,
            "emplois": owned + public,
            "emplois_prives": owned,
            "source": SOURCE,
        }
    )
