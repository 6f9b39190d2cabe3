"""Simulated communes on real land: how populous, and where."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from essgeo import nomenclatures
from essgeo.demo.reference import Floats, Frame, Ints, contours, table

#: Largest simulated commune: beyond, its size would give a real city away.
LARGEST_COMMUNE = 300_000
#: Inhabitants for a square kilometre of a simulated commune, where there is room.
DENSITY = 2_500.0
#: Beyond this share of its land, a département is crowded: communes cover it whole…
CROWDED = 0.15
#: … and each takes a disc; together, this share of the land.
FILLED = 0.6
#: A neighbourhood keeps this far (metres) from the edge of its département's land.
SHORE = 400.0
#: Smallest piece of land (square metres, shore taken off) where communes are placed.
ROOMY = 20e6
#: A commune's inhabitants are at most this share in priority neighbourhoods.
MOST_PRIORITY = 0.55

SUFFIXES = "123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

Shapes = npt.NDArray[np.object_]


@dataclass
class Communes:
    """Communes of a département; arrays of one length.

    Parameters
    ----------
    population
        Inhabitants.
    agglomeration
        Number of their agglomeration, from 1; rows are in its order.
    where
        shape (communes, 2): centre, local metres.
    radius
        Metres.
    """

    population: Floats
    agglomeration: Ints
    where: Floats = field(default_factory=lambda: np.empty((0, 2)))
    radius: Floats = field(default_factory=lambda: np.empty(0))

    def __len__(self) -> int:
        """Return the number of communes."""
        return len(self.population)


@dataclass
class Quartiers:
    """Neighbourhoods of a département; arrays of one length.

    Parameters
    ----------
    code_qp
        Codes.
    population
        Inhabitants.
    commune, second
        Position of the commune, and of the second one (-1 for none).
    degrees, metres
        Outlines as written, and the same in local metres.
    """

    code_qp: list[str]
    population: Floats
    commune: Ints
    second: Ints
    degrees: Shapes
    metres: Shapes

    def __len__(self) -> int:
        """Return the number of neighbourhoods."""
        return len(self.code_qp)


@dataclass(eq=False)
class Departement:
    """One département being filled; ``land`` and ``margin`` are in the metres of ``place``."""

    code: str
    lib: str
    reg: str
    lib_reg: str
    place: Frame
    land: shapely.Geometry
    margin: shapely.Geometry
    communes: Communes = field(init=False)
    quartiers: Quartiers = field(init=False)

    @property
    def covered(self) -> bool:
        """Whether Sirene covers it: Polynésie is out of its field."""
        return self.code != "987"

    def commune_code(self, position: int) -> str:
        """Return the code of a simulated commune: five characters, with an S no real one has.

        ``67S12`` in the hexagon, ``974SC`` overseas (one character: 1 to 9 then A to Z).
        """
        if len(self.code) == 2:
            return f"{self.code}S{position + 1:02d}"
        return f"{self.code}S{SUFFIXES[position]}"

    def commune_name(self, position: int) -> str:
        """Return the name of a simulated commune."""
        return f"Commune simulée {position + 1}, {self.lib}"


def departements(regions: set[str]) -> list[Departement]:
    """Return the départements of some regions with their land, in the order of codes."""
    names = nomenclatures.departements().set_index("code")
    lib_reg = nomenclatures.regions().set_index("code")["lib_reg"]
    outlines = contours()
    found = []
    for code, shape in zip(outlines["code"], outlines.geometry, strict=True):
        reg = str(names.loc[code, "insee_reg"])
        if reg not in regions:
            continue
        middle = shapely.centroid(shape)
        place = Frame(middle.x, middle.y)
        land = place.shape_to_metres(shape)
        margin = _roomy(land.buffer(-SHORE))
        lib = str(names.loc[code, "lib_dep"])
        found.append(Departement(code, lib, reg, str(lib_reg[reg]), place, land, margin))
    return sorted(found, key=lambda dep: dep.code)


def _roomy(land: shapely.Geometry) -> shapely.Geometry:
    """Keep the parts of a land where an agglomeration holds: no islet of an atoll."""
    parts = np.array(shapely.get_parts(land))
    areas = shapely.area(parts)
    return shapely.union_all(parts[(areas >= ROOMY) | (areas == areas.max())])


def choose_communes(rng: np.random.Generator, dep: str, needed: float) -> Communes:
    """Take agglomerations of a département, in random order, to come near a population."""
    rows = table("tailles_communes")
    rows = rows[rows["insee_dep"] == dep]
    people = rows["population"].astype(float).clip(upper=LARGEST_COMMUNE).to_numpy()
    rank = rows["agglomeration"].astype(int).to_numpy()
    groups = [people[rank == one] for one in np.unique(rank)]
    chosen: list[int] = []
    total = 0.0
    for place in rng.permutation(len(groups)).tolist():
        if total + groups[place].sum() <= needed * 1.05:
            chosen.append(place)
            total += groups[place].sum()
    rest = [place for place in range(len(groups)) if place not in chosen]
    if rest:  # One more when it brings the total nearer, or when there is none.
        gaps = [abs(total + groups[place].sum() - needed) for place in rest]
        if not chosen or min(gaps) < needed - total:
            chosen.append(rest[int(np.argmin(gaps))])
    most = 99 if len(dep) == 2 else len(SUFFIXES)
    population = np.concatenate([groups[place] for place in chosen])[:most]
    sizes = [len(groups[place]) for place in chosen]
    return Communes(population, np.repeat(np.arange(len(chosen)) + 1, sizes)[:most])


def host(rng: np.random.Generator, communes: Communes, people: Floats) -> Ints:
    """Give each neighbourhood its commune, the populous ones first, in communes with room.

    A commune grows when none has room for a neighbourhood.
    """
    room = communes.population * MOST_PRIORITY
    hosts = np.zeros(len(people), np.int64)
    for place in np.argsort(-people, kind="stable"):
        fits = room >= people[place]
        if fits.any():
            odds = np.where(fits, room, 0.0)
            chosen = int(rng.choice(len(room), p=odds / odds.sum()))
        else:
            chosen = int(np.argmax(room))
            grown = (people[place] - room[chosen]) / MOST_PRIORITY
            communes.population[chosen] += np.ceil(grown / 100) * 100
            room[chosen] = people[place]
        room[chosen] -= people[place]
        hosts[place] = chosen
    return hosts


def lay_out(rng: np.random.Generator, dep: Departement) -> None:
    """Place communes on the land, side by side within an agglomeration."""
    surface = dep.communes.population / DENSITY * 1e6
    if surface.sum() > CROWDED * dep.land.area:
        surface *= dep.land.area * FILLED / surface.sum()
        dep.communes.where = _spread(rng, dep)
    else:
        dep.communes.where = _cluster(rng, dep, surface)
    dep.communes.radius = np.sqrt(surface / np.pi)


def _cluster(rng: np.random.Generator, dep: Departement, surface: Floats) -> Floats:
    """Place agglomerations apart from each other, and their communes around their centre."""
    where = np.zeros((len(surface), 2))
    shore = shapely.boundary(dep.margin)
    centres: list[tuple[Floats, float]] = []
    for group in np.unique(dep.communes.agglomeration):
        rows = np.flatnonzero(dep.communes.agglomeration == group)
        reach = float(np.sqrt(surface[rows].sum() / np.pi))
        drawn = random_inside(rng, dep.margin, 80)
        room = np.minimum(shapely.distance(shapely.points(drawn), shore) - reach, 5_000)
        for centre, other in centres:
            room = np.minimum(room, np.hypot(*(drawn - centre).T) - other - reach)
        # Anywhere roomy will do, or agglomerations would line up as far apart as can be.
        best = int(np.argmax(np.minimum(room, 3_000) + rng.uniform(0, 1_000, len(drawn))))
        centres.append((drawn[best], reach))
        # Sunflower: each commune at the golden angle, as far as the area before it asks for.
        before = np.concatenate([[0.0], np.cumsum(surface[rows])[:-1]]) + surface[rows] / 2
        away = np.sqrt(before / np.pi)
        away[0] = 0.0
        angle = rng.uniform(0, 2 * np.pi) + np.arange(len(rows)) * np.pi * (3 - np.sqrt(5))
        spots = drawn[best] + away[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
        where[rows] = [_nearest_inside(dep.margin, spot) for spot in spots]
    return where


def _spread(rng: np.random.Generator, dep: Departement) -> Floats:
    """Cover a crowded département with communes, each agglomeration a sector of it."""
    count = len(dep.communes)
    where = random_inside(rng, dep.margin, count)
    ground = random_inside(rng, dep.margin, 60 * count)
    for _ in range(12):  # Lloyd: each commune moves to the middle of what is nearest to it.
        nearest = shapely.STRtree(shapely.points(where)).nearest(shapely.points(ground))
        number = np.maximum(np.bincount(nearest, minlength=count), 1)
        for axis in range(2):
            where[:, axis] = np.bincount(nearest, ground[:, axis], minlength=count) / number
    where = np.array([_nearest_inside(dep.margin, spot) for spot in where])
    middle = where.mean(axis=0)
    angle = np.arctan2(where[:, 1] - middle[1], where[:, 0] - middle[0])
    # Rows are in the order of agglomerations: around the middle, one after the other.
    return where[np.argsort(angle, kind="stable")]


def random_inside(rng: np.random.Generator, land: shapely.Geometry, count: int) -> Floats:
    """Draw points of a land, uniformly; shape (count, 2)."""
    west, south, east, north = land.bounds
    shapely.prepare(land)
    found = np.empty((0, 2))
    while len(found) < count:
        drawn = rng.uniform([west, south], [east, north], (count * 4 + 8, 2))
        found = np.vstack([found, drawn[shapely.contains_xy(land, drawn[:, 0], drawn[:, 1])]])
    return found[:count]


def _nearest_inside(land: shapely.Geometry, point: Floats) -> npt.NDArray[Any]:
    """Return the point itself, or the nearest place on the land."""
    if shapely.contains_xy(land, point[0], point[1]):
        return point
    line = shapely.shortest_line(land, shapely.Point(point))
    return np.asarray(shapely.get_coordinates(line)[0])
