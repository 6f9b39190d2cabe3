"""A selection said in one French sentence, for titles, captions and metadata."""

from __future__ import annotations

from collections.abc import Callable

from essgeo.selection import DEFAULTS, OWN_ZONES, TERRITORIES, Selection
from essgeo.settings import BAND_M
from essgeo.text import NBSP, fold, listing, number, plural

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

_ZONE = ("zone", "zones")

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


def outlines_called(generation: str) -> str:
    """Name outlines: « contours 2024 », « vos zones »."""
    return "vos zones" if generation == OWN_ZONES else f"contours {generation}"


def in_outlines(generation: str) -> str:
    """Say « in » outlines: « dans les contours 2024 », « dans vos zones »."""
    return f"dans {'' if generation == OWN_ZONES else 'les '}{outlines_called(generation)}"


def outlines_line(generation: str) -> str:
    """Name the outlines of a picture, at its foot."""
    if generation == OWN_ZONES:
        return "Vos zones, qui ne sont pas des quartiers prioritaires."
    return f"Contours {generation}."


def quartiers_called(count: float, generation: str) -> str:
    """Count outlines: « 3 quartiers prioritaires », « 3 zones »."""
    if generation == OWN_ZONES:
        return plural(count, "zone")
    return plural(count, "quartier prioritaire", "quartiers prioritaires")


def not_comparable(generation: str, newest: str) -> str:
    """Say that figures on other outlines than the newest are not to be compared with theirs."""
    said = outlines_called(generation)
    others = f"ceux des quartiers prioritaires (contours {newest})"
    if generation != OWN_ZONES:
        others = f"aux chiffres sur les contours {newest}"
        return f"{said.capitalize()} : à ne pas comparer {others}, dont le périmètre diffère."
    return (
        f"{said.capitalize()} : ces chiffres ne sont pas {others} et ne s'y comparent pas, "
        "leur périmètre n'étant pas de même nature."
    )


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
    own = selection.generation[0] == OWN_ZONES
    territory = [
        _named(_ZONE if own and key == "quartier" else NAMES[key], key, selection.get(key), label)
        for key in TERRITORIES
        if selection.get(key)
    ]
    if territory:
        parts[0] += f" ({', '.join(territory)})"
    if not own:  # « vos zones » has said it
        parts[0] += f", {outlines_called(selection.generation[0])}"
    parts += [
        _named(NAMES[key], key, selection.get(key), label, colon=True)
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
    own = selection.generation[0] == OWN_ZONES
    inside, of = _zones(selection, quartiers) if own else _quartiers(quartiers)
    among = set(selection.rattachement)
    said = []
    if "dedans" in among:
        said.append(f"situés {inside}")
    if "proche" in among:
        said.append(
            f"à moins de {band}" if said else f"situés à moins de {band} {of}, mais en dehors"
        )
    if "hors" in among:
        every = "toutes vos zones" if own else "tout quartier prioritaire"
        others = "hors de celles-ci" if own else "hors de ceux-ci"
        said.append(others if said else f"situés à plus de {band} de {every}")
    if "non_localise" in among:
        said.append("sans position utilisable")
    return " ou ".join(said)


def _quartiers(count: int) -> tuple[str, str]:
    """Say « in » and « of » so many neighbourhoods."""
    called = quartiers_called(count, "")
    if count > 1:
        return f"dans {called}", f"des {called}"
    return f"dans {called if count else 'aucun quartier prioritaire'}", "du quartier prioritaire"


def _zones(selection: Selection, count: int) -> tuple[str, str]:
    """Say « in » and « of » so many of a visitor's own zones, or all of them."""
    if not count:
        return "dans aucune de vos zones", "de vos zones"
    if any(selection.get(key) for key in TERRITORIES):
        some = f"{number(count)}{NBSP}de vos zones" if count > 1 else "une de vos zones"
    else:
        some = f"vos {quartiers_called(count, OWN_ZONES)}" if count > 1 else "votre zone"
    of = "d'" if some.startswith("une") else "de "
    return f"dans {some}", f"{of}{some}"


def _named(
    names: tuple[str, str],
    key: str,
    values: tuple[str, ...],
    label: Callable[[str, str], str],
    *,
    colon: bool = False,
) -> str:
    noun = names[len(values) > 1]
    if len(values) == 1 and fold(label(key, values[0])).startswith(fold(noun)):
        return label(key, values[0])  # « quartier Quartier Nord » says it twice
    between = f"{NBSP}: " if colon else " "
    return f"{noun}{between}{listing([label(key, value) for value in values], limit=3)}"
