"""All the employers of territories, of the ESS or not: what its weight is measured against."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future

import numpy as np
import pandas as pd

from essgeo import nomenclatures
from essgeo.distinct import Distinct, distinct, remember
from essgeo.join import Outlines, attach
from essgeo.nomenclatures import departements
from essgeo.nomenclatures.communes import communes
from essgeo.nomenclatures.fusions import roll_up, today

#: States of employment that are counted: at least one employee, known or not.
EMPLOYERS = ("employeur", "employeur-inconnu")
#: Certainties that are counted, as those of the ESS are (defaults of a selection).
COUNTED = ("sur", "probable")
#: Where Sirene covers little more than administrations: counted nowhere above the commune.
OUT_OF_FIELD = "987"
SOURCE = (
    "Insee, Sirene et géolocalisation : établissements employeurs ouverts ; emplois estimés par "
    "le centre de la tranche d'effectifs ; privé : hors catégories juridiques 7 (droit public)"
)

_COLUMNS = ["niveau", "code", "generation", "etablissements", "emplois", "emplois_prives", "source"]
_NUMBERS = ["etablissements", "emplois", "emplois_prives"]


class Tally:
    """Counts employers as their rows come, by commune and by neighbourhood.

    Parameters
    ----------
    outlines
        Neighbourhoods by generation, prepared meanwhile: waited for when rows come.
    """

    def __init__(self, outlines: Future[Mapping[str, Outlines]]) -> None:
        self._outlines = outlines
        self._places: list[pd.DataFrame] = []
        self._communes: list[pd.DataFrame] = []

    def check(self) -> None:
        """Raise at once what is wrong with the outlines, as soon as it is known."""
        if self._outlines.done():
            self._outlines.result()

    def add(self, rows: pd.DataFrame) -> None:
        """Count rows.

        Parameters
        ----------
        rows
            ``longitude, latitude, qualite_xy, distance_precision, code_commune,
            statut_diffusion, tranche_effectifs, caractere_employeur, publique``; those that do
            not employ are left out.
        """
        tranche, caractere = (
            distinct(rows[name]) for name in ("tranche_effectifs", "caractere_employeur")
        )
        state = tranche.paired(caractere, nomenclatures.emploi)
        rows = rows[state.isin(set(EMPLOYERS))].reset_index(drop=True)
        if rows.empty:
            return
        for name in rows.columns[rows.dtypes == "str"]:
            remember(rows[name], distinct(rows[name]))  # each generation asks for them
        tranche = distinct(rows["tranche_effectifs"])
        band = nomenclatures.bande(pd.Series(tranche.texts, dtype="str"))
        of_band = band.map(nomenclatures.bandes()["central"]).fillna(0.0).to_numpy(np.float64)
        jobs = pd.Series(of_band[tranche.codes])
        counted = pd.DataFrame(
            {
                "etablissements": 1,
                "emplois": jobs,
                "emplois_prives": jobs.where(~rows["publique"], 0.0),
            }
        )
        self._communes.append(_sums(counted, distinct(rows["code_commune"]).changed(roll_up)))
        for generation, outlines in self._outlines.result().items():
            found = attach(rows, outlines).columns
            inside = found["rattachement"].isin({"dedans"}) & found["certitude"].isin(set(COUNTED))
            sums = _sums(counted[inside], found["code_qp"].at(np.flatnonzero(inside)))
            self._places.append(sums.assign(generation=generation))

    def table(self) -> pd.DataFrame:
        """Return the lines of ``denominateurs``: every neighbourhood, then each level upwards."""
        lines = [self._of_quartiers(), *_of_territories(_together(self._communes))]
        table = pd.concat(lines, ignore_index=True)
        for name in ("emplois", "emplois_prives"):
            table[name] = table[name].round(1)
        table["etablissements"] = table["etablissements"].astype("int64")
        found: pd.DataFrame = table.assign(source=SOURCE)[_COLUMNS]
        return found

    def _of_quartiers(self) -> pd.DataFrame:
        sums = pd.concat(self._places) if self._places else pd.DataFrame(columns=_NUMBERS)
        keys = ["code_qp", "generation"]
        codes = pd.concat([one.table[keys] for one in self._outlines.result().values()])
        every = codes.sort_values(keys).assign(niveau="quartier")
        if sums.empty:
            found = every.assign(**dict.fromkeys(_NUMBERS, 0.0))
        else:
            sums = sums.rename_axis("code_qp").reset_index().groupby(keys)[_NUMBERS].sum()
            found = every.join(sums, on=keys)
            found[_NUMBERS] = found[_NUMBERS].fillna(0.0)
        named: pd.DataFrame = found.rename(columns={"code_qp": "code"})
        return named


def _sums(counted: pd.DataFrame, keys: Distinct) -> pd.DataFrame:
    """Add up by key."""
    return counted.groupby(keys.series(counted.index).to_numpy())[_NUMBERS].sum()


def _together(parts: list[pd.DataFrame]) -> pd.DataFrame:
    if not parts:
        return pd.DataFrame(columns=_NUMBERS, dtype="float64")
    everything = pd.concat(parts)
    return everything.groupby(level=0).sum().sort_index()


def _of_territories(of_communes: pd.DataFrame) -> list[pd.DataFrame]:
    """Add communes up to the levels above; establishments of no known commune are left out."""
    known = communes()
    codes = of_communes.index.to_series().astype("str")
    now = codes.map(lambda code: next(iter(found)) if len(found := today(code)) == 1 else code)
    regions = departements().set_index("code")["insee_reg"]
    of_communes = of_communes.assign(
        commune=codes,
        departement=now.map(known["insee_dep"]),
        epci=now.map(known["siren_epci"]),
        ept=now.map(known["code_ept"]),
    )
    of_communes["region"] = of_communes["departement"].map(regions)
    of_communes = of_communes[of_communes["departement"].notna()]
    of_communes = of_communes[of_communes["departement"] != OUT_OF_FIELD]
    of_communes = of_communes.assign(france="france")
    lines = []
    for level in ("commune", "ept", "epci", "departement", "region", "france"):
        part = of_communes[of_communes[level].fillna("") != ""]
        sums = part.groupby(level)[_NUMBERS].sum().rename_axis("code").reset_index()
        lines.append(sums.assign(niveau=level, generation=""))
    return lines
