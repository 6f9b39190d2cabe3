"""Lists as people have them: text tables and workbooks, whole, odd and broken."""

from __future__ import annotations

import datetime as dt
import io
import json
import struct
import zipfile
from typing import Any

from tests import corpus
from tests.odd import Odd, book, edited, locked, octets, sheet, text

SIRET = "73282932000074"
ROW = f"{SIRET};Régie;1 200,50\n"
HEAD = "siret;nom;montant\n"
POINT = {"type": "Point", "coordinates": [7.75, 48.58]}


def _points(**members: Any) -> dict[str, Any]:
    feature = {"type": "Feature", "properties": {"nom": "Une"}, "geometry": POINT}
    return corpus.collection({**feature, **members})


def _several(made: Any) -> None:
    for name, rows in (("Notes", [["Lisez-moi"]]), ("2023", None), ("2024", None)):
        page = made.add_worksheet(name)
        for place, row in enumerate(rows or [["siret", "nom"], [SIRET, name]]):
            page.write_row(place, 0, row)


def _hidden(made: Any) -> None:
    made.add_worksheet("Cachée").write_column(0, 0, ["a", "b"])
    made.get_worksheet_by_name("Cachée").hide()
    shown = made.add_worksheet("Vue")
    shown.write_column(0, 0, ["nom", "Une", "Deux"])
    shown.activate()
    shown.set_first_sheet()


def _merged(made: Any) -> None:
    page = made.add_worksheet()
    page.write_row(0, 0, ["siret", "nom", "montant", "action"])
    page.merge_range("A2:A4", SIRET)
    page.merge_range("B2:B4", "Régie")
    page.merge_range("C2:C4", 3000)
    page.write_column("D2", ["Une", "Deux", "Trois"])


def _merged_header(made: Any) -> None:
    page = made.add_worksheet()
    page.merge_range("A1:B1", "Structure")
    page.merge_range("C1:E1", "Subventions")
    page.write_row(1, 0, ["siret", "nom", 2022, 2023, 2024])
    page.write_row(2, 0, [SIRET, "Régie", 1, 2, 3])


def _formulas(value: Any) -> Any:
    def fill(made: Any) -> None:
        page = made.add_worksheet()
        page.write_row(0, 0, ["nom", "montant"])
        page.write_row(1, 0, ["Une", 2])
        page.write(2, 0, "Deux")
        page.write_formula(2, 1, "=B2*2", None, value)

    return fill


def _dates(made: Any) -> None:
    page = made.add_worksheet()
    day = made.add_format({"num_format": "dd/mm/yyyy"})
    page.write_row(0, 0, ["nom", "date", "taux"])
    page.write(1, 0, "Une")
    page.write_datetime(1, 1, dt.date(2024, 3, 1), day)
    page.write(1, 2, 0.25, made.add_format({"num_format": "0%"}))


def _formatted_to_the_end(made: Any) -> None:
    page = made.add_worksheet()
    page.write_row(0, 0, ["nom", "montant"])
    page.write_row(1, 0, ["Une", 2])
    page.set_row(1_048_575, None, made.add_format({"bold": True}))


def _far(made: Any) -> None:
    page = made.add_worksheet()
    page.write_row(0, 0, ["nom", "montant"])
    page.write(1_048_575, 16_383, "perdue")


def _ods() -> bytes:
    return corpus.zipped(
        {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<x/>"}
    )


def _bomb() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 40_000_000)
    return target.getvalue()


_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12))
    + b']><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="1"'
    b' uniqueCount="1"><si><t>&m;</t></si></sst>'
)
_EXTERNAL = (
    b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&a;</t></si>'
    b"</sst>"
)
_STRINGS = "xl/sharedStrings.xml"
_TWO = sheet(["nom", "ville"], ["Une", "Ici"])
_UTF16 = (HEAD + ROW).encode("utf-16")

LISTS: dict[str, Odd] = {
    # --- encodings
    "utf8": Odd("l.csv", text(HEAD + ROW), 1, cells={(0, "montant"): "1 200,50"}),
    "bom": Odd("l.csv", text(HEAD + ROW, "utf-8-sig"), 1, cells={(0, "siret"): SIRET}),
    "windows": Odd("l.csv", text(HEAD + ROW, "cp1252"), 1, cells={(0, "nom"): "Régie"}),
    "utf16": Odd("l.csv", octets(_UTF16), says="UTF-16"),
    "utf16-sans-marque": Odd("l.csv", octets(_UTF16[2:]), says="octets nuls"),
    "utf32": Odd("l.csv", text(HEAD, "utf-32"), says="UTF-16|octets nuls"),
    "encodages-meles": Odd(
        "l.csv", octets((HEAD + ROW).encode() + ROW.encode("cp1252")), says="mélange"
    ),
    "octets-inconnus": Odd(
        "l.csv", octets(HEAD.encode() + b"1;\x81\x8d;3\n"), says="ligne 2 n'est ni"
    ),
    "bom-menteur": Odd("l.csv", octets(b"\xef\xbb\xbfa;b\n\xe9;2\n"), says="l'annonce"),
    "nul": Odd("l.csv", octets(b"a;b\nc\x00;d\n"), says="octets nuls"),
    "nul-plus-loin": Odd("l.csv", octets(b"a;b\n" + b"c;d\n" * 2000 + b"\0"), says="ligne 2002"),
    "droite-a-gauche": Odd(
        "l.csv",
        text("nom;ville\nجمعية;تولوز\n\u202eevil;\u200fx\n"),
        2,
        cells={(0, "nom"): "جمعية"},
    ),
    "combinants": Odd(
        "l.csv",
        text("nom;ville\ne\u0301te\u0301;Z\u0351\u0352\n"),
        1,
        cells={(0, "nom"): "e\u0301te\u0301"},
    ),
    "emoji": Odd("l.csv", text("nom;ville\n👩🏽\u200d🌾 Ferme;\u200bIci\n"), 1),
    "caracteres-de-controle": Odd("l.csv", text("nom;ville\na\x01\x07\x1bb;c\n"), 1),
    # --- lines and separators
    "crlf": Odd("l.csv", text("a;b\r\n1;2\r\n3;4\r\n"), 2),
    "cr": Odd("l.csv", text("a;b\r1;2\r3;4\r"), 2),
    "fins-melees": Odd("l.csv", text("a;b\r\n1;2\n3;4\r\n"), 2),
    "sans-fin": Odd("l.csv", text("a;b\n1;2"), 1),
    "sep": Odd("l.csv", text("sep=;\na;b\n1;2,5\n"), 1, cells={(0, "b"): "2,5"}),
    "tabulation": Odd("l.tsv", text("a\tb\n1;2\t2,5\n"), 1, cells={(0, "a"): "1;2"}),
    "virgule": Odd("l.txt", text('a,b\n"1,5",2\n'), 1, cells={(0, "a"): "1,5"}),
    "barre": Odd("l.csv", text("a|b\n1,5|2\n"), 1, cells={(0, "a"): "1,5"}),
    "separateurs-meles": Odd(
        "l.csv", text("a;b;c\n1;2;3\n4,5,6\n7;8;9\n"), 3, "autre séparateur", cells={(1, "c"): "6"}
    ),
    "lignes-courtes": Odd("l.csv", text("a;b;c\n1;2\n3;4;5\n"), 2, "moins de cellules"),
    "ligne-longue": Odd("l.csv", text("a;b\n1;2\n1;2;3;4\n"), says="la ligne 3 a 4 cellules"),
    "guillemet": Odd("l.csv", text('a;b\n1;2\n"3;4\n5;6\n'), says="guillemet à la ligne 3"),
    "retours-dans-cellule": Odd("l.csv", text('a;b\n"1\n2";3\n'), 1, cells={(0, "a"): "1\n2"}),
    "virgule-dans-titre": Odd(
        "l.csv", text("Liste, au 3 mars, de la ville\na;b;c\nx;y;z\n"), 1, "au-dessus de l'en-tête"
    ),
    # --- headers
    "entete-ligne-4": Odd(
        "l.csv", text(f"Structures;;\n;;\nMairie;;\n{HEAD}{ROW}"), 1, "2\u00a0lignes au-dessus"
    ),
    "entete-ligne-4-xlsx": Odd(
        "l.xlsx",
        sheet(["Structures"], [], ["Mairie"], ["siret", "nom", "montant"], [SIRET, "Régie", 3]),
        1,
        "2\u00a0lignes au-dessus",
        cells={(0, "siret"): SIRET},
    ),
    "extraction-du": Odd(
        "l.csv",
        text("Extraction du;3 mars;;;\nnom;ville;a;b;c\nUne;Ici;x;y;z\n"),
        1,
        "1\u00a0ligne au-dessus",
    ),
    "deux-etages": Odd("l.xlsx", book(_merged_header), 1, "au-dessus", cells={(0, "2023"): "2"}),
    "sans-entete": Odd(
        "l.csv", text(f"{SIRET};Régie\n"), 1, "pas d'en-tête", cells={(0, "siret"): SIRET}
    ),
    "sans-entete-xlsx": Odd(
        "l.xlsx", sheet([SIRET, "Régie"], [SIRET, "Autre"]), 2, "pas d'en-tête"
    ),
    "entete-de-nombres": Odd("l.csv", text("7.7,48.5\n7.8,48.6\n"), says="que des nombres"),
    "entete-seul": Odd("l.csv", text(HEAD), says="aucune ligne"),
    "colonne-seule": Odd("l.csv", text(f"SIRET\n{SIRET}\n{SIRET}\n"), 2),
    "colonne-seule-de-noms": Odd("l.txt", text("Nom\nRégie, dite R\nUne autre\n"), 2),
    "colonnes-en-double": Odd(
        "l.csv", text("nom;nom;nom (2);nom\na;b;c;d\n"), 1, "même nom", cells={(0, "nom (3)"): "b"}
    ),
    "colonne-sans-nom": Odd("l.csv", text("nom;;x\na;b;c\n"), 1, "sans nom : colonne 2"),
    "colonnes-vides": Odd("l.csv", text("nom;x;;;\na;b;;;\n"), 1, "2|3\u00a0colonnes sans nom"),
    "nom-long": Odd("l.csv", text("nom;" + "x" * 20_000 + "\na;b\n"), 1),
    "nom-sur-deux-lignes": Odd("l.csv", text('nom;"Montant\n(euros)"\na;3\n'), 1),
    "trois-cents-colonnes": Odd(
        "l.csv", text(("c;" * 300)[:-1] + "\n" + ";" * 299 + "x\n"), 1, "même nom"
    ),
    "trop-de-colonnes": Odd(
        "l.csv", text(";".join("abc" for _ in range(9000)) + "\n1\n"), says="9\u202f000 colonnes"
    ),
    # --- rows
    "trop-de-lignes": Odd(
        "l.csv", text("a;b\n" + "1;2\n" * 3001), says="3\u202f001 lignes, plus que"
    ),
    "un-million-de-lignes": Odd(
        "l.csv", text("a\n" + "1\n" * 1_000_000), says="1\u202f000\u202f000 lignes"
    ),
    "lignes-vides": Odd("l.csv", text("a;b\n1;2\n;\n ;\t\n3;4\n"), 2, "2\u00a0lignes vides"),
    "que-des-vides": Odd("l.csv", text("a;b\n;\n;\n"), says="que des lignes vides"),
    "total": Odd(
        "l.csv", text(f"{HEAD}{ROW}Total;;1 200,50\n"), 2, r"1\u00a0ligne de total", totals=(1,)
    ),
    "total-et-notes": Odd(
        "l.csv",
        text(f"{HEAD}{ROW}{ROW}TOTAL GÉNÉRAL;2;2 401 €\n;;\nSource : mairie;;\n* provisoire;;\n"),
        5,
        "note",
        totals=(2, 3, 4),
    ),
    "sous-totaux": Odd(
        "l.csv",
        text(f"{HEAD}{ROW}Sous-total;;3\n{ROW}Sous-total;;4\nTotal;;7\n"),
        5,
        "3\u00a0lignes de total",
        totals=(1, 3, 4),
    ),
    "total-energies": Odd("l.csv", text(f"{HEAD}{SIRET};Total Énergies;3\n"), 1),
    "ensemble": Odd("l.csv", text("nom;ville\nEnsemble;Lyon\nUne;Ici\n"), 2),
    "total-xlsx": Odd(
        "l.xlsx", sheet(["nom", "montant"], ["Une", 3], ["Total", 3]), 2, "ligne 3", totals=(1,)
    ),
    # --- cells
    "html": Odd(
        "l.csv",
        text("nom;ville\n<script>alert(1)</script>;<img src=x>\n"),
        1,
        cells={(0, "nom"): "<script>alert(1)</script>"},
    ),
    "formule-csv": Odd(
        "l.csv",
        text('nom;ville\n"=HYPERLINK(""http://x"")";@SUM(1)\n'),
        1,
        cells={(0, "nom"): '=HYPERLINK("http://x")'},
    ),
    "protegees": Odd(
        "l.csv", text('siret;cp\n="01234";="00001"\n'), 1, "tableur", cells={(0, "cp"): "00001"}
    ),
    "siret-abrege": Odd(
        "l.csv", text("siret;nom\n4,2E+13;Régie\n"), 1, cells={(0, "siret"): "4,2E+13"}
    ),
    "siret-nombre": Odd(
        "l.xlsx", sheet(["siret", "nom"], [int(SIRET), "R"]), 1, cells={(0, "siret"): SIRET}
    ),
    "cellule-longue": Odd("l.csv", text("a;b\n1;" + "x" * 400_000 + "\n"), 1),
    "infini": Odd("l.csv", text("lon;lat\nNaN;inf\n1e400;-0\n"), 2),
    "chemins": Odd("l.csv", text("nom;ville\nfile:///etc/passwd;http://169.254.169.254/\n"), 1),
    # --- workbooks
    "xlsx": Odd("l.XLSX", _TWO, 1),
    "plusieurs-feuilles": Odd(
        "l.xlsx", book(_several), 1, "« 2023 » est lue", cells={(0, "nom"): "2023"}
    ),
    "feuille-demandee": Odd("l.xlsx", book(_several), 1, sheet="2024", cells={(0, "nom"): "2024"}),
    "feuille-absente": Odd("l.xlsx", book(_several), says="feuilles : 2023 et 2024", sheet="2025"),
    "feuille-cachee": Odd("l.xlsx", book(_hidden), 2, "« Vue » est lue"),
    "cellules-fusionnees": Odd(
        "l.xlsx",
        book(_merged),
        3,
        "2\u00a0cellules fusionnées.*1\u00a0nombre fusionné",
        cells={
            (2, "siret"): SIRET,
            (2, "nom"): "Régie",
            (0, "montant"): "3000",
            (1, "montant"): "",
        },
    ),
    "formule-calculee": Odd("l.xlsx", book(_formulas(4)), 2, cells={(1, "montant"): "4"}),
    "formule-sans-valeur": Odd(
        "l.xlsx",
        edited(
            book(_formulas(4)), "xl/worksheets/sheet1.xml", lambda x: x.replace(b"<v>4</v>", b"")
        ),
        2,
        "1\u00a0formule sans résultat",
    ),
    "erreurs": Odd(
        "l.xlsx",
        book(_formulas("#N/A")),
        2,
        says="1\u00a0cellule en erreur",
        cells={(1, "montant"): ""},
    ),
    "dates": Odd("l.xlsx", book(_dates), 1, cells={(0, "date"): "2024-03-01", (0, "taux"): "0.25"}),
    "dates-nombres": Odd(
        "l.xlsx",
        sheet(["nom", "Date de la convention"], ["Une", 45352]),
        1,
        "45352 pour le 01/03/2024",
    ),
    "booleens": Odd("l.xlsx", sheet(["nom", "oui"], ["Une", True]), 1, cells={(0, "oui"): "true"}),
    "macros": Odd("l.xlsm", edited(_TWO, "xl/vbaProject.bin", lambda _: b"\xd0\xcf"), 1, "macros"),
    "mise-en-forme-au-bout": Odd("l.xlsx", book(_formatted_to_the_end), 1),
    "cellule-perdue": Odd("l.xlsx", book(_far), says="s'étend sur 1048576 lignes"),
    "xlsx-vide": Odd("l.xlsx", sheet(), says="aucun tableau"),
    "xlsx-une-ligne": Odd("l.xlsx", sheet(["nom", "ville"]), says="aucun tableau"),
    "xlsx-tronque": Odd("l.xlsx", lambda f: _TWO(f)[:900], says="abîmée"),
    "xlsx-sans-feuille": Odd(
        "l.xlsx",
        edited(_TWO, "xl/worksheets/sheet1.xml", lambda _: None),
        says="illisible|aucun tableau",
    ),
    "xlsx-xml-casse": Odd(
        "l.xlsx",
        edited(_TWO, "xl/worksheets/sheet1.xml", lambda x: x[:300]),
        says="illisible|aucun tableau",
    ),
    "xlsx-sans-textes": Odd(
        "l.xlsx", edited(_TWO, _STRINGS, lambda _: None), says="illisible|aucun tableau"
    ),
    "xlsx-milliard-de-rires": Odd(
        "l.xlsx", edited(_TWO, _STRINGS, lambda _: _LAUGHS), says="illisible|aucun tableau"
    ),
    "xlsx-entite-externe": Odd(
        "l.xlsx", edited(_TWO, _STRINGS, lambda _: _EXTERNAL), says="illisible|aucun tableau"
    ),
    "xlsx-bombe": Odd("l.xlsx", octets(_bomb()), says="une fois ouverte|compressée"),
    "xlsx-mot-de-passe": Odd("l.xlsx", lambda f: locked(_TWO(f)), says="abîmé ou protégé"),
    "xlsx-chiffre": Odd(
        "l.xlsx", octets(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600), says="mot de passe"
    ),
    "xls": Odd("l.xls", octets(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600), says=r"\.xlsx"),
    "xlsb": Odd(
        "l.xlsb",
        octets(corpus.zipped({"[Content_Types].xml": b"", "xl/workbook.bin": b""})),
        says="bureautique",
    ),
    "ods": Odd("l.ods", octets(_ods()), says="bureautique"),
    "xml-2003": Odd("l.xls", octets(b'<?xml version="1.0"?><Workbook/>'), says="XML"),
    # --- other formats
    "geojson-points": Odd(
        "l.geojson", octets(corpus.dump(_points())), 1, cells={(0, "nom"): "Une"}
    ),
    "geojson-sans-propriete": Odd("l.geojson", octets(corpus.dump(_points(properties=None))), 1),
    "geojson-polygones": Odd(
        "l.geojson",
        octets(corpus.dump(corpus.collection(corpus.feature()))),
        says="n'est pas un point",
    ),
    "geojson-profond": Odd(
        "l.json", octets(b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}"), says="profondément"
    ),
    "geojson-nan": Odd(
        "l.geojson", octets(corpus.dump(_points()).replace(b"7.75", b"NaN")), says="pas des nombres"
    ),
    "geojson-trop-de-proprietes": Odd(
        "l.geojson",
        octets(corpus.dump(_points(properties={f"p{n}": n for n in range(400)}))),
        says="400 colonnes",
    ),
    "geojson-metres": Odd(
        "l.geojson",
        octets(
            json.dumps(_points()).replace("7.75", "1050000").replace("48.58", "6840000").encode()
        ),
        says="lues en Lambert-93",
    ),
    "json": Odd("l.json", octets(b'[{"nom": "Une"}]'), says="pas du GeoJSON"),
    "parquet": Odd(
        "l.parquet", lambda _: corpus.parquet({"nom": ["Une"], "n": [1]}), 1, cells={(0, "n"): "1"}
    ),
    "parquet-de-trop-de-lignes": Odd(
        "l.parquet",
        lambda _: corpus.parquet({"nom": ["Une"] * 500_000}),
        says="500\u202f000 lignes",
    ),
    "html-csv": Odd("l.csv", octets(b"<!DOCTYPE html><p>404"), says="page HTML"),
    "vrt": Odd("l.csv", octets(corpus.VRT), says="VRT"),
    "kml": Odd("l.kml", octets(b"<?xml version='1.0'?><kml></kml>"), says="KML"),
    "pdf": Odd("l.pdf", octets(b"%PDF-1.7 \n"), says="PDF"),
    "png": Odd("l.csv", octets(b"\x89PNG\r\n\x1a\n"), says="image"),
    "gzip": Odd("l.csv.gz", octets(b"\x1f\x8b\x08" + b"\0" * 40), says="gzip"),
    "sept-zip": Odd("l.7z", octets(b"7z\xbc\xaf\x27\x1c"), says="7z"),
    "dbf-seul": Odd("l.dbf", octets(corpus.dbf({"A": 3}, [[b"x"]])), says="binaire|suffixe"),
    "suffixe-absent": Odd("liste", text(HEAD + ROW), says="suffixe « absent »"),
    "xlsx-nomme-csv": Odd("l.csv", _TWO, says="c'est du XLSX"),
    "csv-nomme-xlsx": Odd("l.xlsx", text(HEAD + ROW), says="c'est du texte"),
    "vide": Odd("l.csv", octets(b""), says="vide"),
    "blancs": Odd("l.csv", octets(b" \n\t\n"), says="que des blancs"),
    "nom-hostile": Odd("../../etc/<b>l</b>\u202e.csv", text("a;b\n1;2\n"), 1),
    "parquet-menteur": Odd(
        "l.parquet", octets(b"PAR1" + struct.pack("<I", 2**31 - 1) + b"PAR1"), says="Parquet"
    ),
}
