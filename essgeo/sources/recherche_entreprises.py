"""API Recherche d'entreprises (DINUM): what it is asked, what it answers -> the contract's columns.

Fields as in the API's public description. What follows is read in its public source
(github.com/annuaire-entreprises-data-gouv-fr/search-api): ``total_results`` is cut at 10,000, and
estimated (a cardinality) beyond some thousands; a unit of more than 100 establishments is kept in
several documents of 100, of which a search shows one; ``q=<SIREN>&page_etablissements=<n>`` gives
the n-th.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from essgeo.errors import DataError
from essgeo.nomenclatures.diffusion import MASKED, NATURAL_PERSON, PARTIAL
from essgeo.readers.raw import scalar_text
from essgeo.sources.territory import Territory

#: Identifier of the source, in raw folders and manifests.
ID = "recherche-entreprises"
TITRE = "API Recherche d'entreprises"
EDITEUR = "DINUM"
PAGE = "https://recherche-entreprises.api.gouv.fr"

#: Most results that one query gives, whatever the page.
MOST_RESULTS = 10_000
#: Beyond, ``total_results`` is an estimate (Elasticsearch counts distinct values exactly up to its
#: default threshold of precision).
EXACT_UP_TO = 3_000
#: Most results on a page, and most establishments of a result.
PER_PAGE = 25
MOST_ESTABLISHMENTS = 100

#: What every query asks for: active units of the ESS; of what describes them, no directors.
QUERY: Mapping[str, str] = {
    "est_ess": "true",
    "etat_administratif": "A",
    "minimal": "true",
    "include": "complements,siege,matching_etablissements",
    "limite_matching_etablissements": str(MOST_ESTABLISHMENTS),
}

#: Sections of NAF rev. 2 (décret n° 2007-1888).
SECTIONS = tuple("ABCDEFGHIJKLMNOPQRSTU")

#: Parameters that cut a query into parts that share nothing; answers have fields of the same name.
FINER = ("section_activite_principale", "tranche_effectif_salarie")

#: Why a unit is there: the API does not say which of the two.
MOTIF = "liste d'ESS France ou indicateur de l'Insee (API Recherche d'entreprises)"


@dataclass(frozen=True)
class Unit:
    """What a page says of one legal unit, for counting.

    Parameters
    ----------
    siren
        Which one.
    filters
        What the API may be asked about it: name of a parameter -> its value.
    held
        Number of its establishments in all, closed ones included; None when not said.
    sirets
        Establishments given.
    """

    siren: str
    filters: Mapping[str, str]
    held: int | None
    sirets: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """What a page says, for counting."""

    total: int
    pages: int
    units: tuple[Unit, ...]


def territory_query(where: Territory) -> dict[str, str]:
    """Return what is asked for a territory: `QUERY` and the filter of its level."""
    code = where.code
    if where.level == "commune" and len(where.communes) > 1:
        code = ",".join(where.communes)
    return {**QUERY, where.level: code}


def read_page(answer: Any) -> Page:
    """Read a page for counting.

    Raises
    ------
    DataError
        It has not the form of the API's answers.
    """
    try:
        found = []
        for one in answer["results"]:
            held = one.get("nombre_etablissements")
            found.append(
                Unit(
                    _siren(one["siren"]),
                    {name: scalar_text(one.get(name)) for name in FINER},
                    None if held is None else int(held),
                    tuple(_siret(each["siret"]) for each in _listed(one)),
                )
            )
        total = int(answer["total_results"])
        pages = answer.get("total_pages")
        return Page(total, -(-total // PER_PAGE) if pages is None else int(pages), tuple(found))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(
            f"{TITRE} : réponse d'une forme inattendue ({type(error).__name__} : {error}) ; "
            "l'API a peut-être changé, mettez essgeo à jour."
        ) from None


def establishments(answers: Iterable[Any], where: Territory) -> pd.DataFrame:
    """Return the open establishments of a territory, once each, by SIRET.

    Parameters
    ----------
    answers
        Pages as they came; of an establishment given twice the last one is kept.
    where
        The territory.

    Returns
    -------
    pandas.DataFrame
        Texts, columns of the data dictionary, as a file of establishments would hold them: to be
        read by :mod:`essgeo.readers.etablissements`. Partial diffusion is respected here: nothing
        is located, a natural person is not named. ``qualite_xy`` is not known.
    """
    rows = {
        _siret(one["siret"]): _row(unit, one)
        for answer in answers
        for unit in answer["results"]
        for one in _listed(unit)
        if scalar_text(one.get("etat_administratif")) == "A" and _inside(one, where)
    }
    columns = list(_row({}, {}))
    table = pd.DataFrame([rows[siret] for siret in sorted(rows)], columns=columns, dtype="str")
    return table.reset_index(drop=True)


def _row(unit: Mapping[str, Any], one: Mapping[str, Any]) -> dict[str, str]:
    said = unit.get("complements") or {}
    category = _open(unit.get("nature_juridique"))
    status = _open(one.get("statut_diffusion_etablissement"))
    of_unit = _open(unit.get("statut_diffusion"))
    partial = status in PARTIAL or of_unit in PARTIAL
    name = scalar_text(unit.get("nom_complet")) or scalar_text(unit.get("nom_raison_sociale"))
    if partial and (category.startswith(NATURAL_PERSON) or not category):
        name = MASKED
    longitude, latitude = (MASKED, MASKED) if partial else _position(one)
    siae = said.get("est_siae") is True
    return {
        "siret": _siret(one.get("siret", "")),
        "siren": _siren(unit.get("siren", "")),
        "denomination": name,
        "categorie_juridique": category,
        "activite_principale": _open(one.get("activite_principale")),
        "tranche_effectifs": _open(one.get("tranche_effectif_salarie")),
        "annee_effectifs": _open(one.get("annee_tranche_effectif_salarie")),
        "caractere_employeur": _open(one.get("caractere_employeur")),
        "est_siege": _open(one.get("est_siege")),
        "statut_diffusion": "P" if partial else status or of_unit,
        "motif_ess": MOTIF,
        "date_creation": _open(one.get("date_creation")),
        "types": _open(said.get("type_siae")) if siae else "",
        "code_commune": _open(one.get("commune")),
        "longitude": longitude,
        "latitude": latitude,
        "qualite_xy": "",
    }


def _position(one: Mapping[str, Any]) -> tuple[str, str]:
    """Return longitude and latitude, from « latitude,longitude » where there is only that."""
    longitude, latitude = (scalar_text(one.get(name)) for name in ("longitude", "latitude"))
    if not longitude and not latitude:
        both = scalar_text(one.get("coordonnees"))
        latitude, _, longitude = both.partition(",")
        if both == MASKED:
            longitude = MASKED
    return longitude.strip(), latitude.strip()


def _inside(one: Mapping[str, Any], where: Territory) -> bool:
    """Whether an establishment is in the territory, by the API's own word or by its commune."""
    own = scalar_text(one.get(where.level))
    commune = scalar_text(one.get("commune")).zfill(5)
    return own == where.code or where.has(commune)


def _listed(unit: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Go through the establishments given of a unit: those that answer, those of one document."""
    for name in ("matching_etablissements", "etablissements"):
        yield from unit.get(name) or ()


def _open(value: Any) -> str:
    """Write a value as text, nothing where diffusion masks it."""
    text = scalar_text(value)
    return "" if text == MASKED else text


def _siren(value: Any) -> str:
    return scalar_text(value).strip().zfill(9)


def _siret(value: Any) -> str:
    return scalar_text(value).strip().zfill(14)
