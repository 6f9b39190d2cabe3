"""Charts: data in, plotly figures out."""

from essgeo.figures.charts.paired import paired_bars

__all__ = ["paired_bars"]
