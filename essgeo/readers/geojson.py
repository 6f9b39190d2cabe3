"""GeoJSON parsed in Python: GDAL would follow whatever the content names."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import shapely
import shapely.geometry

from essgeo.readers import crs
from essgeo.readers.opening import Opened, read_bytes
from essgeo.readers.raw import Raw, Shapes, empty_shapes, flat, scalar_text
from essgeo.readers.report import Journal
from essgeo.readers.request import Request
from essgeo.readers.texttables import utf8_fault
from essgeo.text import one_line

_TYPES = {
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
    "GeometryCollection",
}


def read_geojson(opened: Opened, journal: Journal) -> Raw:
    """Read a FeatureCollection.

    Raises
    ------
    DataError
        Not UTF-8, truncated or malformed JSON, nested too deep, not a FeatureCollection, no
        feature, a feature or a geometry that is malformed.
    """
    features, crs_member = _features(_parse(read_bytes(opened, journal), journal), journal)
    opened.request.check_rows(len(features), journal)
    declared, crs_label = _crs(crs_member)
    return Raw(
        format="GeoJSON",
        source=_properties(features, opened.request, journal),
        shapes=flat(_shapes(features, journal), opened.request, journal),
        crs=declared,
        crs_label=crs_label,
        encoding="UTF-8",
    )


def _parse(data: bytes, journal: Journal) -> Any:
    data = data.removeprefix(b"\xef\xbb\xbf")
    fault = utf8_fault(data)
    if fault is not None:
        line = data.count(b"\n", 0, fault) + 1
        raise journal.error(
            f"la ligne {line} n'est pas en UTF-8, seul encodage d'un GeoJSON ; "
            "enregistrez le fichier en UTF-8.",
            row=line,
        )
    try:
        return json.loads(data)
    except RecursionError as error:
        raise journal.error("le JSON est imbriqué trop profondément ; refusé.") from error
    except json.JSONDecodeError as error:
        end = not data[error.pos :].strip() or error.msg.startswith("Unterminated")
        cause = "tronqué" if end else "mal formé"
        raise journal.error(
            f"GeoJSON {cause} à la ligne {error.lineno}, colonne {error.colno} ; "
            "téléchargez-le ou exportez-le à nouveau.",
            row=error.lineno,
        ) from error
    except ValueError as error:  # an integer of thousands of digits
        raise journal.error("GeoJSON mal formé (nombre démesuré) ; corrigez-le.") from error


def _features(document: Any, journal: Journal) -> tuple[list[dict[str, Any]], Any]:
    """Return the features and the ``crs`` member."""
    kind = document.get("type") if isinstance(document, dict) else None
    if kind != "FeatureCollection" or not isinstance(document.get("features"), list):
        seen = f" (type « {one_line(str(kind), 40)} »)" if kind is not None else ""
        raise journal.error(
            f"ce JSON n'est pas une collection d'entités GeoJSON{seen} ; "
            "exportez une FeatureCollection."
        )
    features = document["features"]
    if not features:
        raise journal.error("le GeoJSON ne contient aucune entité ; exportez-le à nouveau.")
    for number, feature in enumerate(features, 1):
        if not isinstance(feature, dict) or not isinstance(feature.get("properties") or {}, dict):
            raise journal.error(
                f"l'entité {number} n'est pas une entité GeoJSON ; corrigez-la.", row=number
            )
    return features, document.get("crs")


def _crs(member: Any) -> tuple[pyproj.CRS | None, str]:
    """Read the ``crs`` member of the 2008 specification; without it, RFC 7946 says WGS84."""
    if member is None:
        return crs.WGS84, ""
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str):
        # A linked CRS would have to be fetched.
        return None, one_line(json.dumps(member, ensure_ascii=False), 80)
    return crs.from_name(name), one_line(name, 80)


def _properties(features: list[dict[str, Any]], request: Request, journal: Journal) -> pd.DataFrame:
    """Return the properties as text columns, in the order in which names first appear."""
    names: dict[str, None] = {}
    for feature in features:
        names.update(dict.fromkeys(feature.get("properties") or ()))
    request.check_columns(len(names), journal)
    nested = False
    columns: dict[str, pd.Series] = {}
    for name in names:
        cells = []
        for feature in features:
            value = (feature.get("properties") or {}).get(name)
            if isinstance(value, dict):
                nested = True
                value = json.dumps(value, ensure_ascii=False)
            cells.append(value if type(value) is str else _text(value))
        columns[name] = pd.Series(cells, dtype="str")
    if nested:
        journal.inform("des propriétés imbriquées sont gardées telles quelles, en texte JSON.")
    return pd.DataFrame(columns, index=pd.RangeIndex(len(features)))


def _text(value: Any) -> str:
    if isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value):
        return json.dumps(value, ensure_ascii=False)
    return scalar_text(value)


def _shapes(features: list[dict[str, Any]], journal: Journal) -> Shapes:
    shapes = empty_shapes(len(features))
    for position, feature in enumerate(features):
        geometry = feature.get("geometry")
        if geometry is None:
            continue
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        try:
            if kind not in _TYPES:
                raise ValueError("unknown type")
            shapes[position] = shapely.geometry.shape(geometry)
        except (
            shapely.errors.ShapelyError,
            ValueError,
            TypeError,
            KeyError,
            IndexError,
            AttributeError,
            RecursionError,
        ) as error:
            raise journal.error(
                f"l'entité {position + 1} a une géométrie mal formée "
                f"(type « {one_line(str(kind), 40)} ») ; corrigez-la.",
                row=position + 1,
            ) from error
    return np.asarray(shapes, dtype=object)
