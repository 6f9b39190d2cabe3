"""What a neighbourhood's sheet shows, computed once for all visitors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from essgeo.atlas import Atlas, Resolved
from essgeo.exports import metadata
from essgeo.exports.workbook import write_workbook
from essgeo.indicators import flags as signs
from essgeo.indicators.missing import missing
from essgeo.indicators.reliability import Reliability, reliability
from essgeo.indicators.sheet import Surroundings, around, landmarks
from essgeo.indicators.similar import Similar, similar
from essgeo.secrecy import listed, publishable
from essgeo.selection import Selection
from essgeo.text import number
from essgeo.ui.caching import by_atlas
from essgeo.ui.loading import whole
from essgeo.words import quartier as words

Rows = npt.NDArray[np.intp]

#: Columns of establishments that a list shows, or that say what it may show.
_LISTED = (
    "siret",
    "denomination",
    "types",
    "emploi",
    "statut_diffusion",
    "categorie_juridique",
)


@dataclass(frozen=True)
class Sheet:
    """All that is shown of one neighbourhood, but what is listed.

    Parameters
    ----------
    landmarks
        See :func:`essgeo.indicators.sheet.landmarks`.
    inside
        Positions in the data folder of the establishments counted in it.
    surroundings, lacking, quality
        What is near, what is missing, what figures rest on; None for a source under statistical
        secrecy, which lets totals out and nothing else.
    """

    landmarks: pd.DataFrame
    inside: Rows
    surroundings: Surroundings | None
    lacking: Lacking | None
    quality: Reliability | None


@dataclass(frozen=True)
class Lacking:
    """What is missing against similar neighbourhoods, and its words: filters change none of it.

    Parameters
    ----------
    sectors
        See :func:`essgeo.indicators.missing.missing`.
    similar
        The neighbourhoods compared with.
    some
        Whether anything is there, near or expected.
    sentence
        What is missing, in words.
    rows
        For each sector: its name, how many here, how many near, how many expected, the verdict.
    """

    sectors: pd.DataFrame
    similar: Similar
    some: bool
    sentence: str
    rows: list[tuple[str, str, str, str, str]]


def sheet(atlas: Atlas, selection: Selection, code: str) -> Sheet:
    """Return the sheet of a neighbourhood; not to be changed."""
    here = selection.with_(quartier=(code,), rattachement=("dedans",))
    return _sheet(atlas, here.query(), here, code)


@by_atlas(max_entries=64)
def _sheet(
    _atlas: Atlas,
    fingerprint: str,  # noqa: ARG001 - tells two data folders apart in the cache
    query: str,  # noqa: ARG001 - the selection, as the cache can read it
    _here: Selection,
    code: str,
) -> Sheet:
    resolved = _atlas.resolve(_here)
    # Totals are kept: those of France serve all neighbourhoods.
    found = landmarks(_atlas, _here, code, total=whole)
    inside = np.flatnonzero(resolved.mask)
    if _atlas.manifest.secret:
        return Sheet(found, inside[:0], None, None, None)
    return Sheet(
        landmarks=found,
        inside=inside,
        surroundings=around(_atlas, _here, code),
        lacking=_lacking(_atlas, code, resolved.generation.name),
        quality=reliability(_atlas, _here, flags(_atlas)),
    )


@by_atlas(max_entries=64)
def _lacking(
    _atlas: Atlas,
    fingerprint: str,  # noqa: ARG001 - tells two data folders apart in the cache
    code: str,
    generation: str,
) -> Lacking:
    like = similar(_atlas, generation, [code])
    sectors = missing(_atlas, code, generation, like)
    rows = [
        (
            str(row["libelle"]),
            number(row["etablissements"]),
            number(row["proches"]),
            words.expected(row),
            words.sector_verdict(row),
        )
        for row in sectors.to_dict(orient="records")
    ]
    some = bool((sectors[["etablissements", "proches", "attendu"]] > 0).to_numpy().any())
    return Lacking(sectors, like, some, words.lacking(sectors), rows)


def flags(atlas: Atlas) -> signs.Flags:
    """Return what is peculiar to each establishment of a data folder; not to be changed."""
    return _flags(atlas)


@by_atlas(max_entries=2)
def _flags(
    _atlas: Atlas,
    fingerprint: str,  # noqa: ARG001 - tells two data folders apart in the cache
) -> signs.Flags:
    return signs.flags(_atlas)


def shown(atlas: Atlas, rows: Rows) -> Rows:
    """Keep the establishments that may be listed."""
    return rows[listed(atlas.points[["emploi"]].iloc[rows])]


def establishments(
    atlas: Atlas, resolved: Resolved, rows: Rows, distance_m: npt.NDArray[np.float64], where: str
) -> pd.DataFrame:
    """Make the table of some establishments, with French headers.

    Parameters
    ----------
    atlas, resolved
        Data folder and selection.
    rows
        Positions in the data folder, all of them :func:`shown`.
    distance_m
        shape (rows,): metres to the edge of the neighbourhood looked at.
    where
        Header of the column that says where each is counted; empty for none.
    """
    generation = resolved.generation
    wanted = [name for name in _LISTED if name in atlas.points.columns]
    points = publishable(atlas.points[wanted].iloc[rows].assign(distance_m=distance_m))

    def label(axis: str) -> list[str]:
        found = generation.axes[axis]
        texts = (*found.labels, "")
        return [texts[code] for code in found.codes[rows]]

    columns: dict[str, Any] = {
        "Dénomination": points["denomination"].to_numpy(),
        "Secteur": label("secteur"),
        "Salariés": label("taille"),
        # Most have none: that is known, not missing.
        "Type": points["types"].str.replace(";", ", ").replace("", "–").to_numpy(),
    }
    if where:
        columns[where] = _counted_in(resolved, rows)
    columns |= {
        "Distance au bord (m)": points["distance_m"].to_numpy(np.float64).round(),
        "À savoir": flags(atlas).texts(rows),
        "Famille": label("famille"),
        "Position": label("certitude"),
        "SIRET": points["siret"].to_numpy(),
    }
    out = pd.DataFrame(columns)
    if atlas.manifest.simulated:
        out["Nature"] = atlas.manifest.nature
    return out


def _counted_in(resolved: Resolved, rows: Rows) -> list[str]:
    axis = resolved.generation.axes["quartier"]
    inside = resolved.generation.axes["rattachement"].mask(("dedans",))[rows]
    return [
        axis.labels[code] if held else "aucun quartier"
        for code, held in zip(axis.codes[rows].tolist(), inside.tolist(), strict=True)
    ]


def workbook(atlas: Atlas, resolved: Resolved, tables: Mapping[str, pd.DataFrame]) -> bytes:
    """Return the tables of a sheet as an Excel workbook with its metadata."""
    nature = atlas.manifest.nature
    told = {
        name: table if "Nature" in table else table.assign(Nature=nature)
        for name, table in tables.items()
    }
    said = metadata(
        atlas, resolved, rows=sum(map(len, told.values())), content="Fiche d'un quartier"
    )
    with TemporaryDirectory() as folder:
        out = Path(folder) / "fiche.xlsx"
        write_workbook(out, told, said)
        return out.read_bytes()
