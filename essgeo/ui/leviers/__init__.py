"""The page Leviers: what the figures call to discuss, and what a local authority can do."""

from essgeo.ui.leviers.catalogue import browse, documents, leads
from essgeo.ui.leviers.lever import chosen
from essgeo.ui.leviers.lever import draw as draw_lever
from essgeo.ui.leviers.who import draw as draw_who

__all__ = ["browse", "chosen", "documents", "draw_lever", "draw_who", "leads"]
