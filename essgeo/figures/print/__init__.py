"""Pictures for paper and slides: PNG at 300 dots an inch and SVG, drawn without a browser."""

from essgeo.figures.print.charts import chart_bytes
from essgeo.figures.print.maps import map_bytes
from essgeo.figures.print.plotted import plotted_bytes

__all__ = ["chart_bytes", "map_bytes", "plotted_bytes"]
