"""Which establishments may be points of a map."""

from __future__ import annotations

import numpy as np

from essgeo.atlas import EMPLOYER, Atlas
from essgeo.axes import Mask
from essgeo.secrecy.diffusion import listed


def drawn(atlas: Atlas) -> Mask:
    """Say which establishments may be points: employers, and others when the holder asks.

    Returns
    -------
    numpy.ndarray
        shape (establishments,). None of a source under secrecy; all of a source that does not
        say who employs. Positions and partial diffusion are looked at by who draws.
    """
    if atlas.manifest.secret:
        return np.zeros(len(atlas), dtype=bool)
    if not atlas.knows_employment:
        return np.ones(len(atlas), dtype=bool)
    emploi = atlas.points["emploi"]
    others = (emploi == "non-employeur").to_numpy() & listed(atlas.points)
    shown: Mask = emploi.isin(EMPLOYER).to_numpy() | others
    return shown
