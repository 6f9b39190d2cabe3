"""What a data folder says of itself: nature, sources, tables and their fingerprints."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, cast, get_args

from essgeo.errors import DataError

#: Name of the file that makes a folder a data folder of ours.
FILE = "manifest.json"

#: Version of the folder's format; a folder of a later one is refused.
FORMAT = 1

#: Identifiers of the sources that a visitor's own zones and corrections are.
OWN_ZONES, CORRECTIONS = "zones", "corrections"

Nature = Literal["simulation", "officiel", "mixte"]

LIB_NATURE: dict[Nature, str] = {
    "simulation": "démonstration, données simulées",
    "officiel": "données officielles",
    "mixte": "données officielles et simulées mêlées",
}


@dataclass(frozen=True)
class Source:
    """One source of a data folder.

    Parameters
    ----------
    id, titre, editeur, licence, url
        Short name and words of the publisher; empty when unknown.
    date
        Date of the source (vintage), as its publisher writes it; never the date of the build.
    lignes
        Rows of the source file, when counted.
    sha256
        Fingerprint of the *source* file.
    secret
        Whether the source falls under statistical secrecy (exact headcounts, Flores, Clap…).
    fichier
        Name of the source file.
    """

    id: str
    titre: str
    editeur: str = ""
    date: str = ""
    licence: str = ""
    url: str = ""
    lignes: int | None = None
    sha256: str = ""
    secret: bool = False
    fichier: str = ""

    def __str__(self) -> str:
        """Return the source as one line for captions and exports."""
        parts = (self.editeur, self.titre, self.date)
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True)
class Table:
    """One table of a data folder: its file, rows and fingerprint."""

    fichier: str
    lignes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a data folder says of itself.

    Parameters
    ----------
    nature
        Whether figures are simulated, official or both.
    titre
        One line naming the folder's content.
    sources
        Sources, in order of importance.
    notes
        What a reader must know (French sentences).
    generations
        Generations of outlines held, newest first.
    tables
        Filled when the folder is written.
    """

    nature: Nature
    titre: str
    sources: tuple[Source, ...] = ()
    notes: tuple[str, ...] = ()
    generations: tuple[str, ...] = ()
    tables: Mapping[str, Table] = field(default_factory=dict)

    @property
    def simulated(self) -> bool:
        """Whether any figure of the folder is simulated."""
        return self.nature != "officiel"

    @cached_property
    def secret(self) -> bool:
        """Whether a source falls under statistical secrecy."""
        return any(source.secret for source in self.sources)

    @property
    def corrections(self) -> int:
        """How many corrections de terrain the figures are made with."""
        return sum(source.lignes or 0 for source in self.sources if source.id == CORRECTIONS)

    def about(self, generation: str) -> tuple[Source, ...]:
        """Return the sources of figures on one generation: a visitor's zones only of theirs."""
        return tuple(one for one in self.sources if one.id != OWN_ZONES or generation == OWN_ZONES)

    def caption(self) -> str:
        """Return sources as one French line."""
        return " ; ".join(str(source) for source in self.sources) or self.titre

    def to_json(self) -> str:
        """Return the manifest as JSON text: same content, same bytes."""
        content = {"format": FORMAT, **asdict(self)}
        return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def read(folder: Path) -> Manifest:
    """Read the manifest of a data folder.

    Raises
    ------
    DataError
        The folder or its manifest is missing, the manifest is not JSON, is of a later format,
        lacks ``nature`` or names an unknown one, or one of its entries is malformed.
    """
    path = folder / FILE
    if not folder.is_dir():
        raise DataError(
            f"{folder} : ce dossier de données n'existe pas ; vérifiez le chemin "
            "(option --data ou variable ESSGEO_DATA)."
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(
            f"{folder} : pas de {FILE}, ce n'est pas un dossier de données d'essgeo ; "
            "créez-en un avec « python -m essgeo build » ou « demo »."
        ) from None
    except OSError as error:
        raise DataError(
            f"{path} : lecture impossible ({error.strerror}) ; vérifiez vos droits."
        ) from error
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{path} : ce n'est pas du JSON lisible ; reconstruisez le dossier."
        ) from error
    if not isinstance(content, dict):
        raise DataError(f"{path} : un objet JSON est attendu ; reconstruisez le dossier.")
    return _parse(path, content)


def _parse(path: Path, content: dict[str, Any]) -> Manifest:
    written = content.get("format", FORMAT)
    if not isinstance(written, int) or written > FORMAT:
        raise DataError(
            f"{path} : format {written!r} inconnu de cette version ({FORMAT}) ; "
            "mettez essgeo à jour ou reconstruisez le dossier."
        )
    if content.get("nature") not in get_args(Nature):
        raise DataError(
            f"{path} : « nature » doit valoir {', '.join(get_args(Nature))} ; "
            "corrigez-la ou reconstruisez le dossier."
        )
    try:
        known = {item.name for item in fields(Source)}
        sources = tuple(
            Source(**{key: value for key, value in dict(entry).items() if key in known})
            for entry in content.get("sources", ())
        )
        tables = {
            str(name): Table(str(entry["fichier"]), int(entry["lignes"]), str(entry["sha256"]))
            for name, entry in dict(content.get("tables", {})).items()
        }
        texts = {
            key: tuple(str(item) for item in content.get(key, ()))
            for key in ("notes", "generations")
        }
    except (TypeError, ValueError, KeyError) as error:
        raise DataError(
            f"{path} : une entrée de « sources » ou de « tables » est mal formée ({error}) ; "
            "reconstruisez le dossier."
        ) from error
    for name, table in tables.items():
        # A manifest that somebody else wrote must not lead outside its folder.
        if Path(table.fichier).name != table.fichier:
            raise DataError(
                f"{path} : la table « {name} » pointe hors du dossier ; reconstruisez-le."
            )
    return Manifest(
        nature=cast("Nature", content["nature"]),
        titre=str(content.get("titre", "")),
        sources=sources,
        tables=tables,
        **texts,
    )
