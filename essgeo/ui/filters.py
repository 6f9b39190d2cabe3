"""The sidebar: the one place where the selection is chosen, the same on every page."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from essgeo import nomenclatures
from essgeo.atlas import Atlas
from essgeo.selection import DEFAULTS, OWN_ZONES, TERRITORIES, VOCABULARY, Selection
from essgeo.text import listing, number
from essgeo.ui import state, style
from essgeo.ui.loading import found
from essgeo.ui.markdown import markdown
from essgeo.ui.options import (
    Options,
    count,
    counted,
    narrow,
    own_counts,
    own_options,
    territory_options,
)
from essgeo.ui.search import Found
from essgeo.words.figures import BAND

#: Prefix of the keys of widgets.
WIDGET = "filtre."

_SEARCH = "recherche"

#: Key -> label and placeholder.
TERRITORY_WORDS = {
    "region": ("Région", "Toutes les régions"),
    "departement": ("Département", "Tous les départements"),
    "epci": ("Intercommunalité (EPCI)", "Toutes les intercommunalités"),
    "ept": ("Établissement public territorial", "Tous les EPT"),
    "contrat": ("Contrat de ville", "Tous les contrats"),
    "commune": ("Commune", "Toutes les communes"),
    "quartier": ("Quartier prioritaire", "Tous les quartiers"),
}

#: The same, of a visitor's own zones.
_ZONE_WORDS = ("Zone", "Toutes les zones")

OWN_WORDS = {
    "secteur": ("Secteur", "Tous les secteurs"),
    "famille": ("Famille", "Toutes les familles"),
    "taille": ("Taille", "Toutes les tailles"),
    "types": ("Type de structure", "Tous les types"),
}

#: What is kept behind « Plus de filtres »: drawn, and counted, once that is open.
_LESS_USED = ("ept", "certitude", "champ")

_MORE = f"{WIDGET}plus"

#: Values of ``rattachement`` -> what people read.
WHERE: dict[tuple[str, ...], str] = {
    ("dedans",): "Dans les quartiers",
    ("dedans", "proche"): f"Dans et autour ({BAND})",
    ("proche",): f"Autour seulement ({BAND})",
    ("dedans", "proche", "hors"): "Partout, quartiers ou non",
    VOCABULARY["rattachement"]: "Partout, y compris sans position",
}

#: The same, around a visitor's own zones.
_ZONE_WHERE: dict[tuple[str, ...], str] = {
    ("dedans",): "Dans vos zones",
    ("dedans", "proche", "hors"): "Partout, zones ou non",
}

_WHOM: dict[tuple[str, ...], str] = {
    ("oui",): "Employeurs seulement",
    ("tous",): "Employeurs et autres",
}

_FIELD: dict[tuple[str, ...], str] = {
    ("loi2014",): "Loi de 2014 (toutes les familles)",
    ("insee",): "Insee (sans les sociétés commerciales)",
}


def sidebar(atlas: Atlas) -> None:
    """Draw the sidebar and let it change the state."""
    selection = state.current().selection
    with st.sidebar:
        _search(atlas, selection)
        st.button(
            "Réinitialiser",
            key=f"{WIDGET}reinitialiser",
            icon=":material/restart_alt:",
            on_click=_reset,
            disabled=not selection.items(),
            width="stretch",
        )
        options = territory_options(atlas, selection)
        own = selection.generation == (OWN_ZONES,)
        style.section("Territoire")
        for key in TERRITORIES:
            # A kind of territory that is not found here (EPT outside Greater Paris) has no filter.
            if key not in _LESS_USED and (options[key].values or options[key].too_many):
                words = _ZONE_WORDS if own and key == "quartier" else TERRITORY_WORDS[key]
                _many(atlas, selection, key, options[key], *words)
        style.section("Établissements")
        if atlas.knows_employment:
            _one(atlas, selection, "employeurs", "Comptés", _whom(atlas, selection), long=True)
        _one(atlas, selection, "rattachement", "Où", _where(atlas, selection), long=True)
        for key, words in OWN_WORDS.items():
            choices = own_options(atlas, selection, key)
            if choices.values:
                _many(atlas, selection, key, choices, *words)
        if len(atlas.generations) > 1:
            names: dict[tuple[str, ...], str] = {
                (name,): outlines_name(atlas, name) for name in atlas.generations
            }
            shown = selection.with_(generation=atlas.resolve(selection).selection.generation)
            long = OWN_ZONES in atlas.generations
            _one(atlas, shown, "generation", "Contours des quartiers", names, long=long)
        chosen = any(selection.get(key) != DEFAULTS[key] for key in _LESS_USED)
        more = st.expander(
            "Plus de filtres", chosen, key=_MORE, icon=":material/tune:", on_change="rerun"
        )
        if more.open or chosen:
            with more:
                if options["ept"].values:
                    _many(atlas, selection, "ept", options["ept"], *TERRITORY_WORDS["ept"])
                _certitude(atlas, selection)
                _one(atlas, selection, "champ", "Champ de l'ESS", _FIELD, long=True)


def outlines_name(atlas: Atlas, generation: str) -> str:
    """Return what people read for a generation of outlines."""
    if generation != OWN_ZONES:
        return generation
    files = [one.fichier for one in atlas.manifest.sources if one.id == OWN_ZONES]
    return f"Mes zones ({files[-1]})" if files else "Mes zones"


def _many(
    atlas: Atlas, selection: Selection, key: str, options: Options, label: str, placeholder: str
) -> None:
    """Draw a filter that takes several values."""
    widget = f"{WIDGET}{key}"
    st.session_state[widget] = [value for value in selection.get(key) if value in options.labels]
    if options.too_many:
        placeholder = f"{number(options.too_many)} : précisez le territoire"
    st.multiselect(
        label,
        options.values,
        format_func=lambda value: options.labels.get(value, value),
        key=widget,
        placeholder=placeholder,
        on_change=_chosen,
        args=(atlas, key),
        disabled=not options.values,
        select_all=False,
    )


def _one(
    atlas: Atlas,
    selection: Selection,
    key: str,
    label: str,
    words: dict[tuple[str, ...], str],
    *,
    long: bool = False,
) -> None:
    """Draw a filter that takes one choice; one that the URL made up is added to the list."""
    widget = f"{WIDGET}{key}"
    now = selection.get(key)
    if now not in words:
        words = words | {now: listing([_label(key, value) for value in now])}
    options = [",".join(values) for values in words]
    texts = dict(zip(options, words.values(), strict=True))
    st.session_state[widget] = ",".join(now)
    if long:
        st.selectbox(
            label,
            options,
            format_func=lambda value: texts.get(value, value),
            key=widget,
            on_change=_picked,
            args=(atlas, key),
        )
    else:
        st.segmented_control(
            label,
            options,
            format_func=lambda value: texts.get(value, value),
            key=widget,
            on_change=_picked,
            args=(atlas, key),
            required=True,
            width="stretch",
        )


def _whom(atlas: Atlas, selection: Selection) -> dict[tuple[str, ...], str]:
    return {
        values: counted(atlas, text, count(atlas, selection.with_(employeurs=values)))
        for values, text in _WHOM.items()
    }


def _where(atlas: Atlas, selection: Selection) -> dict[tuple[str, ...], str]:
    counts = own_counts(atlas, selection, "rattachement")
    own = selection.generation == (OWN_ZONES,)
    return {
        values: counted(
            atlas,
            _ZONE_WHERE.get(values, text) if own else text,
            sum(counts[value] for value in values),
        )
        for values, text in WHERE.items()
    }


def _certitude(atlas: Atlas, selection: Selection) -> None:
    counts = own_counts(atlas, selection, "certitude")
    labels = {
        value: counted(atlas, text, counts.get(value, 0))
        for value, text in nomenclatures.labels("certitude").items()
    }
    _many(
        atlas,
        selection,
        "certitude",
        Options(tuple(labels), labels),
        "Certitude de la position",
        "Sûres et probables",
    )


def _label(key: str, value: str) -> str:
    if key == "rattachement":
        return nomenclatures.labels("rattachement").get(value, value)
    return value


def _chosen(atlas: Atlas, key: str) -> None:
    values: Iterable[str] = st.session_state[f"{WIDGET}{key}"]
    state.choose(**{key: values})
    if key in TERRITORIES:
        now = state.current()
        now.selection, now.messages = narrow(atlas, now.selection)


def _picked(atlas: Atlas, key: str) -> None:
    value = st.session_state[f"{WIDGET}{key}"]
    if key != "generation":
        state.choose(**{key: value.split(",") if value else ()})
        return
    state.outlines(atlas, value)


def _reset() -> None:
    state.reset()
    st.session_state[_SEARCH] = ""


def _search(atlas: Atlas, selection: Selection) -> None:
    query = st.text_input(
        "Rechercher",
        key=_SEARCH,
        placeholder="Quartier, ville, nom, SIRET",
        icon=":material/search:",
        max_chars=100,
    )
    with st.container(key="essgeo-resultats", gap="xxsmall"):
        if not query.strip():
            return
        generation = selection.generation[0] if selection.generation else ""
        results, more = found(atlas, query, generation)
        if not results:
            st.caption("Rien de ce nom. Essayez un mot entier, ou un SIRET.")
        for place, one in enumerate(results):
            st.button(
                markdown(one.text),
                key=f"resultat.{place}",
                icon=_ICONS[one.kind],
                type="tertiary",
                on_click=_go,
                args=(one,),
            )
        if more:
            st.caption("Il y en a d'autres : précisez.")


_ICONS = {
    "quartier": ":material/location_city:",
    "commune": ":material/location_on:",
    "etablissement": ":material/storefront:",
}


def _go(one: Found) -> None:
    if one.kind == "etablissement":
        state.look(etablissement=one.value)
    else:
        state.go_to(one.kind, one.value)
    st.session_state[_SEARCH] = ""
