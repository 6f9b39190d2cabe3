"""Cases told from the documents of the catalogue: each sentence with its lines and its levers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from essgeo.forms import check_form, check_known
from essgeo.levers.catalogue import Catalogue
from essgeo.yamlfile import Document, Path_, read_yaml

#: The cases that the program ships.
SHIPPED = Path(__file__).with_name("cases.yaml")


@dataclass(frozen=True)
class Statement:
    """A sentence, where a document says it, and the levers that it is about.

    Parameters
    ----------
    source
        References « document:lines »; none when the sentence is ours.
    leviers
        Identifiers in the catalogue.
    """

    texte: str
    source: tuple[str, ...]
    leviers: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """One chapter of a case."""

    titre: str
    dits: tuple[Statement, ...]


@dataclass(frozen=True)
class Case:
    """A place, and what the documents tell of it.

    Parameters
    ----------
    territoire
        Identifier in the catalogue; it knows the commune.
    """

    id: str
    titre: str
    territoire: str
    chapeau: Statement
    etapes: tuple[Step, ...]

    @property
    def leviers(self) -> tuple[str, ...]:
        """Levers of the case, in the order in which it tells them."""
        found = (one for step in self.etapes for said in step.dits for one in said.leviers)
        return tuple(dict.fromkeys(found))


def open_cases(catalogue: Catalogue, path: Path = SHIPPED) -> tuple[Case, ...]:
    """Read cases.

    Raises
    ------
    DataError
        A wrong form, an unknown document, lever or territory; the text names the file and line.
    """
    document = read_yaml(path)
    check_form(path, document, SHIPPED.with_name("cases_schema.json"))
    cases = []
    for place, item in enumerate(document.value["cas"]):
        where: Path_ = ("cas", place)
        known = catalogue.sections["territoires"]
        check_known(path, document, (*where, "territoire"), [item["territoire"]], known)
        etapes = tuple(
            Step(
                step["titre"],
                tuple(
                    _statement(
                        path, document, (*where, "etapes", rank, "dits", row), said, catalogue
                    )
                    for row, said in enumerate(step["dits"])
                ),
            )
            for rank, step in enumerate(item["etapes"])
        )
        chapeau = _statement(path, document, (*where, "chapeau"), item["chapeau"], catalogue)
        cases.append(Case(item["id"], item["titre"], item["territoire"], chapeau, etapes))
    return tuple(cases)


def _statement(
    path: Path, document: Document, where: Path_, item: Mapping[str, Any], catalogue: Catalogue
) -> Statement:
    source, leviers = tuple(item.get("source", ())), tuple(item.get("leviers", ()))
    named = [one.partition(":")[0] for one in source]
    check_known(path, document, where, named, catalogue.sections["documents"])
    check_known(path, document, where, leviers, catalogue.leviers)
    return Statement(item["texte"], source, leviers)
