"""Colours of maps and charts: told apart by colour-blind people and in grey print.

Sequences run light to dark on the light theme and dark to light on the dark one, so that « more »
always stands out from the land. No state is told by colour alone: hatching and dashes go with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

Theme = Literal["clair", "sombre"]

#: Colours that do not depend on the data, by theme. The names are those of the map's style sheet.
BASE: dict[Theme, dict[str, str]] = {
    "clair": {
        "mer": "#dfe8ee",
        "terre": "#fbfaf6",
        "papier": "#ffffff",
        "survol": "#e8f0f6",
        "texte": "#16202a",
        "discret": "#4b5763",
        "etiquette": "#39444f",
        "trait_departement": "#c3cad0",
        "trait_region": "#8b97a2",
        "effectif": "#1668a8",
        "contour": "#ffffff",
        "hachure": "#6b7680",
        "hors_selection": "#a3adb6",
        "trait_quartier": "#123f66",
        "fond_quartier": "#a9cbe6",
        "bande": "#e3ebd9",
        "choisi": "#d55e00",
        "point": "#8c1d4f",
        "point_contour": "#ffffff",
        "point_texte": "#ffffff",
        "liste": "#0a6b50",
    },
    "sombre": {
        "mer": "#0f161d",
        "terre": "#202a34",
        "papier": "#18212a",
        "survol": "#2c3945",
        "texte": "#f2f5f7",
        "discret": "#b8c3cc",
        "etiquette": "#d5dde3",
        "trait_departement": "#3a4753",
        "trait_region": "#6b7a87",
        "effectif": "#6bb8f0",
        "contour": "#0f161d",
        "hachure": "#98a5b0",
        "hors_selection": "#5d6a75",
        "trait_quartier": "#bfe0f7",
        "fond_quartier": "#2f5877",
        "bande": "#2b3a33",
        "choisi": "#ff9a3d",
        "point": "#ffb3d1",
        "point_contour": "#2a0f1c",
        "point_texte": "#2a0f1c",
        "liste": "#5fd9b4",
    },
}

#: Words drawn in the picture when figures are not, or not all, official.
MARKS = {"simulation": "DONNÉES SIMULÉES", "mixte": "DONNÉES EN PARTIE SIMULÉES", "officiel": ""}

#: Their colour: Okabe and Ito's orange, darker on white where it writes text (contrast 4.9, 8.1).
MARK: dict[Theme, str] = {"clair": "#a15c00", "sombre": "#ffb52e"}

#: Above and below (Okabe and Ito's blue and vermilion, lighter on a dark page).
#: None is a colour of the theme, so that each has one of its own on paper.
UP_DOWN: dict[Theme, tuple[str, str]] = {
    "clair": ("#0072b2", "#c04f00"),
    "sombre": ("#56b4e9", "#ff9f47"),
}

#: Ends and stops of the sequences, from little to much. Lightness is strictly monotonous: a test
#: proves it, as well as the distance between neighbours for the three kinds of colour blindness.
_STOPS: dict[Theme, tuple[str, ...]] = {
    "clair": ("#ffe98a", "#a8d27d", "#4aa88f", "#2671a0", "#2b2f77"),
    "sombre": ("#43508f", "#3f7fae", "#46ada0", "#93d385", "#fbf08f"),
}

#: Fewest and most classes that eyes tell apart on a map.
FEWEST, MOST = 2, 7

#: Okabe and Ito's colours for categories (« Color Universal Design », 2008), the black left out.
CATEGORIES: tuple[str, ...] = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#d55e00",
    "#f0e442",
)


def rgb(colour: str) -> tuple[int, int, int]:
    """Return the three components (0 to 255) of ``#rrggbb``."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def sequence(count: int, theme: Theme = "clair") -> tuple[str, ...]:
    """Return ``count`` colours from little to much.

    Parameters
    ----------
    count
        Number of classes, 2 to 7.
    theme
        « clair » or « sombre ».

    Raises
    ------
    ValueError
        ``count`` is out of bounds: more classes could not be told apart.
    """
    if not FEWEST <= count <= MOST:
        msg = f"de {FEWEST} à {MOST} classes, pas {count}"
        raise ValueError(msg)
    stops = [rgb(stop) for stop in _STOPS[theme]]
    colours = []
    for position in range(count):
        place = position * (len(stops) - 1) / (count - 1)
        lower = min(int(place), len(stops) - 2)
        share = place - lower
        mixed = (
            round(low + (high - low) * share)
            for low, high in zip(stops[lower], stops[lower + 1], strict=True)
        )
        colours.append("#{:02x}{:02x}{:02x}".format(*mixed))
    return tuple(colours)


def palette(theme: Theme) -> dict[str, object]:
    """Return all that the map needs of a theme: base colours, and classes by their number."""
    classes = {str(count): list(sequence(count, theme)) for count in range(FEWEST, MOST + 1)}
    return {**BASE[theme], "classes": classes}


def light(background: str) -> Callable[[str], str]:
    """Return what turns colours into those of white paper.

    Parameters
    ----------
    background
        Of the picture that has the colours: on the dark theme's, each becomes the one that the
        light theme has in its place; on any other it stays what it is.
    """
    if background != BASE["sombre"]["papier"]:
        return lambda colour: colour
    pairs = {
        dark: white
        for count in range(FEWEST, MOST + 1)
        for dark, white in zip(sequence(count, "sombre"), sequence(count), strict=True)
    }
    pairs |= {colour: BASE["clair"][name] for name, colour in BASE["sombre"].items()}
    pairs |= dict(zip(UP_DOWN["sombre"], UP_DOWN["clair"], strict=True))
    return lambda colour: pairs.get(colour, colour)
