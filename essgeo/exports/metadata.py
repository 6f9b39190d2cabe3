"""What every export says of itself."""

from __future__ import annotations

import json
from typing import Any

from essgeo import __version__
from essgeo.atlas import Atlas, Resolved
from essgeo.manifest import LIB_NATURE, OWN_ZONES
from essgeo.text import slug
from essgeo.words.sources import LICENCE, METHOD, SIMULATED_NOTICE


def metadata(atlas: Atlas, resolved: Resolved, *, rows: int, content: str) -> dict[str, Any]:
    """Describe an export.

    Parameters
    ----------
    atlas, resolved
        Data folder and selection.
    rows
        Rows of the exported table.
    content
        What the rows are, in French.

    Returns
    -------
    dict
        Ready for JSON; the same content gives the same bytes (no date of the export: the dates
        that matter are those of the sources).
    """
    manifest = atlas.manifest
    out: dict[str, Any] = {
        "contenu": content,
        "selection": resolved.sentence,
        "requete": resolved.selection.query(),
        "lignes": rows,
        "nature": manifest.nature,
        "lib_nature": LIB_NATURE[manifest.nature],
        "generation": resolved.generation.name,
        "sources": [
            {
                key: value
                for key, value in vars(source).items()
                if value not in ("", None) and key != "secret"
            }
            for source in manifest.about(resolved.generation.name)
        ],
        "methode": METHOD,
        "notes": [*resolved.notes, *manifest.notes],
        "licence": LICENCE,
        "logiciel": f"essgeo {__version__}",
    }
    if manifest.simulated:
        out["avertissement"] = SIMULATED_NOTICE
    return out


def metadata_json(content: dict[str, Any]) -> str:
    """Write the description of an export as JSON text."""
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def file_name(atlas: Atlas, resolved: Resolved, content: str, suffix: str) -> str:
    """Name an export: ``essgeo_SIMULE_etablissements_grand-est_2024.csv``.

    The name says that figures are simulated, what is selected, and that corrections apply.
    """
    own = resolved.generation.name == OWN_ZONES
    nature = {"simulation": "_SIMULE", "mixte": "_MIXTE", "officiel": ""}[atlas.manifest.nature]
    where = [
        slug(atlas.label(key, values[0], resolved.generation))
        if len(values) == 1
        else f"{len(values)}-{'zone' if own and key == 'quartier' else key}s"
        for key in ("region", "departement", "epci", "ept", "contrat", "commune", "quartier")
        if (values := resolved.selection.get(key))
    ]
    parts = [content, *(where or ["france"]), "mes-zones" if own else resolved.generation.name]
    if atlas.manifest.corrections:
        parts.append("corrige")
    return f"essgeo{nature}_{'_'.join(parts)}{suffix}"
