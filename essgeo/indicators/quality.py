"""How good a data folder is: its positions, its years, its codes, and what Insee says of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from essgeo import nomenclatures
from essgeo.atlas import Atlas
from essgeo.generation import Generation
from essgeo.selection import OWN_ZONES, VOCABULARY

#: Prefix of the codes of each generation.
PREFIXES = {"2015": "QP", "2024": "QN"}

#: What is each point's own in a reason (metres, codes) -> the reason that all share.
_OWN = (
    (re.compile(r"\s*\(\d.*\)$"), ""),
    (re.compile(r"^commune déclarée .*"), "commune déclarée hors du quartier"),
    (re.compile(r"^département déclaré .*"), "département déclaré contredit"),
)


@dataclass(frozen=True)
class Quality:
    """What can be said of a data folder before any of its figures is read.

    Parameters
    ----------
    positions
        ``code, libelle, precision_m, etablissements, dedans, incertains``: one row a quality of
        position met, on the newest outlines; ``precision_m`` in metres, NaN when there is none.
    conservation
        Generation -> rows by ``rattachement`` and ``total``.
    ambiguous
        Generation -> points in several outlines; only where the join was made on opening.
    reasons
        Generation -> reason of a doubt -> establishments, the most frequent first.
    reconciliation
        Generation -> comparison with Insee's own attribution, where the data carries one.
    years
        Year of the headcounts -> establishments, in order; "" where it is not said.
    unclassified
        Column -> code that no nomenclature classifies -> establishments.
    employment
        State of employment -> establishments.
    """

    positions: pd.DataFrame
    conservation: Mapping[str, Mapping[str, int]]
    ambiguous: Mapping[str, int]
    reasons: Mapping[str, Mapping[str, int]]
    reconciliation: Mapping[str, Mapping[str, int]]
    years: Mapping[str, int]
    unclassified: Mapping[str, Mapping[str, int]]
    employment: Mapping[str, int]


def quality(atlas: Atlas) -> Quality:
    """Judge a data folder; nothing of it is filtered."""
    points = atlas.points
    generations = atlas.generations
    compared = {name: reconciliation(atlas, one) for name, one in generations.items()}
    return Quality(
        positions=_positions(atlas),
        conservation={name: one.conservation() for name, one in generations.items()},
        ambiguous={
            name: one.join.ambiguous for name, one in generations.items() if one.join is not None
        },
        reasons={name: _reasons(one) for name, one in generations.items()},
        reconciliation={name: found for name, found in compared.items() if found},
        years=dict(sorted(_counts(points["annee_effectifs"]).items())),
        unclassified={
            column: nomenclatures.non_classes(points[column], points[slugs])
            for column, slugs in (
                ("categorie_juridique", "famille"),
                ("activite_principale", "secteur"),
                ("tranche_effectifs", "taille"),
            )
        },
        employment=_counts(points["emploi"]),
    )


def reconciliation(atlas: Atlas, generation: Generation) -> dict[str, int]:
    """Compare where each establishment is with where Insee says it is (``plg_qp``).

    Parameters
    ----------
    atlas
        Data folder opened.
    generation
        Outlines; Insee's attribution is to one generation, told by the prefix of its codes.

    Returns
    -------
    dict
        ``accord`` (same neighbourhood), ``desaccord`` (two different ones), ``seulement_essgeo``,
        ``seulement_insee``, ``aucun`` (both say none), ``non_renseigne`` (Insee says nothing);
        empty when the folder has no attribution to these outlines. « HZ » and « CSZ » mean
        « outside every neighbourhood ».
    """
    points = atlas.points
    if "plg_qp" not in points.columns or generation.name == OWN_ZONES:
        return {}
    theirs = points["plg_qp"]
    said = (theirs != "").to_numpy()
    prefix = PREFIXES.get(generation.name, "Q")
    # A simulation has codes of its own, which bear no generation: they are known or not.
    known = theirs.isin(generation.quartiers["code_qp"]).to_numpy()
    placed = (theirs.str.startswith(prefix)).to_numpy() | known
    if not placed.any():
        return {}
    inside = generation.axes["rattachement"].mask(("dedans",))
    same = (theirs == generation.joined["code_qp"]).to_numpy()
    return {
        name: int(np.count_nonzero(found))
        for name, found in (
            ("accord", placed & inside & same),
            ("desaccord", placed & inside & ~same),
            ("seulement_essgeo", said & ~placed & inside),
            ("seulement_insee", placed & ~inside),
            ("aucun", said & ~placed & ~inside),
            ("non_renseigne", ~said),
        )
    }


def _positions(atlas: Atlas) -> pd.DataFrame:
    axes = atlas.newest.axes
    frame = pd.DataFrame(
        {
            "code": atlas.points["qualite_xy"].to_numpy(),
            "etablissements": 1,
            "dedans": axes["rattachement"].mask(("dedans",)),
            "incertains": axes["certitude"].mask(("incertain",)),
        }
    )
    found = frame.groupby("code").sum().astype("int64")
    known = nomenclatures.qualites_xy()
    labels, metres = known["libelle"], known["precision_m"]
    out = found.reset_index()
    out.insert(1, "libelle", [labels.get(code, f"code « {code} »") for code in out["code"]])
    out.insert(2, "precision_m", [float(metres.get(code, np.nan)) for code in out["code"]])
    return out.sort_values("code", key=lambda codes: codes.replace("", "~"), ignore_index=True)


def _reasons(generation: Generation) -> dict[str, int]:
    out: dict[str, int] = {}
    for text, count in _counts(generation.joined["motif"]).items():
        if text:
            reason = text
            for own, shared in _OWN:
                reason = own.sub(shared, reason)
            out[reason] = out.get(reason, 0) + count
    return dict(sorted(out.items(), key=lambda item: (-item[1], item[0])))


def _counts(texts: pd.Series) -> dict[str, int]:
    return {str(text): int(count) for text, count in texts.value_counts().items()}


def share_located(found: Mapping[str, int]) -> float:
    """Return the share of rows that have a usable position, NaN for an empty folder."""
    total = found["total"]
    located = sum(found[name] for name in VOCABULARY["rattachement"] if name != "non_localise")
    return located / total if total else float("nan")
