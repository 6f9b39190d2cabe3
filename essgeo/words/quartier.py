"""Words of a neighbourhood's sheet: what it says of its figures and of each establishment."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from essgeo import nomenclatures
from essgeo.indicators.missing import VERDICTS as MISSING_VERDICTS
from essgeo.indicators.reliability import Reliability
from essgeo.indicators.statistics import VERDICTS
from essgeo.text import NBSP, listing, number, percent, plural

#: A row of a table, as a dictionary.
Row = Mapping[Any, Any]

#: Family -> why it belongs to the ESS (loi n° 2014-856 du 31 juillet 2014, art. 1).
_BY_LAW = {
    "association": "association",
    "cooperative": "coopérative",
    "mutuelle": "mutuelle",
    "fondation": "fondation",
}

#: What a row of landmarks is called: (level, perimeter) -> words.
_SCOPES = {
    ("quartier", "quartiers"): "ce quartier",
    ("commune", "quartiers"): "les quartiers de la commune",
    ("departement", "quartiers"): "les quartiers du département",
    ("france", "quartiers"): "les quartiers de France",
    ("commune", "ensemble"): "toute la commune",
    ("departement", "ensemble"): "tout le département",
    ("france", "ensemble"): "toute la France",
}


#: The same when the neighbourhood lies over several communes.
_SEVERAL = {
    ("commune", "quartiers"): "les quartiers de ses communes",
    ("commune", "ensemble"): "toutes ses communes",
}


def scope(row: Row) -> str:
    """Name a row of landmarks, with its own name where the words do not say it."""
    said = _name(row)
    named = row["niveau"] in ("commune", "departement")
    return f"{said[:1].upper()}{said[1:]}" + (f" ({row['libelle']})" if named else "")


def _name(row: Row) -> str:
    key = row["niveau"], row["perimetre"]
    return _SEVERAL.get(key, _SCOPES[key]) if row["territoires"] > 1 else _SCOPES[key]


def belonging(point: Row) -> tuple[str, str]:
    """Say why an establishment is counted in the ESS, and how that is known."""
    if point["motif_ess"]:
        return str(point["motif_ess"]), "dit par la source"
    family = str(point["famille"])
    if family in _BY_LAW:
        return (
            f"{_BY_LAW[family]}{NBSP}: de l'ESS par son statut",
            "déduit de la catégorie juridique (loi du 31 juillet 2014, art. 1)",
        )
    if family == "societe-commerciale":
        return (
            "société commerciale",
            "de l'ESS si elle en remplit les conditions (loi du 31 juillet 2014, art. 1) ; "
            "ces données ne disent pas comment elle a été retenue",
        )
    return "non précisé", "ces données ne disent ni motif ni catégorie juridique connue"


def position(point: Row) -> tuple[str, str]:
    """Say how an establishment was placed, and how precisely."""
    table = nomenclatures.qualites_xy()
    code = point["qualite_xy"] if point["qualite_xy"] in table.index else ""
    label = nomenclatures.labels("qualite_xy").get(str(code), "")
    own = float(point["distance_precision"]) if "distance_precision" in point else math.nan
    if own > 0:
        return label, f"précise à {number(own)}{NBSP}m près, d'après la source"
    assumed = float(table["precision_m"].loc[code])
    if math.isnan(assumed):
        return label, "aucune précision"
    return label, f"précision supposée{NBSP}: {number(assumed)}{NBSP}m"


def edge(tie: str, distance_m: float) -> str:
    """Say on which side of the edge an establishment stands, and how far from it."""
    if tie not in ("dedans", "proche"):
        return nomenclatures.labels("rattachement").get(tie, "") if tie else ""
    side = "dedans" if tie == "dedans" else "dehors"
    if math.isnan(distance_m):
        return side
    return f"{side}, à {number(distance_m)}{NBSP}m du bord"


def surface(row: Row) -> tuple[str, str]:
    """Write the surface of a neighbourhood, and densities in it and in the band around it."""
    area = float(row["superficie_km2"])
    if math.isnan(area):
        return "", ""
    said = f"{number(area * 100)}{NBSP}ha" if area < 1 else f"{number(area, 1)}{NBSP}km²"
    inside, near = float(row["etablissements_km2"]), float(row["proches_km2"])
    if math.isnan(inside):
        return said, ""
    dense = f"{number(inside, 1)}{NBSP}établissements au km²"
    return said, dense if math.isnan(near) else f"{dense}, {number(near, 1)} dans la bande"


def compared(row: Row) -> str:
    """Say how the neighbourhood compares with the rest of a row of landmarks."""
    if row["perimetre"] == "quartiers" and row["niveau"] == "quartier":
        return ""
    if not row["verdict"]:
        return str(row["probleme"]) or "rien à comparer"
    high = float(row["quotient_max"])
    between = (
        f"{number(row['quotient_min'], 2)} à {number(high, 2)}{NBSP}fois"
        if math.isfinite(high)
        else f"au moins {number(row['quotient_min'], 2)}{NBSP}fois"
    )
    return f"{VERDICTS[row['verdict']]} ({between})"


def weight(row: Row) -> str:
    """Write the weight of the ESS in all jobs of a row of landmarks."""
    return percent(float(row["poids_emplois"]), 1)


def against(landmarks: pd.DataFrame) -> str:
    """Say in one sentence how present the ESS is here, against larger territories."""
    rows = _rows(landmarks, "etablissements_1000hab", "verdict", "probleme")
    here = float(rows[0]["etablissements_1000hab"])
    if math.isnan(here):
        return f"Pas de taux par habitant{NBSP}: {rows[0]['probleme'] or 'sans donnée'}."
    others = [
        f"{number(float(row['etablissements_1000hab']), 1)} dans {_name(row)}"
        for row in rows[1:]
        if not math.isnan(float(row["etablissements_1000hab"]))
    ]
    noun = "établissement" if here < 2 else "établissements"
    said = f"Ici, {number(here, 1)}{NBSP}{noun} pour 1\u202f000{NBSP}habitants"
    said += f", contre {listing(others, limit=9)}." if others else "."
    tested = [row for row in rows[1:] if row["verdict"]]
    sure = [_name(row) for row in tested if row["verdict"] != "indecis"]
    if tested and not sure:
        said += " Ces écarts peuvent tenir au hasard."
    elif len(sure) < len(tested):
        said += f" L'écart n'est établi qu'avec {listing(sure, limit=9)}."
    elif sure:
        said += " Tous ces écarts sont établis."
    return said


def _rows(landmarks: pd.DataFrame, *wanted: str) -> list[dict[str, Any]]:
    """Return what is said of each landmark: pandas takes as long for a column as for a table."""
    names = ("niveau", "perimetre", "territoires", *wanted)
    columns = [landmarks[name].tolist() for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def weights(landmarks: pd.DataFrame) -> str:
    """Say what the ESS weighs in all jobs, the other reading; empty when it is not known."""
    rows = _rows(landmarks, "poids_emplois", "verdict")
    here, france = rows[0], rows[-1]
    share, whole = float(here["poids_emplois"]), float(france["poids_emplois"])
    if math.isnan(share) or math.isnan(whole):
        return ""
    said = (
        f"Dans l'emploi, l'ESS pèse {percent(share, 1)} ici, contre {percent(whole, 1)} dans "
        f"{_name(france)}."
    )
    # « Rarer » is said only of a difference that is established.
    if share > whole and france["verdict"] == "moins":
        said += (
            " Les deux sont vrais : rapportée aux habitants l'ESS est plus rare, mais elle pèse "
            "plus dans l'emploi, parce que le reste de l'économie est plus rare encore."
        ).replace(" :", f"{NBSP}:")
    return said


def lacking(sectors: pd.DataFrame) -> str:
    """Say in one or two sentences what is missing, and what is more present than elsewhere."""
    verdicts = sectors["verdict"]
    if not (verdicts != "").any():
        text = str(sectors["texte"].iloc[0]) if len(sectors) else ""
        reason = text.partition("sans donnée. ")[2]
        return f"Ce qui manque ne peut pas être dit. {reason}".strip()
    parts = []
    for slugs, title in (
        (("absent",), "Absents, même alentour"),
        (("absent_proche",), "Absents du quartier, présents à côté"),
        (("moins",), "Peu présents"),
        (("plus",), "Plus présents qu'attendu"),
    ):
        names = sectors.loc[verdicts.isin(slugs), "libelle"].tolist()
        if names:
            parts.append(f"{title}{NBSP}: {listing(names, limit=9)}.")
    if not parts:
        return (
            "Aucun secteur n'est nettement moins ou plus présent que dans les quartiers "
            f"semblables{NBSP}: les écarts peuvent tenir au hasard."
        )
    return " ".join(parts)


def expected(row: Row) -> str:
    """Write what similar neighbourhoods lead to expect: « 3,4 (0 à 8) »."""
    mean = float(row["attendu"])
    if math.isnan(mean):
        return number(math.nan)
    return f"{number(mean, 1)} ({number(row['attendu_min'])} à {number(row['attendu_max'])})"


def sector_verdict(row: Row) -> str:
    """Return what people read for the verdict on a sector."""
    return MISSING_VERDICTS[str(row["verdict"])]


def quality(found: Reliability, *, knows_employment: bool) -> list[str]:
    """Say, one line each, what the figures of a neighbourhood rest on."""
    total = found.count.count
    exact = found.count.low == found.count.high
    said_how = "" if exact else f" {found.count.method}"
    out = [f"Établissements{NBSP}: {found.count.text}.{said_how}"]
    names = (("sur", "sûre"), ("probable", "probable"), ("incertain", "incertaine"))
    said = [plural(found.certitude[slug], name) for slug, name in names]
    out.append(f"Positions{NBSP}: {', '.join(said)}.")
    labels = nomenclatures.labels("qualite_xy")
    if found.qualities:
        said = [
            f"{labels.get(code, code).lower()} ({number(count)})"
            for code, count in found.qualities.items()
        ]
        out.append(f"Adresses{NBSP}: {listing(said, limit=9)}.")
    if knows_employment and total:
        line = f"Effectif inconnu{NBSP}: {number(found.headcount_unknown)} sur {number(total)}"
        if found.band_open:
            line += f"{NBSP}; sans maximum (10\u202f000 et plus){NBSP}: {number(found.band_open)}"
        if found.years:
            line += f"{NBSP}; année des effectifs{NBSP}: {' à '.join(_ends(found.years))}"
        out.append(f"{line}.")
    elif total:
        out.append(f"Effectifs{NBSP}: ces données ne les disent pas.")
    if found.shared:
        out.append(
            f"{plural(found.shared, 'établissement')} au même point qu'une autre structure "
            "(maison des associations, pépinière, domiciliation, ou position approchée)."
        )
    if found.seats:
        out.append(
            f"{plural(found.seats, 'siège', 'sièges')} de structures à plusieurs établissements"
            f"{NBSP}: des emplois comptés là peuvent s'exercer ailleurs."
        )
    return out


def _ends(years: tuple[str, ...]) -> list[str]:
    return [years[0], years[-1]] if len(years) > 1 else [years[0]]
