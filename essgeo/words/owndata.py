"""What a visitor's list against the loaded data says, in French sentences."""

from __future__ import annotations

from collections.abc import Mapping

from essgeo.owndata.lists import CAUSES, IDENTIFIERS, METHODS, Examined
from essgeo.selection import OWN_ZONES
from essgeo.text import NBSP, number, plural

#: Why a public body is told apart, and by which rule.
PUBLIC_RULE = (
    "Un organisme public n'est pas de l'économie sociale et solidaire. Il est reconnu à sa "
    "catégorie juridique (4 ou 7, Insee) quand elle est connue, sinon à son SIREN, qui commence "
    "par 1 ou 2 (numérotation du répertoire Sirene)."
)

#: Nature of a real list put against simulated data.
MIXED_NOTICE = (
    "Liste de l'utilisateur rapprochée de données simulées : ce résultat est un essai, il ne vaut "
    "rien dans la réalité."
)


def lines(found: Examined) -> list[str]:
    """Say what became of a list: the account first, then what is to be looked at."""
    zones = found.generation.name == OWN_ZONES
    counts, flags = found.counts, found.flags
    where = "vos zones" if zones else f"contours {found.generation.name}"
    said = [
        f"{where} : {plural(counts['total'], 'ligne')} = {number(counts['dedans'])} dedans + "
        f"{number(counts['proche'])} à moins de {number(found.band)}{NBSP}m + "
        f"{number(counts['hors'])} hors + {number(counts['non_place'])} non placées."
    ]
    if flags["totaux"]:
        said.append(
            f"{plural(flags['totaux'], 'ligne')} de total ou de note : gardées, non comptées."
        )
    if "siret" in found.roles.columns:
        said.append(f"Identifiants : {_joined(found.identifiers, IDENTIFIERS)}.")
    missing = found.positions.get("absente", 0)
    if missing:
        said.append(f"{plural(missing, 'ligne')} de la liste sans position.")
    if found.methods:
        said.append(f"Placées par : {_joined(found.methods, METHODS)}.")
    if found.causes:
        reasons = {name: reason for name, (reason, _) in CAUSES.items()}
        said.append(f"Non placées : {_joined(found.causes, reasons)}.")
    said += _to_look_at(found)
    empty = found.by_quartier
    empty = empty[(empty["situation"] == "quartier") & (empty["dans_selection"] == "oui")]
    nothing = int((empty["lignes"] == 0).sum())
    noun = "zone" if zones else "quartier"
    said.append(
        f"{plural(nothing, noun)} sans aucune ligne, sur {number(len(empty))} du territoire choisi."
    )
    for amount in found.amounts:
        line = f"« {amount.name} » : {number(amount.total, 2)} au total"
        if amount.unread:
            line += f" ; {plural(amount.unread, 'montant illisible', 'montants illisibles')}"
        said.append(f"{line}.")
    return [*said, *found.notes]


def _to_look_at(found: Examined) -> list[str]:
    """Say what is doubtful, and who is out of the field."""
    flags, said = found.flags, []
    for key, text in (
        ("departement_contredit", "dont le département déclaré contredit la position"),
        ("commune_contredite", "dont la commune déclarée contredit la position"),
        ("desaccord", "dont la position et celle du dossier ne sont pas dans le même quartier"),
        ("plusieurs_fois", "de plus pour un SIRET déjà présent"),
    ):
        if flags[key]:
            said.append(f"{plural(flags[key], 'ligne')} {text}.")
    by_category = found.public.get("oui-categorie", 0)
    by_siren = found.public.get("oui-siren", 0)
    if by_category or by_siren:
        said.append(
            f"{plural(by_category + by_siren, 'organisme public', 'organismes publics')} : "
            f"{number(by_category)} d'après la catégorie juridique, {number(by_siren)} d'après le "
            "SIREN (commence par 1 ou 2)."
        )
    return said


def _joined(counts: Mapping[str, int], labels: Mapping[str, str]) -> str:
    return " ; ".join(f"{labels[name]}{NBSP}: {number(count)}" for name, count in counts.items())
