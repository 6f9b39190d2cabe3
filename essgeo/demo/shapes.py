"""Outlines of simulated neighbourhoods, in local metres."""

from __future__ import annotations

from typing import cast

import numpy as np
import shapely

from essgeo.demo.reference import Floats

#: Outlines never reach farther than this many times the radius of the disc of same area.
REACH = 1.75


def blob(rng: np.random.Generator, area: float) -> shapely.Polygon:
    """Draw an outline around the origin.

    Parameters
    ----------
    rng
        Random stream.
    area
        Square metres.

    Returns
    -------
    Polygon
        Valid, 20 to 60 vertices, seen whole from the origin, stretched and uneven like a
        neighbourhood drawn along streets.
    """
    radius = float(np.sqrt(area / np.pi))
    while True:
        count = int(rng.integers(20, 61))
        angle = np.sort((np.arange(count) + rng.uniform(-0.35, 0.35, count)) / count * 2 * np.pi)
        away = np.ones(count)
        for wave, strength in ((2, 0.16), (3, 0.13), (5, 0.07)):
            away += rng.normal(0, strength) * np.cos(wave * angle + rng.uniform(0, 2 * np.pi))
        away = np.clip(away + rng.normal(0, 0.05, count), 0.35, None)
        stretch = np.exp(rng.normal(0, 0.18))
        turn = rng.uniform(0, np.pi)
        points = np.column_stack(
            [away * np.cos(angle) * stretch, away * np.sin(angle) / stretch]
        ) @ np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        shape = shapely.Polygon(points)
        shape = shapely.Polygon(points * np.sqrt(area / shape.area))
        farthest = float(np.hypot(*shapely.get_coordinates(shape).T).max())
        if shape.is_valid and farthest <= REACH * radius:
            return shape


def in_two_parts(rng: np.random.Generator, area: float) -> shapely.MultiPolygon:
    """Draw an outline of two parts, a large one and a smaller beside it."""
    first, second = blob(rng, area * 0.72), blob(rng, area * 0.28)
    toward = rng.uniform(0, 2 * np.pi)
    gap = rng.uniform(25, 120)
    away = gap
    while True:
        moved = move(second, away * np.array([np.cos(toward), np.sin(toward)]))
        if shapely.distance(first, moved) >= gap:
            both = shapely.MultiPolygon([first, moved])
            centre = shapely.get_coordinates(shapely.centroid(both))[0]
            return cast("shapely.MultiPolygon", move(both, -centre))
        away += gap


def move(shape: shapely.Geometry, by: Floats) -> shapely.Geometry:
    """Shift a geometry by metres east and north."""
    return shapely.transform(shape, lambda points: points + by)


def touching(one: shapely.Geometry, other: shapely.Geometry, depth: float) -> shapely.Geometry:
    """Slide an outline toward another until they overlap by about ``depth`` metres.

    Returns
    -------
    Geometry
        ``other``, moved along the line between both centres.
    """
    here = shapely.get_coordinates(shapely.centroid(one))[0]
    there = shapely.get_coordinates(shapely.centroid(other))[0]
    line = there - here
    line /= np.hypot(*line)
    near, far = 0.0, float(np.hypot(*(there - here))) * 4 + 5_000
    for _ in range(40):
        middle = (near + far) / 2
        apart = shapely.distance(one, move(other, here + line * middle - there))
        near, far = (middle, far) if apart == 0 else (near, middle)
    return move(other, here + line * (near - depth) - there)
