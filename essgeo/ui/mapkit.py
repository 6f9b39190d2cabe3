"""What the map needs of a data folder: made once for all, and over it for a visitor's own data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from essgeo import nomenclatures
from essgeo.atlas import Atlas
from essgeo.figures.assets import Assets, served
from essgeo.figures.classes import Classes, quantiles
from essgeo.figures.own_layers import own_layers
from essgeo.figures.static_layers import Layers, drawable, write_layers
from essgeo.secrecy import drawn
from essgeo.selection import Selection
from essgeo.settings import ROOT
from essgeo.ui import loading
from essgeo.ui.caching import by_atlas


@dataclass(frozen=True)
class Kit:
    """What the map needs of a data folder, made once.

    Parameters
    ----------
    assets, layers
        Scripts and static layers, as published.
    places
        Generation -> position of its outlines among all those of the layers.
    bounds
        shape (outlines of the layers, 4): degrees.
    largest
        (generation, indicator) -> largest figure of the default selection.
    classes
        Generation -> classes of the rate, on the default selection.
    """

    assets: Assets
    layers: Layers
    places: Mapping[str, npt.NDArray[np.intp]]
    bounds: npt.NDArray[np.float64]
    largest: Mapping[tuple[str, str], float]
    classes: Mapping[str, Classes | None]


def kit(atlas: Atlas) -> Kit:
    """Return what the map needs of a data folder."""
    return _kit(atlas)


@by_atlas(max_entries=2, show_spinner="Préparation de la carte…")
def _kit(_atlas: Atlas, fingerprint: str) -> Kit:
    largest, classes = {}, {}
    for name in _atlas.generations:
        found = loading.by_axis(_atlas, Selection(generation=(name,)), "quartier")
        largest[name, "etablissements"] = float(np.nan_to_num(found["etablissements"]).max())
        largest[name, "taux"] = largest[name, "etablissements"]
        largest[name, "emplois"] = float(np.nan_to_num(found["effectif_estime"]).max())
        classes[name] = quantiles(found["etablissements_1000hab"].to_numpy(np.float64), 5, 1)
    if _atlas.folder.private:
        return _own_kit(_atlas, loading.base(), largest, classes)
    static = ROOT / "static"
    folder = _atlas.folder
    points = _joined(_atlas)
    layers = write_layers(
        static,
        folder.quartiers,
        points,
        drawable(points, drawn(_atlas)),
        fingerprint=fingerprint,
        departements=_background(folder.contours_departements, "lib_dep"),
        regions=_background(folder.contours_regions, "lib_reg"),
        sectors=nomenclatures.labels("secteur"),
        sizes=nomenclatures.labels("taille"),
    )
    generations = np.array(layers.generations)
    return Kit(
        assets=served(static),
        layers=layers,
        places={name: np.flatnonzero(generations == name) for name in _atlas.generations},
        bounds=folder.quartiers.bounds.to_numpy(np.float64),
        largest=largest,
        classes=classes,
    )


def _own_kit(
    atlas: Atlas,
    base: Atlas,
    largest: Mapping[tuple[str, str], float],
    classes: Mapping[str, Classes | None],
) -> Kit:
    """Make the kit of a visitor's own data: over that of the folder, and nothing is written."""
    under = kit(base)
    zones = atlas.folder.quartiers
    zones = zones[~zones["generation"].isin(base.generations)]
    points = _joined(atlas)
    layers = own_layers(
        under.layers,
        base.points,
        zones,
        points,
        drawable(points, drawn(atlas)),
        suffixes={name: _suffix(atlas, name) for name in atlas.generations},
        sectors=nomenclatures.labels("secteur"),
        sizes=nomenclatures.labels("taille"),
    )
    generations = np.array(layers.generations)
    return Kit(
        assets=under.assets,
        layers=layers,
        places={name: np.flatnonzero(generations == name) for name in atlas.generations},
        bounds=np.concatenate([under.bounds, zones.bounds.to_numpy(np.float64)]),
        largest=largest,
        classes=classes,
    )


def _suffix(atlas: Atlas, generation: str) -> str:
    """Return the suffix of the columns joined to a generation: none for the newest."""
    return "" if generation == atlas.newest.name else f"_{generation}"


def _joined(atlas: Atlas) -> pd.DataFrame:
    """Return the establishments with how they relate to the outlines of each generation."""
    return atlas.points.assign(
        **{
            f"{column}{_suffix(atlas, name)}": generation.joined[column]
            for name, generation in atlas.generations.items()
            for column in ("code_qp", "rattachement", "distance_m")
        }
    )


def _background(frame: gpd.GeoDataFrame | None, label: str) -> gpd.GeoDataFrame:
    if frame is None:
        return gpd.GeoDataFrame({label: pd.Series(dtype="str")}, geometry=[], crs="EPSG:4326")
    return frame.rename(columns={"libelle": label})
