"""Which column of a visitor's list is which, and what only the visitor can say."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from essgeo.distinct import arrow, distinct
from essgeo.intake import Taken
from essgeo.intake.proposals import Proposal, propose
from essgeo.owndata.list_numbers import amounts_of
from essgeo.readers import cells
from essgeo.readers.columns import aliases, key
from essgeo.readers.identifiers import valid_siren, valid_siret
from essgeo.text import fold, number

#: Roles that a column may have -> what people read. Their order is that of recognition.
ROLES = {
    "siret": "SIRET",
    "siren": "SIREN",
    "nom": "nom",
    "code_commune": "code de la commune",
    "commune": "nom de la commune",
    "code_postal": "code postal",
    "departement": "département",
    "adresse": "adresse",
    "longitude": "longitude",
    "latitude": "latitude",
    "point": "latitude et longitude dans une colonne",
    "x": "x (projection)",
    "y": "y (projection)",
    "categorie_juridique": "catégorie juridique",
    "qualite_xy": "qualité de la position",
}

#: Columns that this program adds: those of a list that it made are not looked at again.
OURS = "essgeo_"

#: Our role -> the column that the readers know by the same names.
_READERS = {
    "nom": "denomination",
    "departement": "insee_dep",
    "x": "lambert_x",
    "y": "lambert_y",
    "commune": "",
    "adresse": "",
}

#: More names of columns, as people write them; « * » stands for anything.
_NAMES = {
    "siret": ("nsiret", "nosiret", "*siret*"),
    "siren": ("nsiren", "nosiren", "*siren*"),
    "nom": ("structure", "nomdelastructure", "nomstructure", "association", "nomdelassociation",
            "nomassociation", "organisme", "porteur", "nomduporteur", "beneficiaire",
            "nombeneficiaire", "nomdubeneficiaire", "entreprise", "etablissement", "fournisseur",
            "intitule", "demandeur", "candidat"),
    "commune": ("commune", "ville", "city", "libcommune", "libcom", "libellecommune",
                "libellecommuneetablissement", "nomcommune", "nomdelacommune", "localite",
                "communedusiege"),
    "code_postal": ("codepostal*", "*codepostal"),
    "adresse": ("adresse", "address", "voie", "adresse*", "rue"),
}  # fmt: skip

#: Columns of codes whose cells must look like codes when their name alone does not say so.
_CODE = re.compile(r"\d[\dAB]?\d{2,3}(\.0)?", re.IGNORECASE)

#: Words that name what may be added up.
_ADDED = re.compile(
    r"\b(montants?|subventions?|aides?|sommes?|budgets?|couts?|prix|depenses?|recettes?|euros?|eur|"
    r"ca|chiffre d affaires|attribues?|verses?|demandes?|accordes?|financements?|credits?|etp|"
    r"effectifs?|salaries|emplois|beneficiaires|nb|nombre)\b"
)
#: Words that name numbers which are no quantities.
_NOT_ADDED = re.compile(
    r"\b(id|identifiant|code|numero|num|no|n|annee|exercice|cp|tel|telephone|fax|siret|siren|naf|"
    r"ape|score|taux|rang|ligne|date|part|pourcentage|latitude|longitude|rna|version)\b"
)

_SAMPLE = 2_000
#: Share of filled cells that must be what a column is taken for.
_MOST = 0.8
#: Most texts of a column of themes.
_THEMES = 30


@dataclass(frozen=True)
class Doubt:
    """Something that only the visitor can say.

    Parameters
    ----------
    key
        Key of the answer in ``choices``: a role, ``feuille``, ``positions``, ``siren_plusieurs``.
    question
        French question.
    choices
        Value of the answer -> what people read.
    default
        The value supposed until it is answered.
    harmless
        Whether the default may be used without an answer: what it does is said row by row.
    """

    key: str
    question: str
    choices: Mapping[str, str]
    default: str
    harmless: bool = False


@dataclass(frozen=True)
class Roles:
    """What the columns of a list are.

    Parameters
    ----------
    columns
        Role (a key of :data:`ROLES`) -> name of the column in ``taken.raw.source``.
    amounts
        Columns that are added up.
    themes
        Columns of few texts, by which counts may be split.
    numeric
        Every column that may be added up, should the visitor ask.
    proposal
        How two columns of coordinates are read; None when they are plain longitude and latitude.
    several
        ``siege`` or ``aucun``: what becomes of a SIREN with several establishments.
    doubts
        Questions without an answer so far.
    """

    columns: Mapping[str, str]
    amounts: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    numeric: tuple[str, ...] = ()
    proposal: Proposal | None = None
    several: str = "siege"
    doubts: tuple[Doubt, ...] = field(default=())

    def name(self, role: str) -> str:
        """Return the column of a role, empty without one."""
        return self.columns.get(role, "")


def recognise(
    taken: Taken,
    choices: Mapping[str, str] | None = None,
    *,
    amounts: Sequence[str] | None = None,
) -> Roles:
    """Say which column is which, by names and by content.

    Parameters
    ----------
    taken
        The list.
    choices
        Answers of the visitor: role -> name of a column (empty for none), ``feuille`` -> sheet,
        ``positions`` -> key of a proposal (empty to leave coordinates out), ``siren_plusieurs`` ->
        ``siege`` or ``aucun``. What is answered is no doubt any more; an unknown column is
        ignored.
    amounts
        Columns to add up, instead of those whose names say so.
    """
    said = dict(choices or {})
    source = taken.raw.source
    names = [str(name) for name in source.columns if not str(name).startswith(OURS)]
    columns: dict[str, str] = {}
    doubts: list[Doubt] = []
    if len(taken.sheets) > 1 and said.get("feuille") != taken.raw.sheet:
        doubts.append(_sheet(taken))
    for role in ROLES:
        if role in said and (not said[role] or said[role] in names):
            if said[role]:
                columns[role] = said[role]
            continue
        found = [name for name in _candidates(source, names, role) if name not in columns.values()]
        if not found:
            continue
        columns[role] = found[0]
        if role in ("siret", "siren") and len(found) > 1:
            doubts.append(_which(role, found))
    proposal = None
    pair = _pair(columns)
    if pair and taken.raw.shapes is None:
        proposal, doubt = _positions(taken, pair, said)
        doubts += doubt
        if said.get("positions") == "":
            columns = {role: name for role, name in columns.items() if name not in pair}
    several = said.get("siren_plusieurs", "")
    if "siret" not in columns and "siren" in columns and several not in _SEVERAL:
        doubts.append(
            Doubt(
                "siren_plusieurs",
                "Votre liste a des SIREN sans SIRET : que faire d'une structure qui a plusieurs "
                "établissements ?",
                _SEVERAL,
                "siege",
                harmless=True,
            )
        )
    left = [name for name in names if name not in columns.values()]
    numeric = tuple(name for name in left if _is_amount(source[name], name))
    told = [name for name in numeric if _ADDED.search(fold(name)) or _has_euros(source[name])]
    return Roles(
        columns=columns,
        amounts=tuple(told if amounts is None else [name for name in amounts if name in names]),
        themes=tuple(name for name in left if name not in numeric and _is_theme(source[name])),
        numeric=numeric,
        proposal=proposal,
        several=several if several in _SEVERAL else "siege",
        doubts=tuple(doubts),
    )


_SEVERAL = {
    "siege": "prendre son siège, dit « à vérifier »",
    "aucun": "ne pas la placer",
}


def _candidates(source: pd.DataFrame, names: list[str], role: str) -> list[str]:
    """Return the columns that may have a role, the best first."""
    known = list(_NAMES.get(role, ()))
    readers = _READERS.get(role, role)
    if readers:
        known = [*aliases("etablissements").get(readers, ()), *known]
    found: list[str] = []
    for alias in known:
        found += [
            name for name in names if name not in found and fnmatch.fnmatchcase(key(name), alias)
        ]
    if role in ("siret", "siren"):
        # Content decides: « date du SIRET » holds none, and a column « numéro » may.
        fit = {name: _identifiers(source[name], role) for name in names}
        exact = [name for name in found if key(name) in (role, f"n{role}", f"numero{role}")]
        good = [name for name in found if fit[name] and name not in exact]
        return [*exact, *good] or [name for name in names if fit[name]]
    if role in ("code_commune", "code_postal"):
        return [name for name in found if _looks(source[name], _CODE)]
    if role in ("commune", "nom", "adresse"):
        return [name for name in found if not _looks(source[name], _CODE)]
    return found


def _sample(column: pd.Series) -> pd.Series:
    """Return filled cells taken evenly, without white space around them."""
    some = column
    if len(column) > _SAMPLE:
        some = column.iloc[np.linspace(0, len(column) - 1, _SAMPLE).astype(np.intp)]
    bare = cells.stripped(some.reset_index(drop=True))
    return bare[(bare != "").to_numpy(np.bool_)]


def _identifiers(column: pd.Series, role: str) -> bool:
    """Tell whether most cells are identifiers with right control digits."""
    some = _sample(column)
    if not len(some):
        return False
    bare = cells.replaced(some, "[ .\u00a0\u202f]", "")
    right = valid_siret(bare) if role == "siret" else valid_siren(bare)
    return bool(2 * right.sum() > len(bare))


def _looks(column: pd.Series, pattern: re.Pattern[str]) -> bool:
    some = _sample(column).head(500).tolist()
    return bool(some) and 2 * sum(pattern.fullmatch(one) is not None for one in some) >= len(some)


def _is_amount(column: pd.Series, name: str) -> bool:
    some = _sample(column)
    if not len(some) or _NOT_ADDED.search(fold(name)):
        return False
    values, _ = amounts_of(some)
    return bool(np.isfinite(values).sum() >= _MOST * len(some))


def _has_euros(column: pd.Series) -> bool:
    return bool(pc.any(pc.match_substring(arrow(_sample(column)), "€")).as_py())


def _is_theme(column: pd.Series) -> bool:
    """Tell whether a column has few texts, each of several rows."""
    if not 2 <= len(distinct(_sample(column)).texts) <= _THEMES:
        return False
    texts = distinct(cells.stripped(column)).there()
    return 2 <= len([one for one in texts if one]) <= min(_THEMES, max(2, len(column) // 2))


def _pair(columns: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the two columns of coordinates: degrees before metres."""
    for one, other in (("longitude", "latitude"), ("x", "y")):
        if one in columns and other in columns:
            return columns[one], columns[other]
    return None


def _positions(
    taken: Taken, pair: tuple[str, str], said: Mapping[str, str]
) -> tuple[Proposal | None, list[Doubt]]:
    """Say how coordinates are read when they are not plain longitude and latitude."""
    proposals = propose(taken.raw, *pair)
    if not proposals:
        return None, []
    answered = {one.key: one for one in proposals}
    if said.get("positions", None) is not None:
        return answered.get(said["positions"]), []
    if any("93" in key(name) for name in pair) and "2154" in answered:
        return answered["2154"], []  # the names say the projection
    choices = {one.key: one.label for one in proposals} | {"": "ne pas lire ces coordonnées"}
    return proposals[0], [
        Doubt(
            "positions",
            f"Les colonnes « {pair[0]} » et « {pair[1]} » ne sont pas une longitude et une "
            "latitude de France : comment les lire ?",
            choices,
            proposals[0].key,
        )
    ]


def _which(role: str, found: list[str]) -> Doubt:
    exact = key(found[0]) in (role, f"n{role}", f"numero{role}")
    return Doubt(
        role,
        f"{number(len(found))} colonnes peuvent être le {ROLES[role]} : laquelle est celle de "
        "l'établissement à placer ?",
        {name: name for name in found},
        found[0],
        harmless=exact,
    )


def _sheet(taken: Taken) -> Doubt:
    return Doubt(
        "feuille",
        f"Le classeur a {number(len(taken.sheets))} feuilles : laquelle est la liste ?",
        {name: name for name in taken.sheets},
        taken.raw.sheet,
    )
