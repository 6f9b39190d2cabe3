"""Beside the map: the neighbourhood or the establishment pointed at, or the first ones."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import streamlit as st

from essgeo import nomenclatures
from essgeo.atlas import Atlas, Resolved
from essgeo.secrecy import REFUSED, listed, publishable
from essgeo.selection import OWN_ZONES
from essgeo.text import NBSP, number, plural
from essgeo.ui import state, style
from essgeo.ui.leviers import data
from essgeo.ui.links import link
from essgeo.ui.loading import by_axis
from essgeo.ui.map import INDICATORS, indicator, select
from essgeo.ui.markdown import markdown
from essgeo.ui.quartier_data import flags
from essgeo.ui.search import row_of
from essgeo.words.figures import BAND, MASKED, interval, jobs
from essgeo.words.quartier import belonging, edge, position

#: How many neighbourhoods are listed beside the map.
FIRST = 10

#: Key of that list among the widgets.
LISTED = "carte.premiers"

#: Said of a non-employer: counted, neither drawn nor listed.
UNLISTED = (
    "Non employeur : compté, mais ni dessiné ni listé (son siège est souvent un domicile), sauf "
    "si le détenteur des données le demande."
)

#: Indicator -> column of a summary.
COLUMN = {
    "etablissements": "etablissements",
    "emplois": "effectif_estime",
    "taux": "etablissements_1000hab",
}


def beside(atlas: Atlas, resolved: Resolved) -> None:
    """Draw the card of what is pointed at."""
    row = row_of(atlas, state.current().view.get("etablissement", ""))
    if row is not None:
        establishment(atlas, resolved, row)
    elif len(resolved.selection.quartier) == 1:
        _quartier(atlas, resolved)
    else:
        first(atlas, resolved, "Choisissez-en un ici ou sur la carte.")


def first(atlas: Atlas, resolved: Resolved, hint: str) -> None:
    """List the first neighbourhoods of the selection; each is chosen with one click."""
    shown = indicator(atlas)
    column = COLUMN[shown]
    table = by_axis(atlas, resolved.selection, "quartier")
    values = table[column].to_numpy(np.float64)
    kept = np.flatnonzero((table["code"] != "").to_numpy() & (values > 0))
    kept = kept[np.argsort(-values[kept], kind="stable")][:FIRST]
    axis = resolved.generation.axes["quartier"]
    own = resolved.generation.name == OWN_ZONES
    title = "Premières zones" if own else "Premiers quartiers"
    style.section(title, f"{INDICATORS[shown]}. {hint}")
    with st.container(key="essgeo-premiers"):
        if not len(kept):
            st.caption(
                "Aucun chiffre de quartier ne peut être donné."
                if (table["etat"] == "secret").any()
                else f"{'Aucune zone' if own else 'Aucun quartier'} ne répond à la sélection."
            )
            return
        codes = table["code"].iloc[kept].tolist()
        outlines = [axis.position(code) for code in codes]
        frame = resolved.generation.quartiers
        labels = {}
        for code, value, communes, departement in zip(
            codes,
            values[kept],
            frame["lib_com"].iloc[outlines],
            frame["lib_dep"].iloc[outlines],
            strict=True,
        ):
            label = axis.label(code)
            # Some neighbourhoods lie in five communes: the first one says where, unless the name
            # itself does.
            commune = communes.partition(";")[0]
            known = not commune or (departement and departement in label)
            where = "" if known else f" · {markdown(commune)}"
            figure = number(value, 1 if shown == "taux" else 0)
            labels[code] = f"**{markdown(figure)}**{NBSP} {markdown(label)}{where}"
        # One widget, not ten: each change of filter sends them anew.
        st.session_state[LISTED] = None
        st.pills(
            title,
            codes,
            format_func=labels.__getitem__,
            key=LISTED,
            on_change=lambda: select(atlas, st.session_state[LISTED]),
            label_visibility="collapsed",
        )


def _quartier(atlas: Atlas, resolved: Resolved) -> None:
    code = resolved.selection.quartier[0]
    own = resolved.generation.name == OWN_ZONES
    frame = resolved.generation.quartiers
    outline = frame.iloc[int(np.flatnonzero((frame["code_qp"] == code).to_numpy())[0])]
    table = by_axis(atlas, resolved.selection, "quartier").set_index("code")
    if code not in table.index:
        called = "Cette zone" if own else "Ce quartier"
        st.info(f"{called} n'est pas dans le territoire choisi.", icon=":material/info:")
        return
    found = table[table.index == code].iloc[0]
    row: dict[str, Any] = {str(name): value for name, value in found.items()}
    place = [outline["lib_com"].replace(";", ", "), outline["lib_dep"], code]
    facts: list[tuple[str, str, str]] = []
    if row["etat"] == "hors_champ":
        facts.append(("Établissements", "hors champ de Sirene", ""))
    elif row["etat"] == "secret":
        facts.append(("Établissements et emplois", "secret statistique", ""))
    else:
        facts += [
            ("Établissements", number(float(row["etablissements"])), ""),
            ("Emplois situés là", jobs(row), interval(row)),
            ("Pour 1\u202f000 habitants", number(float(row["etablissements_1000hab"]), 1), ""),
            (
                f"À moins de {BAND}",
                MASKED
                if atlas.manifest.secret and math.isnan(row["etablissements_proches"])
                else number(float(row["etablissements_proches"])),
                "",
            ),
        ]
    facts.append(("Habitants", number(float(row["population"])), ""))
    if outline["lib_epci"]:
        facts.append(("Intercommunalité", outline["lib_epci"], ""))
    style.card(outline["lib_qp"] or code, " · ".join(part for part in place if part), facts)
    sectors = by_axis(atlas, resolved.selection, "secteur")
    sectors = sectors.sort_values("etablissements", ascending=False, kind="stable").head(3)
    sectors = sectors[sectors["etablissements"] > 0]
    if len(sectors):
        said = ", ".join(
            f"{label} ({number(count)})"
            for label, count in zip(sectors["libelle"], sectors["etablissements"], strict=True)
        )
        st.caption(f"Premiers secteurs : {markdown(said)}")
    st.button(
        "Revenir à toutes les zones" if own else "Revenir à tous les quartiers",
        key="carte.revenir",
        icon=":material/arrow_back:",
        on_click=state.choose,
        kwargs={"quartier": ()},
    )
    link("quartier", "Ouvrir la fiche de la zone" if own else "Ouvrir la fiche du quartier")
    link("leviers", _leads(atlas, resolved, code))


def _leads(atlas: Atlas, resolved: Resolved, code: str) -> str:
    """Say how many leads a neighbourhood has; the rules are looked at once for all visitors."""
    count = len(data.diagnosis(atlas, resolved)[0].leads(code))
    said = plural(count, "piste") if count else "Aucune piste"
    return f"{said} à discuter" if count else f"{said} d'après ces chiffres : tous les leviers"


def establishment(atlas: Atlas, resolved: Resolved, row: int) -> None:
    """Draw the card of an establishment: what it is, why it is counted, and where."""
    points = atlas.points.iloc[[row]]
    if atlas.manifest.secret or not listed(points)[0]:
        style.card("Établissement non montré", "", [])
        st.caption(f"{REFUSED}." if atlas.manifest.secret else UNLISTED)
        _close()
        return
    generation = resolved.generation
    point: dict[str, Any] = {
        str(name): value
        for name, value in publishable(points.assign(distance_m=generation.distance_m[row]))
        .iloc[0]
        .items()
    }
    axes = generation.axes

    def said(axis: str) -> str:
        found = axes[axis]
        code = int(found.codes[row])
        return found.labels[code] if code >= 0 else ""

    tie = axes["rattachement"]
    quartier = int(axes["quartier"].codes[row])
    own = generation.name == OWN_ZONES
    facts = [
        ("SIRET", point["siret"] or f"n.{NBSP}d.", ""),
        (f"Dans{NBSP}l'ESS", *belonging(point)),
        ("Famille", atlas.label("famille", point["famille"]), ""),
        ("Secteur", atlas.label("secteur", point["secteur"]), point["activite_principale"]),
        ("Taille", atlas.label("taille", point["taille"]), _dated(point)),
        (
            "Zone" if own else "Quartier",
            said("quartier") or "aucun",
            edge(tie.values[int(tie.codes[row])], float(point["distance_m"])),
        ),
        ("Position", *position(point)),
        (
            "Rattachement",
            said("certitude") or "impossible",
            generation.attached["motif"].text(row),
        ),
    ]
    if point["types"]:
        known = nomenclatures.labels("types")
        names = [known.get(one, one) for one in point["types"].split(";")]
        facts.insert(3, ("Type", ", ".join(names), ""))
    peculiar = flags(atlas).texts(np.array([row]))[0]
    if peculiar:
        facts.append(("À savoir", peculiar, ""))
    style.card(point["denomination"] or "Établissement sans nom", said("commune"), facts)
    if not resolved.mask[row]:
        st.caption("Cet établissement ne fait pas partie de la sélection affichée.")
    with st.container(horizontal=True):
        name = axes["quartier"].values[quartier] if quartier >= 0 else ""
        if name and resolved.selection.quartier != (name,):
            st.button(
                "Voir sa zone" if own else "Voir son quartier",
                key="etablissement.quartier",
                on_click=select,
                args=(atlas, name),
            )
        _close()


def _dated(point: dict[str, Any]) -> str:
    return f"effectif de {point['annee_effectifs']}" if point["annee_effectifs"] else ""


def _close() -> None:
    st.button(
        "Fermer",
        key="etablissement.fermer",
        icon=":material/close:",
        on_click=state.look,
        kwargs={"etablissement": ""},
    )
