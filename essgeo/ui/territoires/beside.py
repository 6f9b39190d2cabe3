"""Two to four territories side by side: their figures, then what they are made of."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.figures.charts.multiples import small_multiples
from essgeo.figures.palettes import MARKS
from essgeo.indicators import summary
from essgeo.indicators.ranking import territories
from essgeo.selection import Selection
from essgeo.sentences import NAMES
from essgeo.text import NBSP, number, percent
from essgeo.ui import rankwords, state, style
from essgeo.ui.chart import panel
from essgeo.ui.loading import by_axis, kept, whole
from essgeo.ui.markdown import markdown
from essgeo.ui.pages import PAGES
from essgeo.ui.territoires.choices import Looked, may_rank
from essgeo.words.sources import source_line

#: Fewest and most territories side by side, and how many a list offers.
FEWEST, MOST, OFFERED = 2, 4, 400

#: Sectors of the small charts.
SECTORS = 8

_BESIDE = "territoires.cote"


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
    labels = _labels(looked)
    _choose(looked, labels, chosen, largest)
    if len(chosen) < FEWEST:
        # Nobody has asked yet: what follows costs as much as all that stands above.
        largest_few = largest.head(MOST).tolist()
        st.button(
            f"Comparer les {number(len(largest_few))} {NAMES[looked.level][1]} qui comptent le "
            "plus d'établissements",
            key=f"{_BESIDE}.premiers",
            icon=":material/compare_arrows:",
            on_click=state.look,
            kwargs={"cote": ",".join(largest_few)},
        )
        return
    said = kept(
        "territoires.chiffres",
        atlas,
        resolved.selection,
        lambda: _compared(atlas, resolved, looked, chosen),
        looked.level,
        *chosen,
    )
    mark = MARKS[atlas.manifest.nature]
    style.table(
        f"Les mêmes chiffres pour chacun{f' ({mark.lower()})' if mark else ''}",
        ("Indicateur", *(labels[code] for code in chosen), "Toute la sélection"),
        [(label, *cells) for label, cells in said],
    )
    _profiles(atlas, resolved, looked, chosen, labels)
    _onwards(looked, chosen, labels)


def _labels(looked: Looked) -> dict[str, str]:
    """Return a label for each code, all different."""
    table = looked.table
    twice = set(table["libelle"][table["libelle"].duplicated()])
    return {
        code: f"{label} ({code})" if label in twice else label
        for code, label in zip(table["code"], table["libelle"], strict=True)
    }


def _choose(
    looked: Looked, labels: dict[str, str], chosen: tuple[str, ...], largest: pd.Series
) -> None:
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
    level, theme = looked.level, style.theme()
    shares = kept(
        "territoires.parts",
        atlas,
        resolved.selection,
        lambda: _shares(atlas, resolved, looked, shown, axis),
        level,
        axis,
        *shown,
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
    figure = kept(
        "territoires.petits",
        atlas,
        resolved.selection,
        lambda: small_multiples(
            [(labels[code], shares[code].tolist()) for code in shown],
            shares["libelle"].tolist(),
            shares["ensemble"].tolist(),
            whole_label="toute la sélection",
            source=source_line(atlas, resolved),
            nature=atlas.manifest.nature,
            theme=theme,
        ),
        level,
        axis,
        *shown,
        theme,
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
    sentence = f"{first} en établissements{NBSP}: {firsts}."
    if atlas.manifest.simulated:
        # Regions bear real names: nothing is said of them on simulated figures.
        sentence = f"La part de chaque {axis} dans chacun, à côté de celle de toute la sélection."
    panel(
        atlas,
        resolved,
        figure,
        table,
        title=title,
        sentence=sentence,
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


def _compared(
    atlas: Atlas, resolved: Resolved, looked: Looked, codes: tuple[str, ...]
) -> list[tuple[str, list[str]]]:
    return rankwords.compared(looked.table, codes, whole(atlas, resolved.selection))


def _shares(
    atlas: Atlas, resolved: Resolved, looked: Looked, codes: tuple[str, ...], axis: str
) -> pd.DataFrame:
    """Return the share of each sector or family in each territory and in the whole.

    Returns
    -------
    pandas.DataFrame
        ``libelle``, ``ensemble``, and a column a code; the :data:`SECTORS` first of the whole.
    """
    selection, level = resolved.selection, looked.level
    values = by_axis(atlas, selection, axis)
    values = values.sort_values("etablissements", ascending=False, kind="stable")
    values = values[values["etablissements"] > 0].head(SECTORS)
    total = float(whole(atlas, selection)["etablissements"])
    shares = pd.DataFrame(
        {"libelle": values["libelle"], "ensemble": values["etablissements"].astype(float) / total}
    ).set_index(values["code"])
    counts = _pairs(atlas, selection, level, codes, axis)
    # Under statistical secrecy what may be printed hangs on the whole selection.
    own = (
        territories(atlas, selection.with_(**{level: codes}), level)
        if atlas.manifest.secret
        else looked.table
    )
    alone = own.set_index("code")["etablissements"]
    for code in codes:
        size = float(alone.get(code, np.nan))
        # A pair that is not printed is a zero; one that is masked is printed as unknown.
        shares[code] = [
            counts.get((code, slug), 0.0) / size if size > 0 else np.nan for slug in shares.index
        ]
    return shares


def _pairs(
    atlas: Atlas, selection: Selection, level: str, codes: tuple[str, ...], axis: str
) -> dict[tuple[str, str], float]:
    """Count the establishments of each sector or family in each territory."""
    chosen = selection.with_(**{level: codes})
    if atlas.manifest.secret:
        pairs = summary(atlas, chosen, (level, axis))
        # An empty selection has no pair at all.
        sizes = pairs["etablissements"].to_numpy(np.float64)
        return dict(zip(map(tuple, pairs["code"]), sizes, strict=True))
    # A summary says far more of each pair than how many it counts, and takes as much longer.
    resolved = atlas.resolve(chosen)
    here, found = np.flatnonzero(resolved.mask), resolved.generation.axes
    territory, kind = found[level], found[axis]
    width = len(kind.values) + 1  # the last one stands for none
    keys = territory.codes[here].astype(np.int64) * width + kind.codes[here] % width
    table = np.bincount(keys, minlength=len(territory.values) * width).reshape(-1, width)
    return {
        (code, slug): float(table[territory.position(code), place])
        for code in codes
        for place, slug in enumerate(kind.values)
    }
