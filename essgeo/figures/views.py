"""What a picture shows, as plain data: drawn by a page, a slide or a printed document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from essgeo.selection import Selection

MapKind = Literal["france", "zone", "quartier"]

#: What a map shows of each neighbourhood.
Indicator = Literal["etablissements", "emplois", "taux", "habitants"]

#: One value a label; None is what is not known.
Values = tuple[float | None, ...]


@dataclass(frozen=True)
class Series:
    """One series of a chart.

    Parameters
    ----------
    name
        Of its legend.
    values
        One a label of the chart.
    low, high
        Intervals around the values, when known.
    texts
        What is written beside each value; the value itself by default. « secret » is one.
    """

    name: str
    values: Values
    low: Values | None = None
    high: Values | None = None
    texts: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Chart:
    """A chart, whoever draws it.

    Parameters
    ----------
    kind
        ``barres``: horizontal bars of one series; ``paires``: of two, side by side;
        ``quotients``: points and intervals around 1.
    title, sentence
        What it is, and what it says.
    unit
        Of its axis: « % des établissements »; values are already in it.
    labels
        Categories, in the order in which they are read, the first on top.
    series
        One or two.
    alt
        What a person who does not see it is told.
    log
        Whether the axis is logarithmic (quotients).
    """

    kind: Literal["barres", "paires", "quotients"]
    title: str
    sentence: str
    unit: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    alt: str
    log: bool = False


@dataclass(frozen=True)
class MapView:
    """A map, whoever draws it.

    Parameters
    ----------
    kind
        ``france``: circles over regions, overseas beside; ``zone``: outlines and points of the
        selected territory; ``quartier``: one outline, its band and points.
    title, alt
        What it is, and what a person who does not see it is told.
    selection
        What is shown.
    quartiers
        Codes of the outlines to frame; those of the selection by default.
    indicator
        What circles and colours tell; of no effect on the map of one neighbourhood.
    """

    kind: MapKind
    title: str
    alt: str
    selection: Selection
    quartiers: tuple[str, ...] = ()
    indicator: Indicator = "etablissements"
