"""Words of a selection and its key figures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from essgeo.atlas import OUT_OF_FIELD_DEP, Atlas, Resolved
from essgeo.secrecy import REFUSED
from essgeo.selection import DEFAULTS, OWN_ZONES
from essgeo.sentences import quartiers_called
from essgeo.settings import BAND_M
from essgeo.text import NBSP, number, plural

#: Width of the band, as people read it.
BAND = f"{number(BAND_M)}{NBSP}m"

#: Said where Sirene does not cover private employers (Insee: Polynésie française).
OUT_OF_FIELD = "Hors champ de Sirene"

#: What a figure reads like there: neither 0, nor unknown, nor secret.
OUTSIDE = "hors champ"

#: What a figure masked by statistical secrecy reads like: neither 0 nor unknown.
MASKED = "secret"

#: Words of the column « État » (``etat`` of a summary).
STATES = {
    "ok": "",
    "secret": "secret statistique",
    "sans_donnee": "sans donnée",
    "hors_champ": "hors champ de Sirene",
}

#: What an unknown figure reads like: never 0.
MISSING = "n. d."

#: An estimate is written with three significant digits: its bands allow no more.
SIGNIFICANT = 3


def rounded(value: float) -> float:
    """Round an estimate to three significant digits; small numbers are kept whole."""
    if math.isnan(value) or abs(value) < 10**SIGNIFICANT:
        return value if math.isnan(value) else float(round(value))
    digits = SIGNIFICANT - 1 - math.floor(math.log10(abs(value)))
    return float(round(value, digits))


def jobs(row: dict[str, Any]) -> str:
    """Write the central estimate of jobs: « 114 700 », « n. d. »."""
    return number(rounded(float(row["effectif_estime"])))


def interval(row: dict[str, Any]) -> str:
    """Write the interval of an estimate: « entre 89 120 et 150 310 »."""
    low, high = float(row["effectif_min"]), float(row["effectif_max"])
    if row["etablissements"] == 0:
        return "aucun établissement"
    if math.isnan(low):
        return "aucun effectif connu"
    if math.isnan(high):
        return f"au moins {number(low)} (une tranche n'a pas de maximum)"
    return f"entre {number(low)} et {number(high)}"


def headline(resolved: Resolved, row: dict[str, Any]) -> tuple[str, str]:
    """Say the selection with its figures: what stands out, and the rest of the sentence."""
    said = resolved.sentence[:1].lower() + resolved.sentence[1:]
    if row["etat"] == "secret":
        return "Secret statistique", f"{NBSP}: aucun chiffre pour les {said}"
    if row["etat"] == "hors_champ":
        return OUT_OF_FIELD, f"{NBSP}: aucun chiffre pour les {said}"
    count = int(row["etablissements"])
    if count == 0:
        return "Aucun établissement", f" ne correspond{NBSP}: {said}"
    tail = said.rstrip(".")
    known = not math.isnan(float(row["effectif_estime"])) and row["effectif_estime"] > 0
    if known:
        # One colon a sentence: a filter has brought its own.
        between = f"{NBSP};" if f"{NBSP}:" in tail else f"{NBSP}:"
        tail += f"{between} environ {jobs(row)}{NBSP}emplois"
    if count == 1:
        return "Un seul établissement", f"{NBSP}: {tail}."
    return number(count), f" {tail}."


def left_out(atlas: Atlas, resolved: Resolved) -> list[str]:
    """Say what the counts leave out, and what they hold without knowing it whole."""
    if atlas.manifest.secret:
        return [f"{REFUSED} ; « secret » n'est ni 0, ni « sans donnée »"]
    found = atlas.left_out(resolved.selection)
    out = []
    if found["incertains"]:
        out.append(
            plural(
                found["incertains"], "position incertaine écartée", "positions incertaines écartées"
            )
        )
    if found["non_employeurs"]:
        out.append(
            plural(found["non_employeurs"], "non employeur écarté", "non employeurs écartés")
        )
    if found["emploi_inconnu"]:
        count = found["emploi_inconnu"]
        out.append(
            f"{number(count)}{NBSP}{'écarté' if count < 2 else 'écartés'}, "
            "faute de savoir s'ils emploient"
        )
    if found["effectif_inconnu"]:
        out.append(
            plural(found["effectif_inconnu"], "compté sans", "comptés sans") + " effectif connu"
        )
    if found["non_localises"] and "non_localise" not in resolved.selection.rattachement:
        out.append(f"{number(found['non_localises'])}{NBSP}sans position utilisable")
    return out


def figures(atlas: Atlas, resolved: Resolved, row: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return the four key figures: title, figure, and what to know of it."""
    if atlas.manifest.secret:
        return _secret_figures(resolved, row)
    if row["etat"] == "hors_champ":
        why = "Sirene n'y couvre que le secteur public administratif"
        return [
            ("Établissements", OUTSIDE, why),
            ("Emplois situés là", OUTSIDE, why),
            ("Quartiers concernés", OUTSIDE, _quartiers(resolved)[2]),
            _rate(resolved, row),
        ]
    total = int(row["etablissements"])
    if atlas.knows_employment:
        employers = int(row["employeurs"])
        others = total - employers
        first = (
            "Établissements employeurs",
            number(employers),
            f"et {number(others)} autres, non employeurs ou sans qu'on le sache"
            if others
            else f"de {plural(int(row['structures']), 'structure')}"
            if total
            else "aucun dans cette sélection",
        )
    else:
        first = (
            "Établissements",
            number(total),
            "ces données ne disent pas lesquels emploient",
        )
    return [
        first,
        ("Emplois situés là", jobs(row), interval(row)),
        _quartiers(resolved),
        _rate(resolved, row),
    ]


def _secret_figures(resolved: Resolved, row: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return the key figures that statistical secrecy lets out; « secret » for the others."""
    masked = row["etat"] == "secret"
    why = "trop peu d'unités, ou une trop grosse, ou une question trop précise"
    total = int(resolved.quartiers.sum())
    rate = _rate(resolved, row)
    return [
        (
            "Établissements",
            MASKED if masked else number(float(row["etablissements"])),
            why if masked else "d'une source sous secret statistique",
        ),
        ("Emplois situés là", MASKED, why)
        if masked
        else ("Emplois situés là", jobs(row), interval(row)),
        ("Quartiers", number(total), "dans le territoire choisi"),
        (rate[0], MASKED, why) if masked else rate,
    ]


def _quartiers(resolved: Resolved) -> tuple[str, str, str]:
    axis = resolved.generation.axes["quartier"]
    codes = axis.codes[resolved.mask]
    present = len(set(codes[codes >= 0].tolist()))
    total = int(resolved.quartiers.sum())
    own = resolved.generation.name == OWN_ZONES
    return (
        "Zones concernées" if own else "Quartiers concernés",
        number(present),
        f"sur {quartiers_called(total, resolved.generation.name)}"
        if total
        else f"{'aucune de vos zones' if own else 'aucun quartier prioritaire'} dans ce territoire",
    )


def _rate(resolved: Resolved, row: dict[str, Any]) -> tuple[str, str, str]:
    title = "Pour 1 000 habitants".replace(" 000", "\u202f000")
    noun, one = "quartier", "un quartier"
    if resolved.generation.name == OWN_ZONES:
        noun, one = "zone", "une zone"
    rate, population = float(row["etablissements_1000hab"]), float(row["population"])
    if resolved.selection.rattachement != DEFAULTS["rattachement"]:
        return title, number(math.nan), f"se calcule dans les {noun}s seulement"
    if not resolved.quartiers.any():
        return title, number(math.nan), f"{one.replace('un', 'aucun')}, donc aucun habitant"
    if math.isnan(population):
        return title, number(math.nan), f"population inconnue d'au moins {one}"
    if math.isnan(rate):
        return title, OUTSIDE, "la Polynésie française n'est pas couverte par Sirene"
    said = f"{number(population)} habitants dans ces {noun}s"
    frame = resolved.generation.quartiers
    outside = resolved.quartiers & (frame["insee_dep"] == OUT_OF_FIELD_DEP).to_numpy()
    there = frame["population"].to_numpy(np.float64)[outside].sum()
    if there:
        said += f", dont {number(float(there))} hors champ (Polynésie)"
    return title, number(rate, 1), said
