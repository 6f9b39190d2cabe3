"""« Une adresse »: is it in a neighbourhood? By coordinates, a click, a list, or its words."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.errors import EssgeoError
from essgeo.figures.map import read_place
from essgeo.owndata import coordinates, geocoder
from essgeo.owndata.coordinates import Place
from essgeo.text import NBSP, number
from essgeo.ui import state, style
from essgeo.ui.markdown import markdown
from essgeo.ui.owndata import store
from essgeo.ui.owndata.reponse import (
    MAP,
    answer,
    answered,
    downloads,
    draw_map,
    onwards,
    sentences,
    table,
)
from essgeo.words import places as words

#: Value of ``vue.par`` -> what people read. The first one is the default.
WAYS = {
    "coordonnees": "Des coordonnées",
    "carte": "Un clic sur la carte",
    "liste": "Une liste collée",
    "adresse": "Une adresse",
}

#: Where the session holds the place clicked (with its stamp), and what the geocoder answered.
CLICKED = "adresse.clic"
ASKED = "adresse.reponse"

#: Pixels by which a click may miss what it aims at.
_AIM = 4

FORM = (
    "Latitude puis longitude, comme « 48,573400 ; 7,752100 », « 48.5734, 7.7521 » ou "
    "« 48°34'24\" N 7°45'07\" E ». Plus il y a de décimales, plus la réponse est sûre."
)


def draw(atlas: Atlas, resolved: Resolved) -> None:
    """Draw the section."""
    style.section(f"Cette adresse est-elle en quartier prioritaire{NBSP}?")
    for line in words.warnings(atlas.manifest):
        (st.warning if atlas.manifest.simulated else st.caption)(markdown(line))
    {"coordonnees": _by_coordinates, "carte": _by_click, "liste": _by_list, "adresse": _by_words}[
        _way()
    ](atlas, resolved)


def _way() -> str:
    asked = state.current().view.get("par", "")
    st.session_state["vue.par"] = asked if asked in WAYS else next(iter(WAYS))
    st.segmented_control(
        "Donner l'adresse par",
        list(WAYS),
        format_func=lambda value: WAYS.get(value, value),
        key="vue.par",
        on_change=lambda: state.look(par=st.session_state["vue.par"]),
        required=True,
    )
    chosen: str = st.session_state["vue.par"]
    return chosen


# --- ways ---------------------------------------------------------------------------------------


def _by_coordinates(atlas: Atlas, resolved: Resolved) -> None:
    text = st.text_input(
        "Latitude et longitude",
        key="adresse.coordonnees",
        placeholder="48,573400 ; 7,752100",
        max_chars=coordinates.LONGEST,
    )
    st.caption(markdown(FORM))
    if not text.strip():
        return
    line = coordinates.read_line(text)
    if line.proposals:
        st.warning(f"{markdown(line.problem.capitalize())}.")
        labels = {one.key: _proposal(one) for one in line.proposals}
        chosen = st.radio(
            "Vouliez-vous dire ?",
            list(labels),
            index=None,
            format_func=lambda key: labels.get(key, key),
            key="adresse.proposition",
        )
        line = coordinates.read_line(text, accept=chosen or "")
    elif line.place is None:
        st.warning(f"{markdown(line.problem.capitalize())}.")
    if line.place is not None:
        answer(atlas, resolved, line.place)


def _proposal(one: coordinates.Proposal) -> str:
    return markdown(f"{one.label}{NBSP}: latitude et longitude {words.written(one.place)}")


def _by_click(atlas: Atlas, resolved: Resolved) -> None:
    _follow()
    place: Place | None = store.current().made.get(CLICKED, (0, None))[1]
    if place is None:
        style.reading("Approchez, puis cliquez à l'endroit cherché.")
    else:
        sentences(answered(atlas, [place])[0])
    draw_map(atlas, resolved, [place] if place else [], pick=True)
    st.caption(
        "Plus la carte est proche, plus le clic est précis. Au clavier, donnez des coordonnées."
    )
    if place is not None:
        onwards(atlas, answered(atlas, [place])[0])


def _follow() -> None:
    """Keep the place that was clicked; outside France, say so."""
    made = store.current().made
    found = read_place(st.session_state.get(MAP))
    if found is None or found.stamp == made.get(CLICKED, (0, None))[0]:
        return
    place = coordinates.place(found.lon, found.lat, _AIM * found.pixel)
    made[CLICKED] = (found.stamp, place)
    if place is None:
        st.warning("Cet endroit est hors de tout territoire français.")


def _by_list(atlas: Atlas, resolved: Resolved) -> None:
    text = st.text_area(
        "Une position par ligne, avec un nom si vous voulez",
        key="adresse.liste",
        height=180,
        placeholder="Maison des associations ; 48,573400 ; 7,752100\n48.5801, 7.7438",
    )
    st.caption(
        markdown(
            f"{FORM} {number(coordinates.MOST_LINES)} lignes au plus ; pour un fichier, voyez "
            "« Ma liste »."
        )
    )
    if not text.strip():
        return
    beyond = coordinates.too_many(text)
    if beyond:
        st.warning(
            f"Les {number(beyond)} dernières lignes sont de trop{NBSP}: elles sont laissées."
        )
    lines = coordinates.read_list(text)
    proposed = coordinates.proposed(lines)
    if proposed:
        labels = {key: markdown(f"{label} ({count})") for key, (label, count) in proposed.items()}
        chosen = st.radio(
            "Des lignes sont douteuses. Faut-il les lire ainsi ?",
            ["", *labels],
            format_func=lambda key: labels.get(key, "les laisser de côté"),
            key="adresse.propositions",
        )
        lines = coordinates.read_list(text, accept=chosen or "")
    found = answered(atlas, [line.place for line in lines if line.place])
    style.reading(words.summed(found, len(lines)))
    draw_map(atlas, resolved, [line.place for line in lines if line.place])
    table(lines, found)
    downloads(atlas, lines, found)


def _by_words(atlas: Atlas, resolved: Resolved) -> None:
    try:
        site = geocoder.site()
    except EssgeoError as error:
        st.error(markdown(str(error)), icon=":material/error:")
        return
    st.markdown(
        "Trouver une adresse demande un service public en ligne. **Rien ne part tant que vous ne "
        "l'autorisez pas et n'appuyez pas sur « Chercher »**. Part alors, vers "
        f"**{markdown(site)}** seulement, l'adresse tapée{NBSP}; ce service voit aussi l'adresse "
        "internet de l'ordinateur qui fait tourner l'application. Rien n'en est gardé ici. "
        "Pour une adresse qui doit rester entre vous, donnez plutôt des coordonnées."
    )
    allowed = st.checkbox(
        markdown(f"J'autorise l'envoi de l'adresse tapée à {site}"), key="adresse.autorise"
    )
    with st.form("adresse.demande", border=False):
        text = st.text_input(
            "Numéro, voie et commune",
            key="adresse.texte",
            max_chars=geocoder.LENGTHS[1],
            disabled=not allowed,
        )
        pressed = st.form_submit_button(
            "Chercher", icon=":material/search:", disabled=not allowed, type="primary"
        )
    if not allowed:
        store.current().made.pop(ASKED, None)
        return
    if pressed:
        store.current().made[ASKED] = _ask(text)
    asked: _Asked | None = store.current().made.get(ASKED)
    if asked is not None:
        _candidates(atlas, resolved, asked)


@dataclass(frozen=True)
class _Asked:
    """What the geocoder answered, or why it did not; the address itself is not kept."""

    found: tuple[geocoder.Candidate, ...] = ()
    problem: str = ""


def _ask(text: str) -> _Asked:
    try:
        with st.spinner("Demande au géocodeur…"):
            return _Asked(geocoder.geocode(text))
    except EssgeoError as error:
        return _Asked(problem=str(error))


def _candidates(atlas: Atlas, resolved: Resolved, asked: _Asked) -> None:
    if asked.problem:
        st.error(markdown(asked.problem), icon=":material/error:")
        return
    if not asked.found:
        st.warning(
            "Aucune adresse trouvée. Vérifiez l'orthographe, ajoutez la commune ou son code "
            "postal, ou donnez des coordonnées."
        )
        return
    labels = [markdown(f"{one.label} ({one.kind})") for one in asked.found]
    chosen: int | None = 0
    if len(labels) == 1:
        st.markdown(f"Adresse trouvée{NBSP}: **{labels[0]}**")
    else:
        chosen = st.radio(
            "Laquelle ?",
            range(len(labels)),
            index=None,
            format_func=lambda at: labels[at] if at < len(labels) else "",
            key="adresse.laquelle",
        )
    if chosen is not None and chosen < len(asked.found):
        answer(atlas, resolved, asked.found[chosen].place)
