"""A service that answers as the API Recherche d'entreprises does, on units drawn at random."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.web import Asked, Handler, Site, reply

#: Commune -> département, EPCI, a point of it.
COMMUNES = {
    "67482": ("67", "246700488", 7.703, 48.575),
    "67218": ("67", "246700488", 7.69, 48.53),
    "67180": ("67", "200067825", 7.79, 48.81),
    "67046": ("67", "246700744", 7.69, 48.76),
    "35238": ("35", "243500139", -1.655, 48.125),
}


@dataclass
class FakeApi:
    """The service.

    Parameters
    ----------
    units
        Legal units as the API writes them, each with all its establishments.
    most
        Results that a query gives at most.
    documents
        Whether large units are kept in documents of 100 of which a search shows one, as the
        service does; else ``page_etablissements`` simply turns the pages of those that answer.
    shuffled
        Whether units that sort alike come in another order at every request.
    """

    units: list[dict[str, Any]]
    most: int = 10_000
    documents: bool = False
    shuffled: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)
    #: Called before each answer with the number of requests so far.
    before: Callable[[int], None] = lambda _: None

    def on(self, site: Site) -> None:
        """Answer on a site."""
        site.answers["/search"] = self.answer

    def answer(self, handler: Handler, asked: Asked) -> None:
        query = {key: values[-1] for key, values in parse_qs(urlsplit(asked.path).query).items()}
        self.asked.append(query)
        self.before(len(self.asked))
        page, size = int(query.get("page", 1)), int(query.get("per_page", 10))
        if page * size > self.most or size > 25:
            reply(b'{"erreur": "trop"}', status=400)(handler, asked)
            return
        body = json.dumps(self.page(query, page, size)).encode()
        reply(body, Content_Type="application/json")(handler, asked)

    def page(self, query: dict[str, str], page: int, size: int) -> dict[str, Any]:
        found = [unit for unit in self.units if self._answers(unit, query)]
        if self.shuffled:
            random.shuffle(found)
        found.sort(key=lambda unit: -unit["nombre_etablissements_ouverts"])
        total = min(len(found), self.most)
        return {
            "results": [self._shown(one, query) for one in found[(page - 1) * size : page * size]],
            "total_results": total,
            "page": page,
            "per_page": size,
            "total_pages": -(-total // size),
        }

    def _answers(self, unit: dict[str, Any], query: dict[str, str]) -> bool:
        if "q" in query:
            return unit["siren"] == query["q"]
        own = all(
            unit[name] in query[name].split(",")
            for name in ("section_activite_principale", "tranche_effectif_salarie")
            if name in query
        )
        return own and any(_inside(one, query) for one in unit["tous"])

    def _shown(self, unit: dict[str, Any], query: dict[str, str]) -> dict[str, Any]:
        shown = {key: value for key, value in unit.items() if key != "tous"}
        turned = int(query.get("page_etablissements", 1))
        limit = int(query["limite_matching_etablissements"])
        if not self.documents:
            inside = [one for one in unit["tous"] if _inside(one, query)]
            shown["matching_etablissements"] = inside[(turned - 1) * limit : turned * limit]
        elif "q" in query:
            held = unit["tous"][(turned - 1) * 100 : turned * 100]
            shown["matching_etablissements"] = []
            if query.get("include_admin") == "etablissements":
                shown["etablissements"] = held
        else:
            parts = [unit["tous"][at : at + 100] for at in range(0, len(unit["tous"]), 100)]
            inside = [[one for one in part if _inside(one, query)] for part in parts]
            shown["matching_etablissements"] = next(one for one in inside if one)[:limit]
        return shown


def _inside(one: dict[str, Any], query: dict[str, str]) -> bool:
    levels = ("departement", "epci", "region", "commune")
    return all(one[name] in query[name].split(",") for name in levels if name in query)


def establishment(siren: str, rank: int, commune: str = "67482", **more: Any) -> dict[str, Any]:
    """Return an establishment as the API writes it, open and located unless told otherwise."""
    departement, epci, longitude, latitude = COMMUNES[commune]
    return {
        "siret": f"{siren}{rank:05d}",
        "activite_principale": "88.99B",
        "activite_principale_naf25": "88.99Y",
        "adresse": "1 RUE DU TEST",
        "code_postal": f"{commune[:2]}000",
        "commune": commune,
        "departement": departement,
        "region": "44" if departement == "67" else "53",
        "epci": epci,
        "latitude": f"{latitude + rank % 7 / 1000:.6f}",
        "longitude": f"{longitude + rank % 5 / 1000:.6f}",
        "caractere_employeur": "O",
        "tranche_effectif_salarie": "11",
        "annee_tranche_effectif_salarie": "2023",
        "date_creation": "2001-02-03",
        "est_siege": rank == 1,
        "etat_administratif": "A",
        "statut_diffusion_etablissement": "O",
    } | more


def unit(siren: str, places: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Return a legal unit as the API writes it, with its establishments in ``tous``."""
    return {
        "siren": siren,
        "nom_complet": f"STRUCTURE {siren}",
        "nom_raison_sociale": f"STRUCTURE {siren}",
        "nombre_etablissements": len(places),
        "nombre_etablissements_ouverts": sum(one["etat_administratif"] == "A" for one in places),
        "nature_juridique": "9220",
        "activite_principale": "88.99B",
        "section_activite_principale": "Q",
        "tranche_effectif_salarie": "11",
        "etat_administratif": "A",
        "statut_diffusion": "O",
        "complements": {"est_ess": True, "est_siae": False, "type_siae": None},
        "siege": places[0],
        "tous": places,
    } | more


def many(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Return units of one to three establishments, in the communes of `COMMUNES`."""
    draw = random.Random(seed)  # noqa: S311 - a draw, not a secret
    found = []
    for number in range(count):
        siren = f"{100_000_000 + number}"
        communes = draw.choices(
            list(COMMUNES), weights=[50, 20, 15, 10, 5], k=draw.choice([1, 1, 3])
        )
        places = [
            establishment(siren, rank, commune, etat_administratif=draw.choice("AAAF"))
            for rank, commune in enumerate(communes, 1)
        ]
        found.append(
            unit(
                siren,
                places,
                section_activite_principale=draw.choice("QQQSSRP"),
                tranche_effectif_salarie=draw.choice(["NN", "NN", "11", "12"]),
            )
        )
    return found


def sirets(units: list[dict[str, Any]], **where: str) -> set[str]:
    """Return the open establishments of a territory, for tests to compare with."""
    return {
        one["siret"]
        for each in units
        for one in each["tous"]
        if one["etat_administratif"] == "A" and _inside(one, where)
    }
