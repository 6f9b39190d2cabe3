"""Write docs/dictionnaire.md from the tables that the program itself uses."""

from __future__ import annotations

from pathlib import Path

from essgeo import nomenclatures
from essgeo.selection import DEFAULTS, KEYS, VOCABULARY

OUT = Path(__file__).resolve().parent.parent / "docs" / "dictionnaire.md"

TITLES = {
    "quartiers": "Table des quartiers (`qpv.geojson` ou `quartiers.parquet`)",
    "etablissements": "Table et exports des établissements",
    "communes": "Table des communes (`communes.csv`)",
    "denominateurs": "Table des dénominateurs (`denominateurs.csv`)",
    "summary": "Lignes de `python -m essgeo summary`",
    "liste": "Colonnes ajoutées à une liste (`python -m essgeo liste`, page Mes données)",
}

MEANINGS = {
    "region": "codes de région de l'Insee (`44`)",
    "departement": "codes de département (`67`, `2A`, `971`)",
    "epci": "SIREN d'intercommunalités",
    "ept": "codes d'établissements publics territoriaux",
    "contrat": "codes de contrats de ville",
    "commune": "codes de communes : celle de l'établissement",
    "quartier": "codes de quartiers (`QN06701M`)",
    "secteur": "secteurs, voir plus bas",
    "famille": "familles, voir plus bas",
    "taille": "tailles, voir plus bas",
    "types": "types, voir plus bas",
    "employeurs": "`oui` : employeurs seulement ; `tous` : les autres aussi",
    "champ": "`loi2014` : tout ; `insee` : sans les sociétés commerciales",
    "generation": "contours ; par défaut les plus récents du dossier, jamais les deux ensemble",
    "rattachement": "dans le quartier, proche, hors, sans position",
    "certitude": "confiance dans le rattachement",
    "reference": "à quoi l'on compare",
}


def table(header: list[str], rows: list[list[str]]) -> list[str]:
    """Lay out a Markdown table."""
    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return [
        f"| {' | '.join(header)} |",
        f"|{'---|' * len(header)}",
        *(f"| {' | '.join(row)} |" for row in cells),
        "",
    ]


def page() -> str:
    """Return the whole page."""
    lines = [
        "# Dictionnaire des données",
        "",
        "Fabriqué par `scripts/dictionnaire.py` : ne pas modifier à la main.",
        "",
        "## Sélection",
        "",
        "`cle=valeur,valeur&cle=…`, dans l'adresse d'une page comme dans `--select`. Une clé "
        "répétée vaut une virgule ; une clé absente vaut son défaut.",
        "",
    ]
    lines += table(
        ["Clé", "Valeurs", "Défaut"],
        [
            [
                f"`{key}`",
                MEANINGS[key]
                + (
                    f" ({', '.join(f'`{v}`' for v in VOCABULARY[key])})"
                    if key in VOCABULARY
                    else ""
                ),
                f"`{','.join(DEFAULTS[key])}`" if DEFAULTS[key] else "",
            ]
            for key in KEYS
        ],
    )
    dictionary = nomenclatures.dictionnaire()
    for name, title in TITLES.items():
        part = dictionary[dictionary["table"] == name]
        lines += [f"## {title}", ""]
        lines += table(
            ["Colonne", "Type", "Description", "Source"],
            [
                [f"`{row.colonne}`", row.type, row.description, row.source]
                for row in part.itertuples()
            ],
        )
    for axis, title in (
        ("secteur", "Secteurs"),
        ("famille", "Familles"),
        ("taille", "Tailles"),
        ("types", "Types"),
        ("rattachement", "Rattachement"),
        ("certitude", "Certitude"),
        ("qualite_xy", "Qualité de la position (Insee)"),
    ):
        lines += [f"## {title}", ""]
        lines += table(
            ["Valeur", "Libellé"],
            [[f"`{slug}`", text] for slug, text in nomenclatures.labels(axis).items()],
        )
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    OUT.write_text(page(), encoding="utf-8", newline="\n")
