"""Where things are, as files that the browser fetches once: outlines, points, background.

What changes with a selection never comes through here: it is sent by :mod:`essgeo.figures.map`.
Files are cut by cells of a quarter of a degree, so that only what is in view is fetched. Shapes are
simplified for display only; nothing is ever joined on them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from essgeo.figures.assets import publish

#: Side of a cell, in degrees.
CELL = 0.25

#: Whole units by degree: about one metre for outlines and points, ten for the background.
SCALE = 100_000
CONTOUR_SCALE = 10_000

#: Simplification of outlines for display, in degrees: about two metres. The background is drawn as
#: it comes: it was simplified with its neighbours when the data folder was made.
OUTLINE_TOLERANCE = 2e-5

#: How an establishment relates to a neighbourhood, as the browser reads it.
TIES = {"dedans": 1, "proche": 2}

Mask = NDArray[np.bool_]
Ints = NDArray[np.int32]
#: Of one generation: ``kind`` (:data:`TIES`), ``quartier`` (position, or -1), ``metres``.
Ties = dict[str, NDArray[np.int64]]


@dataclass(frozen=True)
class Layers:
    """Static layers as published, and how rows of the data map to them.

    Parameters
    ----------
    version
        Name of the folder, which holds the hash of its content's sources; then what tells apart
        what a visitor adds to it, after a « + ».
    codes, generations
        Of each neighbourhood, in the order of the ``quartiers`` frame: the order of all arrays
        sent later.
    rows
        Row of the establishments' frame at each drawable position; -1 for one that a visitor's
        own data takes away.
    positions
        Drawable position of each row, -1 when it is not drawn.
    own
        What a visitor's own data adds to the published files, as the browser reads it: never
        written, empty when nothing is added.
    """

    version: str
    codes: tuple[str, ...]
    generations: tuple[str, ...]
    rows: Ints
    positions: Ints
    own: bytes = b""

    @property
    def folder(self) -> str:
        """Name of the folder of published files."""
        return self.version.partition("+")[0]

    @property
    def total(self) -> int:
        """Number of establishments that can be drawn."""
        return len(self.rows)


def drawable(etablissements: pd.DataFrame, employers: Mask) -> Mask:
    """Say which establishments may be drawn as points.

    Employers with a position, and never a row under partial diffusion: the law that lets a person
    oppose diffusion (article R. 123-232-1 of the Code de commerce) covers name and address.

    Parameters
    ----------
    etablissements
        Columns ``longitude``, ``latitude`` and, when known, ``statut_diffusion``.
    employers
        Rows that are employers, of known headcount or not.
    """
    lon = etablissements["longitude"].to_numpy(np.float64)
    lat = etablissements["latitude"].to_numpy(np.float64)
    shown: Mask = employers & np.isfinite(lon) & np.isfinite(lat)
    if "statut_diffusion" in etablissements:
        status = etablissements["statut_diffusion"]
        shown &= status.isin(["O", ""]).to_numpy(np.bool_)
    return shown


def write_layers(
    static: Path,
    quartiers: gpd.GeoDataFrame,
    etablissements: pd.DataFrame,
    shown: Mask,
    *,
    fingerprint: str,
    departements: gpd.GeoDataFrame,
    regions: gpd.GeoDataFrame,
    sectors: Mapping[str, str],
    sizes: Mapping[str, str],
) -> Layers:
    """Publish the static layers of a data folder; a folder already there is kept.

    Parameters
    ----------
    static
        The app's static folder.
    quartiers
        Contract columns ``code_qp, lib_qp, lib_com, generation, geometry``, EPSG:4326; all
        generations together.
    etablissements
        ``longitude, latitude, denomination, secteur, taille`` and, once joined, ``code_qp,
        rattachement, distance_m`` for the newest generation, the same with ``_2015`` for the other.
    shown
        Rows that may be drawn (:func:`drawable`).
    fingerprint
        Hash of the data folder: what tells two contents apart.
    departements, regions
        Outlines for the background, EPSG:4326, with ``lib_dep`` and ``lib_reg``.
    sectors, sizes
        Label of each slug of ``secteur`` and ``taille``.

    Raises
    ------
    UsageError
        The static folder cannot be written.
    """
    lon = etablissements["longitude"].to_numpy(np.float64)
    lat = etablissements["latitude"].to_numpy(np.float64)
    candidates = np.flatnonzero(shown)
    cells = cells_of(lon[candidates], lat[candidates])
    order = np.argsort(cells, kind="stable")
    rows = candidates[order].astype(np.int32)
    cells = cells[order]
    positions = np.full(len(etablissements), -1, dtype=np.int32)
    positions[rows] = np.arange(len(rows), dtype=np.int32)

    # This module's own text is part of the name: a new layout of files is fetched anew.
    names = json.dumps([fingerprint, dict(sectors), dict(sizes)]).encode()
    content = names + np.packbits(shown).tobytes() + Path(__file__).read_bytes()
    version = f"donnees-{hashlib.sha256(content).hexdigest()[:12]}"

    def fill(folder: Path) -> None:
        index = index_of(quartiers, rows, cells, lon, lat)
        for name, content in outline_files(quartiers):
            _dump(folder / name, content)
        table = etablissements.take(rows)
        for name, content in point_files(table, cells, ties_of(quartiers, table), sectors, sizes):
            _dump(folder / name, content)
        index["sectors"] = list(sectors.values())
        index["sizes"] = list(sizes.values())
        _dump(folder / "index.json", index)
        _dump(folder / "contours.json", _contours(departements, regions))

    publish(static, version, fill)
    return Layers(
        version=version,
        codes=tuple(quartiers["code_qp"]),
        generations=tuple(quartiers["generation"]),
        rows=rows,
        positions=positions,
    )


def cells_of(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the number of the cell of each point."""
    columns = np.floor((lon + 180) / CELL).astype(np.int64)
    lines = np.floor((lat + 90) / CELL).astype(np.int64)
    return np.asarray(lines * round(360 / CELL) + columns)


def _centres(quartiers: gpd.GeoDataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a point inside each outline."""
    inside = shapely.point_on_surface(quartiers.geometry.to_numpy())
    return shapely.get_x(inside), shapely.get_y(inside)


def _delta(values: NDArray[np.float64], scale: int = SCALE) -> list[int]:
    """Write values as differences between whole numbers, which are short in JSON."""
    whole = np.rint(values * scale).astype(np.int64)
    return [int(step) for step in np.diff(whole, prepend=0)]


def index_of(
    quartiers: gpd.GeoDataFrame,
    rows: Ints,
    cells: NDArray[np.int64],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
) -> dict[str, Any]:
    """Return what is known of every neighbourhood, and the cells with what they hold."""
    centre_lon, centre_lat = _centres(quartiers)
    bounds = shapely.bounds(quartiers.geometry.to_numpy())
    outline_cells = cells_of(centre_lon, centre_lat)
    boxes: dict[int, list[float]] = {}
    for cell in np.unique(outline_cells):
        held = bounds[outline_cells == cell]
        boxes[int(cell)] = [*held[:, :2].min(axis=0).tolist(), *held[:, 2:].max(axis=0).tolist()]
    with_points = set()
    for cell, start, stop in _runs(cells):
        with_points.add(cell)
        held_rows = rows[start:stop]
        west, east = float(lon[held_rows].min()), float(lon[held_rows].max())
        south, north = float(lat[held_rows].min()), float(lat[held_rows].max())
        known = boxes.get(cell, [west, south, east, north])
        boxes[cell] = [
            min(known[0], west),
            min(known[1], south),
            max(known[2], east),
            max(known[3], north),
        ]
    with_outlines = set(outline_cells.tolist())
    return {
        "scale": SCALE,
        "codes": list(quartiers["code_qp"]),
        "names": list(quartiers["lib_qp"]),
        "communes": [one.replace(";", ", ") for one in quartiers["lib_com"]],
        "lon": _delta(centre_lon),
        "lat": _delta(centre_lat),
        "total": len(rows),
        "cells": [
            {
                "id": cell,
                "box": [round(side, 5) for side in box],
                "outlines": cell in with_outlines,
                "points": cell in with_points,
            }
            for cell, box in sorted(boxes.items())
        ],
    }


def _runs(cells: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """Return (cell, start, stop) of each run of a sorted array."""
    found, starts = np.unique(cells, return_index=True)
    stops = np.append(starts[1:], len(cells))[: len(found)]
    return list(zip(found.tolist(), starts.tolist(), stops.tolist(), strict=True))


def _shapes(geometries: NDArray[np.object_], scale: int) -> list[list[list[list[int]]]]:
    """Write polygons as parts of rings of whole numbers: start, then differences."""
    parts, part_owner = shapely.get_parts(geometries, return_index=True)
    rings, ring_owner = shapely.get_rings(parts, return_index=True)
    coordinates, owner = shapely.get_coordinates(rings, return_index=True)
    whole = np.rint(coordinates * scale).astype(np.int64)
    steps = np.diff(whole, axis=0, prepend=0)
    starts = np.searchsorted(owner, np.arange(len(rings)))
    steps[starts] = whole[starts]
    flat = steps.ravel().tolist()
    stops = [*starts[1:].tolist(), len(coordinates)]
    shapes: list[list[list[list[int]]]] = [[] for _ in range(len(geometries))]
    built: list[list[list[int]]] = [[] for _ in range(len(parts))]
    for position, part in enumerate(part_owner.tolist()):
        shapes[part].append(built[position])
    for position, part in enumerate(ring_owner.tolist()):
        built[part].append(flat[2 * int(starts[position]) : 2 * stops[position]])
    return shapes


def outline_files(quartiers: gpd.GeoDataFrame) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the files of outlines, one a cell: name and content."""
    simple = shapely.simplify(quartiers.geometry.to_numpy(), OUTLINE_TOLERANCE)
    shapes = _shapes(simple, SCALE)
    cells = cells_of(*_centres(quartiers))
    order = np.argsort(cells, kind="stable")
    for cell, start, stop in _runs(cells[order]):
        held = order[start:stop].tolist()
        content = {"index": held, "parts": [shapes[position] for position in held]}
        yield f"quartiers-{cell}.json", content


def point_files(
    table: pd.DataFrame,
    cells: NDArray[np.int64],
    ties: Mapping[str, Ties],
    sectors: Mapping[str, str],
    sizes: Mapping[str, str],
    first: int = 0,
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the files of establishments that may be drawn, one a cell: name and content.

    Parameters
    ----------
    table
        Establishments in the order of their drawable positions.
    cells
        Cell of each, in rising order.
    ties
        Of each, by generation (:func:`ties_of`).
    sectors, sizes
        Label of each slug.
    first
        Drawable position of the first one.
    """
    lon = table["longitude"].to_numpy(np.float64)
    lat = table["latitude"].to_numpy(np.float64)
    names = table["denomination"].tolist()
    columns = {
        "sector": _codes(table["secteur"], list(sectors)),
        "size": _codes(table["taille"], list(sizes)),
    }
    for cell, start, stop in _runs(cells):
        content = {
            "start": first + start,
            "lon": _delta(lon[start:stop]),
            "lat": _delta(lat[start:stop]),
            "names": names[start:stop],
            **{name: values[start:stop].tolist() for name, values in columns.items()},
            "ties": {
                generation: {name: values[start:stop].tolist() for name, values in tie.items()}
                for generation, tie in ties.items()
            },
        }
        yield f"points-{cell}.json", content


def _codes(values: pd.Series[str], slugs: list[str]) -> NDArray[np.int64]:
    """Return the rank of each slug, -1 for one without a label."""
    return np.asarray(pd.Index(slugs).get_indexer(pd.Index(values)), dtype=np.int64)


def ties_of(
    quartiers: pd.DataFrame, table: pd.DataFrame, suffixes: Mapping[str, str] | None = None
) -> dict[str, Ties]:
    """Return, by generation, how each establishment relates to which neighbourhood.

    Parameters
    ----------
    quartiers
        ``code_qp, generation`` of all outlines, in the order of the layers.
    table
        Establishments joined.
    suffixes
        Generation -> suffix of its columns in ``table``; by default none for the newest and its
        name for another.
    """
    if suffixes is None:
        names = sorted(set(quartiers["generation"]), reverse=True)
        suffixes = {name: f"_{name}" if rank else "" for rank, name in enumerate(names)}
    ties: dict[str, Ties] = {}
    for generation, suffix in suffixes.items():
        if f"rattachement{suffix}" not in table:
            continue
        members = np.flatnonzero((quartiers["generation"] == generation).to_numpy())
        codes = pd.Index(quartiers["code_qp"].to_numpy()[members])
        found = codes.get_indexer(pd.Index(table[f"code_qp{suffix}"]))
        distance = table[f"distance_m{suffix}"].to_numpy(np.float64)
        ties[generation] = {
            "kind": np.asarray(table[f"rattachement{suffix}"].map(TIES).fillna(0), dtype=np.int64),
            "quartier": np.where(found >= 0, members[found], -1),
            "metres": np.rint(np.nan_to_num(distance)).astype(np.int64),
        }
    return ties


def _contours(departements: gpd.GeoDataFrame, regions: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return the background: outlines, and where to write their names."""
    content: dict[str, Any] = {"scale": CONTOUR_SCALE}
    for key, frame, label in (
        ("departements", departements, "lib_dep"),
        ("regions", regions, "lib_reg"),
    ):
        geometries = frame.geometry.to_numpy()
        largest = [max(shapely.get_parts(one), key=lambda part: part.area) for one in geometries]
        inside = shapely.point_on_surface(largest)
        labels = frame[label].tolist() if label in frame else [""] * len(frame)
        content[key] = [
            {
                "nom": name,
                "parts": parts,
                "lon": round(float(point.x), 3),
                "lat": round(float(point.y), 3),
                "poids": round(float(one.area), 3),
            }
            for name, parts, point, one in zip(
                labels, _shapes(geometries, CONTOUR_SCALE), inside, geometries, strict=True
            )
        ]
    return content


def _dump(path: Path, content: object) -> None:
    """Write compact JSON."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    path.write_text(text, encoding="utf-8")
