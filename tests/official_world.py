"""Official files small enough to be counted by hand: every known trap is a row.

Outlines are those of tests/small.py: QN06701M is the box 7.70–7.71 E, 48.57–48.58 N; QN06702I is
the box 7.72–7.73 E; QP067001 is the western half of the first.
"""

from __future__ import annotations

import zipfile
from datetime import date
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj

from essgeo.datafolder import write_geojson
from tests.small import tables

#: Names that say nothing of what the files are.
NAMES = {"etablissements": "a", "unites": "b", "positions": "c"}

# --- units --------------------------------------------------------------------------------------

#: siren, status, name, person (first name, last name), legal category, ESS flag
UNITES = [
    # The list writes it 5520135: the zeros at its head are lost there.
    ("005520135", "O", "ZEROS PERDUS", None, "9220", "O"),
    # Insee alone says that it is of the ESS; its seat moved.
    ("222222222", "O", "SCOP DEMENAGEE", None, "5458", "O"),
    # Agreed ESUS, on no other list: a commercial company.
    ("333333333", "O", "SOLIDAIRE SARL", None, "5499", "N"),
    # A person in partial diffusion, whose name a file would still give.
    ("444444444", "P", None, ("JEANNE", "VISIBLE"), "1000", None),
    # A legal person in partial diffusion: its name is public, its address is not.
    ("555555555", "P", "ASSOCIATION DISCRETE", None, "9220", "O"),
    # A public body that is an insertion structure: not of the ESS.
    ("266666666", "O", "CENTRE COMMUNAL", None, "7361", None),
    # An ordinary company: it only weighs on the other side.
    ("777777777", "O", "ORDINAIRE SARL", None, "5499", "N"),
    # Its position is drawn at random in its commune.
    ("888888888", "O", "AU HASARD", None, "9220", "O"),
    # Its activity is written in another nomenclature.
    ("999999999", "O", "VIEILLE ACTIVITE", None, "9220", "O"),
    # Abroad; its date of creation is a slip of the pen.
    ("101010101", "O", "A LONDRES", None, "9220", "O"),
    ("121212121", "O", "A PARIS", None, "9300", "O"),
    # Closed: of the ESS, but there is nothing to count.
    ("131313131", "O", "FERMEE", None, "9220", "O"),
    # In Guadeloupe, known by the metres of the stock only.
    ("141414141", "O", "EN GUADELOUPE", None, "9220", "O"),
    # Known by the metres of the géolocalisation only.
    ("151515151", "O", "EN METRES", None, "9220", "O"),
    # An employer of unknown headcount; created in 2218.
    ("161616161", "O", "EMPLOYEUR INCONNU", None, "8210", "O"),
]

#: siret, open, seat, created, band, employer, NAF, nomenclature, commune, post code, since
ETABLISSEMENTS = [
    ("00552013500011", 1, 1, "2001-01-01", "11", "O", "88.99B", "NAFRev2", "67482", "67000", None),
    ("22222222200011", 0, 0, "1999-05-01", "12", "N", "81.21Z", "NAFRev2", "67482", "67000",
     "2025-03-03"),
    # Closed long before: nothing to do with the move.
    ("22222222200029", 0, 0, "1990-05-01", "21", "N", "81.21Z", "NAFRev2", "67482", "67000",
     "2010-03-03"),
    ("22222222200037", 1, 1, "2025-03-03", "NN", "O", "81.21Z", "NAFRev2", "67482", "67000", None),
    ("33333333300019", 1, 1, "2015-01-01", "NN", "N", "47.11F", "NAFRev2", "67482", "67000", None),
    ("44444444400019", 1, 1, "2015-01-01", "01", "O", "90.01Z", "NAFRev2", "67482", "67000", None),
    ("55555555500019", 1, 1, "2015-01-01", "02", "O", "94.99Z", "NAFRev2", "67482", "67000", None),
    ("26666666600019", 1, 1, "2015-01-01", "21", "O", "88.10A", "NAFRev2", "67482", "67000", None),
    ("77777777700019", 1, 1, "2015-01-01", "12", "O", "43.21A", "NAFRev2", "67482", "67000", None),
    ("88888888800019", 1, 1, "2015-01-01", "01", "O", "93.12Z", "NAFRev2", "67482", "67000", None),
    ("99999999900019", 1, 1, "2015-01-01", "01", "O", "85.3K", "NAF1993", "67482", "67000", None),
    ("10101010100019", 1, 1, "0004-01-01", "NN", "N", "94.99Z", "NAFRev2", None, "SW1A1AA", None),
    ("12121212100019", 1, 1, "2015-01-01", "03", "O", "87.30A", "NAFRev2", "75113", "75013", None),
    ("13131313100019", 0, 1, "2015-01-01", "03", "O", "87.30A", "NAFRev2", "67482", "67000",
     "2020-01-01"),
    ("14141414100019", 1, 1, "2015-01-01", "02", "O", "88.10A", "NAFRev2", "97105", "97100", None),
    ("15151515100019", 1, 1, "2015-01-01", "02", "O", "88.10A", "NAFRev2", "67482", "67000", None),
    ("16161616100019", 1, 1, "2218-05-01", "NN", "O", "65.12Z", "NAFRev2", "67482", "67000", None),
]  # fmt: skip

#: siret -> longitude, latitude, quality, plg_qp24, plg_qp15
PLACES = {
    "00552013500011": (7.703, 48.575, "11", "QN06701M", "QP067001"),
    "22222222200037": (7.725, 48.575, "11", "QN06702I", "HZ"),
    "33333333300019": (0.0, 0.0, "11", "HZ", "HZ"),
    # The file should not have it.
    "44444444400019": (7.726, 48.576, "11", "QN06702I", "HZ"),
    "55555555500019": (None, None, None, None, None),
    "26666666600019": (7.704, 48.576, "11", "QN06701M", "QP067001"),
    "77777777700019": (7.706, 48.576, "11", "QN06701M", "HZ"),
    "88888888800019": (7.7055, 48.576, "33", "QN06701M", "HZ"),
    "99999999900019": (7.80, 48.60, "11", "HZ", "HZ"),
    "12121212100019": (2.36, 48.83, "11", "CSZ", "CSZ"),
    "15151515100019": (None, None, "12", "HZ", "HZ"),
    "16161616100019": (7.7245, 48.5755, "21", "QN06702I", "HZ"),
}
#: siret -> longitude, latitude of what is only known in metres.
IN_METRES = {"15151515100019": (7.75, 48.60)}
STOCK_METRES = {"33333333300019": (7.76, 48.61, 2154), "14141414100019": (-61.53, 16.24, 5490)}

LISTE = ["5520135", "444444444", "888888888", "121212121", "121212121", "990000001", "sans numéro"]
ESUS = ["333 333 333"]
#: Insertion structures: the public body, and one of the ESS.
SIAE = [("26666666600019", "ACI"), ("00552013500011", "EI"), ("00552013500011", "ACI")]

#: Units drawn besides, so that there is something to count.
DRAWN = 240


def write_world(out: Path, form: str = "parquet") -> Path:
    """Write the official files: ``parquet``, ``csv`` or ``zip`` for those of Insee."""
    out.mkdir(parents=True)
    drawn = _drawn()
    for kind, rows, dates in (
        ("unites", [*(_unit(*row) for row in UNITES), *drawn[0]], ()),
        (
            "etablissements",
            [*(_establishment(*row) for row in ETABLISSEMENTS), *drawn[1]],
            ("dateCreationEtablissement", "dateDebut"),
        ),
        ("positions", [*_positions(), *drawn[2]], ()),
    ):
        _write(out / NAMES[kind], pd.DataFrame(rows, dtype="object"), kind, form, dates)
    names = [str(int(row["siren"])) for row in drawn[0][::3]]
    liste = pd.DataFrame({"SIREN": [*LISTE, *names]})
    liste["Nom ou raison sociale de l'entreprise"] = "X, « Y »"
    liste["Famille juridique de l'entreprise"] = "Associations"
    liste["Code postal"] = "67000"
    liste.to_csv(out / "d.csv", index=False)
    esus = pd.DataFrame({"Raison sociale": "Z", "N° SIREN": ESUS})
    esus.to_csv(out / "e.csv", index=False, sep=";", encoding="cp1252")
    siae = pd.DataFrame(SIAE, columns=["siret", "kind"])
    siae.assign(longitude="7.70", latitude="48.57").to_csv(out / "f.csv", index=False)
    quartiers = gpd.GeoDataFrame(tables()["quartiers"])
    for generation, part in quartiers.groupby("generation"):
        kept = part.drop(columns=["population", "generation"])
        write_geojson(out / f"g{generation}.geojson", gpd.GeoDataFrame(kept))
    indicators = pd.DataFrame(
        {
            "CODE_QP": ["QN06701M", "QN06702I", "QN03501N"],
            "NOM": ["Ouest", "Est", "Nord"],
            "population_municipale_2022": ["4100", "2050", ""],
            "TX_PAUVRETE": ["43,5", "nd", "38"],
        }
    )
    indicators.to_csv(out / "h.csv", index=False, sep=";")
    (out / "lisez-moi.pdf").write_bytes(b"%PDF-1.4")
    return out


def _unit(siren, status, name, person, category, flag) -> dict[str, object]:
    first, last = person or (None, None)
    return {
        "siren": siren,
        "statutDiffusionUniteLegale": status,
        "etatAdministratifUniteLegale": "A",
        "prenom1UniteLegale": first,
        "nomUniteLegale": last,
        "denominationUniteLegale": name,
        "categorieJuridiqueUniteLegale": category,
        "economieSocialeSolidaireUniteLegale": flag,
        "activitePrincipaleNAF25UniteLegale": "00.00Y",
        "colonneDemain": "?",
    }


def _establishment(
    siret, opened, seat, created, band, employer, naf, nomenclature, commune, postcode, since
) -> dict[str, object]:
    status = next(row[1] for row in UNITES if row[0] == siret[:9])
    x = y = "[ND]" if status == "P" else None
    if siret in STOCK_METRES:
        lon, lat, epsg = STOCK_METRES[siret]
        x, y = (f"{value:.2f}" for value in _metres(lon, lat, epsg))
    return {
        "siren": siret[:9],
        "siret": siret,
        "statutDiffusionEtablissement": status,
        "dateCreationEtablissement": created,
        "trancheEffectifsEtablissement": band,
        "anneeEffectifsEtablissement": None if band == "NN" else "2023",
        "etablissementSiege": bool(seat),
        "codePostalEtablissement": postcode,
        "codeCommuneEtablissement": commune,
        "coordonneeLambertAbscisseEtablissement": x,
        "coordonneeLambertOrdonneeEtablissement": y,
        "dateDebut": since or "2015-01-01",
        "etatAdministratifEtablissement": "A" if opened else "F",
        "activitePrincipaleEtablissement": naf,
        "nomenclatureActivitePrincipaleEtablissement": nomenclature,
        "caractereEmployeurEtablissement": employer,
        "activitePrincipaleNAF25Etablissement": "00.00Y",
    }


def _positions() -> list[dict[str, object]]:
    rows = []
    for siret, (lon, lat, quality, of24, of15) in PLACES.items():
        x = y = 0.0 if lon == 0 else None
        if siret in IN_METRES:
            x, y = _metres(*IN_METRES[siret], 2154)
        elif lon:
            x, y = _metres(lon, lat, 2154)
        rows.append(_position(siret, lon, lat, x, y, quality, of24, of15))
    return rows


def _position(siret, lon, lat, x, y, quality, of24, of15) -> dict[str, object]:
    return {
        "siret": siret, "x": x, "y": y, "qualite_xy": quality, "epsg": "2154",
        "plg_qp24": of24, "plg_qp15": of15, "plg_code_commune": "67482",
        "distance_precision": 5.0, "qualite_qp24": "1", "y_latitude": lat, "x_longitude": lon,
    }  # fmt: skip


def _metres(lon: float, lat: float, epsg: int) -> tuple[float, float]:
    return _to_metres(epsg).transform(lon, lat)


@cache
def _to_metres(epsg: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(4326, epsg, always_xy=True)


def _drawn() -> tuple[list[dict[str, object]], ...]:
    """Draw plain units: one to three establishments, well inside a box or well away."""
    rng = np.random.default_rng(5)
    units, places, positions = [], [], []
    for rank in range(DRAWN):
        siren = f"{400_000_000 + rank * 7:09d}"
        flag = ("O", "N", None)[rng.integers(3)]
        category = ("9220", "5499", "7210", "5458")[rng.integers(4)]
        units.append(_unit(siren, "O", f"TIREE {rank}", None, category, flag))
        for nic in range(rng.integers(1, 4)):
            siret = f"{siren}{nic:04d}0"
            opened = rng.random() < 0.7
            band = ("NN", "01", "12", None)[rng.integers(4)]
            row = {
                "siren": siren, "siret": siret, "statutDiffusionEtablissement": "O",
                "dateCreationEtablissement": "2010-02-03", "trancheEffectifsEtablissement": band,
                "anneeEffectifsEtablissement": "2023", "etablissementSiege": nic == 0,
                "codePostalEtablissement": "67000", "codeCommuneEtablissement": "67482",
                "coordonneeLambertAbscisseEtablissement": None,
                "coordonneeLambertOrdonneeEtablissement": None, "dateDebut": "2011-01-01",
                "etatAdministratifEtablissement": "A" if opened else "F",
                "activitePrincipaleEtablissement": ("88.99B", "94.99Z")[rng.integers(2)],
                "nomenclatureActivitePrincipaleEtablissement": "NAFRev2",
                "caractereEmployeurEtablissement": ("O", "N", None)[rng.integers(3)],
                "activitePrincipaleNAF25Etablissement": "00.00Y",
            }  # fmt: skip
            places.append(row)
            west = (7.70, 7.72, 7.80)[rng.integers(3)]
            lon, lat = west + rng.uniform(0.003, 0.007), 48.57 + rng.uniform(0.003, 0.007)
            x, y = _metres(lon, lat, 2154)
            positions.append(_position(siret, lon, lat, x, y, "11", None, None))
    return units, places, positions


def _write(stem: Path, table: pd.DataFrame, kind: str, form: str, dates: tuple[str, ...]) -> None:
    """Write as Insee does: types in Parquet, text in CSV; « ; » and upper case for positions."""
    if form == "parquet":
        typed = table.copy()
        if kind == "unites":
            name = "categorieJuridiqueUniteLegale"
            typed[name] = typed[name].astype("int64")
        if kind == "etablissements":
            typed["etablissementSiege"] = typed["etablissementSiege"].astype("bool")
        schema = {}
        for name in dates:
            typed[name] = [date.fromisoformat(text) for text in typed[name]]
        if kind == "positions":
            for name in ("x", "y", "x_longitude", "y_latitude", "distance_precision"):
                schema[name] = pa.float32()
        found = pa.Table.from_pandas(typed, preserve_index=False)
        for place, field in enumerate(found.schema):
            if field.name in schema:
                column = found.column(place).cast(schema[field.name])
                found = found.set_column(place, field.name, column)
            elif pa.types.is_null(field.type):
                found = found.set_column(place, field.name, found.column(place).cast(pa.string()))
        pq.write_table(found, stem.with_suffix(".parquet"), row_group_size=100)
        return
    text = table.copy()
    if kind == "etablissements":
        text["etablissementSiege"] = text["etablissementSiege"].map({True: "true", False: "false"})
    if kind == "positions":
        text.columns = [name.upper() for name in text.columns]
        for name in ("X", "Y", "X_LONGITUDE", "Y_LATITUDE"):
            values = np.asarray(text[name], dtype="float32")
            text[name] = [None if np.isnan(value) else repr(float(value)) for value in values]
    separator = ";" if kind == "positions" else ","
    file = stem.with_suffix(".csv")
    text.to_csv(file, index=False, sep=separator, lineterminator="\n")
    if form == "zip":
        with zipfile.ZipFile(stem.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(file, f"{stem.name}_utf8.csv")
        file.unlink()
