"""Levers: what a local authority can do for the ESS in its neighbourhoods."""

from essgeo.levers.catalogue import LIB_NATURE, LOCAL, Catalogue, Lever, open_catalogue

__all__ = ["LIB_NATURE", "LOCAL", "Catalogue", "Lever", "open_catalogue"]
