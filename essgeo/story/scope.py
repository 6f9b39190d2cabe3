"""What the steps of a story share: the selection resolved, its totals, and what is around it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from essgeo.atlas import Atlas, Resolved
from essgeo.errors import DataError
from essgeo.indicators import totals
from essgeo.levers import Catalogue, open_catalogue
from essgeo.levers.diagnosis import Diagnosis
from essgeo.levers.obstacles import obstacles
from essgeo.levers.rules import open_rules
from essgeo.selection import OWN_ZONES, TERRITORIES, Selection
from essgeo.words.sources import source_line


@dataclass(frozen=True)
class Scope:
    """A data folder and a selection, with what several steps need of them.

    Parameters
    ----------
    atlas
        Data folder opened.
    resolved
        The selection.
    """

    atlas: Atlas
    resolved: Resolved

    @property
    def selection(self) -> Selection:
        """The selection, its generation filled."""
        return self.resolved.selection

    @property
    def own_zones(self) -> bool:
        """Whether it is told of a visitor's own zones."""
        return self.resolved.generation.name == OWN_ZONES

    @cached_property
    def source(self) -> str:
        """Source, date, outlines and field, in one line."""
        return source_line(self.atlas, self.resolved)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """``code_qp`` of the selected territory's neighbourhoods."""
        frame = self.resolved.generation.quartiers
        return tuple(frame["code_qp"].to_numpy()[self.resolved.quartiers].tolist())

    @cached_property
    def row(self) -> dict[str, Any]:
        """Totals of the selection."""
        return totals(self.atlas, self.selection)

    @cached_property
    def levers(self) -> tuple[Catalogue, str]:
        """The catalogue with what the data folder adds, and what is wrong with that addition."""
        try:
            return open_catalogue(self.atlas.folder.path), ""
        except DataError as error:
            return open_catalogue(), str(error)

    @cached_property
    def diagnosis(self) -> Diagnosis:
        """The rules, looked at on all the neighbourhoods of the generation."""
        return Diagnosis(self.atlas, open_rules(self.levers[0]), self.resolved.generation.name)

    @cached_property
    def lacking(self) -> list[str]:
        """What the folder lacks before neighbourhoods can be compared."""
        return obstacles(self.atlas, self.resolved.generation)

    def wider(self, key: str) -> Selection | None:
        """Return the one region, EPCI or commune that holds the whole selected territory.

        Returns
        -------
        Selection or None
            The same filters on that territory; None when there are several, when the selection
            is the whole country, or when the territory has no code there.
        """
        if not any(self.selection.get(one) for one in TERRITORIES):
            return None
        column = {"region": "insee_reg", "epci": "siren_epci", "commune": "insee_com"}[key]
        values = self.resolved.generation.quartiers[column][self.resolved.quartiers].unique()
        if len(values) != 1 or not values[0] or ";" in values[0]:
            return None
        return self.selection.without(*TERRITORIES).with_(**{key: (str(values[0]),)})
