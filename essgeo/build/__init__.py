"""From files to a data folder."""

from essgeo.build.files import Built, build_from_files

__all__ = ["Built", "build_from_files"]
