"""How figures are made, what the data folder says of itself, and how good it is."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd
import streamlit as st

from essgeo import __version__, nomenclatures
from essgeo.atlas import Atlas
from essgeo.build.report import read_report
from essgeo.datafolder import REPORT
from essgeo.errors import DataError
from essgeo.exports import csv_bytes
from essgeo.indicators.outlines import CONSTANT, FILE, successions
from essgeo.indicators.quality import Quality, quality, share_located
from essgeo.manifest import LIB_NATURE
from essgeo.secrecy import REFUSED, Rule
from essgeo.selection import OWN_ZONES
from essgeo.sentences import outlines_called
from essgeo.text import NBSP, number, percent, plural
from essgeo.ui import style
from essgeo.ui.caching import by_atlas
from essgeo.ui.markdown import markdown
from essgeo.ui.rules import RULES, secrecy_rule
from essgeo.ui.style import Figure
from essgeo.words.figures import BAND
from essgeo.words.sources import LICENCE, SIMULATED_NOTICE

#: Codes named in a list of what is not classified, and reasons in a list of doubts.
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

#: State of employment -> what people read.
EMPLOYMENT = {
    "employeur": "employeurs d'effectif connu",
    "employeur-inconnu": "employeurs d'effectif inconnu",
    "non-employeur": "non employeurs",
    "inconnu": "sans qu'on sache s'ils emploient",
}

#: Column of the data -> what people read.
CLASSIFIED = {
    "categorie_juridique": "Catégorie juridique",
    "activite_principale": "Activité (NAF rév. 2)",
    "tranche_effectifs": "Tranche d'effectifs",
}

#: Table of the dictionary -> what people read.
DICTIONARY = {
    "quartiers": "Quartiers",
    "etablissements": "Établissements (dossier de données et exports)",
    "communes": "Communes",
    "denominateurs": "Dénominateurs (tous les emplois)",
    "summary": "Indicateurs (tableaux et « summary »)",
}


def rules() -> None:
    """Say the rules of counting in plain words."""
    for place, (title, text) in enumerate(RULES.items()):
        with st.expander(title, expanded=place == 0):
            st.markdown(text)
    with st.expander("Secret statistique et diffusion"):
        st.markdown(secrecy_rule(Rule.read()))


def data(atlas: Atlas) -> None:
    """Say what the data folder is, where it comes from, and what reading it found."""
    manifest = atlas.manifest
    st.markdown(f"**{markdown(manifest.titre)}**{NBSP}: {LIB_NATURE[manifest.nature]}.")
    for note in manifest.notes:
        st.markdown(f"- {markdown(note)}")

    def lines(count: int | None) -> Figure:
        # Under secrecy even a whole could give away what is left out of the printed totals.
        hidden = count is None or manifest.secret
        return Figure("" if hidden else number(count))

    style.table(
        "Sources et millésimes",
        ("Source", "Éditeur", "Date", "Licence", Figure("Lignes"), "Adresse"),
        [
            (
                source.titre + (" (secret statistique)" if source.secret else ""),
                source.editeur,
                source.date,
                source.licence,
                lines(source.lignes),
                source.url,
            )
            for source in manifest.sources
        ],
    )
    style.table(
        "Tables du dossier",
        ("Table", "Fichier", Figure("Lignes"), "Empreinte (SHA-256)"),
        [
            (name, table.fichier, lines(table.lignes), f"{table.sha256[:16]}…")
            for name, table in manifest.tables.items()
        ],
    )
    if atlas.folder.warnings:
        with st.expander(f"Remarques à la lecture ({number(len(atlas.folder.warnings))})"):
            for warning in atlas.folder.warnings:
                st.markdown(f"- {markdown(warning)}")


def made(atlas: Atlas) -> None:
    """Show what the maker of the folder wrote: what it read, kept, left out, and why."""
    report = None if atlas.manifest.secret else read_report(atlas.folder.path)
    if report is None:
        return
    with st.expander(f"Rapport de fabrication ({plural(len(report), 'ligne')})"):
        st.caption(
            f"Écrit par la fabrication du dossier ({REPORT})\u00a0: ce qui a été lu, retenu, "
            "laissé de côté, et pourquoi."
        )
        st.dataframe(
            report.set_axis(["Partie", "Mesure", "Valeur", "Note"], axis="columns"),
            hide_index=True,
            height=460,
            alt="Rapport de fabrication",
        )


def judged(atlas: Atlas) -> None:
    """Show that no establishment is lost, how good positions and codes are, and what is unsure."""
    if atlas.manifest.secret:
        style.section("Aucun compte d'établissements ici")
        st.markdown(f"{REFUSED}.")
        return
    found = _quality(atlas)
    style.section("Aucun établissement n'est perdu")
    conservation(found)
    style.section("Ce que valent les positions")
    positions(found)
    reconciliation(found)
    style.section("Effectifs et codes")
    employment(found)
    unclassified(found)


@by_atlas(max_entries=2, show_spinner="Examen des données…")
def _quality(_atlas: Atlas, fingerprint: str) -> Quality:  # noqa: ARG001 - key of the cache
    return quality(_atlas)


def conservation(found: Quality) -> None:
    """Account for every establishment, one line a generation."""
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
        [
            (
                name,
                *(
                    Figure(number(counts[kind]))
                    for kind in ("total", "dedans", "proche", "hors", "non_localise")
                ),
                Figure(
                    number(found.ambiguous[name])
                    if name in found.ambiguous
                    else "compté à la fabrication"
                ),
            )
            for name, counts in found.conservation.items()
        ],
    )


def positions(found: Quality) -> None:
    """Show the quality of positions and the reasons of doubts."""
    first = next(iter(found.conservation.values()))
    located = share_located(first)
    if not math.isnan(located):
        st.markdown(
            f"**{percent(located, 1)}** des établissements ont une position utilisable. Sa "
            "précision dépend de la façon dont l'adresse a été trouvée."
        )
    style.table(
        "Qualité des positions (Insee, géolocalisation des établissements)",
        (
            "Position",
            Figure("Précision supposée"),
            Figure("Établissements"),
            Figure("Dans un quartier"),
            Figure("Incertains"),
        ),
        [
            (
                f"{row['libelle']} ({row['code']})" if row["code"] else row["libelle"],
                Figure(f"{number(row['precision_m'])}{NBSP}m" if row["precision_m"] > 0 else "–"),
                Figure(number(row["etablissements"])),
                Figure(number(row["dedans"])),
                Figure(number(row["incertains"])),
            )
            for row in found.positions.to_dict(orient="records")
        ],
    )
    for generation, reasons in found.reasons.items():
        if reasons:
            shown = list(reasons.items())
            rest = shown[NAMED:]
            more = [
                (
                    f"et {plural(len(rest), 'autre raison', 'autres raisons')}",
                    sum(dict(rest).values()),
                )
            ]
            style.table(
                f"Raisons du doute, {outlines_called(generation)}",
                ("Raison", Figure("Établissements")),
                [
                    (reason, Figure(number(count)))
                    for reason, count in shown[:NAMED] + (more if rest else [])
                ],
            )


def reconciliation(found: Quality) -> None:
    """Compare with Insee's own attribution, or say that there is none."""
    if not found.reconciliation:
        st.caption("Ces données ne portent pas d'attribution de l'Insee à un quartier (plg_qp).")
    for generation, counts in found.reconciliation.items():
        both = counts["accord"] + counts["desaccord"]
        both += counts["seulement_essgeo"] + counts["seulement_insee"]
        if both:
            st.markdown(
                f"L'Insee et essgeo placent **{percent(counts['accord'] / both, 1)}** des "
                f"établissements d'un quartier dans le même (contours {generation})."
            )
        style.table(
            f"Comparaison avec l'attribution de l'Insee, contours {generation}",
            ("Cas", Figure("Établissements")),
            [
                (RECONCILIATION.get(key, key), Figure(number(count)))
                for key, count in counts.items()
            ],
        )


def employment(found: Quality) -> None:
    """Say who employs, and which years headcounts are of."""
    _pairs("Emploi", {EMPLOYMENT.get(key, key): n for key, n in found.employment.items()})
    years = {year or "année non dite": count for year, count in found.years.items()}
    _pairs("Année de la tranche d'effectifs", years)


def _pairs(title: str, counts: Mapping[str, int]) -> None:
    style.table(
        title,
        (title, Figure("Établissements")),
        [(name, Figure(number(count))) for name, count in counts.items()],
    )


def unclassified(found: Quality) -> None:
    """Name the codes that no reference table knows, and how many establishments bear them."""
    style.table(
        "Codes gardés, mais que les nomenclatures ne classent pas",
        ("Colonne", Figure("Établissements"), "Codes, les plus fréquents d'abord"),
        [
            (CLASSIFIED[column], Figure(number(sum(codes.values()))), _named(codes))
            for column, codes in found.unclassified.items()
        ],
    )


def _named(found: Mapping[str, int]) -> str:
    parts = [f"{code or 'absent'} ({number(count)})" for code, count in list(found.items())[:NAMED]]
    more = len(found) - NAMED
    if more > 0:
        parts.append(f"et {plural(more, 'autre')}")
    return ", ".join(parts) or "aucun"


def generations(atlas: Atlas) -> None:
    """Say what compares between two generations of outlines."""
    names = [name for name in atlas.generations if name != OWN_ZONES]
    if len(names) < 2:
        st.markdown(
            f"Ce dossier ne tient que les contours {names[0]}{NBSP}: aucune évolution d'une "
            "génération de contours à l'autre ne peut y être calculée."
        )
        return
    file = atlas.folder.path / FILE
    table = file.is_file()
    try:
        # The correspondence table is none of the folder's own: its date tells two states apart.
        stamp = file.stat().st_mtime_ns if table else 0
        pairs = _successions(atlas, stamp)
    except DataError as error:
        st.warning(markdown(str(error)), icon=":material/warning:")
        return
    new, old = names[:2]
    kept = int(pairs["constant"].sum())
    st.markdown(
        f"{plural(len(atlas.generations[old].quartiers), 'quartier')} sur les contours {old}, "
        f"{plural(len(atlas.generations[new].quartiers), 'quartier')} sur les contours {new}. "
        f"**{plural(kept, 'paire se compare', 'paires se comparent')}** "
        f"(contours qui diffèrent de {percent(CONSTANT)} de leur surface au plus, arrondi des "
        f"coordonnées mis à part), sur {number(len(pairs))} "
        + (
            "données par la table de correspondance du dossier."
            if table
            else f"dont les contours se recouvrent ; ce dossier n'a pas de table de correspondance "
            f"({FILE})."
        )
        + f" Un chiffre sur les contours {old} porte la mention «{NBSP}à ne pas comparer{NBSP}»."
    )
    with st.expander("Les paires de quartiers"):
        st.dataframe(
            pairs.assign(ecart=(pairs["ecart"] * 100).round(1)).rename(
                columns={
                    "ancien": f"Contours {old}",
                    "nouveau": f"Contours {new}",
                    "ecart": "Différence (%)",
                    "constant": "Se comparent",
                }
            ),
            hide_index=True,
            alt="Quartiers des deux générations de contours",
        )


@by_atlas(max_entries=2, show_spinner="Comparaison des contours…")
def _successions(
    _atlas: Atlas,
    fingerprint: str,  # noqa: ARG001 - these two are the key of the cache
    stamp: int,  # noqa: ARG001
) -> pd.DataFrame:
    return successions(_atlas)


def dictionary() -> None:
    """Show the data dictionary, table by table, and offer it as a file."""
    table = nomenclatures.dictionnaire()
    for name, part in table.groupby("table", sort=False):
        with st.expander(DICTIONARY.get(str(name), str(name))):
            style.table(
                f"Colonnes de la table « {name} »",
                ("Colonne", "Type ou valeurs", "Ce qu'elle contient", "Source"),
                part[["colonne", "type", "description", "source"]].itertuples(index=False),
            )
    st.download_button(
        "Dictionnaire (.csv)",
        data=lambda: csv_bytes(table),
        file_name="essgeo_dictionnaire.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
    )


def citation(atlas: Atlas) -> None:
    """Say the licence, and give the line to quote."""
    manifest = atlas.manifest
    st.markdown(
        f"Ce que l'application tire de ces données est publié sous {LICENCE}. Chaque export porte "
        "ses sources, leur date, la sélection et la nature des données."
    )
    if manifest.simulated:
        st.markdown(f"**Ne citez pas ces chiffres comme réels.** {markdown(SIMULATED_NOTICE)}")
    st.code(cited(atlas), language=None, wrap_lines=True)


def cited(atlas: Atlas) -> str:
    """Return the line to quote: sources, treatment, nature."""
    manifest = atlas.manifest
    names = [name for name in atlas.generations if name != OWN_ZONES]
    return (
        f"Source{NBSP}: {manifest.caption()}. Contours {', '.join(names)}. "
        f"Traitement{NBSP}: essgeo {__version__}. {LIB_NATURE[manifest.nature].capitalize()}."
    )
