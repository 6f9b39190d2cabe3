"""Proof that a territory was read whole: what was announced, what was read, part by part."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from essgeo.errors import DataError, UsageError
from essgeo.files import writing
from essgeo.sources import recherche_entreprises as api
from essgeo.sources.territory import LEVELS, Territory, territory
from essgeo.text import NBSP, listing, number, plural

#: File that makes a folder of raw files that of a territory.
FILE = "territoire.json"
#: File of the pages, as they came.
PAGES_FILE = "recherche_entreprises.jsonl.gz"
FORMAT = 1

#: ``egale``: as many distinct units read as announced. ``approchee``: the list was read to its end
#: without a repetition, and the total is so large that the API estimates it. ``coupee``: read in
#: smaller parts. ``incomplete``: units are missing.
State = Literal["egale", "approchee", "coupee", "incomplete"]


@dataclass(frozen=True)
class Part:
    """One query: its own filters, units announced, distinct units read."""

    demande: Mapping[str, str]
    annonce: int
    lues: int
    etat: State


@dataclass(frozen=True)
class Walk:
    """One unit too large for a page: its establishments in all, those read, and whether all are."""

    siren: str
    etablissements: int | None
    lus: int
    prouve: bool


@dataclass(frozen=True)
class Proof:
    """What proves that a territory was read whole.

    Parameters
    ----------
    territory, address
        What was asked, of whom.
    before, after
        Units announced for the whole at the beginning and at the end; 10,000 means « or more ».
    units
        Distinct units read.
    parts
        Queries read.
    recount
        Queries that count the same units another way.
    walks
        Units too large for a page.
    done
        Whether the reading went to its end.
    """

    territory: Territory
    address: str
    before: int = 0
    after: int = 0
    units: int = 0
    parts: tuple[Part, ...] = ()
    recount: tuple[Part, ...] = ()
    walks: tuple[Walk, ...] = ()
    done: bool = False

    @property
    def lacking(self) -> tuple[Part, ...]:
        """Return the queries of which units are missing."""
        return tuple(one for one in (*self.parts, *self.recount) if one.etat == "incomplete")

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return self.done and not self.lacking

    @property
    def unproven(self) -> tuple[str, ...]:
        """Return the units of which some establishments may be missing (SIREN)."""
        return tuple(one.siren for one in self.walks if not one.prouve)

    def sentence(self) -> str:
        """Say in French what was read and what proves it."""
        read = plural(self.units, "structure lue", "structures lues")
        if self.before == self.units != api.MOST_RESULTS:
            whole = "autant que l'API en annonce"
        elif self.before >= api.MOST_RESULTS:
            whole = (
                f"l'API en annonce {number(api.MOST_RESULTS)} ou plus, sans dire combien{NBSP}: "
                f"lu en {plural(self._leaves, 'partie')}, recompté par section d'activité"
            )
            silent = sum(one.annonce >= api.MOST_RESULTS for one in self.recount)
            if silent:
                whole += f" (sauf {plural(silent, 'section trop grande', 'sections trop grandes')})"
        else:
            whole = (
                f"l'API en annonce {number(self.before)}, ce qu'elle estime ou qui change{NBSP}: "
                "liste lue jusqu'au bout, ou en parties qui se recoupent"
            )
        said = f"{self.territory}{NBSP}: {read}, {whole}."
        if self.after != self.before:
            said += (
                f" Le total annoncé a changé pendant la lecture ({number(self.before)} puis "
                f"{number(self.after)})."
            )
        if self.unproven:
            said += (
                f" Pour {plural(len(self.unproven), 'structure')} de plus de 100 établissements, "
                "l'API ne permet pas de vérifier que tous ceux du territoire sont là (SIREN "
                f"{listing(list(self.unproven), 5)})."
            )
        return said

    def missing(self) -> str:
        """Say in French what is missing."""
        one = self.lacking[0]
        asked = ", ".join(f"{key}={value}" for key, value in one.demande.items())
        more = len(self.lacking) - 1
        rest = f" (et {plural(more, 'autre partie', 'autres parties')})" if more else ""
        return (
            f"l'API annonce {plural(one.annonce, 'structure')} et en a donné {number(one.lues)} "
            f"pour {asked}{rest}"
        )

    @property
    def _leaves(self) -> int:
        return sum(one.etat != "coupee" for one in self.parts)


def write_proof(folder: Path, proof: Proof) -> None:
    """Write a proof in a folder of raw files: whole or not at all."""
    content = {
        "format": FORMAT,
        "niveau": proof.territory.level,
        "code": proof.territory.code,
        "libelle": proof.territory.label,
        "adresse": proof.address,
        "complet": proof.complete,
        "annonce_au_debut": proof.before,
        "annonce_a_la_fin": proof.after,
        "structures_lues": proof.units,
        "parties": [asdict(one) for one in proof.parts],
        "recompte": [asdict(one) for one in proof.recount],
        "grandes_structures": [asdict(one) for one in proof.walks],
        "lecture_terminee": proof.done,
    }
    text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    with writing(folder / FILE) as beside:
        beside.write_text(text, encoding="utf-8", newline="\n")


def read_proof(folder: Path) -> Proof | None:
    """Read the proof of a folder of raw files; None when it is not that of a territory.

    Raises
    ------
    DataError
        Its file cannot be read or is malformed.
    """
    path = folder / FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError):
        raise DataError(f"{path} : fichier illisible ; supprimez-le et relancez fetch.") from None
    try:
        if content["niveau"] not in LEVELS:
            raise ValueError("niveau")
        return Proof(
            territory(content["niveau"], str(content["code"])),
            str(content["adresse"]),
            int(content["annonce_au_debut"]),
            int(content["annonce_a_la_fin"]),
            int(content["structures_lues"]),
            tuple(_part(one) for one in content["parties"]),
            tuple(_part(one) for one in content["recompte"]),
            tuple(Walk(**one) for one in content["grandes_structures"]),
            content["lecture_terminee"] is True,
        )
    except (KeyError, TypeError, ValueError, UsageError) as error:
        raise DataError(
            f"{path} : forme inattendue ({type(error).__name__}) ; supprimez-le et relancez fetch."
        ) from None


def _part(one: dict[str, Any]) -> Part:
    if one["etat"] not in get_args(State):
        raise ValueError("etat")
    return Part(**one)
