"""Where figures come from, in one line."""

from __future__ import annotations

from essgeo.atlas import Atlas, Resolved
from essgeo.text import NBSP, plural

#: ``champ`` of a selection -> what a picture says of it.
FIELDS = {"loi2014": "ESS au sens de la loi de 2014", "insee": "ESS au sens de l'Insee"}


def source_line(atlas: Atlas, resolved: Resolved) -> str:
    """Name source, date, outlines and field in one line, for the foot of a picture.

    The first source is named and the others counted: the page on method has them all.
    """
    manifest = atlas.manifest
    said = str(manifest.sources[0]) if manifest.sources else manifest.titre
    more = len(manifest.sources) - 1
    if more > 0:
        said += f" et {plural(more, 'autre source', 'autres sources')} (voir Méthode)"
    field = FIELDS[resolved.selection.champ[0]]
    whom = "employeurs" if resolved.selection.employeurs == ("oui",) else "employeurs ou non"
    if atlas.knows_employment:
        field += f", établissements {whom}"
    return f"Source{NBSP}: {said}. Contours {resolved.generation.name}. Champ{NBSP}: {field}."
