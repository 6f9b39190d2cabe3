"""The establishments of a neighbourhood's sheet: lists, why each is there, and the workbook."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.exports import file_name
from essgeo.text import NBSP, number
from essgeo.ui import cards, state, style
from essgeo.ui.markdown import markdown
from essgeo.ui.quartier_data import Rows, Sheet, establishments, shown, workbook
from essgeo.ui.search import reference, row_of
from essgeo.ui.tables import LIMIT, pointed
from essgeo.words.figures import BAND, MISSING

#: Value of ``vue.liste`` -> what people read.
LISTS = {"dedans": "Dans le quartier", "autour": f"À moins de {BAND}", "bord": "Au bord"}

#: What each list is.
HINTS = {
    "dedans": "Ceux que compte la fiche.",
    "autour": (
        "De ce contour, à vol d'oiseau, y compris ceux d'un quartier voisin : "
        "les totaux, eux, ne comptent chacun qu'une fois."
    ),
    "bord": (
        "Plus près du bord que la précision de leur adresse ne permet de le dire : "
        "ils pourraient être de l'autre côté."
    ),
}


def lists(atlas: Atlas, resolved: Resolved, code: str, found: Sheet) -> None:
    """Draw the choice of a list and, once one is open, the list and the card of what is ticked.

    A list says as much as all the rest of the sheet, and costs as much.
    """
    opened = _opened()
    counts = {key: len(_listed(resolved, found, key)[0]) for key in LISTS}
    st.session_state["vue.liste"] = opened or None
    st.segmented_control(
        "Liste",
        list(LISTS),
        format_func=lambda value: f"{LISTS[value]} ({number(counts[value])})",
        key="vue.liste",
        on_change=_open,
        label_visibility="collapsed",
    )
    if not opened:
        st.caption("Ouvrez une liste pour lire les noms, et savoir pourquoi chacun est compté là.")
        return
    rows, distance, where = _listed(resolved, found, opened)
    everyone = shown(atlas, rows)
    kept = everyone[:LIMIT]
    distance = distance[np.isin(rows, kept)]
    hidden = len(rows) - len(everyone)
    said = HINTS[opened]
    if len(everyone) > LIMIT:
        said += f" Les {number(LIMIT)} premiers ; le classeur les donne tous."
    if hidden:
        said += f" {cards.UNLISTED} Ici{NBSP}: {number(hidden)}."
    st.caption(markdown(said))
    if not len(kept):
        st.caption("Aucun établissement dans cette liste.")
    table, card = st.columns([7, 4], gap="medium")
    listed = establishments(atlas, resolved, kept, distance, where)
    with table:
        if len(kept):
            _table(atlas, listed, kept, code)
    with card:
        _why(atlas, resolved, kept, listed)


def _opened() -> str:
    """Return the list that is open; the one that explains an establishment opens by itself."""
    view = state.current().view
    asked = view.get("liste", "")
    if asked in LISTS:
        return asked
    return next(iter(LISTS)) if view.get("etablissement") else ""


def _open() -> None:
    asked = st.session_state["vue.liste"] or ""
    state.look(liste=asked)
    if not asked:
        state.look(etablissement="")


def _listed(
    resolved: Resolved, found: Sheet, key: str
) -> tuple[Rows, npt.NDArray[np.float64], str]:
    """Return the establishments of a list, their distances, and the header that says where."""
    distance = resolved.generation.distance_m
    if key == "autour" and found.surroundings is not None:
        return found.surroundings.rows, found.surroundings.distance_m, "Compté dans"
    if key == "bord" and found.quality is not None:
        edge = found.quality.edge
        return edge, distance[edge], "Compté dans"
    return found.inside, distance[found.inside], ""


def _table(atlas: Atlas, table: pd.DataFrame, rows: Rows, code: str) -> None:
    key = f"fiche.liste.{code}.{_opened()}"
    st.dataframe(
        table,
        hide_index=True,
        height=420 if len(table) > 10 else "auto",
        column_config={"Distance au bord (m)": st.column_config.NumberColumn(format="localized")},
        placeholder=MISSING,
        alt=f"Établissements : {LISTS[_opened()]}",
        key=key,
        on_select=lambda: pointed(atlas, rows, key),
        selection_mode="single-row",
    )


def _why(atlas: Atlas, resolved: Resolved, rows: Rows, listed: pd.DataFrame) -> None:
    """Answer « Pourquoi ce SIRET ? » for the establishment that is pointed at."""
    style.section("Pourquoi ce SIRET ?")
    now = state.current().view.get("etablissement", "")
    texts = {
        siret or reference(atlas, row): f"{name or 'Sans nom'} ({siret or 'sans SIRET'})"
        for row, name, siret in zip(
            rows.tolist(), listed["Dénomination"], listed["SIRET"], strict=True
        )
    }
    st.session_state["fiche.siret"] = now if now in texts else None
    st.selectbox(
        "Établissement de la liste",
        list(texts),
        index=None,
        format_func=lambda value: texts.get(value, value),
        key="fiche.siret",
        placeholder="Nom ou SIRET, ou une ligne de la liste",
        on_change=lambda: state.look(etablissement=st.session_state["fiche.siret"] or ""),
        label_visibility="collapsed",
        disabled=not len(rows),
    )
    row = row_of(atlas, now)
    if row is None:
        st.caption(
            "Choisissez un établissement : la fiche dit pourquoi il est compté dans l'ESS, "
            "comment il a été placé, et à quelle distance du bord."
        )
    else:
        cards.establishment(atlas, resolved, row)


def download(atlas: Atlas, resolved: Resolved, found: Sheet) -> None:
    """Offer the sheet as an Excel workbook: figures, sectors, and both lists."""

    def tables() -> dict[str, pd.DataFrame]:
        out = {"Repères": found.landmarks}
        if found.lacking is not None:
            out["Secteurs"] = found.lacking.sectors
        if found.quality is not None:
            for key, title in (("dedans", "Dans le quartier"), ("autour", "Autour")):
                rows, distance, where = _listed(resolved, found, key)
                kept = shown(atlas, rows)
                distance = distance[np.isin(rows, kept)]
                out[title] = establishments(atlas, resolved, kept, distance, where)
        return out

    st.download_button(
        "Télécharger la fiche (.xlsx)",
        data=lambda: workbook(atlas, resolved, tables()),
        file_name=file_name(atlas, resolved, "fiche", ".xlsx"),
        on_click="ignore",
        icon=":material/download:",
        key="fiche.telecharger",
    )
