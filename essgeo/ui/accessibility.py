"""What the app owes to people who do not see it, or not well: what holds, and what does not."""

from __future__ import annotations

import streamlit as st

from essgeo.figures.palettes import BASE
from essgeo.text import NBSP, number
from essgeo.ui import style
from essgeo.ui.links import link
from essgeo.ui.style import Figure

#: Day on which what follows was looked at.
LOOKED_AT = "23 novembre 2026"

#: Contrast that WCAG 2.1 asks of a text (criterion 1.4.3, level AA).
ENOUGH = 4.5

#: Texts of the app: what they are, and the options of Streamlit's theme that colour them.
_TEXTS = (
    ("Texte sur le fond de la page", "textColor", "backgroundColor"),
    ("Texte sur le fond des filtres", "textColor", "secondaryBackgroundColor"),
    ("Liens", "linkColor", "backgroundColor"),
    ("Boutons et choix en cours", "primaryColor", "backgroundColor"),
)

_HOLDS = """
- La langue de la page est déclarée : le français. Streamlit écrit l'anglais ; un script de
  l'application le corrige dès que la page s'affiche.
- Chaque page a un seul titre de premier niveau, et des titres de deuxième niveau pour ses parties.
- Une carte ou un graphique n'est jamais seul à dire : une phrase l'annonce, sert de texte de
  remplacement aux graphiques, et ses chiffres se lisent dans un tableau et se téléchargent en CSV.
- Aucun état ne se dit par la seule couleur : « secret », « sans donnée » et « hors
  champ » ont leur mot et leur hachure. Thèmes clair et sombre.
- La présentation se parcourt au clavier (flèches, page suivante et précédente).
- Les tableaux courts des fiches, et la page HTML à emporter, sont de vrais tableaux avec leurs
  en-têtes.
"""

_FAILS = """
- **Grands tableaux** (listes d'établissements, de quartiers) : Streamlit les dessine sur un
  canevas, que nous n'avons essayé avec aucun lecteur d'écran. À la place : le même tableau en CSV
  ou pour Excel.
- **Carte** : un quartier s'y choisit à la souris ou au doigt. À la place : la recherche, les
  filtres et la liste « Premiers quartiers », qui donnent la même sélection.
- **Graphiques interactifs** (Plotly) : leurs valeurs au survol n'ont pas d'équivalent au clavier.
  À la place : « Voir les chiffres en tableau ».
- **Changement de filtre** : la page se met à jour sans l'annoncer aux lecteurs d'écran.
- **Ordre du clavier** : tous les filtres passent avant le menu des pages et le contenu. Un lien
  d'évitement mène au contenu, mais son nom est anglais (« Skip to main content »).
- **Mots de Streamlit** : les commandes des filtres ont des noms anglais (« Open », « Clear all »,
  « Remove », « Collapse sidebar »), que l'application ne peut pas changer.
- **Documents bureautiques** (DOCX, PPTX) : les images ont un texte de remplacement ; ces
  fichiers n'ont été essayés avec aucun lecteur d'écran.
"""


def luminance(colour: str) -> float:
    """Return the relative luminance of « #rrggbb », from 0 to 1 (WCAG 2.1)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours « #rrggbb », from 1 to 21 (WCAG 2.1)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def measured() -> list[tuple[str, float, float]]:
    """Return the contrast of each text of the app, in the light theme and in the dark one."""
    rows = []
    for name, front, back in _TEXTS:
        light, dark = (
            contrast(
                str(st.get_option(f"theme.{theme}.{front}")),
                str(st.get_option(f"theme.{theme}.{back}")),
            )
            for theme in ("light", "dark")
        )
        rows.append((name, light, dark))
    for name, front in (("Noms sur la carte", "etiquette"), ("Mentions discrètes", "discret")):
        light, dark = (contrast(BASE[one][front], BASE[one]["papier"]) for one in BASE)
        rows.append((name, light, dark))
    return rows


def declaration() -> None:
    """Write the declaration."""
    style.reading(
        f"Cette application est partiellement conforme. Ce qui suit a été regardé le {LOOKED_AT} "
        "par ceux qui la font."
    )
    st.markdown(
        "Ce n'est pas un audit du RGAA : aucun organisme n'a vérifié cette application, et aucun "
        "taux de conformité n'est donné."
    )
    style.section("Ce qui est fait")
    st.markdown(_HOLDS)
    style.section("Ce qui n'est pas conforme, et ce qui le remplace")
    st.markdown(_FAILS)
    style.section("Contrastes")
    rows = measured()
    low = [name for name, *found in rows if min(found) < ENOUGH]
    style.reading(
        f"Sous le seuil de {number(ENOUGH, 1)}{NBSP}: {', '.join(low)}."
        if low
        else f"Tous les textes mesurés ont un contraste d'au moins {number(ENOUGH, 1)}."
    )
    style.table(
        "Contraste des textes, calculé sur les couleurs de l'application (WCAG 2.1, critère 1.4.3)",
        ("Texte", Figure("Thème clair"), Figure("Thème sombre")),
        [(name, Figure(number(light, 1)), Figure(number(dark, 1))) for name, light, dark in rows],
    )
    style.section("Signaler un problème")
    st.markdown(
        "Écrivez à l'organisme qui vous donne accès à cette application : dites la page (le menu "
        "« Partager » donne son lien), ce que vous vouliez faire et votre outil. Sans "
        "réponse, vous pouvez saisir le Défenseur des droits."
    )


def foot() -> None:
    """Draw what stands at the foot of each page."""
    link("accessibilite", "Accessibilité : partiellement conforme")
