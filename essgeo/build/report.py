"""The quality report of a build: what was read, kept, left out and why."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from essgeo import nomenclatures
from essgeo.datafolder import REPORT
from essgeo.join import JoinResult
from essgeo.text import number

HEADER = ("partie", "mesure", "valeur", "note")

#: Codes that got no class are listed up to this many.
_LISTED = 10

_RECONCILED = {
    "accord": "même quartier que l'Insee",
    "desaccord": "autre quartier que l'Insee",
    "seulement_essgeo": "dans un quartier, hors zonage pour l'Insee",
    "seulement_insee": "dans un quartier pour l'Insee seul",
    "aucun": "hors quartier pour les deux",
    "non_renseigne": "l'Insee ne dit rien",
}


@dataclass
class Report:
    """Lines of a report, in the order in which they are written."""

    lines: list[tuple[str, str, int | str, str]] = field(default_factory=list)

    def add(self, part: str, measure: str, value: int | str, note: str = "") -> None:
        """Add a line."""
        self.lines.append((part, measure, value, note))

    def add_all(self, part: str, measures: Mapping[str, int]) -> None:
        """Add a line a measure."""
        for measure, value in measures.items():
            self.add(part, measure, value)

    def value(self, part: str, measure: str) -> int | str:
        """Return what a line says.

        Raises
        ------
        KeyError
            There is no such line.
        """
        for line in self.lines:
            if line[:2] == (part, measure):
                return line[2]
        raise KeyError((part, measure))

    def join(self, generation: str, result: JoinResult) -> None:
        """Add what a join found: conservation of rows, reasons, Insee's own attribution."""
        part = f"rattachement {generation}"
        self.add_all(part, result.conservation)
        rest = result.conservation["total"] - sum(
            count for name, count in result.conservation.items() if name != "total"
        )
        self.add(part, "écart de conservation", rest, "doit être 0")
        self.add_all(part, {f"motif : {text}": count for text, count in result.reasons.items()})
        for name, count in (result.reconciliation or {}).items():
            self.add(part, f"réconciliation : {_RECONCILED[name]}", count)

    def classes(self, points: pd.DataFrame) -> None:
        """Add the codes that no nomenclature classes."""
        for title, codes, slugs in (
            ("famille", points["categorie_juridique"], points["famille"]),
            ("secteur", points["activite_principale"], points["secteur"]),
        ):
            lost = nomenclatures.non_classes(codes, slugs)
            self.add("non classés", f"{title} : établissements", sum(lost.values()))
            for code, count in list(lost.items())[:_LISTED]:
                self.add("non classés", f"{title} : code « {code or 'vide'} »", count)

    def summary(self) -> list[str]:
        """Say in a few French lines what matters most."""
        kept = {(part, measure): value for part, measure, value, _ in self.lines}
        lines = []
        for part, measure in (
            ("stock-etablissement", "lignes"),
            ("stock-etablissement", "ouverts"),
            ("stock-etablissement", "retenus : de l'ESS"),
            ("stock-etablissement", "de l'ESS : effectif repris de l'établissement fermé"),
            ("ESS", "unités"),
            ("ESS", "sans établissement ouvert"),
        ):
            value = kept.get((part, measure))
            if isinstance(value, int):
                lines.append(f"{part}, {measure} : {number(value)}")
        for (part, measure), value in kept.items():
            if measure in ("dedans", "proche", "non_localise") and isinstance(value, int):
                lines.append(f"{part}, {measure} : {number(value)}")
        return lines

    def text(self) -> str:
        """Return the report as CSV: `HEADER`, then the lines."""
        written = io.StringIO()
        writer = csv.writer(written, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(self.lines)
        return written.getvalue()


def read_report(folder: Path) -> pd.DataFrame | None:
    """Return the report that a build left in a data folder: columns `HEADER`, all text.

    None when the folder has none (two files, the demonstration) or when it is not one of ours.
    """
    try:
        found = pd.read_csv(folder / REPORT, dtype="str", keep_default_na=False, encoding="utf-8")
    except (OSError, ValueError):
        return None
    return found if tuple(found.columns) == HEADER else None
