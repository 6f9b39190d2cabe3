"""The page Leviers: leads of the selection, the framework, then the catalogue."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.exports import csv_bytes
from essgeo.exports.levers import lever_frame, lever_record
from essgeo.levers import LIB_NATURE, LOCAL, Catalogue, Lever
from essgeo.levers.diagnosis import Diagnosis
from essgeo.selection import DEFAULTS
from essgeo.text import NBSP, plural
from essgeo.ui import style
from essgeo.ui.leviers import cards, choices, data
from essgeo.ui.markdown import markdown
from essgeo.words import levers as words

#: Filters that leads do not follow: neighbourhoods are compared on all their employers.
_UNFOLLOWED = ("secteur", "famille", "taille", "types", "employeurs", "champ", "certitude",
               "rattachement")  # fmt: skip


def leads(atlas: Atlas, resolved: Resolved) -> None:
    """Draw the leads of the selection, what cannot be evaluated, and the framework."""
    catalogue, problem = data.catalogue()
    cards.dress()
    if problem:
        st.warning(
            f"Le fichier {LOCAL} du dossier de données est laissé de côté{NBSP}: "
            f"{markdown(problem)} Le catalogue livré est seul utilisé.",
            icon=":material/warning:",
        )
    found, lacking = data.diagnosis(atlas, resolved)
    chosen, silent = int(resolved.quartiers.sum()), found.silent()
    style.section("Pistes à discuter")
    mine = data.leads(atlas, resolved)
    style.reading(words.leads(mine, chosen, lacking, len(silent), len(found.rules.regles)))
    if mine and atlas.manifest.simulated:
        st.caption(words.SIMULATED)
    if mine and any(resolved.selection.get(key) != DEFAULTS[key] for key in _UNFOLLOWED):
        st.caption(
            "Les pistes regardent tous les employeurs situés dans les quartiers : les filtres "
            "autres que le territoire n'y changent rien."
        )
    with cards.grid("pistes"):
        for one in mine:
            more = _more(found, one.levier, resolved) if chosen > 1 else []
            cards.lead(catalogue, one, more, _open)
    _silent(catalogue, found)
    _framework(catalogue, found)


def _more(found: Diagnosis, levier: str, resolved: Resolved) -> list[str]:
    """Say where a lead of several neighbourhoods answers most, with the figures there."""
    name, why = found.strongest(levier, resolved.quartiers)
    return [f"le plus net, {name}{NBSP}: {why}"]


def _open(one: Lever) -> None:
    st.button(
        "Voir ce levier, où il répond, ses exemples",
        key=f"leviers.piste.{one.id}",
        icon=":material/arrow_forward:",
        on_click=cards.opened,
        args=(one.id,),
    )


def _silent(catalogue: Catalogue, found: Diagnosis) -> None:
    silent = found.silent()
    if not silent:
        return
    said = plural(len(silent), "piste non évaluée", "pistes non évaluées")
    with st.expander(f"{said} : ce qu'il manque", icon=":material/help:"):
        st.caption(
            "Une colonne de ce nom dans la table des quartiers du dossier de données suffirait."
        )
        style.table(
            "Pistes non évaluées",
            ("Levier", "Il manque"),
            [
                (catalogue.leviers[levier].titre, f"{NBSP}; ".join(lacking))
                for levier, lacking in silent.items()
            ],
        )


def _framework(catalogue: Catalogue, found: Diagnosis) -> None:
    style.section("Le cadre, pour toute la collectivité")
    st.caption(
        "Ce qui ne dépend d'aucun quartier : contrat, façons de travailler, fonds, ingénierie."
    )
    with st.container(horizontal=True, key="essgeo-cadre", gap="small"):
        for levier in found.rules.cadre:
            cards.button(catalogue.leviers[levier], "cadre")


def browse(atlas: Atlas, resolved: Resolved) -> list[Lever]:
    """Draw the catalogue with its filters; return the levers that pass them."""
    catalogue, _ = data.catalogue()
    style.section("Le catalogue")
    shown = choices.filters(catalogue)
    whole = len(catalogue.leviers)
    with st.container(horizontal=True, vertical_alignment="center"):
        table = choices.as_table()
        st.markdown(
            f"**{plural(len(shown), 'levier')}**" + (f" sur {whole}" if len(shown) < whole else "")
        )
        if len(shown) < whole:
            st.button("Tout le catalogue", key="leviers.tout", on_click=choices.clear)
        _download(catalogue, shown)
    if not shown:
        st.info("Aucun levier ne répond à ces filtres.", icon=":material/search_off:")
        return shown
    answers = _answers(atlas, resolved)
    if table:
        _table(atlas, catalogue, shown, answers)
        return shown
    for nature, (title, said) in words.NATURES.items():
        part = [one for one in shown if one.nature == nature]
        if not part:
            continue
        st.markdown(f"**{title}** ({len(part)}) : {said}")
        with cards.grid(nature):
            for one in part:
                cards.lever(catalogue, one, answers[one.id][1])
    return shown


def _answers(atlas: Atlas, resolved: Resolved) -> dict[str, tuple[float, str]]:
    """Return for each lever how many selected neighbourhoods it answers, and that in words."""
    catalogue, _ = data.catalogue()
    found, _ = data.diagnosis(atlas, resolved)
    counts = found.counts(resolved.quartiers)
    chosen = int(resolved.quartiers.sum())
    ruled = {rule.levier for rule in found.rules.regles}
    return {
        one: (
            float(counts[one]) if one in counts else np.nan,
            words.answered(
                counts.get(one), chosen, frame=one in found.rules.cadre, ruled=one in ruled
            ),
        )
        for one in catalogue.leviers
    }


def _table(
    atlas: Atlas,
    catalogue: Catalogue,
    shown: list[Lever],
    answers: dict[str, tuple[float, str]],
) -> None:
    st.caption("Cochez une ligne pour voir le levier.")
    table = pd.DataFrame(
        {
            "Levier": [one.titre for one in shown],
            "Nature": [LIB_NATURE[one.nature] for one in shown],
            "Famille": [catalogue.title("familles", one.famille) for one in shown],
            "Quartiers de la sélection": [answers[one.id][0] for one in shown],
            "Lecture": [answers[one.id][1] for one in shown],
            "Objectif": [one.objectif.texte or words.NOT_SAID for one in shown],
            "Acteurs": [" ; ".join(catalogue.titles("acteurs", one.acteurs)) for one in shown],
            "Financement": [" ; ".join(catalogue.titles("fonds", one.fonds)) for one in shown],
            "Territoire": [catalogue.title("territoires", one.territoire) for one in shown],
            "Statut": [one.statut.texte for one in shown],
            "Source": [words.cited(catalogue, one.source) for one in shown],
        }
    )
    if atlas.manifest.simulated:
        table["Quartiers comptés"] = atlas.manifest.nature
    ids = [one.id for one in shown]
    st.dataframe(
        table,
        hide_index=True,
        height=560 if len(table) > 14 else "auto",
        column_config={
            "Quartiers de la sélection": st.column_config.NumberColumn(format="localized")
        },
        # What a lever without a rule has is not a missing figure: « Lecture » says which.
        placeholder="–",
        alt="Catalogue des leviers",
        key="leviers.table",
        on_select=lambda: _ticked(ids),
        selection_mode="single-row",
    )


def _ticked(ids: list[str]) -> None:
    rows = st.session_state["leviers.table"].selection.rows
    if rows:
        cards.opened(ids[rows[0]])


def _download(catalogue: Catalogue, shown: list[Lever]) -> None:
    """Offer the levers on screen; nothing of the data folder's figures is in these files."""
    ids = {one.id for one in shown}

    def frame() -> pd.DataFrame:
        table = lever_frame(catalogue)
        return table[table["id"].isin(ids)]

    def records() -> bytes:
        found = [lever_record(catalogue, one) for one in shown]
        return json.dumps(found, ensure_ascii=False, indent=2).encode()

    with st.popover("Télécharger", icon=":material/download:", disabled=not shown):
        st.markdown("Les leviers affichés, leurs sources champ par champ et leurs ajouts.")
        for label, suffix, mime, content in (
            ("CSV ouvert", ".csv", "text/csv", lambda: csv_bytes(frame())),
            ("CSV pour Excel", "_excel.csv", "text/csv", lambda: csv_bytes(frame(), excel=True)),
            ("JSON", ".json", "application/json", records),
        ):
            st.download_button(
                label,
                data=content,
                file_name=f"essgeo_leviers{suffix}",
                mime=mime,
                on_click="ignore",
                key=f"leviers.telecharger.{suffix}",
                width="stretch",
            )


def documents() -> None:
    """Name the documents, what they send to, and what they say of the ESS itself."""
    catalogue, _ = data.catalogue()
    with st.expander("Les documents, et ce qu'ils disent de l'ESS", icon=":material/menu_book:"):
        for one in catalogue.sections["documents"].values():
            url = one.more.get("url", "")
            title = f"[{markdown(one.titre)}]({url})" if url else markdown(one.titre)
            said = ", ".join(
                part for part in (one.more.get("editeur", ""), one.more.get("date", "")) if part
            )
            st.markdown(f"**{title}**" + (f", {markdown(said)}" if said else ""))
            if one.more.get("note"):
                st.caption(markdown(one.more["note"]))
        style.table(
            "Ce qu'ils affirment de l'ESS dans les quartiers",
            ("Affirmation", "Source"),
            [
                (one.texte, words.cited(catalogue, one.source))
                for one in catalogue.sections["reperes"].values()
            ],
        )
        used = {actor for one in catalogue.leviers.values() for actor in one.acteurs}
        style.table(
            "Les organismes qu'ils nomment sans leur donner de levier : auteurs, éditeurs, études",
            ("Organisme", "Source"),
            [
                (one.titre, words.cited(catalogue, one.source))
                for one in catalogue.sections["acteurs"].values()
                if one.id not in used
            ],
        )
        style.table(
            "Pour aller plus loin : les documents qu'ils nomment",
            ("Document", "Source"),
            [
                (one.titre, words.cited(catalogue, one.source))
                for one in catalogue.sections["renvois"].values()
            ],
        )
