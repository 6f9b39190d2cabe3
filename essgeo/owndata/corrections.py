"""Corrections de terrain: what people who were there say of establishments, checked one by one.

Nothing is applied silently: a correction is applied, or refused with its row and the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from essgeo.atlas import Atlas
from essgeo.intake import Taken, read_table
from essgeo.owndata.correction_rows import (
    ADDED,
    KINDS,
    SPELLINGS,
    Correction,
    File,
    Known,
    RefusedError,
    checked,
)
from essgeo.text import fold, listing, one_line, plural


@dataclass(frozen=True)
class Refused:
    """One correction that is not applied, and why, in French."""

    row: int
    siret: str
    reason: str

    def __str__(self) -> str:
        """Return it as one line."""
        return f"ligne {self.row} ({self.siret or 'sans SIRET'}) : {self.reason}"


@dataclass(frozen=True)
class Corrections:
    """A file of corrections, checked against a data folder.

    Parameters
    ----------
    applied, refused
        In an order that does not hang on that of the rows; in the order of the rows.
    name, sha256
        Name and fingerprint of the file.
    fingerprint
        That of the data folder.
    said
        What reading the file found: SIRET whose zeros were restored…
    """

    applied: tuple[Correction, ...]
    refused: tuple[Refused, ...]
    name: str
    sha256: str
    fingerprint: str
    said: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """French sentences for whoever reads a figure: how many of each kind."""
        counts = [
            f"{KINDS[kind]} {sum(one.kind == kind for one in self.applied)}"
            for kind in KINDS
            if any(one.kind == kind for one in self.applied)
        ]
        total = plural(
            len(self.applied),
            "correction de terrain appliquée",
            "corrections de terrain appliquées",
        )
        out = [f"{total} ({self.name}) : {', '.join(counts)}."]
        if self.refused:
            count = plural(len(self.refused), "correction refusée", "corrections refusées")
            out.append(f"{count} de ce fichier.")
        completed = sum(bool(one.notes) for one in self.applied)
        if completed:
            count = plural(completed, "complétée", "complétées")
            out.append(f"{count} d'après les données (commune, nom, statut ou activité).")
        return tuple(out)

    @property
    def details(self) -> tuple[str, ...]:
        """French sentences on what was deduced of each correction, with its row."""
        return tuple(f"ligne {one.row} : {note}" for one in self.applied for note in one.notes)


def read_corrections(
    atlas: Atlas, data: bytes, name: str, *, today: date | None = None
) -> Corrections:
    """Read a file of corrections and check each of them against a data folder.

    Parameters
    ----------
    atlas
        As opened from a data folder.
    data, name
        The file's bytes, and its name as the visitor gave it.
    today
        Day after which a date is in the future; today's by default.

    Raises
    ------
    DataError
        As :func:`essgeo.intake.read_table`; a needed column is missing.
    """
    return check(atlas, read_table(data, name), today=today)


def check(atlas: Atlas, taken: Taken, *, today: date | None = None) -> Corrections:
    """Check the corrections of a list: see :func:`read_corrections`."""
    file = File(taken)
    known = Known(atlas, file.siret)
    day = (today or date.today()).isoformat()  # noqa: DTZ011 - the day where the visitor is
    claims: dict[str, list[tuple[int, str, object]]] = {}
    accepted: list[Correction] = []
    refused: list[Refused] = []
    for place in file.filled():
        row, siret = taken.raw.row(place), str(file.siret.iat[place])
        kind = SPELLINGS.get(fold(file.at("correction", place)), "")
        try:
            found = checked(file, known, place, kind, day)
        except RefusedError as refusal:
            refused.append(Refused(row, one_line(siret, 20), str(refusal)))
            content: object = None
        else:
            accepted.append(replace(found, row=row))
            content = tuple(sorted(found.values.items()))
        if kind not in ("", ADDED):
            claims.setdefault(siret, []).append((row, kind, content))
    accepted, more = _settled(accepted, claims)
    return Corrections(
        applied=tuple(sorted(known.with_communes(accepted), key=_order)),
        refused=tuple(sorted([*refused, *more], key=lambda one: one.row)),
        name=taken.name,
        sha256=taken.sha256,
        fingerprint=atlas.folder.fingerprint,
        said=tuple(one.message for one in (*taken.problems, *file.journal.problems)),
    )


def _settled(
    accepted: Sequence[Correction], claims: Mapping[str, list[tuple[int, str, object]]]
) -> tuple[list[Correction], list[Refused]]:
    """Refuse what contradicts itself, and what is said twice."""
    kept: dict[object, Correction] = {}
    refused = []
    for one in sorted(accepted, key=lambda one: (one.date, one.source, one.row), reverse=True):
        said = claims.get(one.siret, []) if one.siret else []
        if len({(kind, content) for _, kind, content in said}) > 1:
            rows = listing([str(row) for row, _, _ in sorted(said)])
            refused.append(
                Refused(
                    one.row, one.siret, f"corrections contraires d'un même SIRET (lignes {rows})"
                )
            )
            continue
        same = (one.siret, one.kind, tuple(sorted(one.values.items())))
        if same in kept:
            refused.append(Refused(one.row, one.siret, f"déjà dite à la ligne {kept[same].row}"))
            continue
        kept[same] = one
    return list(kept.values()), refused


def _order(one: Correction) -> tuple[str, ...]:
    """Order corrections by what they say: the order of the file changes nothing."""
    values = (f"{name}={value}" for name, value in sorted(one.values.items()))
    return (one.siret, one.kind, *values)
