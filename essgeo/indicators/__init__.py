"""What a selection says: counts, jobs, rates, presence, and how sure they are.

Pure: an :class:`~essgeo.atlas.Atlas` and a :class:`~essgeo.selection.Selection` in, tables out.
"""

from essgeo.indicators.grouping import WITHOUT
from essgeo.indicators.summary import AXES, COLUMNS, summary, totals

__all__ = ["AXES", "COLUMNS", "WITHOUT", "summary", "totals"]
