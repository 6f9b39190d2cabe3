"""What may be published of a single establishment.

Insee, statut de diffusion: units in partial diffusion (``P``) have their address, and with it
their exact position, masked; natural persons have their name masked too.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from essgeo.axes import Mask
from essgeo.nomenclatures.diffusion import MASKED, NATURAL_PERSON, PARTIAL
from essgeo.settings import SETTINGS


def publishable(points: pd.DataFrame) -> pd.DataFrame:
    """Mask what partial diffusion forbids to publish, and where non-employers are.

    A non-employer is often seated at somebody's home: its position is kept back unless the holder
    of the data asks for it (``ESSGEO_NON_EMPLOYEURS=montrer``).

    Parameters
    ----------
    points
        Establishments with ``statut_diffusion``, ``categorie_juridique``, ``denomination``,
        ``longitude``, ``latitude``, and ``emploi`` when it is known; ``distance_m`` is masked
        with the position.

    Returns
    -------
    pandas.DataFrame
        Same rows and columns; a masked position is NaN, and the name of a natural person in
        partial diffusion is ``[ND]``, as is that of a unit that may be one.
    """
    partial = points["statut_diffusion"].isin(PARTIAL)
    category = points["categorie_juridique"]
    person = partial & (category.str.startswith(NATURAL_PERSON) | (category == ""))
    hidden = partial | ~pd.Series(listed(points), index=points.index)
    if not hidden.any():
        return points
    names = [name for name in ("longitude", "latitude", "distance_m") if name in points.columns]
    return points.assign(
        denomination=points["denomination"].mask(person, MASKED),
        **{name: points[name].mask(hidden, np.nan) for name in names},
    )


def listed(points: pd.DataFrame) -> Mask:
    """Say which establishments may be drawn, named in a list and found by a search.

    Parameters
    ----------
    points
        Establishments, with ``emploi`` when it is known.

    Returns
    -------
    numpy.ndarray
        All but non-employers, unless the holder of the data asks for them.
    """
    if "emploi" not in points.columns or SETTINGS["ESSGEO_NON_EMPLOYEURS"].read() == "montrer":
        return np.ones(len(points), dtype=bool)
    out: Mask = (points["emploi"] != "non-employeur").to_numpy()
    return out
