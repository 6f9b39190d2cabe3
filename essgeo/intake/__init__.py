"""Files of a stranger, read in a process of their own that cannot take the server down.

Nothing here imports what reads files: the process that reads limits itself before it does.
"""

from essgeo.intake.limits import Limits, list_limits, zone_limits
from essgeo.intake.process import read_table, read_zones
from essgeo.intake.taken import ProjectionError, Taken

__all__ = [
    "Limits",
    "ProjectionError",
    "Taken",
    "list_limits",
    "read_table",
    "read_zones",
    "zone_limits",
]
