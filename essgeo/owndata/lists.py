"""A visitor's list against the loaded data: which rows are in a neighbourhood, near one, nowhere.

The row's own position comes first when the list has one, as it is what its owner says; failing
it, that of the establishment found in the data folder. Every row has one outcome, and the
outcomes add up to the rows. Where the list and the folder disagree about the neighbourhood, it is
said on the row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from essgeo.atlas import Atlas, Resolved
from essgeo.axes import Mask
from essgeo.generation import Generation, outlines_of
from essgeo.intake import Taken
from essgeo.join import Outlines, attach
from essgeo.owndata import list_known as know
from essgeo.owndata import list_match as matching
from essgeo.owndata import list_places as places
from essgeo.owndata.list_numbers import amounts_of
from essgeo.owndata.list_roles import ROLES, Doubt, Roles, recognise
from essgeo.owndata.list_rows import Rows, points_of, said_by
from essgeo.owndata.list_table import (
    ADDED,
    CAUSES,
    IDENTIFIERS,
    METHODS,
    OUTCOMES,
    PUBLIC,
    TOTAL,
    UNPLACED,
    texts,
)
from essgeo.owndata.list_totals import Amount, by_quartier, by_theme
from essgeo.selection import VOCABULARY, Selection
from essgeo.settings import BAND_M

__all__ = [
    "ADDED",
    "CAUSES",
    "IDENTIFIERS",
    "METHODS",
    "OUTCOMES",
    "PUBLIC",
    "ROLES",
    "Amount",
    "Doubt",
    "Examined",
    "Roles",
    "examine",
    "recognise",
]

#: Outlines prepared for an atlas, as long as somebody looks at it.
_PREPARED: WeakKeyDictionary[Atlas, dict[str, Outlines]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Examined:
    """A list against the loaded data.

    Parameters
    ----------
    taken, roles
        The list, and what its columns are.
    resolved
        The selection whose territory is looked at.
    band
        Metres around a neighbourhood that count as near.
    added
        One row a row of the list, in its order; columns
        :data:`essgeo.owndata.list_table.ADDED`.
    counts
        ``total`` and one count an outcome (``dedans, proche, hors, non_place``), which add up to
        it; rows of totals are not among them.
    identifiers, positions, methods, causes
        Rows counted by what their SIRET is worth (:data:`IDENTIFIERS`), by their own position
        (:data:`essgeo.owndata.list_places.POSITIONS`), by what placed them (:data:`METHODS`),
        by why they are not placed (:data:`CAUSES`). Zero counts are left out; the first two add
        up to the total, the third to the rows placed, the last to those that are not.
    flags
        ``totaux``: rows of totals; ``departement_contredit``: the declared département is not
        that of the neighbourhood; ``commune_contredite``; ``incertain``; ``desaccord``;
        ``siren``: distinct SIREN; ``plusieurs_fois``: rows beyond the first of a SIRET.
    public
        Rows counted by :data:`PUBLIC`; those of which nothing tells are left out.
    amounts
        One a column added up, over the rows counted.
    by_quartier
        See :func:`essgeo.owndata.list_totals.by_quartier`.
    notes
        French sentences on what was left out or not looked at.
    """

    taken: Taken
    roles: Roles
    resolved: Resolved
    band: float
    added: pd.DataFrame
    counts: Mapping[str, int]
    identifiers: Mapping[str, int]
    positions: Mapping[str, int]
    methods: Mapping[str, int]
    causes: Mapping[str, int]
    flags: Mapping[str, int]
    public: Mapping[str, int]
    amounts: tuple[Amount, ...]
    by_quartier: pd.DataFrame
    notes: tuple[str, ...] = ()

    @property
    def generation(self) -> Generation:
        """The outlines that the list was put against."""
        return self.resolved.generation

    @cached_property
    def source(self) -> pd.DataFrame:
        """The list as read; a column that bears the name of an added one is ``…_source``."""
        table = self.taken.raw.source
        names = [f"{name}_source" if name in ADDED else name for name in table.columns]
        return table.set_axis(pd.Index(names), axis=1)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The list untouched, then :attr:`added`."""
        return pd.concat([self.source.reset_index(drop=True), self.added], axis=1)

    @cached_property
    def to_mend(self) -> pd.DataFrame:
        """The rows not placed: the list's columns, then where, why and what to do."""
        names = ["essgeo_ligne", "essgeo_motif", "essgeo_que_faire"]
        lost = (self.added["essgeo_resultat"] == OUTCOMES[UNPLACED]).to_numpy(np.bool_)
        table = pd.concat([self.source.reset_index(drop=True), self.added[names]], axis=1)
        return table[lost].reset_index(drop=True)

    def by_theme(self, name: str) -> pd.DataFrame:
        """Count the rows by the texts of a column; see :func:`list_totals.by_theme`."""
        return by_theme(self.taken.raw.source[name], self.added["essgeo_resultat"], self.amounts)


def examine(
    atlas: Atlas,
    taken: Taken,
    roles: Roles,
    *,
    generation: str | None = None,
    band: float = BAND_M,
    selection: Selection | None = None,
) -> Examined:
    """Say where the rows of a list are.

    Parameters
    ----------
    atlas
        Loaded data; with a visitor's own zones or corrections, these count.
    taken, roles
        What `essgeo.intake.read_table` and :func:`recognise` give.
    generation
        Outlines; that of the selection, or the newest, by default.
    band
        Metres around a neighbourhood that count as near.
    selection
        Only its territory matters: which neighbourhoods :attr:`Examined.by_quartier` must name
        even when they have nothing.

    Raises
    ------
    UsageError
        A band that is negative or not a number.
    """
    asked = selection or Selection()
    resolved = atlas.resolve(asked.with_(generation=(generation,)) if generation else asked)
    one = resolved.generation
    size = len(taken.raw.source)
    counted = np.ones(size, dtype=np.bool_)
    counted[list(taken.totals)] = False
    notes = []

    said = said_by(taken, roles)
    if atlas.manifest.secret:
        notes.append(
            "La source du dossier relève du secret statistique : votre liste n'est pas rapprochée "
            "de ses établissements, seules ses propres positions servent."
        )
        none = np.zeros(size, np.int64)
        found = matching.Match(none - 1, none.astype(np.int8), none, none)
    else:
        names = matching.Names(said.name, said.commune, said.departement)
        found = matching.match(atlas, said.keys, names, several=roles.several)
    known = know.known(atlas, found)
    mine = said.own.state == places.READ
    joined = attach(points_of(said, known, mine, counted), _outlines(atlas, one), band=band)
    state = joined.columns["rattachement"].among(VOCABULARY["rattachement"]).astype(np.int8)
    state[~counted] = TOTAL
    rows = Rows(said, found, known, joined, state, mine)
    added = rows.table(taken, one, atlas.manifest)
    amounts = tuple(_amount(taken, name, counted) for name in roles.amounts)
    return Examined(
        taken=taken,
        roles=roles,
        resolved=resolved,
        band=band,
        added=added,
        counts={"total": int(counted.sum())}
        | {name: int(np.count_nonzero(state == at)) for at, name in enumerate(OUTCOMES[:TOTAL])},
        identifiers=_counts(added["essgeo_identifiant"], IDENTIFIERS),
        positions=_counts(texts(list(places.POSITIONS), said.own.state)[counted], places.POSITIONS),
        methods=_counts(added["essgeo_methode"], METHODS),
        causes=_counts(added["essgeo_cause"], CAUSES),
        flags=rows.flags(added),
        public=_counts(added["essgeo_organisme_public"], PUBLIC),
        amounts=amounts,
        by_quartier=by_quartier(one, resolved.quartiers, added, amounts),
        notes=tuple(notes),
    )


def get_ready(atlas: Atlas, generation: Generation, band: float = BAND_M) -> None:
    """Prepare what the first list would wait for; kept as long as the atlas."""
    _outlines(atlas, generation).prepare(band)


def _outlines(atlas: Atlas, generation: Generation) -> Outlines:
    """Return prepared outlines, kept as long as the atlas."""
    prepared = _PREPARED.setdefault(atlas, {})
    if generation.name not in prepared:
        prepared[generation.name] = Outlines(outlines_of(atlas.folder.quartiers, generation.name))
    return prepared[generation.name]


def _amount(taken: Taken, name: str, counted: Mask) -> Amount:
    values, unread = amounts_of(taken.raw.source[name])
    return Amount(name, np.where(counted, values, np.nan), int(unread[counted].sum()))


def _counts(column: pd.Series, order: Iterable[str]) -> dict[str, int]:
    """Count the rows by text, in an order, zeros and empty cells left out."""
    found = column.value_counts().to_dict()
    return {name: int(found[name]) for name in order if found.get(name)}
