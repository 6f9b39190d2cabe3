"""A selection said in one French sentence, for titles, captions and metadata."""

from __future__ import annotations

from collections.abc import Callable

from essgeo.selection import DEFAULTS, TERRITORIES, Selection
from essgeo.settings import BAND_M
from essgeo.text import NBSP, fold, listing, number

#: Key -> what it is called in a sentence, singular and plural.
NAMES: dict[str, tuple[str, str]] = {
    "region": ("région", "régions"),
    "departement": ("département", "départements"),
    "epci": ("intercommunalité", "intercommunalités"),
    "ept": ("établissement public territorial", "établissements publics territoriaux"),
    "contrat": ("contrat de ville", "contrats de ville"),
    "commune": ("commune", "communes"),
    "quartier": ("quartier", "quartiers"),
    "secteur": ("secteur", "secteurs"),
    "famille": ("famille", "familles"),
    "taille": ("taille", "tailles"),
    "types": ("type", "types"),
}

#: What a selection is compared with -> how a sentence says it, after « avec ».
REFERENCES = {
    "commune": "le reste de la commune",
    "epci": "le reste de l'intercommunalité",
    "ept": "le reste de l'établissement public territorial",
    "contrat": "le reste du contrat de ville",
    "departement": "le reste du département",
    "region": "le reste de la région",
    "france": "le reste de la France",
    "semblables": "des quartiers semblables",
}


def describe(
    selection: Selection,
    *,
    label: Callable[[str, str], str],
    quartiers: int,
    knows_employment: bool = True,
) -> str:
    """Say a selection in words.

    Parameters
    ----------
    selection
        With its generation filled.
    label
        Gives what people read for a key and a value.
    quartiers
        How many outlines lie in the selected territory.
    knows_employment
        Whether the data tells employers from the others.
    """
    whom = "Établissements employeurs de l'ESS"
    if not knows_employment:
        whom = "Établissements"
    elif selection.employeurs != DEFAULTS["employeurs"]:
        whom = "Établissements de l'ESS, employeurs ou non,"
    parts = [f"{whom} {_where(selection, quartiers)}"]
    territory = [
        _named(key, selection.get(key), label) for key in TERRITORIES if selection.get(key)
    ]
    if territory:
        parts[0] += f" ({', '.join(territory)})"
    parts[0] += f", contours {selection.generation[0]}"
    parts += [
        _named(key, selection.get(key), label, colon=True)
        for key in ("secteur", "famille", "taille", "types")
        if selection.get(key)
    ]
    if selection.champ == ("insee",):
        parts.append("champ statistique de l'Insee (hors sociétés commerciales)")
    if selection.certitude != DEFAULTS["certitude"]:
        said = listing([label("certitude", value).lower() for value in selection.certitude])
        parts.append(f"positions{NBSP}: {said}")
    return f"{NBSP}; ".join(parts) + "."


def _where(selection: Selection, quartiers: int) -> str:
    band = f"{number(BAND_M)}{NBSP}m"
    zones = f"{number(quartiers)}{NBSP}quartiers prioritaires"
    if quartiers == 1:
        zones = f"1{NBSP}quartier prioritaire"
    inside = f"dans {zones}" if quartiers else "dans aucun quartier prioritaire"
    among = set(selection.rattachement)
    of = f"des {zones}" if quartiers > 1 else "du quartier prioritaire"
    said = []
    if "dedans" in among:
        said.append(f"situés {inside}")
    if "proche" in among:
        said.append(
            f"à moins de {band}" if said else f"situés à moins de {band} {of}, mais en dehors"
        )
    if "hors" in among:
        said.append(
            "hors de ceux-ci" if said else f"situés à plus de {band} de tout quartier prioritaire"
        )
    if "non_localise" in among:
        said.append("sans position utilisable")
    return " ou ".join(said)


def _named(
    key: str,
    values: tuple[str, ...],
    label: Callable[[str, str], str],
    *,
    colon: bool = False,
) -> str:
    names = NAMES[key]
    noun = names[len(values) > 1]
    if len(values) == 1 and fold(label(key, values[0])).startswith(fold(noun)):
        return label(key, values[0])  # « quartier Quartier Nord » says it twice
    between = f"{NBSP}: " if colon else " "
    return f"{noun}{between}{listing([label(key, value) for value in values], limit=3)}"
