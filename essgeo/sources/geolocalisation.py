"""Géolocalisation des établissements du répertoire Sirene, Insee: where establishments are."""

from __future__ import annotations

import ibis.expr.types as ir

from essgeo.sources.columns import Kind, code, number, picked, text

KIND = Kind(
    id="geolocalisation",
    libelle="géolocalisation des établissements",
    needed=("siret", "x", "y", "qualite_xy", "epsg", "x_longitude", "y_latitude"),
    optional=("plg_qp24", "plg_qp15", "plg_code_commune", "distance_precision"),
)


def expression(table: ir.Table, where: str) -> ir.Table:
    """Bring the file to numbers and text, one row an establishment.

    Returns
    -------
    Table
        ``siret``; ``longitude, latitude`` (WGS84 degrees); ``x, y`` (metres in the projection
        ``epsg``); ``qualite_xy, plg_qp24, plg_qp15, plg_code_commune``; ``distance_precision``
        (metres). Null where nothing is said.
    """
    raw = picked(table, KIND, where)
    return raw.select(
        siret=code(raw.siret, 14),
        longitude=number(raw.x_longitude),
        latitude=number(raw.y_latitude),
        x=number(raw.x),
        y=number(raw.y),
        epsg=text(raw.epsg),
        qualite_xy=text(raw.qualite_xy),
        plg_qp24=text(raw.plg_qp24),
        plg_qp15=text(raw.plg_qp15),
        plg_code_commune=text(raw.plg_code_commune),
        distance_precision=number(raw.distance_precision),
    )
