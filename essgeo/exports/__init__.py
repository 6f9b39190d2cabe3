"""Files that people take away: the same selection, its source, date and nature in each."""

from essgeo.exports.establishments import export, selected
from essgeo.exports.metadata import file_name, metadata
from essgeo.exports.tables import csv_bytes, summary_frame

__all__ = ["csv_bytes", "export", "file_name", "metadata", "selected", "summary_frame"]
