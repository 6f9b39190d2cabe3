"""Words of the pages on levers, from the catalogue and the rules; no drawing here."""

from __future__ import annotations

from essgeo.levers import Catalogue, Lever
from essgeo.levers.diagnosis import Lead
from essgeo.levers.rules import Condition, Indicator, Rules
from essgeo.text import NBSP, listing, number, percent, plural

#: Nature of a lever -> title and explanation of its part of the catalogue.
NATURES = {
    "role": ("Rôles", "Ce que fait la collectivité."),
    "outil": ("Outils", "Ce dont elle se sert : contrats, fonds, ingénierie, locaux."),
    "objet": (
        "Objets de redynamisation",
        "Ce que ces outils permettent de faire émerger dans le quartier.",
    ),
    "initiative": ("Initiatives de l'ESS", "Ce que l'ESS y mène, et qu'elle peut soutenir."),
}

#: What a field that no document fills reads like.
NOT_SAID = "non dit par les documents"
#: Where an addition comes from.
ADDED = "ajout de notre part"

SIMULATED = (
    "Données simulées : ces pistes montrent la méthode, elles ne disent rien d'un lieu réel."
)

_PARTS = {0.25: "le quart", 0.5: "la moitié", 0.2: "le cinquième", 0.1: "le dixième"}


def cited(catalogue: Catalogue, source: tuple[str, ...]) -> str:
    """Write where a text comes from: « RTES, septembre 2020, l. 19–21 »."""
    said = []
    for document, lines in catalogue.passages(source).items():
        entry = catalogue.sections["documents"][document]
        name = ", ".join(
            part for part in (entry.more.get("editeur", ""), entry.more.get("date", "")) if part
        )
        said.append(", ".join(part for part in (name or entry.titre, lines) if part))
    return f"{NBSP}; ".join(said)


def fields(catalogue: Catalogue, lever: Lever) -> list[tuple[str, str, str]]:
    """Return each field of a lever: its name, what it says, and who says it."""
    whole = cited(catalogue, lever.source)

    def sourced(name: str, text: str) -> str:
        if not text:
            return ""
        if name in lever.added:
            return ADDED
        return cited(catalogue, lever.provenance[name]) if name in lever.provenance else whole

    rows = []
    for name, title, text in (
        ("objectif", "Objectif", lever.objectif.texte),
        ("instrument", "Instrument", lever.instrument.texte),
        ("acteurs", "Acteurs", _joined(catalogue, "acteurs", lever.acteurs)),
        ("fonds", "Financement", _joined(catalogue, "fonds", lever.fonds)),
        ("types", "Types d'initiative", _joined(catalogue, "types", lever.types)),
        (
            "objectifs_politique_ville",
            "Objectifs de la politique de la ville",
            _joined(catalogue, "objectifs", lever.objectifs),
        ),
        ("territoire", "Territoire", catalogue.title("territoires", lever.territoire)),
        ("statut", "Statut", lever.statut.texte),
        ("renvois", "Pour aller plus loin", _joined(catalogue, "renvois", lever.renvois)),
    ):
        rows.append((title, text or NOT_SAID, sourced(name, text)))
    note = lever.note_vigueur
    cites = catalogue.currency(lever)
    rows.append(("En vigueur ?", cites, sourced("note_vigueur", note.texte) if note.texte else ""))
    return rows


def _joined(catalogue: Catalogue, section: str, ids: tuple[str, ...]) -> str:
    return f"{NBSP}; ".join(catalogue.titles(section, ids))


def rule(rules: Rules, levier: str) -> list[str]:
    """Say when a lever is proposed: one line a condition; none when no rule leads to it."""
    found = next((one for one in rules.regles if one.levier == levier), None)
    if found is None:
        return []
    return [_condition(rules.indicateurs[one.indicateur], one) for one in found.quand]


def _condition(indicator: Indicator, condition: Condition) -> str:
    head = indicator.pluriel or indicator.titre
    if indicator.pour == "habitants":
        head += f" pour 1{NBSP}000{NBSP}habitants"
    if condition.sens in ("absent", "present"):
        return f"{head}{NBSP}: {'aucun' if condition.sens == 'absent' else 'oui'}"
    part = _PARTS.get(condition.seuil, f"les {percent(condition.seuil)}")
    half = condition.seuil == 0.5
    side = {"bas": "basse" if half else "bas", "haut": "haute" if half else "haut"}
    said = f"{head}{NBSP}: dans {part} {part.split()[0]} plus {side[condition.sens]}"
    said += " des quartiers semblables"
    return said if condition.chance else f"{said}, au-delà du hasard"


def leads(found: list[Lead], chosen: int, obstacles: list[str], silent: int, rules: int) -> str:
    """Say in a sentence what figures call to discuss.

    Parameters
    ----------
    found
        Leads of the selection.
    chosen
        Neighbourhoods of the selection.
    obstacles
        What the data folder lacks.
    silent, rules
        Rules that cannot be looked at, among all.
    """
    if not chosen:
        return "Aucun quartier dans ce territoire : aucune piste à y discuter."
    if silent == rules:
        lacking = listing(obstacles) if obstacles else "les indicateurs des règles"
        return (
            f"Aucune piste ne peut être évaluée sur ces données{NBSP}: il manque {lacking}. "
            "Le catalogue, lui, se lit sans elles."
        )
    where = "ce quartier" if chosen == 1 else f"ces {number(chosen)}{NBSP}quartiers"
    if not found:
        return (
            f"Aucune piste{NBSP}: aucun chiffre de {where} ne se distingue des quartiers "
            "semblables au-delà du hasard."
        )
    if len(found) == 1:
        return f"Une piste à discuter pour {where}."
    return f"{len(found)}{NBSP}pistes à discuter pour {where}, la plus appuyée d'abord."


def answered(count: int | None, chosen: int, *, frame: bool, ruled: bool) -> str:
    """Say where a lever answers in the selection."""
    if frame:
        return "cadre : toute la collectivité"
    if not ruled:
        return "aucune règle ne le relie aux chiffres"
    if count is None:
        return "non évalué : il manque un indicateur"
    if not count:
        return "ne répond à aucun quartier de la sélection"
    return f"répond à {plural(count, 'quartier')} sur {number(chosen)}"
