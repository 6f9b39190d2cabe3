"""What every figure says of itself: source, method, licence, and that it is simulated."""

from __future__ import annotations

from essgeo.atlas import Atlas, Resolved
from essgeo.sentences import outlines_line
from essgeo.text import NBSP, plural

#: Licence of what essgeo derives from public data.
LICENCE = "Licence Ouverte 2.0 (etalab-2.0)"

#: What a simulated figure must say of itself.
SIMULATED_NOTICE = (
    "Données simulées pour la démonstration : ni les établissements, ni les quartiers, "
    "ni les communes n'existent."
)

METHOD = (
    "Un établissement est compté dans un quartier quand sa position tombe dans le contour ; "
    "les emplois sont ceux des établissements situés là, estimés par tranche d'effectifs."
)

#: ``champ`` of a selection -> what a picture says of it.
FIELDS = {"loi2014": "ESS au sens de la loi de 2014", "insee": "ESS au sens de l'Insee"}


def source_line(atlas: Atlas, resolved: Resolved) -> str:
    """Name source, date, outlines and field in one line, for the foot of a picture.

    The first source is named and the others counted: the page on method has them all.
    """
    field = FIELDS[resolved.selection.champ[0]]
    whom = "employeurs" if resolved.selection.employeurs == ("oui",) else "employeurs ou non"
    if atlas.knows_employment:
        field += f", établissements {whom}"
    return f"{origin(atlas, resolved)} Champ{NBSP}: {field}."


def origin(atlas: Atlas, resolved: Resolved) -> str:
    """Name source, date and outlines only: the foot of a map has two lines."""
    manifest = atlas.manifest
    sources = manifest.about(resolved.generation.name)
    said = str(sources[0]) if sources else manifest.titre
    more = len(sources) - 1
    if more > 0:
        said += f" et {plural(more, 'autre source', 'autres sources')} (voir Méthode)"
    if manifest.corrections:
        count = plural(manifest.corrections, "correction")
        said += f", avec {count} de terrain"
    return f"Source{NBSP}: {said}. {outlines_line(resolved.generation.name)}"
