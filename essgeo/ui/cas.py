"""The page Cas: two places told from the documents, sentence by sentence, with their lines."""

from __future__ import annotations

from functools import partial

import streamlit as st

from essgeo.atlas import Atlas
from essgeo.errors import EssgeoError
from essgeo.figures.charts import Kept
from essgeo.figures.charts.place import locator
from essgeo.figures.palettes import Theme
from essgeo.levers import Catalogue
from essgeo.levers.cases import Case, Step
from essgeo.text import NBSP, escape
from essgeo.ui import loading, state, style
from essgeo.ui.caching import by_atlas
from essgeo.ui.chart import real
from essgeo.ui.leviers import cards, data
from essgeo.ui.pictures import pictures
from essgeo.words import levers as words

#: Where a sentence that no document says comes from.
OURS = "remarque de notre part"


def chosen() -> Case:
    """Draw the choice of cases (``vue.cas``) and return the one looked at."""
    cases = {one.id: one for one in data.cases()}
    asked = state.current().view.get("cas", "")
    now = asked if asked in cases else next(iter(cases))
    st.session_state["vue.cas"] = now
    st.segmented_control(
        "Cas",
        list(cases),
        format_func=lambda value: cases[value].titre if value in cases else value,
        key="vue.cas",
        on_change=lambda: state.look(cas=st.session_state["vue.cas"] or ""),
        required=True,
        label_visibility="collapsed",
    )
    return cases[now]


def draw(case: Case) -> None:
    """Draw a case: where, what is told, and which lever answers what."""
    catalogue, _ = data.catalogue()
    cards.dress()
    style.section(case.titre)
    text, place = st.columns([3, 2], gap="medium")
    with text:
        style.reading(case.chapeau.texte)
        st.caption(f"{_cited(catalogue, case.chapeau.source)}. {_currency(catalogue, case)}")
    with place:
        _map(catalogue, case)
    for step in case.etapes:
        _step(catalogue, step)
    _table(catalogue, case)


def _step(catalogue: Catalogue, step: Step) -> None:
    style.section(step.titre)
    lines = "".join(
        f"<li>{escape(said.texte)} <small>({escape(_cited(catalogue, said.source))})</small></li>"
        for said in step.dits
    )
    st.html(f'<ul class="essgeo-cas">{lines}</ul>')
    found = dict.fromkeys(one for said in step.dits for one in said.leviers)
    if found:
        with st.container(horizontal=True, gap="small"):
            for one in found:
                lever = catalogue.leviers[one]
                cards.to_lever(lever, lever.titre)


def _table(catalogue: Catalogue, case: Case) -> None:
    style.section("Quel levier répond à quoi ?")
    rows = []
    for objective, entry in catalogue.sections["objectifs"].items():
        for one in case.leviers:
            lever = catalogue.leviers[one]
            if objective in lever.objectifs:
                rows.append((entry.titre, lever))
    # What no document ties to an objective comes last, said as such.
    rows += [
        ("Objectif non dit", catalogue.leviers[one])
        for one in case.leviers
        if not catalogue.leviers[one].objectifs
    ]
    style.table(
        "Objectifs de la politique de la ville que ces leviers servent",
        ("Objectif", "Levier", "Ce qu'il vise", "Statut", "Source"),
        [
            (
                title,
                lever.titre,
                lever.objectif.texte or words.NOT_SAID,
                lever.statut.texte or "–",
                words.cited(catalogue, lever.source),
            )
            for title, lever in rows
        ],
    )


def _map(catalogue: Catalogue, case: Case) -> None:
    """Draw the département of the case: the documents say no address, and none is made up."""
    place = catalogue.sections["territoires"][case.territoire]
    commune = place.more.get("commune", "")
    code = commune[:3] if commune[:2] == "97" else commune[:2]
    try:
        atlas = loading.atlas()
        figure = _figure(atlas, code, place.titre, style.theme())
    except EssgeoError:
        figure = None
    if figure is None:
        st.caption(f"{place.titre} (commune {commune}). Pas de fond de carte dans ce dossier.")
        return
    st.plotly_chart(
        figure,
        width="stretch",
        theme=None,
        key="cas.lieu",
        config={"displayModeBar": False, "staticPlot": True},
        alt=f"Le département où se trouve{NBSP}: {place.titre}",
    )
    said = "Le département coloré contient la commune ; les documents ne donnent pas d'adresse."
    st.caption(said)
    files = st.popover("Image", icon=":material/download:", key="cas.image", on_change="rerun")
    if files.open:
        with files:
            draw = partial(real, figure, title=case.titre, sentence=said, source=_outlines(atlas))
            pictures(draw, f"essgeo_cas_{case.id}_carte", key="cas.lieu", what="Carte")


def _outlines(atlas: Atlas) -> str:
    """Say where the outlines of the départements come from."""
    return " ; ".join(
        f"{one.titre}, {one.editeur}." for one in atlas.manifest.sources if one.id == "contours"
    )


@by_atlas(max_entries=8)
def _figure(
    _atlas: Atlas,
    fingerprint: str,  # noqa: ARG001 - tells two data folders apart in the cache
    code: str,
    name: str,
    theme: Theme,
) -> Kept | None:
    outlines = _atlas.folder.contours_departements
    if outlines is None or code not in set(outlines["code"]):
        return None
    return Kept(locator(outlines, code, name, theme=theme).to_dict())


def _cited(catalogue: Catalogue, source: tuple[str, ...]) -> str:
    return words.cited(catalogue, source) if source else OURS


def _currency(catalogue: Catalogue, case: Case) -> str:
    documents = dict.fromkeys(
        one.partition(":")[0]
        for said in (case.chapeau, *(said for step in case.etapes for said in step.dits))
        for one in said.source
    )
    cites = [catalogue.sections["documents"][one].more["cite"] for one in documents]
    said = f"{NBSP}; ".join(cites)
    return f"{said[:1].upper()}{said[1:]}{NBSP}; non vérifié depuis."
