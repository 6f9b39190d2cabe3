"""What became of a visitor's list: sentence, figures, reasons, map, tables, files, onwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from essgeo.atlas import Atlas, Resolved
from essgeo.figures.map import Bounds, InlinePoints
from essgeo.owndata.list_totals import free
from essgeo.owndata.lists import CAUSES, IDENTIFIERS, METHODS, OUTCOMES, Examined
from essgeo.selection import OWN_ZONES
from essgeo.text import NBSP, number, percent, plural
from essgeo.ui import state, style
from essgeo.ui.links import link
from essgeo.ui.markdown import markdown
from essgeo.ui.owndata.liste_donnees import SECTION
from essgeo.ui.owndata.liste_fichiers import downloads
from essgeo.ui.owndata.reponse import points_map
from essgeo.words.figures import MISSING
from essgeo.words.owndata import MIXED_NOTICE, PUBLIC_RULE

#: Value of ``vue.tableau`` -> what people read. The first one is the default.
TABLES = {
    "quartiers": "Par quartier",
    "themes": "Par thème",
    "lignes": "Ligne par ligne",
    "rien": "Quartiers sans aucune ligne",
    "corriger": "À corriger",
}

#: Rows drawn on the page and points on the map; files have them all.
ROWS, POINTS = 2_000, 20_000

#: Room around the points of the map, and their widest view: beyond, that of the selection; degrees.
_AROUND, _WIDEST = 0.02, 15.0

_TABLE = "vue.tableau"
_THEME = f"{SECTION}.theme"

_ANSWERS = dict(
    zip(
        OUTCOMES,
        ("dans un quartier", "autour, à moins de 300 m", "ailleurs", "non placée", "total"),
        strict=True,
    )
)

#: What must be looked at, of the rows that were placed -> its words.
_FLAGS = {
    "incertain": "placées sans certitude, à vérifier",
    "desaccord": "dont la position n'est pas dans le même quartier que celle du dossier",
    "departement_contredit": "dont le département déclaré n'est pas celui du quartier",
    "commune_contredite": "dont la commune déclarée n'est pas celle du quartier",
    "plusieurs_fois": "qui répètent un SIRET déjà donné",
    "totaux": "de totaux ou de notes, gardées sans être comptées",
}


def result(atlas: Atlas, resolved: Resolved, found: Examined) -> None:
    """Draw the result."""
    if atlas.manifest.simulated:
        st.warning(markdown(MIXED_NOTICE), icon=":material/warning:")
    style.reading(_sentence(found))
    style.key_figures(_figures(found))
    _reasons(found)
    for note in found.notes:
        st.caption(markdown(note))
    _map(atlas, resolved, found)
    _tables(atlas, resolved, found)
    downloads(atlas, found)
    with st.container(horizontal=True):
        link("carte", "Toute l'économie sociale et solidaire, sur la carte")
        link("territoires", "Comparer les territoires")


def _sentence(found: Examined) -> str:
    counts, total = found.counts, found.counts["total"]
    if not total:
        return "Cette liste n'a aucune ligne à situer."
    zones = found.generation.name == OWN_ZONES
    where = "une de vos zones" if zones else "un quartier prioritaire"
    said = (
        f"{number(counts['dedans'])} des {plural(total, 'ligne')} ({_share(counts, 'dedans')}) "
        f"{'est' if counts['dedans'] < 2 else 'sont'} dans {where}"
    )
    empty = _empty(found)
    if len(empty):
        noun = ("zone", "zones") if zones else ("quartier", "quartiers")
        said += (
            f"{NBSP}; {plural(len(empty), *noun)} du territoire choisi n'en "
            f"{'a' if len(empty) == 1 else 'ont'} aucune"
        )
    return said + "."


def _figures(found: Examined) -> list[tuple[str, str, str]]:
    titles = {
        "dedans": "Dedans",
        "proche": f"À moins de {number(found.band)}{NBSP}m",
        "hors": "Ailleurs",
        "non_place": "Non placées",
    }
    outcome = found.added["essgeo_resultat"]
    drawn = []
    for name, title in titles.items():
        note = f"{_share(found.counts, name)} des lignes"
        if found.amounts:
            first = found.amounts[0]
            rows = (outcome == name).to_numpy(np.bool_)
            note += f"{NBSP}; {first.name}{NBSP}: {number(first.where(rows))}"
        drawn.append((title, number(found.counts[name]), note))
    return drawn


def _share(counts: Mapping[str, int], name: str) -> str:
    return percent(counts[name] / counts["total"] if counts["total"] else None)


def _reasons(found: Examined) -> None:
    """Tell apart why rows are not placed, what identified the others, and what to check."""
    lost, known, check = st.columns(3)
    with lost:
        causes = {CAUSES[name][0]: count for name, count in found.causes.items()}
        _list("Pourquoi des lignes ne sont pas placées", causes, "Toutes les lignes sont placées.")
    with known:
        told = {IDENTIFIERS[name]: count for name, count in found.identifiers.items()}
        _list("Ce que valent les SIRET", told, "Aucune ligne.")
        by = {METHODS[name]: count for name, count in found.methods.items()}
        _list("Ce qui a situé les lignes", by, "Aucune ligne n'est placée.")
    with check:
        flags = {_FLAGS[name]: found.flags[name] for name in _FLAGS if found.flags.get(name)}
        public = sum(count for name, count in found.public.items() if name != "non")
        if public:
            flags["d'organismes publics"] = public
        _list("À regarder", flags, "Rien de particulier.")
        if public:
            st.caption(markdown(PUBLIC_RULE))


def _list(title: str, counts: Mapping[str, int], nothing: str) -> None:
    st.markdown(f"**{title}**")
    lines = [
        f"- {number(count)}{NBSP}: {markdown(label)}"
        for label, count in sorted(counts.items(), key=lambda one: -one[1])
    ]
    st.markdown("\n".join(lines) or nothing)


def _map(atlas: Atlas, resolved: Resolved, found: Examined) -> None:
    added = found.added
    placed = added["essgeo_longitude"].notna() & (added["essgeo_resultat"] != "non_place")
    rows = np.flatnonzero(placed.to_numpy(np.bool_))
    if not len(rows):
        return
    note = ""
    if len(rows) > POINTS:
        note = f"{number(POINTS)} des {number(len(rows))} lignes placées"
        rows = rows[np.linspace(0, len(rows) - 1, POINTS).astype(np.intp)]
    shown = added.iloc[rows]
    lon = shown["essgeo_longitude"].to_numpy(np.float64)
    lat = shown["essgeo_latitude"].to_numpy(np.float64)
    points_map(
        atlas,
        resolved,
        InlinePoints(lon, lat, _names(found, rows), _details(shown)),
        _around(lon, lat),
        key=f"{SECTION}.carte",
        title="Carte de votre liste",
        note=note,
    )


def _names(found: Examined, rows: np.ndarray) -> list[str]:
    """Name the points: as the list does, else as the folder does, else by their line."""
    column = found.roles.name("nom")
    names = found.added["essgeo_nom_dossier"].iloc[rows]
    if column:
        own = found.taken.raw.source[column].iloc[rows].str.strip().set_axis(names.index)
        names = own.where(own != "", names)
    line = "ligne " + found.added["essgeo_ligne"].iloc[rows].astype("str")
    told: list[str] = names.where(names != "", line).tolist()
    return told


def _details(shown: pd.DataFrame) -> list[str]:
    where = shown["essgeo_resultat"].map(_ANSWERS)
    named = where + f"{NBSP}: " + shown["essgeo_lib_qp"].astype("str")
    told: list[str] = named.where(shown["essgeo_lib_qp"] != "", where).tolist()
    return told


def _around(lon: np.ndarray, lat: np.ndarray) -> Bounds | None:
    """Return the view of points, without the few far from all others (overseas, mistakes)."""
    west, east = np.quantile(lon, [0.02, 0.98])
    south, north = np.quantile(lat, [0.02, 0.98])
    if east - west > _WIDEST:
        return None
    return (
        float(west) - _AROUND,
        float(south) - _AROUND,
        float(east) + _AROUND,
        float(north) + _AROUND,
    )


def _empty(found: Examined) -> pd.DataFrame:
    table = found.by_quartier
    here = (table["situation"] == "quartier") & (table["dans_selection"] == "oui")
    return table[here & (table["lignes"] == 0)]


# --- tables -------------------------------------------------------------------------------------


def _tables(atlas: Atlas, resolved: Resolved, found: Examined) -> None:
    asked = state.current().view.get("tableau", "")
    known = [name for name in TABLES if name != "themes" or found.roles.themes]
    st.session_state[_TABLE] = asked if asked in known else known[0]
    st.segmented_control(
        "Voir en tableau",
        known,
        format_func=lambda value: TABLES.get(value, value),
        key=_TABLE,
        on_change=lambda: state.look(tableau=st.session_state[_TABLE]),
        required=True,
    )
    chosen: str = st.session_state[_TABLE]
    table = _MAKERS[chosen](found)
    if table.empty:
        st.markdown(_NOTHING[chosen])
        return
    quartiers = chosen in ("quartiers", "rien")
    drawn = _written(table) if quartiers else table.head(ROWS)
    event: Any = st.dataframe(
        drawn,
        hide_index=True,
        height=420 if len(drawn) > 10 else "auto",
        placeholder=MISSING,
        alt=TABLES[chosen],
        key=f"{SECTION}.tableau.{chosen}",
        on_select="rerun" if quartiers else "ignore",
        selection_mode="single-row",
    )
    if len(table) > ROWS and not quartiers:
        st.caption(f"Les {number(ROWS)} premières lignes sur {number(len(table))}.")
    if quartiers:
        _sheet(atlas, resolved, table, event["selection"]["rows"])


def _themes(found: Examined) -> pd.DataFrame:
    """Count the list by the texts of one of its columns, under French headers."""
    columns = list(found.roles.themes)
    # Never in the address: the names of columns are the visitor's own.
    held = st.session_state.get(_THEME)
    st.session_state[_THEME] = held if held in columns else columns[0]
    name: str = columns[0]
    if len(columns) > 1:
        name = st.selectbox("Colonne", columns, format_func=markdown, key=_THEME)
    counts = found.by_theme(name)
    table = pd.DataFrame({name: counts["theme"]})
    heads = {"lignes": "lignes", **{one: _ANSWERS[one] for one in OUTCOMES[:-1]}}
    for column in counts.columns[1:]:
        head = heads.get(str(column), str(column))
        table[free(head[:1].upper() + head[1:], table)] = counts[column]
    return table


_MAKERS: dict[str, Callable[[Examined], pd.DataFrame]] = {
    "quartiers": lambda found: _with_something(found),
    "themes": _themes,
    "lignes": lambda found: found.rows,
    "rien": lambda found: _empty(found),
    "corriger": lambda found: found.to_mend,
}

_NOTHING = {
    "themes": "Aucune ligne.",
    "quartiers": "Aucune ligne, et aucun quartier dans le territoire choisi.",
    "lignes": "Aucune ligne.",
    "rien": "Chaque quartier du territoire choisi a au moins une ligne.",
    "corriger": "Toutes les lignes sont placées\u00a0: rien à corriger.",
}


def _with_something(found: Examined) -> pd.DataFrame:
    table = found.by_quartier
    some = (table["lignes"] > 0) | (table["lignes_proches"] > 0)
    order = table[some].sort_values(["situation", "lignes"], ascending=[False, False])
    return order.reset_index(drop=True)


def _written(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of neighbourhoods with French headers."""
    where = {"quartier": "", "hors": "dans aucun quartier", "non_place": "non placées"}
    out = pd.DataFrame(
        {
            "Quartier": table["lib_qp"].where(
                table["situation"] == "quartier", table["situation"].map(where)
            ),
            "Commune": table["lib_com"].str.replace(";", ", ", regex=False),
            "Lignes": table["lignes"],
            "Structures (SIREN)": table["siren"],
            "Lignes autour": table["lignes_proches"],
        }
    )
    first = list(table.columns).index("lignes_proches") + 1
    for name in table.columns[first:]:
        out[str(name)] = table[name]
    out["Du territoire choisi"] = table["dans_selection"]
    out["Code"] = table["code_qp"]
    return out


def _sheet(atlas: Atlas, resolved: Resolved, table: pd.DataFrame, rows: list[int]) -> None:
    """Lead to the sheet of the neighbourhood whose row is chosen."""
    chosen = [table.iloc[row] for row in rows if row < len(table)]
    named = [one for one in chosen if one["code_qp"]]
    if not named:
        st.caption("Cochez un quartier pour ouvrir sa fiche.")
        return
    newest = resolved.generation.name == atlas.newest.name
    more = {} if newest else {"generation": resolved.generation.name}
    for one in named:
        link("quartier", markdown(f"Fiche de {one['lib_qp']}"), quartier=one["code_qp"], **more)
