"""What is this file? Says it, and every problem found, without ever raising for bad data."""

from __future__ import annotations

from pathlib import Path

import shapely

from essgeo.errors import DataError
from essgeo.readers.columns import recognise
from essgeo.readers.etablissements import build_etablissements
from essgeo.readers.loading import load
from essgeo.readers.population import build_population
from essgeo.readers.quartiers import build_quartiers
from essgeo.readers.raw import Raw
from essgeo.readers.report import FileReport, Journal, Kind
from essgeo.readers.reporting import make_report


def inspect(path: Path) -> FileReport:
    """Say what a file is, and every problem found in it.

    Parameters
    ----------
    path
        Any file. A folder is only named as such: what a data folder holds is told elsewhere.
    """
    path = Path(path)
    journal = Journal(path)
    if path.is_dir():
        if not (path / "manifest.json").is_file():
            journal.block("c'est un dossier sans manifest.json, pas un dossier de données.")
        return FileReport(path=path, kind="dossier", problems=tuple(journal.problems))
    try:
        raw = load(path, journal)
    except DataError:
        return FileReport(path=path, format=journal.format, problems=tuple(journal.problems))
    kind = kind_of(raw)
    try:
        if kind == "quartiers":
            return build_quartiers(raw, journal).report
        if kind == "etablissements":
            return build_etablissements(raw, journal).report
        if kind == "population":
            return build_population(raw, journal).report
        journal.block(
            "ni quartiers (colonne code_qp et contours), ni établissements (coordonnées), "
            "ni population (code_qp et population) ; vérifiez les noms des colonnes."
        )
    except DataError:
        pass  # already in the journal
    return make_report(raw, journal, kind=kind, used={})


def kind_of(raw: Raw) -> Kind:
    """Guess what a file holds by its shapes, then by its columns."""
    quartiers = recognise(raw.source, "quartiers")
    points = recognise(raw.source, "etablissements")
    if raw.shapes is not None and not shapely.is_missing(raw.shapes).all():
        only_points = set(shapely.get_type_id(raw.shapes)) <= {-1, 0, 4}
        if only_points and ("code_qp" not in quartiers or "siret" in points):
            return "etablissements"
        return "quartiers"
    located = {"longitude", "latitude"} <= points.keys() or "point" in points
    located = located or {"lambert_x", "lambert_y"} <= points.keys()
    if "siret" in points or (located and "code_qp" not in quartiers):
        return "etablissements"
    if "code_qp" in quartiers:
        return "population" if "population" in quartiers and raw.shapes is None else "quartiers"
    return "etablissements" if located else "inconnu"
