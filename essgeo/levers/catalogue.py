"""The catalogue of levers: what a local authority can do, who says so, and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from essgeo.errors import DataError
from essgeo.forms import check_form, check_known
from essgeo.text import fold
from essgeo.yamlfile import Document, Path_, read_yaml

#: The catalogue that the program ships.
SHIPPED = Path(__file__).with_name("catalogue.yaml")
#: Name of the file by which a data folder adds its own levers and examples.
LOCAL = "leviers.yaml"

LIB_NATURE = {
    "role": "Rôle de la collectivité",
    "outil": "Outil",
    "objet": "Objet de redynamisation",
    "initiative": "Initiative de l'ESS",
}

#: Sections of a catalogue whose entries have a title; levers come last, as they refer to them.
SECTIONS = (
    "documents",
    "renvois",
    "familles",
    "objectifs",
    "types",
    "acteurs",
    "fonds",
    "territoires",
    "exemples",
    "reperes",
    "leviers",
)

#: Field of a lever -> section that its identifiers come from.
_REFERS = {
    "famille": "familles",
    "acteurs": "acteurs",
    "fonds": "fonds",
    "types": "types",
    "objectifs_politique_ville": "objectifs",
    "territoire": "territoires",
    "exemples": "exemples",
    "renvois": "renvois",
}


@dataclass(frozen=True)
class Field:
    """A text of a lever and where it comes from.

    Parameters
    ----------
    texte
        In words.
    source
        References « document:lines ».
    ajout
        Whether it is an addition that no document says.
    """

    texte: str
    source: tuple[str, ...] = ()
    ajout: bool = False


@dataclass(frozen=True)
class Entry:
    """Anything named: a family, an actor, a fund, an example or a document."""

    id: str
    titre: str
    texte: str = ""
    source: tuple[str, ...] = ()
    more: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Lever:
    """One role, tool, object or initiative; an empty field is what no document says.

    Parameters
    ----------
    nature
        A key of `LIB_NATURE`.
    acteurs, fonds, types, objectifs, exemples, renvois
        Identifiers of entries of the catalogue.
    added
        Which of ``types`` and ``objectifs_politique_ville`` are additions.
    provenance
        Field -> references « document:lines ».
    local
        Whether the data folder added it.
    """

    id: str
    nature: str
    famille: str
    titre: str
    objectif: Field
    instrument: Field
    statut: Field
    note_vigueur: Field
    verifie_le: str
    acteurs: tuple[str, ...]
    fonds: tuple[str, ...]
    types: tuple[str, ...]
    objectifs: tuple[str, ...]
    territoire: str
    exemples: tuple[str, ...]
    renvois: tuple[str, ...]
    source: tuple[str, ...]
    mots: tuple[str, ...]
    added: tuple[str, ...]
    provenance: Mapping[str, tuple[str, ...]]
    local: bool


@dataclass(frozen=True)
class Catalogue:
    """Levers and everything that they refer to, in the order of the file.

    Parameters
    ----------
    sections
        Section -> identifier -> entry; ``leviers`` excepted.
    leviers
        Identifier -> lever.
    """

    sections: Mapping[str, Mapping[str, Entry]]
    leviers: Mapping[str, Lever]

    def title(self, section: str, one: str) -> str:
        """Return the title of an entry, ``""`` for none."""
        found = self.sections[section].get(one)
        return found.titre if found else ""

    def titles(self, section: str, ids: tuple[str, ...]) -> list[str]:
        """Return the titles of entries."""
        return [self.title(section, one) for one in ids]

    def currency(self, lever: Lever) -> str:
        """Say how recent what is said of a lever is, and whether it was checked since."""
        cited = dict.fromkeys(
            self.sections["documents"][_document(one)].more["cite"] for one in lever.source
        )
        checked = f"vérifié le {lever.verifie_le}" if lever.verifie_le else "non vérifié depuis"
        parts = [f"{' ; '.join(cited)} ; {checked}", lever.note_vigueur.texte]
        return ". ".join(part.rstrip(".") for part in parts if part) + "."

    def passages(self, source: tuple[str, ...]) -> dict[str, str]:
        """Return the lines of each document: identifier -> « l. 19–21, 40 »."""
        lines: dict[str, list[str]] = {}
        for one in source:
            document, _, place = one.partition(":")
            lines.setdefault(document, []).extend([place.replace("-", "–")] if place else [])
        return {
            document: f"l. {', '.join(dict.fromkeys(found))}" if found else ""
            for document, found in lines.items()
        }

    def texts(self, lever: Lever) -> str:
        """Return all the words of a lever, folded, for a search."""
        named = [
            *self.titles("acteurs", lever.acteurs),
            *self.titles("fonds", lever.fonds),
            *self.titles("types", lever.types),
            *self.titles("exemples", lever.exemples),
            self.title("familles", lever.famille),
            self.title("territoires", lever.territoire),
        ]
        own = [lever.titre, lever.objectif.texte, lever.instrument.texte, lever.statut.texte]
        return fold(" ".join([*own, *named, *lever.mots]))


def open_catalogue(folder: Path | None = None) -> Catalogue:
    """Read the shipped catalogue and what a data folder adds to it.

    Parameters
    ----------
    folder
        Data folder; its `LOCAL` file is read when there is one.

    Raises
    ------
    DataError
        The text names the file and the line.
    """
    local = folder / LOCAL if folder else None
    if local is None or not local.is_file():
        return _shipped()
    return _catalogue([(SHIPPED, read_yaml(SHIPPED)), (local, read_yaml(local))])


@lru_cache(maxsize=1)
def _shipped() -> Catalogue:
    return _catalogue([(SHIPPED, read_yaml(SHIPPED))])


def _catalogue(files: list[tuple[Path, Document]]) -> Catalogue:
    sections: dict[str, dict[str, Entry]] = {name: {} for name in SECTIONS[:-1]}
    leviers: dict[str, Lever] = {}
    for path, document in files:
        check_form(path, document, SHIPPED.with_name("schema.json"))
        for name in SECTIONS[:-1]:
            for place, item in _items(document, name):
                _new(path, document, (name, place), item["id"], sections[name])
                sections[name][item["id"]] = _entry(item)
    for path, document in files:
        # Once all is known: a local lever may use the actors of the shipped catalogue.
        for name in SECTIONS:
            for place, item in _items(document, name):
                _check_references(path, document, (name, place), item, sections)
        for place, item in _items(document, "leviers"):
            _new(path, document, ("leviers", place), item["id"], leviers)
            leviers[item["id"]] = _lever(item, local=path != SHIPPED)
    return Catalogue(sections, leviers)


def _items(document: Document, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    yield from enumerate(document.value.get(name, ()))


def _new(
    path: Path, document: Document, where: Path_, one: str, known: Mapping[str, object]
) -> None:
    if one in known:
        line = document.line((*where, "id"))
        raise DataError(f"{path.name}, ligne {line} : identifiant en double « {one} ».")


def _check_references(
    path: Path,
    document: Document,
    where: Path_,
    item: Mapping[str, Any],
    sections: Mapping[str, Mapping[str, Entry]],
) -> None:
    """Refuse an identifier that no section defines."""
    for name, value in item.items():
        if name == "source":
            wanted, section = [_document(one) for one in value], "documents"
        elif name in _REFERS:
            section = _REFERS[name]
            found = value["ids"] if isinstance(value, dict) else value
            wanted = [found] if isinstance(found, str) else found
        else:
            continue
        place = (*where, name)
        check_known(path, document, place, wanted, sections[section], field=name, choices=True)
        if isinstance(value, dict):
            _check_references(path, document, place, value, sections)


def _document(reference: str) -> str:
    return reference.partition(":")[0]


def _entry(item: Mapping[str, Any]) -> Entry:
    known = ("id", "titre", "texte", "source")
    return Entry(
        id=item["id"],
        titre=item.get("titre", ""),
        texte=item.get("texte", ""),
        source=tuple(item.get("source", ())),
        more={name: value for name, value in item.items() if name not in known},
    )


def _lever(item: Mapping[str, Any], *, local: bool) -> Lever:
    fields = ("objectif", "instrument", "statut", "note_vigueur")
    choices = ("types", "objectifs_politique_ville")
    held = {name: item[name] for name in (*fields, *choices) if name in item}

    def text(name: str) -> Field:
        value = item.get(name, {})
        return Field(
            value.get("texte", ""), tuple(value.get("source", ())), bool(value.get("ajout"))
        )

    def ids(name: str) -> tuple[str, ...]:
        value = item.get(name, ())
        return tuple(value["ids"] if isinstance(value, dict) else value)

    return Lever(
        id=item["id"],
        nature=item["nature"],
        famille=item["famille"],
        titre=item["titre"],
        objectif=text("objectif"),
        instrument=text("instrument"),
        statut=text("statut"),
        note_vigueur=text("note_vigueur"),
        verifie_le=item.get("verifie_le", ""),
        acteurs=ids("acteurs"),
        fonds=ids("fonds"),
        types=ids("types"),
        objectifs=ids("objectifs_politique_ville"),
        territoire=item.get("territoire", ""),
        exemples=ids("exemples"),
        renvois=ids("renvois"),
        source=tuple(item["source"]),
        mots=tuple(item.get("mots", ())),
        added=tuple(name for name, value in held.items() if value.get("ajout")),
        provenance={
            name: tuple(value["source"]) for name, value in held.items() if "source" in value
        },
        local=local,
    )
