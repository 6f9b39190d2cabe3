"""How a file is to be read: as an official one, or as a person's own spreadsheet."""

from __future__ import annotations

from dataclasses import dataclass

from essgeo.readers.report import Journal
from essgeo.settings import SETTINGS
from essgeo.text import number


@dataclass(frozen=True)
class Request:
    """What is asked of the readers.

    Parameters
    ----------
    octets
        Bytes that an archive may hold once open; None for ``ESSGEO_TAILLE_MAX_MO``.
    rows, columns
        How many may be read; None for as many as there are.
    loose
        Whether the table may stand under a title, have one column or no header, as people's
        own do. Official files have their header on their first line.
    sheet
        Sheet of a workbook to read; None for the first that holds a table.
    numbers
        Names of columns left as numbers where a file holds them so; every other cell becomes text.
    """

    octets: int | None = None
    rows: int | None = None
    columns: int | None = None
    loose: bool = False
    sheet: str | None = None
    numbers: frozenset[str] = frozenset()

    @property
    def most(self) -> int:
        """Bytes allowed, once unpacked."""
        return max_bytes() if self.octets is None else self.octets

    @property
    def advice(self) -> str:
        """What to do about a file that is too big."""
        if self.octets is None:
            return "relevez ESSGEO_TAILLE_MAX_MO si c'est voulu"
        return "gardez ce qui est utile, ou donnez un CSV"

    def check_rows(self, rows: int, journal: Journal) -> None:
        """Refuse more rows than are read.

        Raises
        ------
        DataError
            Says both numbers.
        """
        if self.rows is not None and rows > self.rows:
            raise journal.error(
                f"le fichier a {number(rows)} lignes, plus que la limite de {number(self.rows)} ; "
                "gardez celles qui sont utiles, ou coupez-le en plusieurs."
            )

    def check_columns(self, columns: int, journal: Journal) -> None:
        """Refuse more columns than are read.

        Raises
        ------
        DataError
            Says both numbers.
        """
        if self.columns is not None and columns > self.columns:
            raise journal.error(
                f"le fichier a {number(columns)} colonnes, plus que la limite de "
                f"{number(self.columns)} ; gardez celles qui sont utiles."
            )


def max_bytes() -> int:
    """Return the size cap in bytes (``ESSGEO_TAILLE_MAX_MO``)."""
    setting = SETTINGS["ESSGEO_TAILLE_MAX_MO"]
    try:
        megabytes = float(setting.read().replace(",", "."))
    except ValueError:
        megabytes = float(setting.default)
    return int(megabytes * 1_000_000)


#: The request of those who ask for nothing special.
OFFICIAL = Request()
