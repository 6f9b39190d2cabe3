"""What may be published of a single establishment.

Insee, statut de diffusion: units in partial diffusion (``P``) have their address, and with it
their exact position, masked; natural persons have their name masked too.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

#: What Sirene writes in place of a masked value.
MASKED = "[ND]"

#: First digit of the legal category of natural persons (Insee, catégories juridiques).
NATURAL_PERSON = "1"


def publishable(points: pd.DataFrame) -> pd.DataFrame:
    """Mask what partial diffusion forbids to publish.

    Parameters
    ----------
    points
        Establishments with ``statut_diffusion``, ``categorie_juridique``, ``denomination``,
        ``longitude``, ``latitude``.

    Returns
    -------
    pandas.DataFrame
        Same rows and columns; for units in partial diffusion the position is NaN and the name
        of a natural person is ``[ND]``.
    """
    partial = points["statut_diffusion"] == "P"
    if not partial.any():
        return points
    person = partial & points["categorie_juridique"].str.startswith(NATURAL_PERSON)
    return points.assign(
        denomination=points["denomination"].mask(person, MASKED),
        longitude=points["longitude"].mask(partial, np.nan),
        latitude=points["latitude"].mask(partial, np.nan),
    )
