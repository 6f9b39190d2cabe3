"""How sure an attribution is, and why it is not.

The rule; the first line that applies wins:

=========== =====================================================================================
incertain   the declared département contradicts the neighbourhood's; inside, the declared commune
            is none of the neighbourhood's; the position was drawn at random in its street
            (``qualite_xy`` 12, 22) and the edge is nearer than half its precision
probable    the street itself is only probable (21, 22); the quality is unknown; the edge is nearer
            than the precision of the position
sur         otherwise
=========== =====================================================================================

Beyond the band the edge is known to be farther than the band's width, which is what is compared.
The precision of a position is its own ``distance_precision`` or, failing that, the one assumed for
its quality in ``nomenclatures/qualites_xy.csv``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from essgeo.distinct import Distinct
from essgeo.nomenclatures import qualites_xy
from essgeo.nomenclatures.fusions import today
from essgeo.text import NBSP, number

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Départements that a post code confuses: 20 is both of Corse; Saint-Barthélemy and Saint-Martin
#: have post codes, and had communes, of Guadeloupe.
_CONFUSED = ({"20", "2A"}, {"20", "2B"}, {"971", "977"}, {"971", "978"})
_CODE_QP = re.compile(r"Q[PN](\d{3}|02[AB])")


def departement_of(commune: str) -> str:
    """Return the département at the head of a commune's code; ``""`` when it is not one."""
    if not re.fullmatch(r"\d[\dAB]\d{3}", commune):
        return ""
    return commune[:3] if commune[:2] in {"97", "98"} else commune[:2]


def departement_of_quartier(code_qp: str) -> str:
    """Return the département inside a neighbourhood's code; ``""`` when there is none."""
    found = _CODE_QP.match(code_qp)
    if not found:
        return ""
    return found[1] if found[1][:2] in {"97", "98"} else found[1][1:]


@dataclass(frozen=True)
class Attribution:
    """Located points, and what is known of each; arrays of one length.

    Parameters
    ----------
    inside, near
        Whether a neighbourhood contains the point, or has its edge within the band.
    edge_m
        Metres to the edge; beyond the band, the width of the band.
    several
        Whether several neighbourhoods contain the point.
    quality, own_precision_m
        Code of ``qualite_xy`` (``""`` unknown); precision given for the position itself, metres
        (missing or 0 when unknown).
    departement, commune
        Declared codes, ``""`` unknown.
    of_quartier, communes
        Département of the neighbourhood, and its communes (';'-joined), ``""`` unknown.
    """

    inside: Flags
    near: Flags
    edge_m: Floats
    several: Flags
    quality: Distinct
    own_precision_m: Floats
    departement: Distinct
    commune: Distinct
    of_quartier: Distinct
    communes: Distinct


#: Reasons, as counted; the place of each is its number.
REASONS = (
    "",
    "contenu dans plusieurs quartiers, plus petit code retenu",
    "contour plus proche que la précision de la position",
    "qualité de la position inconnue",
    "voie seulement probable",
    "position au hasard dans la voie, près du contour",
    "commune déclarée hors du quartier",
    "département déclaré contredit",
)
SEVERAL, CLOSE, UNKNOWN, PROBABLE_STREET, RANDOM, COMMUNE, DEPARTEMENT = range(1, len(REASONS))

SUR, PROBABLE, INCERTAIN = range(3)
CERTITUDES = ("sur", "probable", "incertain")


@dataclass(frozen=True)
class Verdicts:
    """What `judge` says; arrays of one length.

    Parameters
    ----------
    certitude, reason
        int8 places in `CERTITUDES` and in `REASONS`.
    motif, motifs
        Places in ``motifs``, short French reasons with their figures; the first is ``""``, for
        nothing to say.
    """

    certitude: NDArray[np.int8]
    reason: NDArray[np.int8]
    motif: NDArray[np.int32]
    motifs: list[str]


def judge(points: Attribution) -> Verdicts:
    """Apply the rule given at the head of this module to located points."""
    table = qualites_xy()
    codes = points.quality.codes
    known = [text if text in table.index else "" for text in points.quality.texts]
    rows = table.loc[known]
    given = np.isfinite(points.own_precision_m) & (points.own_precision_m > 0)
    precision = np.where(given, points.own_precision_m, rows["precision_m"].to_numpy()[codes])
    unknown = np.array([value == "" for value in known], bool)[codes]
    exact = rows["exact_street"].to_numpy()[codes]
    random = rows["random_in_street"].to_numpy()[codes]
    attached = points.inside | points.near

    certitude = np.full(codes.size, SUR, np.int8)
    reason = np.zeros(codes.size, np.int8)
    # From the weakest to the strongest: the last to speak is heard.
    reason[points.several] = SEVERAL
    for where, level, why in (
        (points.edge_m < precision, PROBABLE, CLOSE),
        (unknown, PROBABLE, UNKNOWN),
        (~exact & ~unknown, PROBABLE, PROBABLE_STREET),
        (random & (points.edge_m < precision / 2), INCERTAIN, RANDOM),
        (_commune_contradicts(points), INCERTAIN, COMMUNE),
        (_departement_contradicts(points), INCERTAIN, DEPARTEMENT),
    ):
        certitude[where] = level
        reason[where] = why

    motif = reason.astype(np.int32)
    motifs = list(REASONS)
    # Those that name figures or codes are few: the others share one text a reason.
    for row in np.flatnonzero(attached & np.isin(reason, (CLOSE, RANDOM, COMMUNE, DEPARTEMENT))):
        motif[row] = len(motifs)
        motifs.append(_in_full(points, int(row), int(reason[row]), float(precision[row])))
    return Verdicts(certitude, reason, motif, motifs)


def _in_full(points: Attribution, row: int, reason: int, precision: float) -> str:
    """Write a reason with what it rests on."""
    if reason == COMMUNE:
        declared, communes = points.commune.text(row), points.communes.text(row)
        return f"commune déclarée {declared}, point dans un quartier de {communes}"
    if reason == DEPARTEMENT:
        declared, found = points.departement.text(row), points.of_quartier.text(row)
        where = "point dans le" if points.inside[row] else "quartier proche dans le"
        return f"département déclaré {declared}, {where} {found}"
    edge = number(float(points.edge_m[row]))
    return f"{REASONS[reason]} ({edge}{NBSP}m contre {number(precision)}{NBSP}m)"


def _commune_contradicts(points: Attribution) -> Flags:
    def compare(declared: str, communes: str) -> bool:
        listed = [today(code) for code in re.split(r"[;,\s]+", communes) if code]
        return bool(declared and listed) and today(declared).isdisjoint(frozenset().union(*listed))

    return _by_pair(points.inside, points.commune, points.communes, compare)


def _departement_contradicts(points: Attribution) -> Flags:
    def compare(declared: str, found: str) -> bool:
        return bool(declared and found) and not (
            declared == found or {declared, found} in _CONFUSED
        )

    return _by_pair(points.inside | points.near, points.departement, points.of_quartier, compare)


def _by_pair(
    where: Flags, one: Distinct, other: Distinct, compare: Callable[[str, str], bool]
) -> Flags:
    """Compare two columns in some rows, once for each distinct pair of values."""
    rows = np.flatnonzero(where)
    width = len(other.texts)
    pairs = one.codes[rows].astype(np.int64) * width + other.codes[rows]
    pair, which = np.unique(pairs, return_inverse=True)
    said = [compare(one.texts[both // width], other.texts[both % width]) for both in pair]
    found = np.zeros(where.size, bool)
    found[rows] = np.array(said, bool)[which]
    return found
