"""Empty files to fill: which columns, what each means, and rows that show how to write it."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pandas as pd

from essgeo.owndata.correction_rows import KINDS


@dataclass(frozen=True)
class Template:
    """A file to fill.

    Parameters
    ----------
    name, title
        In the name of the file, and for people.
    columns
        Column -> what it means and when it is needed.
    rows
        Examples, invented, to be replaced: one text a column.
    """

    name: str
    title: str
    columns: dict[str, str]
    rows: tuple[tuple[str, ...], ...]

    @property
    def table(self) -> pd.DataFrame:
        """The columns with the examples."""
        return pd.DataFrame(self.rows, columns=list(self.columns), dtype="str")

    @property
    def dictionary(self) -> pd.DataFrame:
        """What the columns mean."""
        return pd.DataFrame(
            {"colonne": list(self.columns), "ce qu'elle contient": list(self.columns.values())}
        )


#: Kinds of corrections, as people write them.
_CLOSED, _BOX, _BRANCH, _MOVED = KINDS.values()

TEMPLATES = (
    Template(
        "liste",
        "Liste",
        {
            "siret": "14 chiffres, en texte ; de préférence à tout le reste",
            "nom": "nom de la structure ; avec la commune, quand le SIRET manque",
            "code_commune": "code Insee de la commune (67482), pas le code postal",
            "longitude": "degrés WGS84, au choix ; prime sur la position des données chargées",
            "latitude": "degrés WGS84, au choix",
            "theme": "au choix ; peu de valeurs différentes, pour compter par thème",
            "montant": "au choix ; en euros, additionné par quartier",
        },
        (
            ("90000000100017", "EXEMPLE à remplacer", "67482", "", "", "Emploi", "12000"),
            ("", "EXEMPLE sans SIRET", "67482", "7.7521", "48.5734", "Culture", "3500,50"),
        ),
    ),
    Template(
        "corrections",
        "Corrections de terrain",
        {
            "siret": "14 chiffres ; pour une antenne, un établissement de sa structure",
            "correction": f"{', '.join(KINDS.values())}",
            "source": "qui le dit ; obligatoire",
            "date": "jour du constat, 2026-05-31 ou 31/05/2026 ; obligatoire",
            "longitude": f"{_MOVED}, {_BRANCH} : degrés WGS84 de la nouvelle position",
            "latitude": f"{_MOVED}, {_BRANCH} : degrés WGS84",
            "denomination": f"{_BRANCH} : nom, au choix",
        },
        (
            ("90000000100017", _CLOSED, "EXEMPLE visite", "2026-05-31", "", "", ""),
            ("90000000100025", _BOX, "EXEMPLE visite", "2026-05-31", "", "", ""),
            ("90000000100033", _MOVED, "EXEMPLE visite", "2026-05-31", "7.7521", "48.5734", ""),
            ("90000000100017", _BRANCH, "EXEMPLE visite", "2026-05-31", "7.7521", "48.5734",
             "EXEMPLE antenne"),
        ),
    ),
    Template(
        "tableau-agrege",
        "Tableau agrégé",
        {
            "code_qp": "code du quartier (QN…, QP…), pas son nom seul",
            "famille": "au choix ; association, coopérative, mutuelle, fondation…, ou Ensemble",
            "secteur": "au choix ; ou Ensemble",
            "etablissements": "nombre d'établissements employeurs ; « s » : secret statistique",
            "emplois": "nombre d'emplois ; « s » : secret ; vide : sans donnée",
        },
        (
            ("QN06724M", "Associations", "Ensemble", "12", "148"),
            ("QN06724M", "Coopératives", "Ensemble", "s", "s"),
            ("QN06724M", "Ensemble", "Ensemble", "14", "171"),
        ),
    ),
)  # fmt: skip


def zones_example() -> bytes:
    """Return an example of a file of zones: one invented square, as GeoJSON in WGS84 degrees."""
    west, south, east, north = 7.74, 48.57, 7.76, 48.58
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    feature = {
        "type": "Feature",
        "properties": {"code": "Z1", "nom": "EXEMPLE à remplacer", "population": None},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    content = {"type": "FeatureCollection", "features": [feature]}
    return json.dumps(content, ensure_ascii=False, indent=1).encode()
