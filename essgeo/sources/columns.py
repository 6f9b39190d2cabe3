"""What the modules of official files share: their columns, found whatever their case."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from essgeo.errors import DataError
from essgeo.text import listing


@dataclass(frozen=True)
class Kind:
    """One kind of official file, known by its columns.

    Parameters
    ----------
    id
        Entry of the catalogue.
    libelle
        In words.
    needed
        Columns without which nothing can be made of it.
    optional
        Columns read when they are there.
    known
        Columns that tell it from others, besides those it needs.
    """

    id: str
    libelle: str
    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()
    known: tuple[str, ...] = ()

    def likeness(self, names: Iterable[str]) -> float:
        """Return the share of the columns that tell this kind, among those of a file."""
        found = {name.lower() for name in names}
        own = {name.lower() for name in (*self.needed, *self.known)}
        return len(own & found) / len(own)


def picked(table: ir.Table, kind: Kind, where: str) -> ir.Table:
    """Keep the columns of a kind under their official names; an optional one absent is null.

    Raises
    ------
    DataError
        Needed columns are missing; they are named, and the file too.
    """
    found = {name.lower(): name for name in table.columns}
    missing = [name for name in kind.needed if name.lower() not in found]
    if missing:
        raise DataError(
            f"{where} : {listing([f'« {name} »' for name in missing])} manque"
            f"{'nt' if len(missing) > 1 else ''} parmi ses colonnes ({kind.libelle}) ; "
            "reprenez le fichier à sa source."
        )
    return table.select(
        **{
            name: table[found[name.lower()]] if name.lower() in found else ibis.null("string")
            for name in (*kind.needed, *kind.optional)
        }
    )


def text(column: ir.Column) -> ir.StringColumn:
    """Read a column as text; null where it is empty."""
    written = column if column.type().is_string() else column.cast("string")
    return written.nullif("")


def code(column: ir.Column, width: int) -> ir.StringColumn:
    """Read an identifier as text; one held as a number gets the zeros at its head back."""
    return column if column.type().is_string() else column.cast("string").lpad(width, "0")


def siren(column: ir.Column) -> ir.StringColumn:
    """Read SIREN that may have lost the zeros at their head; null for what is none."""
    bare = column.cast("string").replace(" ", "")
    return ibis.cases((bare.re_search(r"^[0-9]{1,9}$"), bare.lpad(9, "0")))


def number(column: ir.Column) -> ir.FloatingColumn:
    """Read numbers; null for « [ND] » and whatever else is no number."""
    if column.type().is_numeric():
        return column.cast("float64")
    return column.cast("string").try_cast("float64")
