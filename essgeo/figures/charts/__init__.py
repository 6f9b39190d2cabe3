"""Charts: data in, plotly figures out."""

from essgeo.figures.charts.frame import Kept, framed, wrapped
from essgeo.figures.charts.paired import paired_bars

__all__ = ["Kept", "framed", "paired_bars", "wrapped"]
