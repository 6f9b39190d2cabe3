"""What the columns of an aggregated table are: neighbourhood, family, sector, what is counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import pandas as pd

from essgeo import nomenclatures
from essgeo.errors import DataError
from essgeo.intake import Taken
from essgeo.owndata.cells import DASH, ND, is_dash, is_nd, read_cell
from essgeo.text import fold

Axis = Literal["famille", "secteur"]
AXES: tuple[Axis, ...] = ("famille", "secteur")

#: What a table may count -> what people read.
MEASURES = {"etablissements": "Établissements employeurs", "emplois": "Emplois"}

#: Value of an axis for the sum of all its values.
TOTAL = ""

CODE = re.compile(r"Q[A-Z][0-9A-Z]{5,7}")
_TOTALS = ("total", "ensemble", "tous", "toutes", "tout")
_TOTAL_WORDS = frozenset({"ess"})
_COUNTED = {
    "etablissements": ("etab", "employeur"),
    "emplois": ("emploi", "poste", "salarie", "effectif"),
}
#: Columns that speak of jobs without counting them.
_OTHERS = ("etp", "equivalent", "part", "taux", "evolution", "masse", "salaire", "moyen", "rang")
_NAMES = {"famille": ("famille", "statut"), "secteur": ("secteur", "activite")}
_SMALL = frozenset(
    ("de", "des", "d", "du", "la", "le", "les", "l", "et", "en", "a", "aux", "nb", "nombre",
     "activite", "ess", "employeur", "dont")
)  # fmt: skip


@dataclass(frozen=True)
class Doubt:
    """A question on a table: its key among the answers, and its choices (the first one holds)."""

    key: str
    question: str
    choices: Mapping[str, str]


@dataclass(frozen=True)
class Column:
    """A column that counts something: what, and for which value of an axis (a wide table)."""

    name: str
    measure: str
    axis: Axis | None = None
    value: str = TOTAL


@dataclass(frozen=True)
class Roles:
    """What the columns of a table are.

    Parameters
    ----------
    quartier
        Column of the codes.
    axes
        Axis -> its column, for those that stand in rows.
    columns
        What is counted; ``measure`` is empty when the header does not say.
    left
        Names of the columns that are not used.
    """

    quartier: str
    axes: Mapping[Axis, str]
    columns: tuple[Column, ...]
    left: tuple[str, ...]


def recognise(taken: Taken) -> Roles:
    """Find what the columns of a table are.

    Raises
    ------
    DataError
        No column of neighbourhood codes, or nothing that counts establishments or jobs.
    """
    source = taken.raw.source
    names = [str(name) for name in source.columns]
    quartier = next(
        (name for name in names if _coded(source[name])),
        None,
    )
    if quartier is None:
        raise DataError(
            f"{taken.name} : aucune colonne de codes de quartier (QN…, QP…) ; ajoutez-la : les "
            "noms ne suffisent pas, 123 quartiers portent celui d'un autre."
        )
    axes: dict[Axis, str] = {}
    for axis in AXES:
        for name in names:
            if name != quartier and name not in axes.values() and _holds(source[name], name, axis):
                axes[axis] = name
                break
    columns = [
        found
        for name in names
        if name != quartier and name not in axes.values()
        for found in [_column(name, source[name])]
        if found is not None
    ]
    # Wide along an axis means several of its values; one alone is a coincidence of words.
    several = Counter(one.axis for one in columns if one.value != TOTAL)
    columns = [one for one in columns if one.axis is None or several[one.axis] > 1]
    columns = [one for one in columns if one.axis not in axes]
    if not any(several.values()):
        columns = [one for one in columns if one.measure]
    if not columns:
        raise DataError(
            f"{taken.name} : aucune colonne ne compte des établissements ou des emplois ; "
            "nommez-la « etablissements » ou « emplois »."
        )
    used = {quartier, *axes.values(), *(one.name for one in columns)}
    left = tuple(name for name in names if name not in used)
    return Roles(quartier, axes, tuple(columns), left)


def doubts(taken: Taken, roles: Roles) -> tuple[Doubt, ...]:
    """Return what only the owner of the table can tell."""
    out = []
    if any(not one.measure for one in roles.columns):
        out.append(Doubt("mesure", "Que comptent les colonnes sans nom de mesure ?", MEASURES))
    for measure, label in MEASURES.items():
        same = [one.name for one in roles.columns if one.measure == measure and one.axis is None]
        if len(same) > 1:
            question = f"Plusieurs colonnes comptent « {label.lower()} » : laquelle lire ?"
            out.append(Doubt(f"colonne.{measure}", question, {name: name for name in same}))
    texts = {str(text) for one in roles.columns for text in taken.raw.source[one.name].unique()}
    if any(is_dash(text) for text in texts):
        out.append(Doubt("tiret", "Que veut dire une case « - » ?", DASH))
    if any(is_nd(text) for text in texts):
        out.append(Doubt("nd", "Que veut dire une case « nd » ?", ND))
    return tuple(out)


def _coded(cells: pd.Series) -> bool:
    """Tell whether most of the cells of a column are codes of neighbourhoods."""
    texts = [text for cell in cells.unique() if (text := str(cell).strip().upper())]
    return 0 < len(texts) <= 2 * sum(bool(CODE.fullmatch(text)) for text in texts)


def _holds(cells: pd.Series, name: str, axis: Axis) -> bool:
    """Tell whether a column holds the values of an axis."""
    texts = [text for cell in cells.unique() if (text := str(cell).strip())]
    known = sum(bool(value_of(text, axis)) for text in texts)
    total = sum(is_total(text) for text in texts)
    if texts and known and 2 * (known + total) >= len(texts):
        return True
    # Named so, and in words: what the nomenclature does not know is kept as it is.
    return any(word in fold(name) for word in _NAMES[axis]) and not any(
        read_cell(text, {}).state == "ok" for text in texts
    )


def _column(name: str, cells: pd.Series) -> Column | None:
    """Tell what a column counts; None when it counts nothing known."""
    folded = fold(name)
    words = set(folded.split())
    if any(word.startswith(other) for word in words for other in _OTHERS) or "%" in name:
        return None
    measure = next(
        (
            measure
            for measure, starts in _COUNTED.items()
            if any(word.startswith(start) for word in words for start in starts)
        ),
        "",
    )
    rest = " ".join(
        word
        for word in folded.split()
        if not any(word.startswith(start) for starts in _COUNTED.values() for start in starts)
    )
    for axis in AXES:
        value = value_of(rest, axis) if rest else None
        if value:
            return Column(name, measure, axis, value)
    if measure:
        return Column(name, measure)
    numbers = [read_cell(str(text), {}).state == "ok" for text in cells.unique()]
    return Column(name, "") if rest and is_total(rest) and any(numbers) else None


def value_of(text: str, axis: Axis) -> str | None:
    """Return the slug of a label, `TOTAL` for a total, None for what is neither."""
    return TOTAL if is_total(text) else _known(axis).get(_bag(text))


@cache
def _known(axis: Axis) -> dict[frozenset[str], str]:
    found = {_bag(label): slug for slug, label in nomenclatures.labels(axis).items()}
    found |= {_bag(slug): slug for slug in nomenclatures.labels(axis)}
    found.pop(frozenset(), None)
    return found


@cache
def _bag(text: str) -> frozenset[str]:
    """Return the words of a label that tell it apart, in the singular."""
    words = (word.removesuffix("s") for word in fold(text).split())
    return frozenset(word for word in words if word not in _SMALL)


@cache
def is_total(text: str) -> bool:
    """Tell whether a label is that of a sum: « Total », « Ensemble des secteurs », « ESS »."""
    words = fold(text).split()
    return bool(words) and (words[0] in _TOTALS or set(words) <= _TOTAL_WORDS)
