"""The table of simulated establishments: positions, traits, identifiers and names together."""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from essgeo import nomenclatures
from essgeo.demo import positions, traits
from essgeo.demo.layout import Departement
from essgeo.demo.reference import Floats, Ints, parameters, shares, stream, table
from essgeo.demo.traits import Texts

#: Columns written, in order; everything else is computed when the folder is read.
COLUMNS = (
    "siret",
    "denomination",
    "categorie_juridique",
    "activite_principale",
    "tranche_effectifs",
    "caractere_employeur",
    "statut_diffusion",
    "date_creation",
    "code_commune",
    "longitude",
    "latitude",
    "qualite_xy",
    "types",
)

#: Odds of the qualities of position, where the distance to the edge allows them.
QUALITIES = {"11": 84, "21": 9, "12": 5, "22": 2}

#: Activity of a « régie de quartier » by sector: cleaning and upkeep, or social work.
REGIE_NAF = {"soutien-entreprises": "8121Z", "action-sociale": "8899B"}

#: Names by family, for those whose activity does not name them.
FAMILY_NAMES = {
    "cooperative": "Coopérative simulée",
    "mutuelle": "Mutuelle simulée",
    "fondation": "Fondation simulée",
    "societe-commerciale": "Société simulée",
}


def simulate(seed: int, everywhere: list[Departement], total: int) -> pd.DataFrame:
    """Simulate establishments.

    Parameters
    ----------
    seed
        Same seed, same table.
    everywhere
        Places, from :func:`essgeo.demo.places.simulate`.
    total
        Rows wanted.

    Returns
    -------
    DataFrame
        :data:`COLUMNS`, all text as it is written, sorted by SIRET.
    """
    lost = _unlocated(seed, everywhere)
    numbers = positions.wanted(seed, everywhere, total - len(lost))
    rows = pd.concat([positions.simulate(seed, everywhere, numbers), lost], ignore_index=True)
    rows["commune_declaree"] = rows["commune"]
    rows["dep_declare"] = rows["dep"]
    _qualities(stream(seed, 5), rows)
    _contradict(stream(seed, 6), rows, everywhere)
    _traits(seed, rows)
    unit = _identify(stream(seed, 8), rows)
    rows["date_creation"] = traits.years(stream(seed, 11), int(unit.max()) + 1)[unit]
    return _written(rows, everywhere)


def _unlocated(seed: int, everywhere: list[Departement]) -> pd.DataFrame:
    """Draw employers without a usable position: random in their commune, absent, masked."""
    known = parameters()
    rng = stream(seed, 9)
    deps = [dep for dep in everywhere if dep.covered]
    kinds = {name: int(known[f"non_localises_{name}"]) for name in ("hasard", "absents", "masques")}
    kind = np.repeat(np.array(list(kinds), dtype=object), list(kinds.values()))
    people = np.array([float(dep.communes.population.sum()) for dep in deps])
    where = rng.permutation(np.repeat(np.arange(len(deps)), shares(people, len(kind))))
    rows = []
    for one, place in zip(kind.tolist(), where.tolist(), strict=True):
        dep = deps[place]
        commune = int(rng.integers(len(dep.communes)))
        spot = dep.communes.where[commune]
        degrees = dep.place.to_degrees(spot + rng.uniform(-400, 400, (1, 2)))[0]
        lon, lat = degrees if one == "hasard" else (np.nan, np.nan)
        rows.append((dep.code, one, "employeur", -1, commune, lon, lat, np.inf))
    columns = ["dep", "zone", "genre", "quartier", "commune", "longitude", "latitude", "bord"]
    return pd.DataFrame(rows, columns=columns)


def _qualities(rng: np.random.Generator, rows: pd.DataFrame) -> None:
    """Give each position a quality that leaves it certain, or makes it doubtful when wanted so.

    A position drawn at random in its street is doubtful nearer to the edge than half its precision
    (:mod:`essgeo.join`): such qualities go to positions farther than that.
    """
    known = nomenclatures.qualites_xy()["precision_m"].to_dict()
    half = {code: known[code] / 2 for code in ("12", "22")}
    quality = traits.draw(rng, {name: float(odds) for name, odds in QUALITIES.items()}, len(rows))
    edge = rows["bord"].to_numpy()
    for code, least in half.items():
        quality[(quality == code) & (edge < least + 5)] = "11"
    doubtful = np.flatnonzero((rows["genre"] == "incertain").to_numpy())
    quality[doubtful] = "11"
    near = doubtful[edge[doubtful] < half["12"] - 10]
    quality[near[::2]] = "12"
    quality[(rows["zone"] == "hasard").to_numpy()] = "33"
    quality[rows["zone"].isin(["absents", "masques"]).to_numpy()] = ""
    rows["qualite_xy"] = quality


def _contradict(
    rng: np.random.Generator, rows: pd.DataFrame, everywhere: list[Departement]
) -> None:
    """Let the doubtful positions that are not so by their street declare another commune."""
    doubtful = (rows["genre"] == "incertain") & (rows["qualite_xy"] != "12")
    places = [dep for dep in everywhere if dep.covered]
    by_code = {dep.code: dep for dep in places}
    quartier = rows["quartier"].to_numpy()
    for index in np.flatnonzero(doubtful.to_numpy()):
        dep = by_code[str(rows.at[index, "dep"])]
        place = int(quartier[index])
        hosts = (dep.quartiers.commune[place], dep.quartiers.second[place])
        others = [one for one in range(len(dep.communes)) if one not in hosts]
        if not others or rng.random() < 0.25:
            dep = places[int(rng.integers(len(places)))]
            if dep.code == rows.at[index, "dep"]:
                dep = places[(places.index(dep) + 1) % len(places)]
            others = list(range(len(dep.communes)))
        rows.at[index, "dep_declare"] = dep.code
        rows.at[index, "commune_declaree"] = others[int(rng.integers(len(others)))]


def _traits(seed: int, rows: pd.DataFrame) -> None:
    """Give size, sector, family, activity and kinds, on published shares inside."""
    known = parameters()
    inside = ((rows["zone"] == "dedans") & (rows["genre"] == "employeur")).to_numpy()
    others = (rows["genre"] == "autre").to_numpy()
    groups: list[tuple[npt.NDArray[np.bool_], str, bool]] = [
        (inside, "dedans", True),
        (~inside & ~others, "ailleurs", True),
        (others, "", False),
    ]
    published = nomenclatures.chiffres_publies()
    social = published[
        (published["mesure"] == "part_secteur_emplois") & (published["champ"] == "qpv")
    ]
    texts = ("tranche", "caractere", "secteur", "famille", "categorie", "naf", "types")
    columns = {name: np.full(len(rows), "", dtype=object) for name in texts}
    dep = rows["dep"].to_numpy(dtype=object)
    for number, (mask, column, employers) in enumerate(groups):
        rng = stream(seed, 7, number)
        count = int(mask.sum())
        if employers:
            jobs = known["emplois_dedans"] if column == "dedans" else None
            band = traits.bands(rng, count, column, jobs)
            caractere = np.full(count, "O", dtype=object)
            share = float(social["valeur"].iloc[0]) / 100 if column == "dedans" else None
        else:
            unknown = known["inconnus_pour_un_employeur"]
            odds = {"N": known["non_employeurs_pour_un_employeur"], "": unknown}
            band = np.full(count, "NN", dtype=object)
            caractere = traits.draw(rng, odds, count)
            share = None
        sector = traits.sectors(rng, band, share)
        family = traits.families(rng, sector)
        kinds = (
            traits.insertion(rng, sector, known[f"part_insertion_{column}"])
            if employers
            else np.full(count, "", dtype=object)
        )
        values = (
            band,
            caractere,
            sector,
            family,
            traits.categories(rng, family, dep[mask]),
            traits.activities(rng, sector),
            kinds,
        )
        for name, value in zip(texts, values, strict=True):
            columns[name][mask] = value
    for name, value in columns.items():
        rows[name] = value
    _regies(stream(seed, 10), rows)


def _regies(rng: np.random.Generator, rows: pd.DataFrame) -> None:
    """Make some associations of ten employees and more « régies de quartier », inside or near."""
    able = (
        rows["zone"].isin(["dedans", "proche"])
        & (rows["genre"] == "employeur")
        & (rows["famille"] == "association")
        & rows["secteur"].isin(list(REGIE_NAF))
        & rows["tranche"].isin(["11", "12", "21"])
    )
    # One for a neighbourhood at most.
    first = ~rows.loc[able, ["dep", "quartier"]].duplicated()
    places = np.flatnonzero(able.to_numpy())[first.to_numpy()]
    chosen = rng.permutation(places)[: int(parameters()["regies"])]
    regie = np.zeros(len(rows), bool)
    regie[chosen] = True
    rows["regie"] = regie
    rows.loc[regie, "naf"] = rows.loc[regie, "secteur"].map(REGIE_NAF)
    rows.loc[regie, "categorie"] = rows.loc[regie, "categorie"].replace({"9222": "9220"})
    rows.loc[regie, "types"] = traits.draw(rng, {"ACI": 4, "EI": 4, "": 2}, int(regie.sum()))


def _identify(rng: np.random.Generator, rows: pd.DataFrame) -> Ints:
    """Give SIREN (some shared within a département and an activity), SIRET and names.

    Returns
    -------
    Ints
        Number of the legal unit of each row, from 0.
    """
    count = len(rows)
    key = (
        rows["dep"]
        + "/"
        + rows["naf"]
        + "/"
        + rows["categorie"]
        + "/"
        + rows["regie"].astype("str")
    )
    group = pd.factorize(key)[0]
    order = np.argsort(group, kind="stable")
    start = np.r_[True, group[order][1:] != group[order][:-1]]
    secondary = ~start & (rng.random(count) < parameters()["part_secondaires"])
    secondary &= ~rows["regie"].to_numpy()[order]
    unit_sorted = np.cumsum(~secondary) - 1
    unit = np.empty(count, np.int64)
    unit[order] = unit_sorted
    units = int(unit_sorted[-1]) + 1
    siren = traits.wrong_siren(rng.permutation(units))[unit]
    rank = pd.Series(unit).groupby(unit).cumcount().to_numpy()
    rows["siret"] = traits.wrong_siret(siren, rank)
    rows["denomination"] = _names(rows, unit)
    return unit


def _names(rows: pd.DataFrame, unit: Ints) -> Texts:
    """Name legal units by activity or family and a number of their own."""
    activity = table("activites").set_index("activite_principale")["nom"]
    noun = activity.loc[rows["naf"]].to_numpy(dtype=object)
    family = rows["famille"].map(FAMILY_NAMES)
    noun = np.where(family.notna(), family, noun)
    noun[rows["regie"].to_numpy()] = "Régie de quartier simulée"
    frame = pd.DataFrame({"unit": unit, "noun": noun}).drop_duplicates("unit")
    frame["number"] = frame.groupby("noun").cumcount() + 1
    names = (frame["noun"] + " " + frame["number"].astype("str")).to_numpy(dtype=object)
    place = np.empty(len(frame), np.int64)
    place[frame["unit"].to_numpy()] = np.arange(len(frame))
    return cast("Texts", names[place[unit]])


def _degrees(values: Floats, masked: npt.NDArray[np.bool_]) -> Texts:
    text = np.array(["" if np.isnan(value) else f"{value:.5f}" for value in values], dtype=object)
    text[masked] = "[ND]"
    return text


def _written(rows: pd.DataFrame, everywhere: list[Departement]) -> pd.DataFrame:
    """Turn the rows into the text that is written, in the order of SIRET."""
    codes = {
        (dep.code, number): dep.commune_code(number)
        for dep in everywhere
        for number in range(len(dep.communes))
    }
    declared = zip(rows["dep_declare"], rows["commune_declaree"], strict=True)
    masked = (rows["zone"] == "masques").to_numpy()
    found = pd.DataFrame(
        {
            "siret": rows["siret"].astype("str"),
            "denomination": rows["denomination"],
            "categorie_juridique": rows["categorie"],
            "activite_principale": rows["naf"],
            "tranche_effectifs": rows["tranche"],
            "caractere_employeur": rows["caractere"],
            "statut_diffusion": np.where(masked, "P", ""),
            "date_creation": rows["date_creation"],
            "code_commune": [codes[dep, int(commune)] for dep, commune in declared],
            "longitude": _degrees(rows["longitude"].to_numpy(), masked),
            "latitude": _degrees(rows["latitude"].to_numpy(), masked),
            "qualite_xy": rows["qualite_xy"],
            "types": rows["types"],
        },
        columns=list(COLUMNS),
    ).astype("str")
    return found.sort_values("siret", ignore_index=True)
