"""The same content as the map, as tables; only the one that is open is sent."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.exports import selected
from essgeo.secrecy import REFUSED, listed
from essgeo.text import number, plural
from essgeo.ui import state
from essgeo.ui.loading import by_axis
from essgeo.ui.map import select
from essgeo.ui.search import reference
from essgeo.words.figures import MISSING, STATES

#: Establishments shown in the page; the export has them all.
LIMIT = 2000

#: Value of ``vue.table`` -> what people read.
TABLES = {"quartiers": "Quartiers", "etablissements": "Établissements"}

_WIDGET = "tableaux"


def tables(atlas: Atlas, resolved: Resolved) -> None:
    """Draw the choice of tables and the one that is open."""
    opened = state.current().view.get("table", "")
    st.session_state[_WIDGET] = opened if opened in TABLES else None
    st.segmented_control(
        "Voir en tableau",
        list(TABLES),
        format_func=lambda value: TABLES.get(value, value),
        key=_WIDGET,
        on_change=lambda: state.look(table=st.session_state[_WIDGET] or ""),
    )
    if opened == "quartiers":
        _quartiers(atlas, resolved)
    elif opened == "etablissements":
        _establishments(atlas, resolved)


def quartiers_frame(atlas: Atlas, resolved: Resolved) -> pd.DataFrame:
    """Return the table of neighbourhoods with French headers.

    Returns
    -------
    pandas.DataFrame
        One row a neighbourhood of the selected territory, and one for what lies in none; a
        figure that is not known is missing, never 0, and « État » says why.
    """
    table = by_axis(atlas, resolved.selection, "quartier")
    frame = resolved.generation.quartiers.set_index("code_qp")
    place = frame.index.get_indexer(table["code"])

    def of(column: str) -> list[str]:
        texts = [*frame[column].str.replace(";", ", ", regex=False), ""]
        return [texts[one] for one in place]

    known = (table["etat"] == "ok").to_numpy()
    states = table["etat"].map(STATES)
    if atlas.manifest.secret:
        states = states.mask(known & table["etablissements_proches"].isna(), "secret autour")

    def figure(column: str) -> pd.Series:
        return table[column].astype("float64").where(known)

    # Single precision carries seven digits, more than any figure here has, in half the bytes.
    out = pd.DataFrame(
        {
            "Quartier": table["libelle"],
            "Commune": of("lib_com"),
            "Département": of("insee_dep"),
            "Établissements": figure("etablissements"),
            "Emplois (estimation)": figure("effectif_estime").round(),
            "Emplois (minimum)": figure("effectif_min"),
            "Emplois (maximum)": figure("effectif_max"),
            "Pour 1 000 hab.": figure("etablissements_1000hab").round(1),
            "À moins de 300 m": figure("etablissements_proches"),
            "Habitants": table["population"],
            "État": states,
            "Code": table["code"],
        }
    )
    numeric = out.select_dtypes("number").columns
    out = out.astype(dict.fromkeys(numeric, np.float32))
    for name in ("Commune", "Département", "État"):
        out[name] = out[name].astype("category")
    if atlas.manifest.secret:
        # Beside the name: an empty cell is then read for what it is.
        out.insert(1, "État", out.pop("État"))
    if atlas.manifest.simulated:
        out["Nature"] = pd.Categorical([atlas.manifest.nature] * len(out))
    return out.sort_values("Établissements", ascending=False, kind="stable", ignore_index=True)


def establishments_frame(atlas: Atlas, resolved: Resolved) -> pd.DataFrame:
    """Return the first selected establishments with French headers, at most :data:`LIMIT`.

    Non-employers are counted, not listed, unless the holder of the data asks for them.
    """
    table = selected(atlas, resolved.selection, limit=LIMIT, listing=True)
    out = pd.DataFrame(
        {
            "Dénomination": table["denomination"],
            "Commune": table["lib_commune"].astype("category"),
            "Quartier": table["lib_qp"].astype("category"),
            "Secteur": table["lib_secteur"].astype("category"),
            "Famille": table["lib_famille"].astype("category"),
            "Salariés": table["lib_tranche_effectifs"].astype("category"),
            # Most have none: that is known, not missing.
            "Type": table["types"].str.replace(";", ", ").replace("", "–").astype("category"),
            "Distance au bord (m)": table["distance_m"].astype(np.float32),
            "Position": table["certitude"].astype("category"),
            "SIRET": table["siret"],
        }
    )
    if atlas.manifest.simulated:
        out["Nature"] = table["nature"].astype("category")
    return out


def _quartiers(atlas: Atlas, resolved: Resolved) -> None:
    table = quartiers_frame(atlas, resolved)
    key = f"{_WIDGET}.quartiers.{resolved.selection.query()}"
    st.caption("Cochez un quartier pour le voir sur la carte et ouvrir sa fiche.")
    st.dataframe(
        table,
        hide_index=True,
        height=_height(table),
        column_config={
            name: st.column_config.NumberColumn(format="localized")
            for name in (
                "Établissements",
                "Emplois (estimation)",
                "Emplois (minimum)",
                "Emplois (maximum)",
                "Pour 1 000 hab.",
                "À moins de 300 m",
                "Habitants",
            )
        },
        placeholder=MISSING,
        alt="Indicateurs par quartier",
        key=key,
        on_select=lambda: chosen(atlas, table["Code"].tolist(), key),
        selection_mode="single-row",
    )


def _establishments(atlas: Atlas, resolved: Resolved) -> None:
    if atlas.manifest.secret:
        st.caption(f"{REFUSED}.")
        return
    selected_rows = np.flatnonzero(resolved.mask)
    rows = selected_rows[listed(atlas.points[["emploi"]].iloc[selected_rows])]
    count, total = len(rows), len(selected_rows)
    if count < total:
        st.caption(
            f"{plural(total - count, 'non-employeur compté', 'non-employeurs comptés')} "
            "sans être listés : leur siège est souvent un domicile."
        )
    if count > LIMIT:
        st.caption(
            f"Les {number(LIMIT)} premiers établissements sur {number(count)} ; "
            "« Exporter » les donne tous."
        )
    key = f"{_WIDGET}.lignes.{resolved.selection.query()}"
    st.caption("Cochez une ligne pour savoir pourquoi cet établissement est là.")
    table = establishments_frame(atlas, resolved)
    st.dataframe(
        table,
        hide_index=True,
        height=_height(table),
        column_config={"Distance au bord (m)": st.column_config.NumberColumn(format="localized")},
        placeholder=MISSING,
        alt="Établissements de la sélection",
        key=key,
        on_select=lambda: pointed(atlas, rows, key),
        selection_mode="single-row",
    )


def chosen(atlas: Atlas, codes: list[str], key: str) -> None:
    """Look at the neighbourhood whose row was ticked in a table.

    Parameters
    ----------
    atlas
        Data folder opened.
    codes
        ``code_qp`` of each row, empty for what lies in none.
    key
        Of the table among the widgets.
    """
    ticked = st.session_state[key].selection.rows
    if ticked and codes[ticked[0]]:
        select(atlas, codes[ticked[0]])


def pointed(atlas: Atlas, rows: npt.NDArray[np.intp], key: str) -> None:
    """Look at the establishment whose row was ticked in a table, or at none.

    Parameters
    ----------
    atlas
        Data folder opened.
    rows
        Positions in the data folder of the rows of the table.
    key
        Of the table among the widgets.
    """
    ticked = st.session_state[key].selection.rows
    state.look(etablissement=reference(atlas, int(rows[ticked[0]])) if ticked else "")


def _height(table: pd.DataFrame) -> int | Literal["auto"]:
    """Return the height of a table in pixels: about ten rows, or all when there are fewer."""
    return 420 if len(table) > 10 else "auto"
