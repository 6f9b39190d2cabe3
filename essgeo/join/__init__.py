"""Points and neighbourhoods: who is inside, near, outside, and how sure it is."""

from essgeo.join.attach import COLUMNS, RATTACHEMENTS, JoinResult, attach, joined_table
from essgeo.join.outlines import Outlines
from essgeo.nomenclatures.territoires import PositionReport, position_problems

__all__ = [
    "COLUMNS",
    "RATTACHEMENTS",
    "JoinResult",
    "Outlines",
    "PositionReport",
    "attach",
    "joined_table",
    "position_problems",
]
