"""The rows of a visitor's list put together: what they say, what is known, what was found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from essgeo.axes import Mask
from essgeo.distinct import distinct
from essgeo.generation import Generation
from essgeo.intake import Taken
from essgeo.join import JoinResult
from essgeo.manifest import Manifest
from essgeo.owndata import list_known as know
from essgeo.owndata.list_keys import Keys, read_keys
from essgeo.owndata.list_known import Known
from essgeo.owndata.list_match import BY_HEAD, WAYS, Match
from essgeo.owndata.list_places import (
    Own,
    column,
    commune_codes,
    departements,
    own_positions,
)
from essgeo.owndata.list_roles import Roles
from essgeo.owndata.list_table import (
    ADDED,
    CAUSES,
    IDENTIFIERS,
    METHODS,
    OUTCOMES,
    PUBLIC,
    TOTAL,
    UNPLACED,
    public_bodies,
    texts,
    together,
)
from essgeo.readers.cells import digits
from essgeo.readers.codes import departement_of_commune

_TOTAL_LINE = "ligne de total ou note, gardée sans être comptée"


@dataclass(frozen=True)
class Said:
    """What a list says of each of its rows; text columns are empty where it says nothing."""

    keys: Keys
    own: Own
    name: pd.Series
    commune: pd.Series
    departement: pd.Series
    category: pd.Series
    quality: pd.Series


def said_by(taken: Taken, roles: Roles) -> Said:
    """Read what a list says of its rows."""

    def cells(role: str) -> pd.Series:
        return column(taken, roles, role)

    departement = departements(taken, roles)
    commune = commune_codes(taken, roles, departement)
    departement = departement.where(departement != "", departement_of_commune(commune))
    return Said(
        keys=read_keys(cells("siret"), cells("siren")),
        own=own_positions(taken, roles),
        name=cells("nom"),
        commune=commune,
        departement=departement,
        category=cells("categorie_juridique"),
        quality=cells("qualite_xy"),
    )


def points_of(said: Said, known: Known, mine: Mask, counted: Mask) -> pd.DataFrame:
    """Return the points to join: the list's own first, then those of the folder."""
    table = known.table
    points = pd.DataFrame(
        {
            "longitude": np.where(mine, said.own.lon, table["longitude"]),
            "latitude": np.where(mine, said.own.lat, table["latitude"]),
            "qualite_xy": said.quality.where(mine, table["qualite_xy"]),
            "code_commune": said.commune.where(said.commune != "", table["code_commune"]),
            "insee_dep": said.departement.where(said.departement != "", table["insee_dep"]),
        }
    )
    if "distance_precision" in table.columns:
        points["distance_precision"] = table["distance_precision"].mask(mine, np.nan)
    points.loc[~counted, ["longitude", "latitude"]] = np.nan
    return points


@dataclass(frozen=True)
class Rows:
    """The rows of a list with what was found of each.

    Parameters
    ----------
    said, found, known, joined
        What the list says, who it is, what the folder knows, where it is.
    state
        shape (rows,): position in :data:`OUTCOMES`.
    mine
        shape (rows,): whether the list's own position is the one that counts.
    """

    said: Said
    found: Match
    known: Known
    joined: JoinResult
    state: npt.NDArray[np.int8]
    mine: Mask

    @cached_property
    def counted(self) -> Mask:
        """Rows that are not totals."""
        out: Mask = self.state != TOTAL
        return out

    @cached_property
    def placed(self) -> Mask:
        """Rows that have a position."""
        out: Mask = self.counted & (self.state != UNPLACED)
        return out

    @cached_property
    def theirs(self) -> Mask:
        """Rows for which the folder's position counts."""
        out: Mask = ~self.mine & (self.found.row >= 0)
        return out

    def _cause(self) -> npt.NDArray[np.int8]:
        said = self.said
        out = know.causes(
            said.keys, self.found, said.own, said.name, said.commune, said.departement
        )
        out[self.state != UNPLACED] = -1
        return out

    def _method(self) -> npt.NDArray[np.int8]:
        names = list(METHODS)
        way = np.array([names.index(one) if one else -1 for one in WAYS], np.int8)
        out = np.where(self.mine, names.index("position"), way[self.found.way]).astype(np.int8)
        out[~self.placed] = -1
        return out

    def _siren(self) -> pd.Series:
        """Return the SIREN: the folder's, the list's, else the head of the SIRET."""
        keys = self.said.keys
        head = keys.siret.str.slice(0, 9).where(digits(keys.siret, 14), "")
        own = keys.siren.where(keys.siren != "", head)
        return self.known.table["siren"].where(self.known.table["siren"] != "", own)

    def _public(self, siren: pd.Series) -> npt.NDArray[np.int8]:
        said, theirs = self.said.category, self.known.table["categorie_juridique"]
        return public_bodies(said.where(said != "", theirs), siren)

    def table(self, taken: Taken, generation: Generation, manifest: Manifest) -> pd.DataFrame:
        """Write what was found of each row, columns :data:`ADDED`."""
        index = self.joined.index
        columns = {name: one.series(index) for name, one in self.joined.columns.items()}
        cause, siren = self._cause(), self._siren()
        worth = know.worth(self.said.keys, self.found, simulated=manifest.nature == "simulation")
        doubtful = self.theirs & self.placed & (self.found.way >= BY_HEAD)
        hidden = self.theirs & self.known.hidden
        located = self.joined_positions
        motif = together(
            texts([why for why, _ in CAUSES.values()], cause),
            know.several(self.found, cause),
            *know.remarks(worth, self.found, self.placed, self.theirs & self.placed),
            columns["motif"].where(self.placed | self.theirs, ""),
        )
        table = pd.DataFrame(
            {
                "essgeo_ligne": lines_of(taken),
                "essgeo_resultat": texts(list(OUTCOMES), self.state),
                "essgeo_code_qp": columns["code_qp"],
                "essgeo_lib_qp": columns["lib_qp"],
                "essgeo_distance_m": np.where(hidden, np.nan, self.joined.distance_m),
                "essgeo_certitude": columns["certitude"].mask(doubtful, "incertain"),
                "essgeo_methode": texts(list(METHODS), self._method()),
                "essgeo_cause": texts(list(CAUSES), cause),
                "essgeo_motif": motif,
                "essgeo_que_faire": texts([todo for _, todo in CAUSES.values()], cause),
                "essgeo_identifiant": texts(list(IDENTIFIERS), worth),
                "essgeo_siret": self._siret(),
                "essgeo_siren": siren,
                "essgeo_nom_dossier": self.known.name,
                "essgeo_desaccord": know.apart(
                    generation, self.found, self.joined.columns, self.mine & self.placed
                ),
                "essgeo_organisme_public": texts(list(PUBLIC), self._public(siren)),
                "essgeo_longitude": np.where(hidden, np.nan, located[0]),
                "essgeo_latitude": np.where(hidden, np.nan, located[1]),
                "essgeo_generation": generation.name,
                "essgeo_nature": "mixte" if manifest.simulated else manifest.nature,
            }
        )[list(ADDED)]
        blank = table.select_dtypes(exclude="number").columns.difference(
            ["essgeo_resultat", "essgeo_generation", "essgeo_nature"]
        )
        if not self.counted.all():
            table.loc[~self.counted, blank] = ""
            table.loc[~self.counted, "essgeo_motif"] = _TOTAL_LINE
        return table

    @property
    def joined_positions(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Longitude and latitude that were joined, NaN on rows without a place."""
        own, table = self.said.own, self.known.table
        lon = np.where(self.mine, own.lon, table["longitude"])
        lat = np.where(self.mine, own.lat, table["latitude"])
        return np.where(self.placed, lon, np.nan), np.where(self.placed, lat, np.nan)

    def _siret(self) -> pd.Series:
        """Return the SIRET of the establishment found, else the list's own."""
        theirs = self.known.table["siret"]
        return theirs.where(theirs != "", self.said.keys.siret)

    def flags(self, added: pd.DataFrame) -> dict[str, int]:
        """Count what is to be known besides the outcomes."""
        motif = self.joined.columns["motif"]

        def said(start: str) -> int:
            like = np.array([text.startswith(start) for text in motif.texts], dtype=np.bool_)
            return int(np.count_nonzero(like[motif.codes] & self.placed))

        siret = self.said.keys.siret[self.counted]
        return {
            "totaux": int((~self.counted).sum()),
            "departement_contredit": said("département déclaré"),
            "commune_contredite": said("commune déclarée"),
            "incertain": int((added["essgeo_certitude"] == "incertain").sum()),
            "desaccord": int((added["essgeo_desaccord"] != "").sum()),
            "siren": len([one for one in distinct(added["essgeo_siren"]).there() if one]),
            "plusieurs_fois": int(siret[siret != ""].duplicated().sum()),
        }


def lines_of(taken: Taken) -> npt.NDArray[np.int64]:
    """Return what the list's own tools call each row."""
    raw = taken.raw
    if raw.lines is not None:
        return np.asarray(raw.lines, np.int64)
    return np.arange(len(raw.source), dtype=np.int64) + raw.first_row
