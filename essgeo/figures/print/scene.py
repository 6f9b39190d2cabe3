"""What a map shows, and the land that it shows it on."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from essgeo.atlas import Atlas, Resolved
from essgeo.figures.classes import Classes, quantiles
from essgeo.figures.print.frames import Panel, shapes, within
from essgeo.figures.print.keys import Sign
from essgeo.figures.print.paper import COLOURS
from essgeo.figures.views import Indicator, MapView
from essgeo.indicators import summary
from essgeo.indicators.kept import once
from essgeo.selection import Selection

#: State of a neighbourhood that has no figure -> its sign, told apart in grey print too.
SIGNS: dict[str, Sign] = {"sans_donnee": "|", "secret": "x", "hors_champ": "_"}

#: Details smaller than this many centimetres of paper are left out of the background.
_UNSEEN = 0.007


#: Indicator -> column that circles show, where it is not the count.
COLUMNS: dict[Indicator, str] = {"emplois": "effectif_estime", "habitants": "population"}


@dataclass(frozen=True)
class Scale:
    """What sizes and colours mean, computed on the default selection of a whole data folder.

    Parameters
    ----------
    largest
        Column -> its largest figure, at least 1.
    classes
        Of the rate, None where it is not known.
    """

    largest: dict[str, float]
    classes: Classes | None


@once
def scale(atlas: Atlas, generation: str) -> Scale:
    """Return what sizes and colours mean: they keep it from map to map."""
    found = summary(atlas, Selection(generation=(generation,)), ("quartier",))
    return Scale(
        {
            column: float(np.nanmax(found[column].to_numpy(np.float64), initial=1.0))
            for column in ("etablissements", *COLUMNS.values())
        },
        quantiles(found["etablissements_1000hab"].to_numpy(np.float64), 5, 1),
    )


@dataclass(frozen=True)
class Scene:
    """What is drawn, and on what."""

    atlas: Atlas
    resolved: Resolved
    view: MapView
    table: pd.DataFrame

    @property
    def column(self) -> str:
        """Column of the summary that circles show."""
        return COLUMNS.get(self.view.indicator, "etablissements")

    @property
    def scale(self) -> Scale:
        """What sizes and colours mean, whatever is selected."""
        return scale(self.atlas, self.resolved.generation.name)

    @property
    def largest(self) -> float:
        """Figure of the largest circle of the whole data."""
        return self.scale.largest[self.column]

    @property
    def classes(self) -> Classes | None:
        """Classes of the colours, when the map tells a rate."""
        return self.scale.classes if self.view.indicator == "taux" else None

    def shown(self, codes: npt.NDArray[np.object_]) -> pd.DataFrame:
        """Return ``etat``, ``size`` and ``rate`` of neighbourhoods.

        What the summary leaves out counts nobody; a figure that is not known is a state.
        """
        found = self.table.reindex(codes)
        state = found["etat"].fillna("ok")
        # Inhabitants are those of the outlines, whoever is there or not.
        size = (
            self.frame.set_index("code_qp")["population"].reindex(codes)
            if self.column == "population"
            else found[self.column].where(found["etat"].notna(), 0.0)
        ).astype(np.float64)
        rate = found["etablissements_1000hab"].astype(np.float64)
        figure = size if self.classes is None else rate
        lost = (state == "ok") & (size.isna() | (figure.isna() & found["etat"].notna()))
        return pd.DataFrame(
            {"etat": state.mask(lost, "sans_donnee"), "size": size.fillna(0.0), "rate": rate}
        )

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
