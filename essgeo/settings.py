"""Everything that can be set, as data: name, default, help.

A test proves that each setting stands in the documentation.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_dir

#: Root of the project: the default data folder lies below it wherever the program is called from.
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Setting:
    """One thing that can be set.

    Parameters
    ----------
    name
        Environment variable.
    default
        Value used when the variable is absent or empty.
    help
        One French line for the documentation.
    """

    name: str
    default: str
    help: str

    def read(self) -> str:
        """Return the value in force."""
        return os.environ.get(self.name, "").strip() or self.default


SETTINGS: dict[str, Setting] = {
    setting.name: setting
    for setting in (
        Setting(
            "ESSGEO_DATA",
            str(ROOT / "data"),
            "Dossier de données ouvert par l'application et la ligne de commande.",
        ),
        Setting(
            "ESSGEO_TAILLE_MAX_MO",
            "4096",
            "Taille maximale, en mégaoctets, d'un fichier lu ou téléchargé.",
        ),
        Setting(
            "ESSGEO_SECRET_UNITES",
            "3",
            "Unités (SIREN) qu'un chiffre tiré d'une source sous secret doit compter au moins.",
        ),
        Setting(
            "ESSGEO_SECRET_PART",
            "85",
            "Part maximale, en pour cent, qu'une seule unité peut avoir d'un tel chiffre.",
        ),
        Setting(
            "ESSGEO_NON_EMPLOYEURS",
            "compter",
            "« compter » : les non-employeurs sont comptés sans que leur position soit publiée ; "
            "« montrer » : ils sont listés et situés comme les autres.",
        ),
        Setting(
            "ESSGEO_SITE_FICHIERS",
            "https://www.data.gouv.fr",
            "Site des fichiers officiels que `fetch` télécharge (ou un miroir de celui-ci).",
        ),
        Setting(
            "ESSGEO_SITE_API",
            "https://recherche-entreprises.api.gouv.fr",
            "Site de l'API Recherche d'entreprises, que `fetch` interroge pour un territoire.",
        ),
        Setting(
            "ESSGEO_SITE_GEOCODAGE",
            "https://data.geopf.fr/geocodage",
            "Géocodeur auquel une adresse tapée est demandée, quand on l'autorise (Géoplateforme).",
        ),
        Setting(
            "ESSGEO_DOSSIERS",
            user_data_dir("essgeo", appauthor=False),
            "Dossier où l'application range les territoires officiels que l'on y charge.",
        ),
        Setting(
            "ESSGEO_DEPOT_MO",
            "50",
            "Taille maximale, en mégaoctets, d'un fichier déposé par un visiteur.",
        ),
        Setting(
            "ESSGEO_DEPOT_LIGNES",
            "300000",
            "Nombre maximal de lignes d'une liste déposée.",
        ),
        Setting(
            "ESSGEO_DEPOT_COLONNES",
            "500",
            "Nombre maximal de colonnes d'un fichier déposé.",
        ),
        Setting(
            "ESSGEO_DEPOT_ZONES",
            "5000",
            "Nombre maximal de zones d'un fichier de zones déposé.",
        ),
        Setting(
            "ESSGEO_DEPOT_SOMMETS",
            "500000",
            "Nombre maximal de sommets, en tout, des contours d'un fichier de zones déposé.",
        ),
        Setting(
            "ESSGEO_DEPOT_SECONDES",
            "60",
            "Temps, en secondes, laissé à la lecture d'un fichier déposé.",
        ),
        Setting(
            "ESSGEO_DEPOT_MEMOIRE_MO",
            "2500",
            "Mémoire, en mégaoctets, laissée à la lecture d'un fichier déposé.",
        ),
        Setting(
            "ESSGEO_DEPOT_ENSEMBLE",
            "2",
            "Nombre de fichiers déposés qui sont lus en même temps ; les suivants attendent.",
        ),
    )
}

#: Width in metres of the band around a neighbourhood (studies of CNCRESS/CGET use 300 m).
BAND_M = 300.0


def data_folder() -> Path:
    """Return the data folder in force (``ESSGEO_DATA`` or the project's own)."""
    return Path(SETTINGS["ESSGEO_DATA"].read()).expanduser()


def made_folders() -> Path:
    """Return where the app puts the data folders that it makes (``ESSGEO_DOSSIERS``)."""
    return Path(SETTINGS["ESSGEO_DOSSIERS"].read()).expanduser()
