"""essgeo: the social and solidarity economy (ESS) in French priority neighbourhoods (QPV)."""

__version__ = "0.1.0"
