"""States of outlines on the map, and the words of its legend and tooltips."""

from __future__ import annotations

#: State of a neighbourhood and its character in the payload. « ok » becomes the digit of its class.
STATES = {
    "sans_donnee": "d",
    "secret": "s",
    "hors_champ": "x",
    "hors_selection": "o",
    "a_cote": "b",
    "absent": ".",
}

#: What the legend and tooltips say of a state.
STATE_LABELS = {
    "sans_donnee": "sans donnée",
    "secret": "secret statistique",
    "hors_champ": "hors champ Sirene",
    "hors_selection": "hors de la sélection",
    "a_cote": "contours montrés à côté",
}

#: What the legend and tooltips say of outlines, neighbourhoods or a visitor's own zones.
QUARTIERS = {
    "circle": "un cercle par quartier",
    "outline": "quartier prioritaire",
    "inside": "dans le quartier",
    "near": "du quartier",
    "out": "hors des quartiers",
    "any": "dans un quartier",
    "near_any": "d'un quartier",
}
ZONES = {
    "circle": "un cercle par zone",
    "outline": "votre zone",
    "inside": "dans la zone",
    "near": "de la zone",
    "out": "hors de vos zones",
    "any": "dans une zone",
    "near_any": "d'une zone",
}
