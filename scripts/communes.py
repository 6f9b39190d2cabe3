"""Make the reference tables of communes, EPCI and EPT from the registry package of Etalab.

Usage: ``python scripts/communes.py DOSSIER``, where DOSSIER is the unpacked npm package
``@etalab/decoupage-administratif`` (``npm pack @etalab/decoupage-administratif`` then ``tar xzf``).
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

OUT = Path(__file__).resolve().parent.parent / "essgeo" / "nomenclatures"


def read(folder: Path, name: str) -> list[dict[str, Any]]:
    """Read one of the package's files."""
    content: list[dict[str, Any]] = json.loads(
        (folder / "data" / f"{name}.json").read_text(encoding="utf-8")
    )
    return content


def write(name: str, header: list[str], rows: list[list[object]]) -> None:
    """Write a table, sorted, so that the same package gives the same bytes."""
    with (OUT / name).open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(sorted(rows, key=str))


def main(folder: Path) -> None:
    """Write communes.csv, communes_anciennes.csv and intercommunalites.csv."""
    communes, epci, ept = (read(folder, name) for name in ("communes", "epci", "ept"))
    of_epci = {member["code"]: one["code"] for one in epci for member in one["membres"]}
    of_ept = {member["code"]: one["code"] for one in ept for member in one["membres"]}
    current = [one for one in communes if one["type"] == "commune-actuelle"]
    write(
        "communes.csv",
        ["code_commune", "lib_commune", "insee_dep", "siren_epci", "code_ept", "population"],
        [
            [
                one["code"],
                one["nom"],
                one["departement"],
                of_epci.get(one["code"], ""),
                of_ept.get(one["code"], ""),
                one.get("population", ""),
            ]
            for one in current
        ],
    )
    write(
        "communes_anciennes.csv",
        ["lib_commune", "insee_dep", "code_commune"],
        [
            [one["nom"], one["code"][: 3 if one["code"] > "97" else 2], one["chefLieu"]]
            for one in communes
            if one["type"] in ("commune-deleguee", "commune-associee")
        ],
    )
    write(
        "intercommunalites.csv",
        ["code", "libelle", "nature"],
        [[one["code"], one["nom"], one["type"]] for one in [*epci, *ept]],
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
