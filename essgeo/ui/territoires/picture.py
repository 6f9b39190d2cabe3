"""The funnel of the page Territoires, or its bars, and the ranking as a table."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.figures.charts.bars import ranked_bars
from essgeo.figures.charts.funnel import funnel
from essgeo.figures.palettes import Theme
from essgeo.sentences import NAMES
from essgeo.ui import rankwords, style
from essgeo.ui.chart import panel
from essgeo.ui.loading import kept
from essgeo.ui.territoires.beside import FEWEST, beside
from essgeo.ui.territoires.choices import Looked, may_name, may_rank
from essgeo.words.figures import MISSING
from essgeo.words.sources import source_line

#: Rows of the picture of an indicator that has no funnel.
BARS = 15


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
    chosen, theme = beside(looked), style.theme()
    figure = kept(
        "territoires.entonnoir",
        atlas,
        resolved.selection,
        lambda: _figure(atlas, resolved, looked, chosen, theme),
        level,
        looked.name,
        *chosen,
        theme,
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


def _figure(
    atlas: Atlas, resolved: Resolved, looked: Looked, chosen: tuple[str, ...], theme: Theme
) -> go.Figure:
    found = looked.found
    nature, source = atlas.manifest.nature, source_line(atlas, resolved)
    if found.indicator.law and not np.isnan(found.mean):
        return funnel(found, chosen=chosen, source=source, nature=nature, theme=theme)
    first = found.frame[found.frame["valeur"].notna()].head(BARS)
    scale = 100 if found.indicator.share else 1
    jobs = found.indicator.column == "effectif_estime"
    bounds = looked.table.set_index("code").loc[first["code"]]
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
