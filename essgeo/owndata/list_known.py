"""What the data folder knows of the establishments matched, and what that makes of each row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from essgeo.atlas import Atlas
from essgeo.axes import Mask
from essgeo.distinct import Distinct, arrow
from essgeo.generation import Generation
from essgeo.owndata.list_keys import EMPTY, IMPOSSIBLE, IS_SIREN, SHORTENED, ZEROS, Keys
from essgeo.owndata.list_match import BY_HEAD, BY_NAME, BY_SIREN, BY_ZEROS, Match
from essgeo.owndata.list_places import ABROAD, READ, UNREAD, ZERO, Own
from essgeo.owndata.list_table import CAUSES, IDENTIFIERS
from essgeo.secrecy import publishable
from essgeo.text import number

Floats = npt.NDArray[np.float64]
Small = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Known:
    """What the folder says of the establishment of each row: empty or NaN without one.

    Parameters
    ----------
    table
        Columns of the data dictionary, RangeIndex.
    name
        Denomination, masked where partial diffusion says so.
    hidden
        Whether the position may not be given away.
    """

    table: pd.DataFrame
    name: pd.Series
    hidden: Mask


_TEXTS = (
    "siret",
    "siren",
    "denomination",
    "categorie_juridique",
    "statut_diffusion",
    "code_commune",
    "insee_dep",
    "qualite_xy",
)


def known(atlas: Atlas, found: Match) -> Known:
    """Look up the establishments matched."""
    held = atlas.folder.etablissements
    rows = pa.array(found.row, mask=found.row < 0)
    columns: dict[str, pd.Series | Floats] = {
        name: _taken(held[name], rows) for name in _TEXTS if name in held.columns
    }
    somebody = found.row >= 0
    for name in ("longitude", "latitude", "distance_precision"):
        if name in held.columns:
            values = held[name].to_numpy(np.float64)
            columns[name] = np.where(somebody, values[found.row], np.nan)
    axis = atlas.newest.axes["emploi"]
    columns["emploi"] = Distinct((*axis.values, ""), axis.codes[found.row]).series(
        pd.RangeIndex(len(found.row))
    )
    table = pd.DataFrame(columns)
    if "insee_dep" not in table.columns:
        table["insee_dep"] = ""
    shown = publishable(table.assign(longitude=0.0, latitude=0.0))
    hidden = shown["longitude"].isna().to_numpy(np.bool_) & somebody
    return Known(table, shown["denomination"], hidden)


def _taken(column: pd.Series, rows: pa.Array) -> pd.Series:
    taken = pc.fill_null(pc.take(arrow(column), rows), "")
    return pd.Series(pd.array(taken, dtype="str"))


def worth(keys: Keys, found: Match, *, simulated: bool) -> Small:
    """Say what each SIRET is worth: position in the keys of :data:`IDENTIFIERS`.

    The SIRET of a simulated folder are impossible on purpose: there, being found is enough.
    """
    order = list(IDENTIFIERS)
    matched = (found.row >= 0) & (found.way <= BY_ZEROS)
    out = np.where(matched, order.index("dossier"), order.index("absent")).astype(np.int8)
    out[matched & (keys.state == ZEROS)] = order.index("zeros")
    for state, name in ((EMPTY, "vide"), (IS_SIREN, "siren"), (SHORTENED, "abrege")):
        out[keys.state == state] = order.index(name)
    wrong = keys.state == IMPOSSIBLE
    out[wrong & ~(simulated & matched)] = order.index("impossible")
    return out


def causes(
    keys: Keys, found: Match, own: Own, name: pd.Series, commune: pd.Series, departement: pd.Series
) -> Small:
    """Say why each row, were it not placed, is not: position in the keys of :data:`CAUSES`."""
    order = list(CAUSES)
    out = np.full(len(name), order.index("rien"), np.int8)

    def say(rows: Mask, cause: str) -> None:
        out[rows] = order.index(cause)

    def filled(cells: pd.Series) -> Mask:
        return (cells != "").to_numpy(np.bool_)

    # From the weakest to the strongest: the last to speak is heard.
    for state, cause in (
        (UNREAD, "position-illisible"),
        (ZERO, "position-zero"),
        (ABROAD, "position-hors-france"),
    ):
        say(own.state == state, cause)
    say(filled(name), "nom-sans-lieu")
    say(filled(name) & (filled(commune) | filled(departement)), "nom-inconnu")
    say(found.namesakes > 1, "nom-plusieurs")
    numbered = filled(keys.siren) & np.isin(keys.state, (EMPTY, IS_SIREN))
    say(numbered, "siren-absent")
    say(numbered & (found.of_siren > 1), "siren-plusieurs")
    say(numbered & ~keys.siren_right, "siren-impossible")
    say(~np.isin(keys.state, (EMPTY, IS_SIREN)), "siret-absent")
    say(keys.state == IMPOSSIBLE, "siret-impossible")
    say(keys.state == SHORTENED, "siret-abrege")
    say(found.row >= 0, "trouve-sans-position")
    say(own.state == READ, "position-hasard")  # in France, and yet of no use
    return out


def counted_texts(form: str, rows: Mask, counts: npt.NDArray[np.int64]) -> pd.Series:
    """Write a sentence made of a count in some rows, once for each count."""
    out = np.full(len(counts), "", dtype=object)
    for count in np.unique(counts[rows]).tolist():
        out[rows & (counts == count)] = form.format(number(count))
    return pd.Series(out, dtype="str")


def remarks(name_of_worth: Small, found: Match, placed: Mask, theirs: Mask) -> list[pd.Series]:
    """Say what is to be known of rows that are placed: how doubtful their match is."""
    order = list(IDENTIFIERS)
    index = pd.RangeIndex(len(placed))
    said = ["SIRET impossible (longueur ou clé de contrôle)", "SIRET abrégé par un tableur",
            "SIRET valide, absent du dossier", "zéros du SIRET rétablis"]  # fmt: skip
    at = np.full(len(placed), -1, np.int32)
    for place, name in enumerate(("impossible", "abrege", "absent", "zeros")):
        at[placed & (name_of_worth == order.index(name))] = place
    named = np.full(len(placed), -1, np.int32)
    named[theirs & (found.way >= BY_NAME)] = 0
    named[theirs & (found.way == BY_SIREN)] = 1
    titles = ["rapproché par le nom seul : à vérifier", "seul établissement du SIREN"]
    heads = theirs & (found.way == BY_HEAD)
    return [
        Distinct([*said, ""], at).series(index),
        Distinct([*titles, ""], named).series(index),
        counted_texts(
            "siège retenu parmi {} établissements du SIREN : à vérifier", heads, found.of_siren
        ),
    ]


def several(found: Match, cause: Small) -> pd.Series:
    """Say how many establishments share a SIREN or a name, where that is why."""
    order = list(CAUSES)
    of_siren = counted_texts(
        "{} établissements dans le dossier", cause == order.index("siren-plusieurs"),
        found.of_siren,
    )  # fmt: skip
    of_name = counted_texts(
        "{} établissements dans le dossier", cause == order.index("nom-plusieurs"),
        found.namesakes,
    )  # fmt: skip
    return of_siren.where(of_siren != "", of_name)


def apart(
    generation: Generation, found: Match, columns: Mapping[str, Distinct], placed: Mask
) -> pd.Series:
    """Say where the folder and the list's own position disagree about the neighbourhood.

    Parameters
    ----------
    generation
        Outlines, with the folder's establishments attached.
    found
        Matched rows; those matched by a head office or a name are not compared.
    columns
        What the join says of the rows.
    placed
        Rows placed by their own position.
    """
    compared = placed & (found.row >= 0) & (found.way < BY_HEAD)
    out = np.full(len(found.row), -1, np.int32)
    codes = [*generation.quartiers["code_qp"].tolist()]
    axes = generation.axes
    states = axes["rattachement"].values
    inside, lost = states.index("dedans"), states.index("non_localise")
    theirs_state = axes["rattachement"].codes[found.row]
    theirs = np.where(theirs_state == inside, axes["quartier"].codes[found.row], -1)
    ours = np.where(columns["rattachement"].isin({"dedans"}), columns["code_qp"].among(codes), -1)
    differ = compared & (theirs_state != lost) & (theirs != ours)
    out[differ] = np.where(theirs[differ] >= 0, theirs[differ], len(codes))
    said = [f"d'après le dossier : dans {code}" for code in codes]
    said += ["d'après le dossier : hors des quartiers", ""]
    return Distinct(said, out).series(pd.RangeIndex(len(out)))
