"""What a map shows, and the land that it shows it on."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import shapely

from essgeo.atlas import Atlas, Resolved
from essgeo.figures.print.frames import Panel, shapes, within
from essgeo.figures.print.keys import Sign
from essgeo.figures.print.paper import COLOURS
from essgeo.figures.views import MapView

#: State of a neighbourhood that has no figure -> its sign, told apart in grey print too.
SIGNS: dict[str, Sign] = {"sans_donnee": "|", "secret": "x", "hors_champ": "_"}

#: Details smaller than this many centimetres of paper are left out of the background.
_UNSEEN = 0.007


@dataclass(frozen=True)
class Scene:
    """What is drawn, and on what."""

    atlas: Atlas
    resolved: Resolved
    view: MapView
    table: pd.DataFrame

    @property
    def frame(self) -> gpd.GeoDataFrame:
        """Outlines of the generation."""
        return self.resolved.generation.quartiers


def land(scene: Scene, panel: Panel) -> None:
    """Draw départements and regions behind."""
    folder = scene.atlas.folder
    for outlines, face, edge, line in (
        (folder.contours_departements, COLOURS["terre"], COLOURS["trait_departement"], 0.4),
        (folder.contours_regions, "none", COLOURS["trait_region"], 0.7),
    ):
        if outlines is None:
            continue
        kept = panel.plane.shapes(outlines.geometry.to_numpy()[within(outlines, panel.bounds)])
        # What no printer shows would make a file of several megabytes.
        kept = shapely.simplify(kept, _UNSEEN * panel.per_cm)
        shapes(panel, kept, facecolor=face, edgecolor=edge, linewidth=line, zorder=1)
