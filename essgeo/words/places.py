"""What is said of a place: in a neighbourhood or not, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence

from essgeo.manifest import Manifest
from essgeo.owndata.coordinates import Place
from essgeo.owndata.places import FAR_M, Answer
from essgeo.selection import OWN_ZONES
from essgeo.sentences import outlines_called
from essgeo.text import NBSP, number

#: ``rattachement`` -> the short answer.
SHORT = {"dedans": "Oui", "proche": "Non, mais tout près", "hors": "Non"}

CERTAINTIES = {
    "sur": "Sûr",
    "probable": "Probable, à vérifier",
    "incertain": "Incertain, à vérifier",
}

SIMULATED = (
    "Les contours de ce dossier de données sont simulés, en tout ou en partie : cette réponse ne "
    "vaut rien dans la réalité, elle montre seulement ce que la page sait faire."
).replace(" :", f"{NBSP}:")

LEGAL = (
    "Cette réponse n'a pas de valeur officielle : le périmètre d'un quartier prioritaire est celui "
    "du décret qui l'a fixé."
).replace(" :", f"{NBSP}:")


def perimeter(generation: str) -> str:
    """Name a generation: « Contours 2024 », « Vos zones »."""
    return outlines_called(generation).capitalize()


def metres(value: float) -> str:
    """Write a distance: « 120 m », « 1,2 km »."""
    if value < 1000:
        return f"{number(value)}{NBSP}m"
    kilometres = round(value / 1000, 1)
    return f"{number(kilometres, 0 if kilometres.is_integer() else 1)}{NBSP}km"


def sentence(answer: Answer) -> str:
    """Say where a place is, of one generation: « Oui, dans Ouest, Strasbourg (QN…) … »."""
    zone = answer.generation == OWN_ZONES
    named = answer.name
    if answer.commune and answer.commune not in named:
        named += f", {answer.commune}"
    if answer.code:
        named += f" ({answer.code})"
    noun = "la zone" if zone else "le quartier"
    if answer.state == "dedans":
        return f"Oui, dans {noun} {named}, à {metres(answer.distance_m)} de son bord."
    if answer.state == "proche":
        of = "de la zone" if zone else "du quartier"
        return f"Non, mais à {metres(answer.distance_m)} {of} {named}."
    if math.isnan(answer.distance_m):
        none = "aucune zone" if zone else "aucun quartier prioritaire"
        return f"Non, et {none} n'est à moins de {metres(FAR_M)}."
    nearest = "La zone la plus proche" if zone else "Le quartier le plus proche"
    return f"Non. {nearest}, {named}, est à {metres(answer.distance_m)}."


def certainty(answer: Answer) -> str:
    """Say how sure an answer is, and why."""
    said = CERTAINTIES[answer.certainty]
    known = f"position connue à {metres(answer.precision_m)} près"
    if answer.certainty == "sur":
        far = "" if math.isnan(answer.distance_m) else ", moins que la distance au bord"
        return f"{said}{NBSP}: {known}{far}."
    edge = "" if math.isnan(answer.distance_m) else f", bord à {metres(answer.distance_m)}"
    reason = "" if answer.reason.startswith("contour plus proche") else f"{answer.reason} ; "
    return f"{said}{NBSP}: {reason}{known}{edge}."


def summed(found: Sequence[tuple[Answer, ...]], lines: int) -> str:
    """Say what became of a list, of the first generation: « 12 dans un quartier … »."""
    states = [one[0].state for one in found]
    inside, near, out = (states.count(state) for state in ("dedans", "proche", "hors"))
    where = perimeter(found[0][0].generation).lower() if found else ""
    doubtful = sum(one[0].certainty != "sur" for one in found)
    said = (
        f"Sur {number(lines)}{NBSP}ligne{'s' if lines > 1 else ''}{NBSP}: {number(inside)} dedans, "
        f"{number(near)} tout près, {number(out)} ailleurs"
    )
    if lines > len(found):
        said += f", {number(lines - len(found))} sans position lue"
    said += f" ({where})" if where else ""
    return f"{said}. À vérifier{NBSP}: {number(doubtful)}." if doubtful else f"{said}."


def written(place: Place) -> str:
    """Write a position the French way: « 48,573400 ; 7,752100 »."""
    return f"{number(place.lat, 6)} ; {number(place.lon, 6)}"


def warnings(manifest: Manifest) -> tuple[str, ...]:
    """Return what must be read with any answer."""
    return (SIMULATED,) if manifest.simulated else (LEGAL,)
