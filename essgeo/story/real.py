"""Steps that are true whatever the data folder is: published figures and the cases.

They stand apart from simulated figures: they are marked ``real``, and carry their own sources.
"""

from __future__ import annotations

from functools import cache

from essgeo import nomenclatures
from essgeo.levers.cases import Case, open_cases
from essgeo.levers.catalogue import open_catalogue
from essgeo.story.model import Block, Chart, Points, Series, Step
from essgeo.story.scope import Scope
from essgeo.text import NBSP, listing
from essgeo.words import levers as words
from essgeo.words.sectors import share, two_readings

#: What the chart of published weights says, and what must be read with it.
WEIGHTS_SAID = (
    "Dans les quartiers l'ESS pèse plus dans l'emploi qu'ailleurs, et pourtant elle y est plus "
    "rare par habitant : le reste de l'économie y est plus rare encore."
).replace(" :", f"{NBSP}:")


@cache
def published_weights() -> tuple[Chart, str]:
    """Return what the ESS weighs in jobs, in neighbourhoods and in France, and the sources."""
    figures = nomenclatures.chiffres_publies()
    found = figures[figures["mesure"].isin(("poids_emploi_prive", "part_ess_secteur"))]
    names = nomenclatures.labels("secteur")
    shares = {
        (str(row["modalite"]), str(row["champ"])): float(str(row["valeur"]))
        for _, row in found.iterrows()
    }
    # Whole private employment first, then the sectors known for both, the heaviest first.
    both = [one for one in dict.fromkeys(found["modalite"]) if (one, "qpv") in shares]
    ordered = sorted(both, key=lambda one: (one != "", -shares[one, "qpv"]))

    def series(name: str, field: str) -> Series:
        values = tuple(shares.get((one, field)) for one in ordered)
        texts = tuple("" if value is None else share(value / 100) for value in values)
        return Series(name, values, texts=texts)

    chart = Chart(
        kind="paires",
        title="Part de l'ESS dans l'emploi",
        sentence=WEIGHTS_SAID,
        unit="% de l'emploi",
        labels=tuple(names.get(one, "Tout l'emploi privé") for one in ordered),
        series=(series("Quartiers prioritaires", "qpv"), series("France", "france")),
        alt=WEIGHTS_SAID,
    )
    return chart, listing(sorted(set(found["source"])), limit=2)


#: Why published figures are not shown there.
NOT_OF_ZONES = (
    "Les chiffres publiés portent sur les quartiers prioritaires : ils ne se montrent pas à côté "
    "de vos zones, qui sont d'une autre nature."
)


def published(scope: Scope) -> Step:
    """Tell what the studies say of the whole country; nothing beside a visitor's own zones."""
    if scope.own_zones:
        return Step("publies", "Ce que disent les études", NOT_OF_ZONES, (), "", "officiel", "")
    chart, source = published_weights()
    return Step(
        "publies",
        "Ce que disent les études",
        two_readings(),
        (chart,),
        f"Source{NBSP}: {source}. Contours 2015.",
        "officiel",
        "Chiffres publiés, réels, pour l'ensemble des quartiers : aucune étude ne les donne "
        "région par région ni ville par ville.",
        real=True,
    )


@cache
def _cases() -> tuple[Case, ...]:
    return open_cases(open_catalogue())


def strasbourg(scope: Scope) -> Step:  # noqa: ARG001 - the same whatever is selected
    """Tell the contrat de ville of Strasbourg."""
    return _case("strasbourg", "strasbourg")


def rennes(scope: Scope) -> Step:  # noqa: ARG001 - the same whatever is selected
    """Tell Le Bon Maurepas."""
    return _case("rennes", "le-bon-maurepas")


def _case(key: str, one: str) -> Step:
    case = next(case for case in _cases() if case.id == one)
    catalogue = open_catalogue()
    blocks: list[Block] = []
    cited: dict[str, None] = dict.fromkeys(case.chapeau.source)
    for chapter in case.etapes:
        blocks.append(Points(tuple(said.texte for said in chapter.dits), chapter.titre))
        cited |= dict.fromkeys(source for said in chapter.dits for source in said.source)
    return Step(
        key,
        case.titre,
        case.chapeau.texte,
        tuple(blocks),
        f"Source{NBSP}: {words.cited(catalogue, tuple(cited))}.",
        "officiel",
        "Raconté d'après les documents, sans rien y ajouter ; ce qu'ils ne disent pas est dit "
        "à la fin.",
        real=True,
    )
