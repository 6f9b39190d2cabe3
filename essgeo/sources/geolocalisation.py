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


def opened(table: ir.Table, where: str) -> ir.Table:
    """Take the columns of the file that are read, under their official names."""
    raw = picked(table, KIND, where)
    return raw.mutate(siret=code(raw.siret, 14))


def columns(raw: ir.Table) -> dict[str, ir.Value]:
    """Express positions as numbers and text.

    Parameters
    ----------
    raw
        What `opened` gives, or some rows of it.

    Returns
    -------
    dict
        ``longitude, latitude`` (WGS84 degrees); ``x, y`` (metres in the projection ``epsg``);
        ``qualite_xy, plg_qp24, plg_qp15, plg_code_commune``; ``distance_precision`` (metres).
        Null where nothing is said.
    """
    return {
        "longitude": number(raw.x_longitude),
        "latitude": number(raw.y_latitude),
        "x": number(raw.x),
        "y": number(raw.y),
        **{
            name: text(raw[name])
            for name in ("epsg", "qualite_xy", "plg_qp24", "plg_qp15", "plg_code_commune")
        },
        "distance_precision": number(raw.distance_precision),
    }
