"""An aggregated table as Insee or a CRESS delivers it: neighbourhood, family, sector, jobs.

Long (one row a neighbourhood, family and sector) or wide (families or sectors as columns). A cell
that is masked or empty is never 0; what is not understood is named and left aside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from essgeo.atlas import Atlas
from essgeo.errors import DataError
from essgeo.intake import Taken
from essgeo.owndata.cells import UNKNOWN, read_cell
from essgeo.owndata.table_columns import (
    AXES,
    CODE,
    MEASURES,
    TOTAL,
    Axis,
    Column,
    Roles,
    is_total,
    value_of,
)
from essgeo.readers import codes
from essgeo.text import NBSP, listing, one_line, plural

#: What stands before the label of a value that the nomenclature does not know.
FOREIGN = "?"


@dataclass(frozen=True)
class Provided:
    """A table read against a data folder.

    Parameters
    ----------
    cells
        One row a cell: ``code_qp, famille, secteur, mesure, valeur, etat, marque, ligne``; the
        empty family or sector is the total, one that begins with « ? » is not in our nomenclature.
    generation
        That of its neighbourhoods.
    axes
        Axes that the table has.
    lines
        What was found, in French.
    name, sha256
        File as given.
    """

    cells: pd.DataFrame
    generation: str
    axes: tuple[Axis, ...]
    lines: tuple[str, ...]
    name: str
    sha256: str


def read(taken: Taken, roles: Roles, atlas: Atlas, answers: Mapping[str, str]) -> Provided:
    """Read the cells of a table.

    Parameters
    ----------
    taken, roles
        The file, and what its columns are.
    atlas
        Whose neighbourhoods it speaks of.
    answers
        To :func:`doubts`, by key; what is not answered takes the first choice.

    Raises
    ------
    DataError
        Neighbourhoods of two generations, none that the folder knows, or a cell given twice.
    """
    source = taken.raw.source
    quartiers = source[roles.quartier].astype("str").str.strip().str.upper()
    generation, lines = _generation(taken, quartiers, atlas)
    known = quartiers.isin(set(atlas.generations[generation].quartiers["code_qp"]))
    values: dict[Axis, list[str]] = {}
    for axis in AXES:
        if axis in roles.axes:
            texts = source[roles.axes[axis]].astype("str")
            values[axis] = [_named(str(text), axis) for text in texts]
    # A line without its family is not a total: nobody said so.
    blank = pd.Series(False, index=source.index)
    for column in roles.axes.values():
        blank |= source[column].astype("str").str.strip() == ""
    if (known & blank).any():
        lines.append(f"{plural(int((known & blank).sum()), 'ligne')} sans famille ou sans secteur "
                     "lisible, laissées de côté.")  # fmt: skip
    rows = (known & ~blank).to_numpy().nonzero()[0].tolist()
    given = quartiers.tolist()
    made = []
    for one, measure in _counted(roles, answers):
        written = source[one.name].astype("str").tolist()
        own = {one.axis: one.value} if one.axis else {}
        for at in rows:
            where = {axis: values[axis][at] if axis in values else TOTAL for axis in AXES} | own
            made.append(
                (
                    given[at],
                    *(where[axis] for axis in AXES),
                    measure,
                    written[at],
                    taken.raw.row(at),
                )
            )
    names = ["code_qp", *AXES, "mesure", "texte", "ligne"]
    cells = pd.DataFrame(made, columns=names)
    _check_twice(taken, cells)
    read_ = {text: read_cell(text, answers) for text in cells["texte"].unique()}
    found = [read_[text] for text in cells.pop("texte")]
    cells["valeur"] = [one.value for one in found]
    cells["etat"] = [one.state for one in found]
    cells["marque"] = [one.mark for one in found]
    lines += _said(roles, cells, sum(one.strange for one in found))
    axes = tuple(
        axis for axis in AXES if axis in roles.axes or axis in {one.axis for one in roles.columns}
    )
    return Provided(cells, generation, axes, tuple(lines), taken.name, taken.sha256)


def _counted(roles: Roles, answers: Mapping[str, str]) -> Iterable[tuple[Column, str]]:
    """Yield the columns to read, with what each counts."""
    for one in roles.columns:
        measure = one.measure or answers.get("mesure", next(iter(MEASURES)))
        same = [
            other.name
            for other in roles.columns
            if other.axis is None and other.measure == one.measure
        ]
        wanted = answers.get(f"colonne.{one.measure}", same[0] if same else "")
        if one.axis is None and one.measure and one.name != wanted:
            continue
        yield one, measure


def _named(text: str, axis: Axis) -> str:
    value = value_of(text.strip(), axis) if text.strip() else TOTAL
    return FOREIGN + one_line(text, 80) if value is None else value


def _generation(taken: Taken, quartiers: pd.Series, atlas: Atlas) -> tuple[str, list[str]]:
    """Return the generation of the codes, and what is said of those that are not known."""
    given = {code for code in quartiers.unique() if CODE.fullmatch(code)}
    shapes = dict(zip(given, codes.generation(pd.Series(list(given), dtype="str")), strict=True))
    held = {
        name: given & set(generation.quartiers["code_qp"])
        for name, generation in atlas.generations.items()
    }
    told = {shape for shape in shapes.values() if shape} | {
        name for name, found in held.items() if found
    }
    if len(told) > 1:
        each = [
            f"{name}, {min(code for code in given if name in (shapes[code], *_in(held, code)))}…"
            for name in sorted(told)
        ]
        raise DataError(
            f"{taken.name} : des quartiers de plusieurs générations dans une même table "
            f"({listing(each)}) ; séparez-les, leurs périmètres ne s'additionnent pas."
        )
    name = next(iter(told), "")
    if not held.get(name):
        raise DataError(
            f"{taken.name} : aucun code de quartier n'est dans ce dossier de données "
            f"({listing(sorted(given), 3) or 'aucun code lu'}) ; ouvrez le territoire de la table."
        )
    lines = []
    unknown = sorted(given - held[name])
    if unknown:
        lines.append(
            f"{plural(len(unknown), 'code inconnu', 'codes inconnus')} de ce dossier de données, "
            f"laissé{'s' if len(unknown) > 1 else ''} de côté{NBSP}: {listing(unknown)}."
        )
    strange = [text for text in quartiers if text and not CODE.fullmatch(text)]
    totals = sum(is_total(text) for text in strange)
    if totals:
        lines.append(
            f"{plural(totals, 'ligne')} de total de plusieurs quartiers, ni montrée"
            f"{'s' if totals > 1 else ''} ni utilisée{'s' if totals > 1 else ''}."
        )
    others = sorted({one_line(text, 40) for text in strange if not is_total(text)})
    if others:
        lines.append(
            f"{plural(len(others), 'texte')} à la place d'un code de quartier{NBSP}: "
            f"« {listing(others, 3)} »."
        )
    return name, lines


def _in(held: Mapping[str, set[str]], code: str) -> list[str]:
    return [name for name, found in held.items() if code in found]


def _check_twice(taken: Taken, cells: pd.DataFrame) -> None:
    keys = ["code_qp", *AXES, "mesure"]
    twice = cells.duplicated(keys)
    if twice.any():
        row = cells[twice].iloc[0]
        first = cells[(cells[keys] == row[keys]).all(axis=1)].iloc[0]
        raise DataError(
            f"{taken.name} : ligne {row['ligne']}, {row['code_qp']} est donné deux fois pour la "
            f"même case (déjà ligne {first['ligne']}) ; gardez-en une."
        )


def _said(roles: Roles, cells: pd.DataFrame, strange: int) -> list[str]:
    lines = []
    for axis in AXES:
        foreign = sorted({text[1:] for text in cells[axis].unique() if text.startswith(FOREIGN)})
        if foreign:
            lines.append(
                f"{plural(len(foreign), axis)} hors de notre nomenclature, sans chiffre calculé à "
                f"côté{NBSP}: {listing(foreign)}."
            )
    if strange:
        lines.append(
            f"{plural(strange, 'case')} dont la marque n'est pas comprise, tenue"
            f"{'s' if strange > 1 else ''} pour secrète{'s' if strange > 1 else ''}."
        )
    empty = int((cells["etat"] == UNKNOWN).sum())
    if empty:
        lines.append(f"{plural(empty, 'case')} sans donnée, jamais comptée"
                     f"{'s' if empty > 1 else ''} pour 0.")  # fmt: skip
    if roles.left:
        lines.append(f"Colonnes non utilisées{NBSP}: {listing(list(roles.left))}.")
    return lines
