"""The page Territoires: which stand out, beyond chance, and two to four side by side."""

from essgeo.ui.territoires.beside import side_by_side
from essgeo.ui.territoires.choices import choices, default_level, known_levels
from essgeo.ui.territoires.picture import picture, ranks

__all__ = ["choices", "default_level", "known_levels", "picture", "ranks", "side_by_side"]
