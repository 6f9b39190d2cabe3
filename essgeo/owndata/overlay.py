"""An atlas with a visitor's own zones and corrections over it: in memory, nothing is written."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from essgeo.atlas import Atlas
from essgeo.axes import Mask, places
from essgeo.datafolder import DataFolder
from essgeo.errors import DataError, UsageError
from essgeo.generation import JOINED, Generation, names_of, rolled_up
from essgeo.join import Outlines, attach
from essgeo.manifest import CORRECTIONS, OWN_ZONES, Nature, Source
from essgeo.owndata.correction_rows import ADDED, MOVED, REMOVING, Correction
from essgeo.owndata.corrections import Corrections
from essgeo.owndata.zones import Zones, with_communes
from essgeo.selection import Selection
from essgeo.text import NBSP, number, plural

#: Degrees around moved places within which outlines can matter: far more than the band.
AROUND_DEGREES = 0.1

#: A commune is one of a zone's when it holds this share of the establishments in it.
COMMUNE_SHARE = 0.1

#: What Insee and geocoders said of the former place of an establishment that moved.
FORMER_PLACE = ("qualite_xy", "plg_qp", "plg_qp24", "plg_qp15", "code_postal")
FORMER_NUMBERS = ("distance_precision", "geocoding_score")

NOT_ON_THESE = (
    "cette base est sous secret statistique : ni vos zones ni vos corrections ne peuvent y être "
    "appliquées, car comparer les chiffres avec et sans dirait ceux qui sont masqués"
)

Rows = npt.NDArray[np.int64]


def overlaid(
    atlas: Atlas, zones: Zones | None = None, corrections: Corrections | None = None
) -> Atlas:
    """Return an atlas with a visitor's own zones and corrections over it.

    Zones are one more generation, ``zones``, after the others. What the corrections touch is
    joined again, the rest is taken as it is: the figures are those of a folder made of the
    corrected file.

    Parameters
    ----------
    atlas
        As opened from a data folder.
    zones
        As :func:`essgeo.owndata.zones.read_zones_file` gives them.
    corrections
        As :func:`essgeo.owndata.corrections.read_corrections` gives them for this atlas.

    Returns
    -------
    Atlas
        ``private``, with a fingerprint of its own; ``atlas`` itself when nothing is to be added.

    Raises
    ------
    DataError
        A source falls under statistical secrecy.
    UsageError
        The corrections were checked against other data, or the atlas has zones already.
    """
    if corrections is not None and not corrections.applied:
        corrections = None
    if zones is None and corrections is None:
        return atlas
    if atlas.manifest.secret:
        raise DataError(f"{NOT_ON_THESE}.")
    if OWN_ZONES in atlas.generations:
        raise UsageError("des zones sont déjà chargées ; repartez du dossier de données.")
    if corrections is not None and corrections.fingerprint != atlas.folder.fingerprint:
        raise UsageError(
            f"{corrections.name} : ces corrections ont été vérifiées sur d'autres données ; "
            "redonnez le fichier."
        )
    made = atlas if zones is None else _zoned(atlas, zones)
    return made if corrections is None else _corrected(made, corrections)


# --- zones ----------------------------------------------------------------------------------


def _zoned(atlas: Atlas, zones: Zones) -> Atlas:
    folder = atlas.folder
    table = with_communes(zones.table, _communes(atlas, zones.table))
    outlines = pd.concat([folder.quartiers, table], ignore_index=True)
    for name in folder.quartiers.columns:
        if folder.quartiers[name].dtype == "str":
            outlines[name] = outlines[name].fillna("").astype("str")
    source = Source(
        id=OWN_ZONES, titre=f"Vos zones{NBSP}: {zones.name}", fichier=zones.name,
        lignes=len(zones), sha256=zones.sha256,
    )  # fmt: skip
    quartiers = gpd.GeoDataFrame(outlines, geometry="geometry", crs=folder.quartiers.crs)
    made = atlas.with_more_outlines(_private(folder, source, (), quartiers=quartiers))
    notes = tuple(f"Vos zones ({zones.name}){NBSP}: {note}" for note in zones.notes)
    made.also = lambda asked, _: notes if asked.generation == (OWN_ZONES,) else ()
    return made


def _communes(atlas: Atlas, zones: gpd.GeoDataFrame) -> list[str]:
    """Find the communes of zones: those that the establishments inside declare.

    No outline of a commune is shipped. A tenth of them is enough, for zones that lie across
    two. Where none declares one, the neighbourhoods that the zone touches lend theirs.
    """
    if not (zones["insee_com"] == "").any():
        return [""] * len(zones)
    points = atlas.folder.etablissements
    where, _ = Outlines(zones).inside(points["longitude"], points["latitude"])
    inside = np.flatnonzero(where >= 0)
    declared = rolled_up(points["code_commune"].iloc[inside]).to_numpy(object)
    frame = pd.DataFrame({"zone": where[inside], "commune": declared})
    counts = frame[frame["commune"] != ""].groupby(["zone", "commune"]).size()
    shares = counts / counts.groupby("zone").transform("sum")
    found: dict[int, list[str]] = {}
    for zone, commune in shares.index[shares >= COMMUNE_SHARE]:
        found.setdefault(int(zone), []).append(str(commune))
    told = atlas.newest
    pairs = told.quartiers.sindex.query(zones.geometry, predicate="intersects")
    lent: dict[int, set[str]] = {}
    for zone, quartier in pairs.T.tolist():
        lent.setdefault(zone, set()).update(told.commune_of[quartier])
    return [";".join(found.get(row) or sorted(lent.get(row, ()))) for row in range(len(zones))]


# --- corrections ----------------------------------------------------------------------------


def _corrected(atlas: Atlas, corrections: Corrections) -> Atlas:
    """Apply corrections: rows taken out, rows renewed where they stand, rows added at the end."""
    table = _joined(atlas).assign(correction="")
    applied = corrections.applied
    touched = [(rank, row) for rank, row in _rows_of(table, applied)]
    moves = [(rank, row) for rank, row in touched if applied[rank].kind == MOVED]
    additions = [rank for rank, one in enumerate(applied) if one.kind == ADDED]
    removed = [row for rank, row in touched if applied[rank].kind in REMOVING]

    moved = table.iloc[[row for _, row in moves]].reset_index(drop=True)
    blank = {name: "" for name in FORMER_PLACE if name in table.columns}
    nothing = {name: np.nan for name in FORMER_NUMBERS if name in table.columns}
    moved = moved.assign(**blank, **nothing)
    new = pd.DataFrame(index=range(len(additions)), columns=table.columns).astype(table.dtypes)
    texts = [name for name in table.columns if table[name].dtype == "str"]
    new[texts] = new[texts].fillna("")
    renewed = pd.concat([moved, new], ignore_index=True)
    written = [applied[rank] for rank, _ in moves] + [applied[rank] for rank in additions]
    for name in sorted({name for one in written for name in one.values}):
        renewed[name] = [
            one.values.get(name, old) for one, old in zip(written, renewed[name], strict=True)
        ]
    renewed["correction"] = [one.label for one in written]
    renewed = _rejoined(renewed.astype(table.dtypes), atlas)

    everything = pd.concat([table, renewed[table.columns]], ignore_index=True)
    place = np.arange(len(table))
    place[[row for _, row in moves]] = len(table) + np.arange(len(moves))
    kept = np.ones(len(table), dtype=bool)
    kept[removed] = False
    last = len(table) + len(moves) + np.arange(len(additions))
    final = everything.iloc[np.concatenate([place[kept], last])].reset_index(drop=True)

    position = np.cumsum(kept) - 1
    after = [(rank, position[row]) for rank, row in moves]
    after += [(rank, int(kept.sum()) + at) for at, rank in enumerate(additions)]
    made = Atlas(
        _private(
            atlas.folder,
            Source(
                id=CORRECTIONS,
                titre=f"Corrections de terrain{NBSP}: {corrections.name}",
                date=max(one.date for one in applied),
                lignes=len(applied),
                sha256=corrections.sha256,
                fichier=corrections.name,
            ),
            corrections.notes,
            etablissements=final,
            mixed=bool(additions),
        )
    )
    made.also = Effect(atlas, corrections.name, len(applied), _pairs(touched), _pairs(after))
    return made


@dataclass(frozen=True, eq=False)
class Effect:
    """Says of a selection how many corrections touch it, and its count without them.

    Parameters
    ----------
    without
        The atlas before the corrections.
    name
        Name of their file.
    total
        How many were applied.
    before, after
        shape (pairs, 2): rank of a correction and row that it touches, in ``without`` and in the
        corrected atlas.
    """

    without: Atlas
    name: str
    total: int
    before: Rows
    after: Rows

    def __call__(self, asked: Selection, mask: Mask) -> tuple[str, ...]:
        """Return the notes of a selection: those that the zones give it, and ours."""
        before = self.without.also(asked, mask)
        former = self.without.mask(asked)
        ranks = [
            pairs[held[pairs[:, 1]], 0]
            for pairs, held in ((self.before, former), (self.after, mask))
        ]
        touching = len(np.unique(np.concatenate(ranks)))
        said = plural(
            self.total, "correction de terrain appliquée", "corrections de terrain appliquées"
        )
        if not touching:
            return (
                *before,
                f"{said} ({self.name}), dont aucune ne touche cette sélection.",
            )
        now, then = int(np.count_nonzero(mask)), int(np.count_nonzero(former))
        return (
            *before,
            f"{said} ({self.name}), dont {number(touching)} "
            f"{'touche' if touching == 1 else 'touchent'} cette sélection{NBSP}: "
            f"{plural(now, 'établissement')}, {number(then)} sans correction.",
        )


def _pairs(pairs: Sequence[tuple[int, int]]) -> Rows:
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _rows_of(table: pd.DataFrame, applied: Sequence[Correction]) -> list[tuple[int, int]]:
    """Pair each correction with the rows of its SIRET: several, where the data repeats one."""
    named = {one.siret: rank for rank, one in enumerate(applied) if one.siret}
    found = places(list(named), table["siret"])
    ranks = list(named.values())
    return [(ranks[found[row]], int(row)) for row in np.flatnonzero(found >= 0)]


def _suffix(atlas: Atlas, generation: Generation) -> str:
    return "" if generation is atlas.newest else f"_{generation.name}"


def _joined(atlas: Atlas) -> pd.DataFrame:
    """Return the establishments with what the join to each generation found."""
    table = atlas.folder.etablissements
    columns = {
        f"{name}{_suffix(atlas, generation)}": generation.joined[name]
        for generation in atlas.generations.values()
        for name in (*JOINED, "motif")
        if f"{name}{_suffix(atlas, generation)}" not in table.columns
    }
    return table.assign(**columns)


def _rejoined(rows: pd.DataFrame, atlas: Atlas) -> pd.DataFrame:
    """Join a few rows to every generation again, with the outlines around them only."""
    if rows.empty:
        return rows
    lon, lat = (rows[name].to_numpy(np.float64)[:, None] for name in ("longitude", "latitude"))
    margin = AROUND_DEGREES
    for generation in atlas.generations.values():
        west, south, east, north = generation.quartiers.bounds.to_numpy(np.float64).T
        about = (lon > west - margin) & (lon < east + margin)
        about &= (lat > south - margin) & (lat < north + margin)
        around = about.any(axis=0)
        # An outline far away changes nothing; none at all is no layer to join to.
        around[0] |= not around.any()
        outlines = generation.quartiers[around].reset_index(drop=True)
        found = attach(rows, outlines).table
        suffix = _suffix(atlas, generation)
        rows = rows.assign(**{f"{name}{suffix}": found[name] for name in (*JOINED, "motif")})
    return rows


def _private(
    folder: DataFolder,
    source: Source,
    notes: Sequence[str],
    *,
    quartiers: gpd.GeoDataFrame | None = None,
    etablissements: pd.DataFrame | None = None,
    mixed: bool = False,
) -> DataFolder:
    """Return a folder with a visitor's own data, which its manifest names.

    What is counted stays simulated where it was: a zone or a closure adds no real figure. A row
    added to simulated ones makes figures of both.
    """
    manifest = folder.manifest
    generations = manifest.generations
    if quartiers is not None:
        generations = (*names_of(folder.quartiers), OWN_ZONES)
    nature: Nature = "mixte" if mixed and manifest.nature == "simulation" else manifest.nature
    key = f"{folder.fingerprint} {source.id} {source.sha256}"
    return replace(
        folder,
        manifest=replace(
            manifest,
            nature=nature,
            sources=(*manifest.sources, source),
            notes=(*manifest.notes, *notes),
            generations=generations,
        ),
        quartiers=folder.quartiers if quartiers is None else quartiers,
        etablissements=folder.etablissements if etablissements is None else etablissements,
        fingerprint=hashlib.sha256(key.encode()).hexdigest()[:16],
        private=True,
    )
