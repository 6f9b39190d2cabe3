"""How figures are made, and what the data folder says of itself."""

from __future__ import annotations

import streamlit as st

from essgeo import nomenclatures
from essgeo.atlas import Atlas
from essgeo.exports.metadata import LICENCE
from essgeo.generation import Generation
from essgeo.manifest import LIB_NATURE
from essgeo.text import NBSP, number, plural
from essgeo.ui import style
from essgeo.ui.style import Figure
from essgeo.ui.words import BAND, markdown

#: Codes named in a list of what is not classified.
NAMED = 12

#: What a reconciliation with Insee's own attribution counts -> what people read.
RECONCILIATION = {
    "accord": "même quartier",
    "desaccord": "deux quartiers différents",
    "seulement_essgeo": "un quartier ici, aucun pour l'Insee",
    "seulement_insee": "un quartier pour l'Insee, aucun ici",
    "aucun": "aucun quartier de part et d'autre",
    "non_renseigne": "sans avis de l'Insee",
}

#: The rules, in plain words; the code that applies them refers to the same ones.
RULES = f"""
**Dans un quartier.** Un établissement est compté dans un quartier prioritaire quand sa position
tombe dans le contour, bord compris. Si plusieurs contours le contiennent, le plus petit code est
retenu, et le nombre de ces cas est donné plus bas.

**Autour.** « À moins de {BAND} » se mesure en mètres jusqu'au bord du contour le plus proche,
dans la projection légale du territoire.

**Employeurs.** Trois états, jamais deux : employeur, non employeur, employeur d'effectif inconnu.
Par défaut, seuls les employeurs sont comptés, comme dans les chiffres publiés.

**Emplois situés là.** Sirene donne une tranche d'effectifs, pas un nombre : les minimums et les
maximums des tranches s'additionnent en un intervalle, les valeurs centrales en une estimation.
Ce sont les emplois des établissements situés dans le quartier, pas ceux de ses habitants.

**Deux générations de contours.** 2015 et 2024 ne s'additionnent jamais.

**Certitude de la position.**
- *Incertaine* : le département déclaré contredit la position ; ou, dans un quartier, la commune
  déclarée n'est aucune des siennes ; ou la position a été tirée au hasard dans sa rue et le bord
  est plus proche que la moitié de sa précision. Par défaut, elle n'est pas comptée.
- *Probable* : la rue elle-même n'est que probable ; ou la qualité de la position est inconnue ;
  ou le bord est plus proche que sa précision.
- *Sûre* : dans les autres cas.
"""


def rules() -> None:
    """Say the rules of counting in plain words."""
    st.markdown(RULES)


def data(atlas: Atlas) -> None:
    """Say what the data folder is, where it comes from, and what reading it found."""
    manifest = atlas.manifest
    st.markdown(f"**{markdown(manifest.titre)}**{NBSP}: {LIB_NATURE[manifest.nature]}.")
    for note in manifest.notes:
        st.markdown(f"- {markdown(note)}")
    style.table(
        "Sources",
        ("Source", "Éditeur", "Date", "Licence", Figure("Lignes"), "Adresse"),
        [
            (
                source.titre + (" (secret statistique)" if source.secret else ""),
                source.editeur,
                source.date,
                source.licence,
                Figure(number(source.lignes) if source.lignes is not None else ""),
                source.url,
            )
            for source in manifest.sources
        ],
    )
    style.table(
        "Tables du dossier",
        ("Table", "Fichier", Figure("Lignes"), "Empreinte (SHA-256)"),
        [
            (name, table.fichier, Figure(number(table.lignes)), f"{table.sha256[:16]}…")
            for name, table in manifest.tables.items()
        ],
    )
    if atlas.folder.warnings:
        st.markdown("**Remarques à la lecture**")
        for warning in atlas.folder.warnings:
            st.markdown(f"- {markdown(warning)}")
    st.markdown(f"Ce que l'application en tire est publié sous {LICENCE}.")


def conservation(atlas: Atlas) -> None:
    """Show that no establishment is lost, generation by generation, and why some are unsure."""
    rows = [_accounted(generation) for generation in atlas.generations.values()]
    style.table(
        "Tous les établissements du dossier, employeurs ou non",
        (
            "Contours",
            Figure("Lignes"),
            Figure("Dedans"),
            Figure(f"À moins de {BAND}"),
            Figure("Ailleurs"),
            Figure("Sans position utilisable"),
            Figure("Dans plusieurs quartiers"),
        ),
        rows,
    )
    for generation in atlas.generations.values():
        motives = generation.joined["motif"]
        # Metres in brackets are each point's own: the reason is what comes before.
        plain = motives[motives != ""].str.replace(r"\s*\(\d.*\)$", "", regex=True)
        counts = plain.value_counts()
        if len(counts):
            style.table(
                f"Raisons du doute, contours {generation.name}",
                ("Raison", Figure("Établissements")),
                [
                    (reason, Figure(number(count)))
                    for reason, count in zip(counts.index, counts.tolist(), strict=True)
                ],
            )
        _reconciliation(generation)


def _accounted(generation: Generation) -> tuple[object, ...]:
    counts = generation.joined["rattachement"].value_counts()
    kinds = ("dedans", "proche", "hors", "non_localise")
    ambiguous = generation.join.ambiguous if generation.join is not None else None
    return (
        generation.name,
        Figure(number(len(generation.joined))),
        *(Figure(number(int(counts.get(kind, 0)))) for kind in kinds),
        Figure(number(ambiguous) if ambiguous is not None else "compté à la fabrication"),
    )


def _reconciliation(generation: Generation) -> None:
    found = generation.join.reconciliation if generation.join is not None else None
    if not found or not any(found.get(key) for key in ("accord", "desaccord")):
        return
    style.table(
        f"Comparaison avec l'attribution de l'Insee, contours {generation.name}",
        ("Cas", Figure("Établissements")),
        [(RECONCILIATION.get(key, key), Figure(number(count))) for key, count in found.items()],
    )


def unclassified(atlas: Atlas) -> None:
    """Name the codes that no reference table knows, and how many establishments bear them."""
    points = atlas.points
    rows = []
    for title, codes, slugs in (
        ("Catégorie juridique", "categorie_juridique", "famille"),
        ("Activité (NAF rév. 2)", "activite_principale", "secteur"),
        ("Tranche d'effectifs", "tranche_effectifs", "taille"),
    ):
        found = nomenclatures.non_classes(points[codes], points[slugs])
        rows.append((title, Figure(number(sum(found.values()))), _named(found)))
    style.table(
        "Codes gardés, mais que les nomenclatures ne classent pas",
        ("Colonne", Figure("Établissements"), "Codes, les plus fréquents d'abord"),
        rows,
    )


def _named(found: dict[str, int]) -> str:
    parts = [f"{code or 'absent'} ({number(count)})" for code, count in list(found.items())[:NAMED]]
    more = len(found) - NAMED
    if more > 0:
        parts.append(f"et {plural(more, 'autre')}")
    return ", ".join(parts) or "aucun"
