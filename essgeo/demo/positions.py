"""Where simulated establishments are: inside neighbourhoods, near them, elsewhere in communes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from essgeo.demo.layout import Departement, Shapes
from essgeo.demo.reference import Floats, Ints, parameters, shares, stream

#: Points keep this far (metres) from an edge, so that rounding never carries them across.
EDGE = 2.0
#: Width of the band, metres, less what the local projection may be wrong by.
BAND = 296.0
#: Beyond this distance (metres) a point is surely outside the band.
BEYOND = 306.0
#: Exponent of distances in the band: 18 % of points nearer than 20 m, as the real ones.
NEARNESS = 1.58

Flags = npt.NDArray[np.bool_]

ZONES = ("dedans", "proche", "hors")


@dataclass(frozen=True)
class Wanted:
    """Number of establishments wanted in one département: employers, and others.

    Parameters
    ----------
    inside, near
        shape (neighbourhoods, 3): employers, others, employers of doubtful position.
    elsewhere
        shape (communes, 2): employers, others.
    """

    inside: Ints
    near: Ints
    elsewhere: Ints


def wanted(seed: int, everywhere: list[Departement], total: int) -> list[Wanted]:
    """Share establishments between neighbourhoods and communes.

    Parameters
    ----------
    seed
        Same seed, same numbers.
    everywhere
        Places; Polynésie gets none (outside the field of Sirene).
    total
        Establishments wanted in all, those without a position apart.
    """
    known = parameters()
    rng = stream(seed, 3)
    people = np.concatenate([dep.quartiers.population for dep in everywhere])
    out = np.concatenate([np.full(len(dep.quartiers), not dep.covered) for dep in everywhere])
    inside_total = int(known["employeurs_dedans"])
    weights = people**0.9 * rng.gamma(1.1, 1.0, len(people)) * ~out
    inside = shares(weights, inside_total)
    near_total = round(inside_total * known["proches_pour_un_dedans"])
    around = (inside + 1.0) ** 0.8 * people**0.1 * rng.gamma(1.5, 1.0, len(people)) * ~out
    near = shares(around, near_total)
    other = known["non_employeurs_pour_un_employeur"] + known["inconnus_pour_un_employeur"]
    doubtful = shares(
        (inside + 0.2) * rng.gamma(1.0, 1.0, len(people)) * ~out, int(known["incertains_dedans"])
    )
    quartiers = np.stack(
        [
            np.column_stack(
                [inside, shares(inside + 0.3 * ~out, round(inside_total * other)), doubtful]
            ),
            np.column_stack([near, shares(near + 0.3 * ~out, round(near_total * other)), 0 * near]),
        ]
    )
    rest = total - int(quartiers.sum())
    if rest < 0:
        raise ValueError(f"{total} establishments are too few: {total - rest} are near or inside")
    employers_rest = round(rest / (1 + other))

    ends = np.cumsum([len(dep.quartiers) for dep in everywhere])
    starts = ends - [len(dep.quartiers) for dep in everywhere]
    target = []
    for dep, start, end in zip(everywhere, starts, ends, strict=True):
        rows = np.arange(start, end)
        size = dep.communes.population
        expected = known["employeurs_1000hab"] / 1000 * size * rng.lognormal(0, 0.2, len(size))
        hosts = dep.quartiers.commune
        there = np.bincount(hosts, (inside + near)[rows], minlength=len(size))
        target.append(np.maximum(expected - there, 2.0) * dep.covered)
    elsewhere = shares(np.concatenate(target), employers_rest)
    other_elsewhere = shares(elsewhere + 0.1, rest - employers_rest)
    cuts = np.cumsum([len(dep.communes) for dep in everywhere])[:-1]
    by_commune = np.split(np.column_stack([elsewhere, other_elsewhere]), cuts)
    return [
        Wanted(quartiers[0][start:end], quartiers[1][start:end], part)
        for start, end, part in zip(starts, ends, by_commune, strict=True)
    ]


def simulate(seed: int, everywhere: list[Departement], numbers: list[Wanted]) -> pd.DataFrame:
    """Place establishments.

    Returns
    -------
    DataFrame
        ``dep`` (code), ``zone`` (see :data:`ZONES`), ``genre`` (``employeur``, ``autre``,
        ``incertain``), ``quartier`` and ``commune`` (positions in the département, -1 for none),
        ``longitude``, ``latitude``, ``bord`` (metres to the nearest edge, infinite elsewhere).
    """
    parts = []
    for number, (dep, count) in enumerate(zip(everywhere, numbers, strict=True)):
        rng = stream(seed, 4, number)
        outlines = dep.quartiers.metres
        tree = shapely.STRtree(outlines)
        found = [
            _in_quartiers(rng, dep, outlines, tree, count.inside, "dedans"),
            _in_quartiers(rng, dep, outlines, tree, count.near, "proche"),
            _elsewhere(rng, dep, tree, count.elsewhere),
        ]
        table = pd.concat(found, ignore_index=True)
        parts.append(_finish(rng, dep, table))
    return pd.concat(parts, ignore_index=True)


def _in_quartiers(
    rng: np.random.Generator,
    dep: Departement,
    outlines: Shapes,
    tree: shapely.STRtree,
    counts: Ints,
    zone: str,
) -> pd.DataFrame:
    number = counts.sum(axis=1)
    points = np.empty((int(number.sum()), 2))
    end = 0
    for place, count in enumerate(number.tolist()):
        if not count:
            continue
        start, end = end, end + count
        if zone == "dedans":
            points[start:end] = _inside(rng, place, outlines, tree, count)
        else:
            points[start:end] = _around(rng, dep, place, outlines, tree, count)
    quartier = np.repeat(np.arange(len(number)), number)
    genre = np.concatenate(
        [np.repeat(["employeur", "autre", "incertain"], row) for row in counts.tolist()]
    )
    host = dep.quartiers.commune[quartier]
    second = dep.quartiers.second[quartier]
    other = (second >= 0) & (rng.random(len(quartier)) < 0.4)
    return pd.DataFrame(
        {
            "zone": zone,
            "genre": genre,
            "quartier": quartier,
            "commune": np.where(other, second, host),
            "x": points[:, 0],
            "y": points[:, 1],
        }
    )


def _inside(
    rng: np.random.Generator, place: int, outlines: Shapes, tree: shapely.STRtree, count: int
) -> Floats:
    """Draw points of a neighbourhood that no other holds, off its edge."""
    shape = outlines[place]
    others = [one for one in tree.query(shape, predicate="intersects") if one != place]
    if others:
        shape = shapely.difference(shape, shapely.union_all(outlines[others]))
    room = shape.buffer(-EDGE)
    if room.is_empty:
        room = shape
    west, south, east, north = room.bounds
    shapely.prepare(room)
    found = np.empty((0, 2))
    while len(found) < count:
        drawn = rng.uniform([west, south], [east, north], (4 * count + 8, 2))
        found = np.vstack([found, drawn[shapely.contains_xy(room, drawn[:, 0], drawn[:, 1])]])
    return found[:count]


def _around(
    rng: np.random.Generator,
    dep: Departement,
    place: int,
    outlines: Shapes,
    tree: shapely.STRtree,
    count: int,
) -> Floats:
    """Draw points in the band around a neighbourhood, outside every one, on land."""
    edge = shapely.boundary(outlines[place])
    length = float(edge.length)
    found = np.empty((0, 2))
    while len(found) < count:
        tries = 6 * count + 12
        along = rng.uniform(0, length, tries)
        on = shapely.get_coordinates(shapely.line_interpolate_point(edge, along))
        ahead = shapely.get_coordinates(
            shapely.line_interpolate_point(edge, (along + 1.0) % length)
        )
        step = ahead - on
        size = np.hypot(*step.T)
        normal = np.column_stack([step[:, 1], -step[:, 0]]) / np.maximum(size, 1e-9)[:, None]
        away = EDGE + (BAND - EDGE) * rng.random(tries) ** NEARNESS
        side = np.where(rng.random(tries) < 0.5, -1.0, 1.0)
        drawn = (on + normal * (away * side)[:, None])[size > 0.5]
        points = shapely.points(drawn)
        ok = shapely.contains_xy(dep.land, drawn[:, 0], drawn[:, 1])
        ok &= ~_near(tree, points, EDGE)
        found = np.vstack([found, drawn[ok]])
    return found[:count]


def _near(tree: shapely.STRtree, points: Shapes, distance: float) -> Flags:
    close = np.zeros(len(points), bool)
    close[tree.query(points, predicate="dwithin", distance=distance)[0]] = True
    return close


def _elsewhere(
    rng: np.random.Generator, dep: Departement, tree: shapely.STRtree, counts: Ints
) -> pd.DataFrame:
    """Draw points of communes, denser in the middle, away from every neighbourhood."""
    commune = np.repeat(np.arange(len(counts)), counts.sum(axis=1))
    centre = dep.communes.where[commune]
    radius = dep.communes.radius[commune]
    points = np.full((len(commune), 2), np.nan)
    shapely.prepare(dep.land)
    missing = np.arange(len(commune))
    for attempt in range(400):
        wide = radius[missing] * (0.55 + 0.06 * attempt)
        drawn = centre[missing] + rng.normal(0, 1, (len(missing), 2)) * wide[:, None]
        ok = shapely.contains_xy(dep.land, drawn[:, 0], drawn[:, 1])
        ok &= ~_near(tree, shapely.points(drawn), BEYOND)
        points[missing[ok]] = drawn[ok]
        missing = missing[~ok]
        if not len(missing):
            break
    else:
        raise RuntimeError(f"no room for {len(missing)} establishments in {dep.code}")
    genre = np.concatenate([np.repeat(["employeur", "autre"], row) for row in counts.tolist()])
    return pd.DataFrame(
        {
            "zone": "hors",
            "genre": genre,
            "quartier": -1,
            "commune": commune,
            "x": points[:, 0],
            "y": points[:, 1],
        }
    )


def _finish(rng: np.random.Generator, dep: Departement, table: pd.DataFrame) -> pd.DataFrame:
    """Share some addresses, round to what is written, and measure the distance to the edge."""
    points = table[["x", "y"]].to_numpy()
    key = table[["zone", "quartier", "commune"]]
    same = (key == key.shift()).all(axis=1).to_numpy()
    shared = same & (rng.random(len(table)) < parameters()["part_adresse_partagee"])
    rank = np.arange(len(table))
    points = points[np.maximum.accumulate(np.where(shared, 0, rank))]
    degrees = dep.place.to_degrees(points)
    metres = dep.place.to_metres(degrees)
    edge = np.full(len(table), np.inf)
    attached = np.flatnonzero(table["zone"].to_numpy() != "hors")
    outlines = dep.quartiers.metres
    # A point inside is judged on the edge of its neighbourhood, a point near on the nearest one.
    nearest = table["quartier"].to_numpy().copy()
    near = np.flatnonzero(table["zone"].to_numpy() == "proche")
    nearest[near] = shapely.STRtree(outlines).nearest(shapely.points(metres[near]))
    edge[attached] = shapely.distance(
        shapely.points(metres[attached]), shapely.boundary(outlines)[nearest[attached]]
    )
    return table.drop(columns=["x", "y"]).assign(
        dep=dep.code, longitude=degrees[:, 0], latitude=degrees[:, 1], bord=edge
    )
