"""The page Territoires: which stand out, beyond chance, and two to four side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.figures.charts.bars import ranked_bars
from essgeo.figures.charts.funnel import funnel
from essgeo.figures.charts.multiples import small_multiples
from essgeo.figures.palettes import MARKS, Theme
from essgeo.indicators import summary
from essgeo.indicators.ranking import INDICATORS, Ranking, ranking, territories
from essgeo.selection import TERRITORIES
from essgeo.sentences import NAMES
from essgeo.text import NBSP, number, percent
from essgeo.ui import rankwords, state, style
from essgeo.ui.chart import panel
from essgeo.ui.loading import by_axis
from essgeo.ui.markdown import markdown
from essgeo.ui.pages import PAGES
from essgeo.words.figures import MISSING
from essgeo.words.sources import source_line

#: Territory chosen -> what is compared by default inside it.
INSIDE = {
    "region": "departement",
    "departement": "epci",
    "epci": "commune",
    "ept": "commune",
    "contrat": "quartier",
    "commune": "quartier",
    "quartier": "quartier",
}

#: Fewest and most territories side by side, and how many a list offers.
FEWEST, MOST, OFFERED = 2, 4, 400

#: Rows of the picture of an indicator that has no funnel, and sectors of the small charts.
BARS, SECTORS = 15, 8

_LEVEL, _INDICATOR, _BESIDE = "territoires.niveau", "territoires.indicateur", "territoires.cote"


@dataclass(frozen=True)
class Looked:
    """What the page looks at.

    Parameters
    ----------
    level
        Axis of the territories.
    name
        Indicator, one of :data:`essgeo.indicators.ranking.INDICATORS`.
    table
        Summary along the axis.
    found
        The territories ranked.
    shown
        The ranking under French headers; not to be changed.
    """

    level: str
    name: str
    table: pd.DataFrame
    found: Ranking
    shown: pd.DataFrame


def choices(atlas: Atlas, resolved: Resolved) -> Looked:
    """Draw the choice of level and indicator, and return what they look at."""
    view = state.current().view
    levels = known_levels(resolved)
    level = view.get("niveau", "")
    level = level if level in levels else default_level(resolved, levels)
    asked = view.get("indicateur", "")
    name = asked if asked in INDICATORS else next(iter(INDICATORS))
    st.session_state[_LEVEL], st.session_state[_INDICATOR] = level, name
    left, right = st.columns(2)
    left.selectbox(
        "Comparer",
        levels,
        format_func=lambda value: f"les {NAMES[value][1]}",
        key=_LEVEL,
        on_change=lambda: state.look(niveau=st.session_state[_LEVEL], cote=""),
    )
    right.selectbox(
        "Sur l'indicateur",
        list(INDICATORS),
        format_func=lambda value: INDICATORS[value].label,
        key=_INDICATOR,
        on_change=lambda: state.look(indicateur=st.session_state[_INDICATOR]),
    )
    return _ranked(
        atlas, atlas.folder.fingerprint, resolved.selection.query(), resolved, level, name
    )


def known_levels(resolved: Resolved) -> list[str]:
    """Return the territory axes that hold something in this data folder."""
    return [key for key in TERRITORIES if resolved.generation.axes[key].values]


def default_level(resolved: Resolved, levels: list[str]) -> str:
    """Return what is inside the smallest territory chosen, or the several ones of one kind."""
    chosen = [key for key in TERRITORIES if resolved.selection.get(key)]
    if not chosen:
        return levels[0]
    if len(resolved.selection.get(chosen[-1])) > 1:
        return chosen[-1]
    wanted = INSIDE[chosen[-1]]
    return wanted if wanted in levels else "quartier"


def may_rank(atlas: Atlas, level: str) -> bool:
    """Whether territories may be ranked: never real towns on figures that are partly simulated."""
    return atlas.manifest.nature != "mixte" or level in ("region", "departement")


def may_name(atlas: Atlas, level: str) -> bool:
    """Whether a sentence may name the first ones: regions keep their names when simulated."""
    return not (atlas.manifest.simulated and level in ("region", "departement"))


def picture(atlas: Atlas, resolved: Resolved, looked: Looked) -> None:
    """Draw the funnel, or the first bars where chance has no known law."""
    found, level = looked.found, looked.level
    if not may_rank(atlas, level):
        st.info(
            "Une partie de ces données est simulée : aucune commune, intercommunalité, ni aucun "
            "quartier réel n'y est classé. Les régions et les départements restent comparables "
            "entre eux, à titre d'exemple.",
            icon=":material/info:",
        )
        return
    said = rankwords.sentence(found, looked.name, level, named=may_name(atlas, level))
    title = f"{found.indicator.label}, par {NAMES[level][0]}"
    if found.problem or found.frame["valeur"].nunique() < FEWEST:
        style.section(title)
        style.reading(said)
        return
    figure = _figure(
        atlas,
        atlas.folder.fingerprint,
        resolved.selection.query(),
        resolved,
        looked,
        looked.level,
        looked.name,
        beside(looked),
        style.theme(),
    )
    table = rankwords.funnel_frame(found, level) if found.indicator.law else looked.shown
    panel(
        atlas,
        resolved,
        figure,
        table,
        title=title,
        sentence=said,
        stem=f"{level}s-{looked.name.replace('_', '-')}",
        key="territoires.entonnoir",
    )


def ranks(atlas: Atlas, looked: Looked) -> None:
    """Draw the ranking as a table that sorts itself, with a small bar in each row."""
    if looked.found.problem or not may_rank(atlas, looked.level):
        return
    style.section("Classement")
    table = looked.shown
    if atlas.manifest.simulated:
        table = table.assign(Nature=atlas.manifest.nature)
    measured = str(table.columns[2])
    numbers = [str(name) for name in table.select_dtypes(np.number).columns]
    st.dataframe(
        table,
        hide_index=True,
        height=420 if len(table) > 10 else "auto",
        column_config={name: st.column_config.NumberColumn(format="localized") for name in numbers}
        | {
            measured: st.column_config.ProgressColumn(
                format="localized", min_value=0, max_value=float(table[measured].max()) or 1.0
            )
        },
        placeholder=MISSING,
        alt=f"Classement : {looked.found.indicator.label}",
    )
    st.caption(
        "Un clic sur un titre trie le tableau. Le rang ne dit rien de sûr : seuls s'écartent "
        "vraiment ceux que « Par rapport à la moyenne » dit au-dessus ou au-dessous."
        if looked.found.indicator.law
        else "Un clic sur un titre trie le tableau."
    )


def beside(looked: Looked) -> tuple[str, ...]:
    """Return the codes of the territories chosen to stand side by side (``vue.cote``)."""
    asked = state.current().view.get("cote", "").split(",")
    known = set(looked.table["code"])
    return tuple(dict.fromkeys(code for code in asked if code in known))[:MOST]


def side_by_side(atlas: Atlas, resolved: Resolved, looked: Looked) -> None:
    """Draw two to four territories side by side: their figures, then what they are made of."""
    table = looked.table
    if len(table) < FEWEST or not may_rank(atlas, looked.level):
        return
    style.section("Côte à côte")
    chosen = beside(looked)
    largest = table.sort_values("etablissements", ascending=False, kind="stable")["code"]
    shown = chosen if len(chosen) >= FEWEST else tuple(largest.head(MOST))
    _choose(looked, chosen, largest)
    if len(chosen) < FEWEST:
        st.caption(
            f"À défaut de choix, voici les {number(len(shown))} {NAMES[looked.level][1]} qui "
            "comptent le plus d'établissements."
        )
    labels = _labels(looked)
    fingerprint, query = atlas.folder.fingerprint, resolved.selection.query()
    said = _compared(atlas, fingerprint, query, resolved, table, looked.level, shown)
    mark = MARKS[atlas.manifest.nature]
    style.table(
        f"Les mêmes chiffres pour chacun{f' ({mark.lower()})' if mark else ''}",
        ("Indicateur", *(labels[code] for code in shown), "Toute la sélection"),
        [(label, *cells) for label, cells in said],
    )
    _profiles(atlas, resolved, looked, shown, labels)
    _onwards(looked, shown, labels)


def _labels(looked: Looked) -> dict[str, str]:
    """Return a label for each code, all different."""
    table = looked.table
    twice = set(table["libelle"][table["libelle"].duplicated()])
    return {
        code: f"{label} ({code})" if label in twice else label
        for code, label in zip(table["code"], table["libelle"], strict=True)
    }


def _choose(looked: Looked, chosen: tuple[str, ...], largest: pd.Series) -> None:
    labels = _labels(looked)
    # A longer list helps nobody and weighs on each change.
    offered = {*largest.head(OFFERED), *chosen}
    st.session_state[_BESIDE] = list(chosen)
    st.multiselect(
        f"De {FEWEST} à {MOST} {NAMES[looked.level][1]}",
        [code for code in labels if code in offered],
        format_func=lambda code: markdown(labels.get(code, "")),
        key=_BESIDE,
        max_selections=MOST,
        placeholder="Choisir des territoires"
        if len(labels) <= OFFERED
        else f"Les {OFFERED} premiers sont proposés ; pour les autres, précisez le territoire",
        on_change=lambda: state.look(cote=",".join(st.session_state[_BESIDE])),
    )


def _profiles(
    atlas: Atlas,
    resolved: Resolved,
    looked: Looked,
    shown: tuple[str, ...],
    labels: dict[str, str],
) -> None:
    """Draw what each territory is made of, on one scale."""
    axis = "famille" if resolved.selection.secteur else "secteur"
    shares = _shares(
        atlas,
        atlas.folder.fingerprint,
        resolved.selection.query(),
        resolved,
        looked.table,
        looked.level,
        shown,
        axis,
    )
    title = f"De quoi chacun est fait, par {axis}"
    if len(shares) < FEWEST:
        style.section(title)
        style.reading(
            f"Ces données ne distinguent pas les {NAMES[axis][1]} : rien à comparer."
            if len(shares)
            else "Aucun établissement à répartir dans la sélection."
        )
        return
    figure = _multiples(
        atlas,
        atlas.folder.fingerprint,
        resolved.selection.query(),
        resolved,
        shares,
        looked.level,
        shown,
        labels,
        style.theme(),
    )
    table = pd.DataFrame(
        {axis.capitalize(): shares["libelle"]}
        | {f"{labels[code]} (%)": (shares[code] * 100).round(1) for code in shown}
        | {"Toute la sélection (%)": (shares["ensemble"] * 100).round(1)}
    )
    firsts = "\u00a0; ".join(
        f"{labels[code]}, {_lowered(shares['libelle'].iloc[int(shares[code].argmax())])} "
        f"({percent(float(shares[code].max()))})"
        for code in shown
        if shares[code].notna().any() and shares[code].max() > 0
    )
    first = "Premier secteur" if axis == "secteur" else "Première famille"
    panel(
        atlas,
        resolved,
        figure,
        table,
        title=title,
        sentence=f"{first} en établissements{NBSP}: {firsts}.",
        stem=f"{looked.level}s-{axis}s",
        key="territoires.profils",
    )


def _lowered(label: str) -> str:
    return label[:1].lower() + label[1:]


def _onwards(looked: Looked, shown: tuple[str, ...], labels: dict[str, str]) -> None:
    """Offer to look at one of the territories, here or elsewhere."""
    style.section("Continuer avec l'un d'eux")
    sheets = [info for info in PAGES if info.stem == "quartier"]
    for place, (code, column) in enumerate(zip(shown, st.columns(len(shown)), strict=True)):
        with column:
            st.markdown(f"**{markdown(labels[code])}**")
            if looked.level != "quartier":
                st.button(
                    "Comparer à l'intérieur",
                    key=f"territoires.dedans.{place}",
                    icon=":material/zoom_in:",
                    on_click=_inside,
                    args=(looked.level, code),
                    width="stretch",
                )
            for info in (PAGES[0], *(sheets if looked.level == "quartier" else ())):
                if st.button(
                    f"Voir : {info.title}",
                    key=f"territoires.{info.stem}.{place}",
                    icon=info.icon,
                    width="stretch",
                ):
                    state.go_to(looked.level, code)
                    st.switch_page(info.path)


def _inside(level: str, code: str) -> None:
    state.go_to(level, code)
    state.look(niveau="", cote="")


@st.cache_resource(max_entries=48, show_spinner=False)
def _ranked(
    _atlas: Atlas,
    fingerprint: str,  # noqa: ARG001 - tells two data folders apart in the cache
    query: str,  # noqa: ARG001 - the selection, as the cache can read it
    _resolved: Resolved,
    level: str,
    name: str,
) -> Looked:
    table = territories(_atlas, _resolved.selection, level, by_axis)
    found = ranking(table, name)
    return Looked(level, name, table, found, rankwords.ranking_frame(found, table, level))


@st.cache_resource(max_entries=48, show_spinner=False)
def _compared(
    _atlas: Atlas,
    fingerprint: str,  # noqa: ARG001 - tells two data folders apart in the cache
    query: str,  # noqa: ARG001 - the selection, as the cache can read it
    _resolved: Resolved,
    _table: pd.DataFrame,
    level: str,  # noqa: ARG001 - what the table is of
    codes: tuple[str, ...],
) -> list[tuple[str, list[str]]]:
    first = by_axis(_atlas, _resolved.selection, "france").iloc[0]
    return rankwords.compared(_table, codes, {str(name): value for name, value in first.items()})


@st.cache_resource(max_entries=48, show_spinner=False)
def _figure(
    _atlas: Atlas,
    fingerprint: str,  # noqa: ARG001 - tells two data folders apart in the cache
    query: str,  # noqa: ARG001 - the selection, as the cache can read it
    _resolved: Resolved,
    _looked: Looked,
    level: str,  # noqa: ARG001 - with the next one, what is looked at
    name: str,  # noqa: ARG001
    chosen: tuple[str, ...],
    theme: Theme,
) -> go.Figure:
    found = _looked.found
    nature, source = _atlas.manifest.nature, source_line(_atlas, _resolved)
    if found.indicator.law and not np.isnan(found.mean):
        return funnel(found, chosen=chosen, source=source, nature=nature, theme=theme)
    first = found.frame[found.frame["valeur"].notna()].head(BARS)
    scale = 100 if found.indicator.share else 1
    jobs = found.indicator.column == "effectif_estime"
    bounds = _looked.table.set_index("code").loc[first["code"]]
    return ranked_bars(
        first["libelle"].tolist(),
        first["valeur"].to_numpy(np.float64) * scale,
        [rankwords.written(found.indicator, value) for value in first["valeur"]],
        name=f"{found.indicator.label} : les {len(first)} premiers"
        if len(first) < len(found.frame)
        else found.indicator.label,
        low=bounds["effectif_min"].to_numpy(np.float64) if jobs else None,
        high=bounds["effectif_max"].to_numpy(np.float64) if jobs else None,
        interval="minimum et maximum des tranches" if jobs else "",
        chosen=[code in chosen for code in first["code"]],
        source=source,
        nature=nature,
        theme=theme,
    )


@st.cache_resource(max_entries=48, show_spinner=False)
def _multiples(
    _atlas: Atlas,
    fingerprint: str,  # noqa: ARG001 - tells two data folders apart in the cache
    query: str,  # noqa: ARG001 - the selection, as the cache can read it
    _resolved: Resolved,
    _shares: pd.DataFrame,
    level: str,  # noqa: ARG001 - what the codes are
    codes: tuple[str, ...],
    _labels: dict[str, str],
    theme: Theme,
) -> go.Figure:
    return small_multiples(
        [(_labels[code], _shares[code].tolist()) for code in codes],
        _shares["libelle"].tolist(),
        _shares["ensemble"].tolist(),
        whole_label="toute la sélection",
        source=source_line(_atlas, _resolved),
        nature=_atlas.manifest.nature,
        theme=theme,
    )


@st.cache_resource(max_entries=48, show_spinner=False)
def _shares(
    _atlas: Atlas,
    fingerprint: str,  # noqa: ARG001 - tells two data folders apart in the cache
    query: str,  # noqa: ARG001 - the selection, as the cache can read it
    _resolved: Resolved,
    _table: pd.DataFrame,
    level: str,
    codes: tuple[str, ...],
    axis: str,
) -> pd.DataFrame:
    """Return the share of each sector or family in each territory and in the whole.

    Returns
    -------
    pandas.DataFrame
        ``libelle``, ``ensemble``, and a column a code; the :data:`SECTORS` first of the whole.
    """
    selection = _resolved.selection
    whole = by_axis(_atlas, selection, axis)
    whole = whole.sort_values("etablissements", ascending=False, kind="stable")
    whole = whole[whole["etablissements"] > 0].head(SECTORS)
    total = float(by_axis(_atlas, selection, "france")["etablissements"].iloc[0])
    shares = pd.DataFrame(
        {"libelle": whole["libelle"], "ensemble": whole["etablissements"].astype(float) / total}
    ).set_index(whole["code"])
    pairs = summary(_atlas, selection.with_(**{level: codes}), (level, axis))
    # An empty selection has no pair at all.
    sizes_of = pairs["etablissements"].to_numpy(np.float64)
    counts = dict(zip(map(tuple, pairs["code"]), sizes_of, strict=True))
    # Under statistical secrecy what may be printed hangs on the whole selection.
    own = (
        territories(_atlas, selection.with_(**{level: codes}), level)
        if _atlas.manifest.secret
        else _table
    )
    alone = own.set_index("code")["etablissements"]
    for code in codes:
        size = float(alone.get(code, np.nan))
        # A pair that is not printed is a zero; one that is masked is printed as unknown.
        shares[code] = [
            counts.get((code, slug), 0.0) / size if size > 0 else np.nan for slug in shares.index
        ]
    return shares
