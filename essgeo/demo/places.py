"""Simulated neighbourhoods in simulated communes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from essgeo import nomenclatures
from essgeo.demo import layout, shapes
from essgeo.demo.layout import Departement, Quartiers
from essgeo.demo.reference import Floats, Frame, Ints, parameters, quantiles, shares, stream, table

#: Neighbourhoods are denser in Île-de-France and sparser overseas (logarithm; assumption).
AREA_SHIFT = {"11": -0.6}
OVERSEAS_SHIFT = 1.0

#: Tries to place a neighbourhood in its commune before anywhere in the département will do.
TRIES = 600


def region_counts() -> pd.Series:
    """Return the number of neighbourhoods of 2024 by region, as published."""
    rows = nomenclatures.chiffres_publies()
    rows = rows[
        (rows["mesure"] == "quartiers")
        & (rows["generation"] == "2024")
        & ~rows["territoire"].isin(["hexagone", "france"])
    ]
    return rows.set_index("territoire")["valeur"].astype("int64")


def _region_means() -> dict[str, float]:
    """Return the mean population of a neighbourhood of 2015 by region, as published."""
    rows = nomenclatures.chiffres_publies()
    rows = rows[rows["generation"] == "2015"]
    people = rows[rows["mesure"] == "population"].set_index("territoire")["valeur"]
    count = rows[rows["mesure"] == "quartiers"].set_index("territoire")["valeur"]
    both = float(people["978+987"] / (count["978"] + count["987"]))
    mean = (people / count).dropna()
    found = {str(code): float(value) for code, value in zip(mean.index, mean, strict=True)}
    return {**found, "978": both, "987": both}


def _counts(everywhere: list[Departement]) -> dict[str, int]:
    """Share each region's neighbourhoods between its départements by urban population."""
    sizes = table("tailles_communes")
    urban = sizes["population"].astype(float).groupby(sizes["insee_dep"]).sum()
    weights = table("departements").set_index("insee_dep")["poids"].astype(float)
    found: dict[str, int] = {}
    published = region_counts()
    for reg in published.index:
        deps = [dep.code for dep in everywhere if dep.reg == reg]
        share = np.array([float(urban.get(dep, 0)) * float(weights.get(dep, 1)) for dep in deps])
        found.update(zip(deps, shares(share, int(published[reg])).tolist(), strict=True))
    return found


def _sizes(
    rng: np.random.Generator, everywhere: list[Departement], counts: dict[str, int]
) -> dict[str, tuple[Floats, Floats]]:
    """Draw population and area (square metres) of every neighbourhood.

    Both take exactly the national quantiles; who gets which follows the region's mean for
    populations, and populations and the region for areas.
    """
    means = _region_means()
    numbers = [counts[dep.code] for dep in everywhere]
    total = sum(numbers)
    score = np.repeat([np.log(means[dep.reg]) for dep in everywhere], numbers)
    people = np.round(quantiles("population", _rank(score + rng.normal(0, 0.85, total))))
    shift = [AREA_SHIFT.get(dep.reg, OVERSEAS_SHIFT * (len(dep.code) == 3)) for dep in everywhere]
    spread = rng.normal(0, 0.75, total) + np.log(people) + np.repeat(shift, numbers)
    areas = quantiles("surface", _rank(spread)) * 1e4
    ends = np.cumsum(numbers)
    return {
        dep.code: (people[end - number : end], areas[end - number : end])
        for dep, number, end in zip(everywhere, numbers, ends, strict=True)
    }


def _rank(score: Floats) -> Floats:
    """Return the rank of each value, from 0 to 1."""
    return np.argsort(np.argsort(score, kind="stable")) / (len(score) - 1)


def simulate(seed: int) -> list[Departement]:
    """Simulate the places of the demonstration.

    Parameters
    ----------
    seed
        Same seed, same places.

    Returns
    -------
    list of Departement
        In the order of codes, with their communes and neighbourhoods.
    """
    everywhere = layout.departements(set(region_counts().index))
    counts = _counts(everywhere)
    sizes = _sizes(stream(seed, 1), everywhere, counts)
    everywhere = [dep for dep in everywhere if counts[dep.code]]
    numbers = np.array([float(counts[dep.code]) for dep in everywhere])
    pairs = shares(numbers, int(parameters()["paires_chevauchantes"]))
    ratio = parameters()["habitants_communes_par_habitant_quartier"]
    for number, dep in enumerate(everywhere):
        rng = stream(seed, 2, number)
        people, areas = sizes[dep.code]
        dep.communes = layout.choose_communes(rng, dep.code, float(people.sum()) * ratio)
        hosts = layout.host(rng, dep.communes, people)
        layout.lay_out(rng, dep)
        order = np.lexsort((-people, hosts))
        found = _place(rng, dep, hosts[order], areas[order])
        _overlap(rng, dep, hosts[order], found, int(pairs[number]))
        dep.quartiers = _numbered(rng, dep, hosts[order], people[order], found)
    return everywhere


def _place(
    rng: np.random.Generator, dep: Departement, hosts: Ints, areas: Floats
) -> list[shapely.Geometry]:
    """Draw each neighbourhood and find it a place of its own in its commune."""
    parts = parameters()["part_multipolygones"]
    shapely.prepare(dep.margin)
    found: list[shapely.Geometry] = []
    for place, area in zip(hosts.tolist(), areas.tolist(), strict=True):
        shape = shapes.in_two_parts(rng, area) if rng.random() < parts else shapes.blob(rng, area)
        reach = max(float(dep.communes.radius[place]), 1.5 * float(np.sqrt(area / np.pi)))
        tree = shapely.STRtree(found)
        for attempt in range(4 * TRIES):
            if attempt < TRIES:
                away = np.sqrt(rng.random()) * reach * (0.9 + attempt / 60)
                angle = rng.uniform(0, 2 * np.pi)
                toward = np.array([np.cos(angle), np.sin(angle)])
                spot = dep.communes.where[place] + away * toward
            else:  # A commune on a narrow coast: anywhere on the land will do.
                spot = layout.random_inside(rng, dep.margin, 1)[0]
            moved = shapes.move(shape, spot)
            gap = rng.exponential(450) + 15 if attempt < TRIES / 3 else 15.0
            if shapely.contains(dep.margin, moved) and _free(tree, moved, gap):
                found.append(moved)
                break
            if attempt % 50 == 49:
                shape = shapes.blob(rng, area)
        else:
            raise ValueError(f"no room for a neighbourhood of {area / 1e4:.0f} ha in {dep.code}")
    return found


def _free(tree: shapely.STRtree, shape: shapely.Geometry, gap: float) -> bool:
    return not len(tree.query(shape, predicate="dwithin", distance=gap))


def _overlap(
    rng: np.random.Generator,
    dep: Departement,
    hosts: Ints,
    found: list[shapely.Geometry],
    pairs: int,
) -> None:
    """Slide some neighbourhoods onto a neighbour of the same commune, by a few metres."""
    done: set[int] = set()
    for one in rng.permutation(len(found)).tolist():
        if len(done) >= 2 * pairs:
            return
        for other in np.flatnonzero(hosts == hosts[one]).tolist():
            if other == one or {one, other} & done:
                continue
            moved = shapes.touching(found[one], found[other], float(rng.uniform(4, 15)))
            rest = [shape for place, shape in enumerate(found) if place not in (one, other)]
            if shapely.contains(dep.margin, moved) and _free(shapely.STRtree(rest), moved, 15.0):
                found[other] = moved
                done |= {one, other}
                break


def _numbered(
    rng: np.random.Generator,
    dep: Departement,
    hosts: Ints,
    people: Floats,
    found: list[shapely.Geometry],
) -> Quartiers:
    """Give codes to neighbourhoods and, to some, a second commune: the nearest one."""
    communes = dep.communes
    group = communes.agglomeration
    second = np.full(len(hosts), -1)
    for place in np.flatnonzero(rng.random(len(hosts)) < parameters()["part_plusieurs_communes"]):
        mates = np.flatnonzero(group == group[hosts[place]])
        mates = mates[mates != hosts[place]]
        if len(mates):
            middle = shapely.get_coordinates(shapely.centroid(found[place]))[0]
            away = np.hypot(*(communes.where[mates] - middle).T)
            second[place] = mates[int(np.argmin(away))]
    degrees = np.array([_to_degrees(dep.place, shape) for shape in found], dtype=object)
    return Quartiers(
        code_qp=[f"QS{dep.code:0>3}{number:03d}" for number in range(1, len(hosts) + 1)],
        population=people,
        commune=hosts,
        second=second,
        degrees=degrees,
        # Points are placed in what is written, rounding included.
        metres=np.array([dep.place.shape_to_metres(shape) for shape in degrees], dtype=object),
    )


def _to_degrees(place: Frame, shape: shapely.Geometry) -> shapely.Geometry:
    rounded = shapely.set_precision(shapely.transform(shape, place.to_degrees), 1e-5)
    return shapely.normalize(rounded)
