"""Rules that lead from a neighbourhood's figures to levers: data, validated on load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from essgeo.errors import DataError
from essgeo.forms import check_form, check_known
from essgeo.levers.catalogue import Catalogue
from essgeo.selection import parse
from essgeo.yamlfile import Document, Path_, read_yaml

#: The rules that the program ships.
SHIPPED = Path(__file__).with_name("rules.yaml")


@dataclass(frozen=True)
class Indicator:
    """What a rule looks at.

    Parameters
    ----------
    titre, pluriel
        In words, for less than two and from two on; a share has no plural.
    compte
        Establishments counted, as a query (``types=EI,ACI``); ``""`` for a column.
    around
        Whether the band around the neighbourhood is counted too.
    pour
        ``habitants`` or ``etablissements``.
    colonne, source
        Column of the table of neighbourhoods that holds it, and who publishes it.
    """

    id: str
    titre: str
    pluriel: str = ""
    compte: str = ""
    around: bool = False
    pour: str = ""
    colonne: str = ""
    source: str = ""


@dataclass(frozen=True)
class Condition:
    """When an indicator speaks.

    Parameters
    ----------
    sens
        ``bas``, ``haut``, ``absent`` or ``present``.
    seuil
        Share of the similar neighbourhoods among which it must be: 0.25, the lowest quarter.
    chance
        Whether a difference that may come from chance is enough.
    """

    indicateur: str
    sens: str
    seuil: float
    chance: bool


@dataclass(frozen=True)
class Rule:
    """A lever, and the conditions that must all hold for it to be worth discussing.

    Parameters
    ----------
    utiles
        Indicators that would help to decide, said missing when the folder has them not.
    poids
        Weight in the order of what is proposed.
    """

    levier: str
    quand: tuple[Condition, ...]
    utiles: tuple[str, ...]
    poids: float


@dataclass(frozen=True)
class Rules:
    """All the rules.

    Parameters
    ----------
    indicateurs
        Identifier -> indicator.
    regles
        One a lever.
    cadre
        Levers of the authority as a whole, which no neighbourhood's figure calls for.
    """

    indicateurs: Mapping[str, Indicator]
    regles: tuple[Rule, ...]
    cadre: tuple[str, ...]


def open_rules(catalogue: Catalogue, path: Path = SHIPPED) -> Rules:
    """Read rules.

    Raises
    ------
    DataError
        An unknown indicator or lever, a rule twice, a query that is none, a wrong form; the text
        names the file and the line.
    """
    document = _read(path)
    value = document.value
    indicateurs: dict[str, Indicator] = {}
    for place, item in enumerate(value["indicateurs"]):
        where: Path_ = ("indicateurs", place)
        if item["id"] in indicateurs:
            raise _wrong(path, document, where, f"indicateur en double « {item['id']} »")
        if item.get("compte", "tous") != "tous":
            problems = parse(item["compte"]).problems
            if problems:
                raise _wrong(path, document, (*where, "compte"), problems[0])
        indicateurs[item["id"]] = _indicator(item)
    regles: list[Rule] = []
    for place, item in enumerate(value["regles"]):
        where = ("regles", place)
        if item["levier"] in {rule.levier for rule in regles}:
            raise _wrong(path, document, where, f"deux règles pour « {item['levier']} »")
        check_known(path, document, (*where, "levier"), [item["levier"]], catalogue.leviers)
        named = [one["indicateur"] for one in item["quand"]]
        check_known(path, document, (*where, "quand"), named, indicateurs)
        check_known(path, document, (*where, "utiles"), item.get("utiles", []), indicateurs)
        for one in item["quand"]:
            if one["sens"] in ("bas", "haut") and not 0 < float(one.get("seuil", 0)) <= 0.5:
                said = "« bas » et « haut » demandent un seuil, de plus de 0 à 0.5"
                raise _wrong(path, document, (*where, "quand"), said)
        regles.append(_rule(item))
    cadre = tuple(value.get("cadre", ()))
    check_known(path, document, ("cadre",), cadre, catalogue.leviers)
    return Rules(indicateurs, tuple(regles), cadre)


@lru_cache(maxsize=4)
def _read(path: Path) -> Document:
    document = read_yaml(path)
    check_form(path, document, SHIPPED.with_name("rules_schema.json"))
    return document


def _wrong(path: Path, document: Document, where: Path_, said: str) -> DataError:
    return DataError(f"{path.name}, ligne {document.line(where)} : {said}.")


def _indicator(item: Mapping[str, Any]) -> Indicator:
    compte = item.get("compte", "")
    return Indicator(
        id=item["id"],
        titre=item["titre"],
        pluriel=item.get("pluriel", ""),
        compte="" if compte == "tous" else compte,
        around=item.get("ou") == "alentour",
        pour=item.get("pour", ""),
        colonne=item.get("colonne", ""),
        source=item.get("source", ""),
    )


def _rule(item: Mapping[str, Any]) -> Rule:
    quand = tuple(
        Condition(
            one["indicateur"], one["sens"], float(one.get("seuil", 0)), one.get("hasard") == "admis"
        )
        for one in item["quand"]
    )
    return Rule(item["levier"], quand, tuple(item.get("utiles", ())), float(item["poids"]))
