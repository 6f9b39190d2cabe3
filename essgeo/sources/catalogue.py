"""The catalogue of official sources: who publishes what, where, under which licence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from essgeo.errors import DataError
from essgeo.forms import check_form
from essgeo.yamlfile import read_yaml

#: The catalogue that the program ships.
SHIPPED = Path(__file__).with_name("catalogue.yaml")


@dataclass(frozen=True)
class Resource:
    """One file of a source, in one format.

    Parameters
    ----------
    id
        Identifier of the resource on data.gouv.fr.
    format
        ``parquet``, ``csv``, ``csv.zip`` (kept zipped) or ``geojson.zip`` (unzipped).
    fichier
        Name given to the file in the folder of raw files; never the server's.
    entree
        File that is wanted of a zip that holds several.
    octets
        Size seen by whoever wrote the catalogue, to warn before downloading; None when unknown.
    """

    id: str
    format: str
    fichier: str
    entree: str
    octets: int | None

    @property
    def path(self) -> str:
        """Return the path of the file on the site; it does not change when the file does."""
        return f"/api/1/datasets/r/{self.id}"


@dataclass(frozen=True)
class Dataset:
    """One official source.

    Parameters
    ----------
    id
        Short name, also on the command line.
    titre, producteur, licence
        In words; the licence is empty when it was not read.
    jeu
        Identifier of the data set on data.gouv.fr; empty when it is published elsewhere.
    page
        Where people read about it.
    frequence
        How often a new file replaces the former one; empty when unknown.
    colonnes
        Columns without which a file is not this one; empty when they were not checked.
    non_verifie
        What nobody has checked yet, in words.
    ressources
        The same content in several formats, the preferred one first; none: taken by hand.
    """

    id: str
    titre: str
    producteur: str
    licence: str
    jeu: str
    page: str
    frequence: str
    colonnes: tuple[str, ...]
    non_verifie: str
    ressources: tuple[Resource, ...]

    def resource(self, wanted: str) -> Resource:
        """Return the file in a format, or else the preferred one.

        Parameters
        ----------
        wanted
            Start of a format: ``parquet`` or ``csv``.
        """
        return next(
            (one for one in self.ressources if one.format.startswith(wanted)), self.ressources[0]
        )


@lru_cache(maxsize=4)
def open_sources(path: Path = SHIPPED) -> Mapping[str, Dataset]:
    """Read the catalogue: identifier -> source, in its order.

    Raises
    ------
    DataError
        A wrong form, or an identifier or a file name twice; the text names the file and line.
    """
    document = read_yaml(path)
    check_form(path, document, SHIPPED.with_name("schema.json"))
    found: dict[str, Dataset] = {}
    names: set[str] = set()
    for place, item in enumerate(document.value["sources"]):
        one = _dataset(item)
        own = [one.id, *(resource.fichier for resource in one.ressources)]
        twice = [name for at, name in enumerate(own) if name in names or name in own[:at]]
        if twice:
            line = document.line(("sources", place))
            raise DataError(f"{path.name}, ligne {line} : « {twice[0]} » sert déjà.")
        names.update(own)
        found[one.id] = one
    return MappingProxyType(found)


def _dataset(item: Mapping[str, Any]) -> Dataset:
    return Dataset(
        id=item["id"],
        titre=item["titre"],
        producteur=item["producteur"],
        licence=item.get("licence", ""),
        jeu=item.get("jeu", ""),
        page=item["page"],
        frequence=item.get("frequence", ""),
        colonnes=tuple(item.get("colonnes", ())),
        non_verifie=item.get("non_verifie", ""),
        ressources=tuple(
            Resource(
                id=one["id"],
                format=one["format"],
                fichier=one["fichier"],
                entree=one.get("entree", ""),
                octets=int(one["taille_mo"]) * 1_000_000 if "taille_mo" in one else None,
            )
            for one in item["ressources"]
        ),
    )
