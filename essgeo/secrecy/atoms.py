"""Sets of establishments that statistical secrecy lets out, and why nothing else can come out.

The rule (Insee, secret des statistiques d'entreprises): a printed cell counts at least three units,
none of which weighs more than 85 % of it; and no masked cell can be found from the printed ones.

**Protection by construction.** What a source under secrecy may print is one *view*: the employers
inside the outlines of the newest generation, and those near them, by territory and sector, as the
default selection counts them. The view is cut once for all into *cells* (neighbourhood, sector).
Cells are gathered into *atoms*, each of which obeys the rule. A row of a table is printed only when

1. its own filters and axes speak of territories and sectors only (a question on sizes, families or
   types, on doubtful positions, on the other outlines, is never answered);
2. it holds each atom whole or not at all, the atoms being sets of *cells*, empty ones included: the
   answer depends on the question and on the atoms, never on which cells happen to be empty.

Proof. By 2 the figures of a printed row, all of them sums over establishments or quotients of such
sums by public numbers, are sums of the totals of atoms. Whatever is computed from any number of
tables is therefore a function of these totals. Let ``X`` be a set of establishments that the rule
forbids, and ``T(a)`` the total of an atom ``a``.

- Moving what an atom counts from some of its cells to others changes no total. All that can be said
  of ``X`` is thus a sum over atoms: from the atoms that ``X`` holds whole, at least, to the atoms
  that it touches, at most.
- ``X`` has fewer than three units, or one above 85 %. An atom held whole has at least three units,
  none above 85 %: the unit that ``X`` owes its being forbidden to has a part in an atom ``a`` that
  ``X`` cuts, and this part can be anything from 0 to ``T(a)``. Of such a part, ``v`` jobs, all that
  is known is ``0 <= v <= T(a)`` with ``T(a) >= v / 0.85``: what the rule tolerates of a printed
  cell.
- A count of ``X`` is likewise between 0 and at least three: 0, 1 and 2 look alike.

Rows are printed for every value of an axis, found or not (:mod:`essgeo.secrecy.printing`): the
list of the rows says nothing either. ``tests/test_secrecy_attack.py`` tries, with linear programs.

What this does not cover: who knows the bands of all the other units of an atom finds the last one
by subtraction; the rule of three units and 85 % never pretended otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from essgeo.atlas import EMPLOYER, OUT_OF_FIELD_DEP, Atlas
from essgeo.axes import Mask
from essgeo.errors import UsageError
from essgeo.generation import Generation
from essgeo.selection import Selection
from essgeo.settings import SETTINGS

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: Attachments that a source under secrecy may print.
ATTACHMENTS = ("dedans", "proche")

#: Territories in which a neighbourhood looks for others to be gathered with, the closest first.
CLOSEST = ("commune", "epci", "departement", "region", "france")


@dataclass(frozen=True)
class Rule:
    """Thresholds of statistical secrecy.

    Parameters
    ----------
    units
        Smallest number of units (SIREN) of a printed cell.
    share
        Largest share of a printed cell that one unit may have, between 0 and 1.
    """

    units: int = 3
    share: float = 0.85

    @classmethod
    def read(cls) -> Rule:
        """Return the rule in force (``ESSGEO_SECRET_UNITES``, ``ESSGEO_SECRET_PART``).

        Raises
        ------
        UsageError
            A setting is not a number, or not one that makes sense.
        """
        units, share = SETTINGS["ESSGEO_SECRET_UNITES"], SETTINGS["ESSGEO_SECRET_PART"]
        try:
            rule = cls(int(units.read()), float(share.read().replace(",", ".")) / 100)
        except ValueError:
            rule = cls(0, 0)
        if rule.units < 1 or not 0 < rule.share <= 1:
            raise UsageError(
                f"{units.name} doit être un nombre entier d'au moins 1 et {share.name} un "
                f"pourcentage de 1 à 100 (ici « {units.read()} » et « {share.read()} »)."
            )
        return rule


@dataclass(frozen=True)
class Partition:
    """Atoms of one attachment.

    Parameters
    ----------
    atoms
        shape (neighbourhoods, sectors + 1): atom of each cell, the last column being « no sector »;
        -1 where Sirene does not cover the territory.
    size
        shape (atoms,): cells of each.
    count
        shape (atoms,): establishments of each.
    safe
        shape (atoms,): whether the atom obeys the rule; the only ones that do not are those of a
        folder too small for anything to be printed.
    """

    atoms: Ints
    size: Ints
    count: Ints
    safe: Mask


@dataclass(frozen=True)
class _Group:
    """Things gathered (neighbourhoods, then sectors) and the establishments in them."""

    keys: tuple[int, ...]
    members: npt.NDArray[np.intp]
    safe: bool


@dataclass(frozen=True)
class _Judge:
    """Says whether a set of establishments obeys the rule.

    Parameters
    ----------
    units
        shape (establishments,): unit of each.
    jobs
        Jobs of each, once a bound: low, central, high; 0 where they are not known.
    known
        shape (establishments,): whether jobs are known.
    rule
        Thresholds.
    """

    units: npt.NDArray[np.intp]
    jobs: tuple[Floats, ...]
    known: Mask
    rule: Rule

    def group(self, keys: tuple[int, ...], members: npt.NDArray[np.intp]) -> _Group:
        return _Group(keys, members, self._safe(members))

    def _safe(self, members: npt.NDArray[np.intp]) -> bool:
        if len(members) < self.rule.units:
            return False
        _, unit = np.unique(self.units[members], return_inverse=True)
        if int(unit.max()) + 1 < self.rule.units:
            return False
        if not self.known[members].any():
            return True
        for values in self.jobs:
            of_unit = np.bincount(unit, weights=values[members])
            total = float(of_unit.sum())
            # A total of zero would say that each one has none.
            if total <= 0 or float(of_unit.max()) > self.rule.share * total:
                return False
        return True


def partition(atlas: Atlas, attachment: str, rule: Rule) -> Partition:
    """Cut the establishments of one attachment into atoms.

    Neighbourhoods that do not obey the rule are gathered with others of their commune, else of
    their EPCI, département, region, France; then, in each such zone, sectors that do not are
    gathered together, and with the smallest of the others when that is not enough.

    Parameters
    ----------
    atlas
        Data folder opened; its newest generation is used.
    attachment
        One of :data:`ATTACHMENTS`.
    rule
        Thresholds.
    """
    generation = atlas.newest
    judge = _judge(atlas, rule)
    sectors = generation.axes["secteur"]
    place = generation.axes["quartier"].codes
    here = np.flatnonzero(counted(atlas, attachment) & (place >= 0))
    sector = np.where(sectors.codes >= 0, sectors.codes, len(sectors.values))
    width = len(sectors.values) + 1
    zones = [
        judge.group((key,), here[place[here] == key]) for key in range(len(generation.quartiers))
    ]
    out_of_field = (generation.quartiers["insee_dep"] == OUT_OF_FIELD_DEP).to_numpy()
    zones = [one for one in zones if len(one.members) or not out_of_field[one.keys[0]]]
    for level in CLOSEST:
        names = _names(generation, level)
        together: dict[str, list[_Group]] = {}
        for one in zones:
            # A neighbourhood that lies in no EPCI waits for the next level.
            name = names[one.keys[0]] or f"?{one.keys[0]}"
            together.setdefault(name, []).append(one)
        zones = [one for group in together.values() for one in _gathered(group, judge)]
    atoms = np.full((len(generation.quartiers), width), -1, dtype=np.int64)
    made: list[tuple[int, int, bool]] = []
    for zone in zones:
        cells = [
            judge.group((key,), zone.members[sector[zone.members] == key]) for key in range(width)
        ]
        for block in _gathered(cells, judge):
            atoms[np.ix_(zone.keys, block.keys)] = len(made)
            made.append((len(zone.keys) * len(block.keys), len(block.members), block.safe))
    size, count, safe = (
        (np.array(column) for column in zip(*made, strict=True))
        if made
        else (np.empty(0), np.empty(0), np.empty(0))
    )
    return Partition(atoms, size.astype(np.int64), count.astype(np.int64), safe.astype(bool))


def counted(atlas: Atlas, attachment: str) -> Mask:
    """Return what the view counts of one attachment: as the default selection does."""
    axes = atlas.newest.axes
    sure = axes["certitude"].mask(Selection().certitude) | (axes["certitude"].codes < 0)
    out: Mask = axes["rattachement"].mask((attachment,)) & sure
    if atlas.knows_employment:
        out &= axes["emploi"].mask(EMPLOYER)
    return out


def _judge(atlas: Atlas, rule: Rule) -> _Judge:
    head = atlas.headcount
    siren = atlas.siren_codes.astype(np.intp)
    # Without a SIREN a row is a unit of its own.
    own = int(siren.max(initial=-1)) + 1 + np.arange(len(siren))
    high = np.where(np.isnan(head.high), head.central, head.high)
    jobs = tuple(np.where(head.known, values, 0.0) for values in (head.low, head.central, high))
    return _Judge(np.where(siren >= 0, siren, own), jobs, head.known, rule)


def _names(generation: Generation, level: str) -> Sequence[str]:
    frame = generation.quartiers
    if level == "france":
        return ["france"] * len(frame)
    if level == "commune":
        return [codes[0] if codes else "" for codes in generation.commune_of]
    column = {"epci": "siren_epci", "departement": "insee_dep", "region": "insee_reg"}[level]
    return list(frame[column])


def _gathered(groups: list[_Group], judge: _Judge) -> list[_Group]:
    """Gather the groups that do not obey the rule, with the smallest others until they do."""
    safe = [one for one in groups if one.safe]
    unsafe = [one for one in groups if not one.safe]
    if not unsafe:
        return groups
    # What is gathered already is not printed by itself: to add to it costs nothing.
    safe.sort(key=lambda one: (len(one.keys) == 1, len(one.members)))
    merged = _merge(unsafe, judge)
    while safe and not merged.safe:
        merged = _merge([merged, safe.pop(0)], judge)
    return [*safe, merged]


def _merge(groups: list[_Group], judge: _Judge) -> _Group:
    return judge.group(
        tuple(key for one in groups for key in one.keys),
        np.concatenate([one.members for one in groups]),
    )
