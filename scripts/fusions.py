"""Make the table of commune codes that merges have ended, from the registry package of Etalab.

Usage: ``python scripts/fusions.py DOSSIER``, where DOSSIER is the unpacked npm package
``@etalab/decoupage-administratif`` (``npm pack @etalab/decoupage-administratif`` then ``tar xzf``).
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

OUT = Path(__file__).resolve().parent.parent / "essgeo" / "nomenclatures" / "fusions.csv"


def main(folder: Path) -> None:
    """Write fusions.csv: a former code and the code of today, sorted."""
    text = (folder / "data" / "communes.json").read_text(encoding="utf-8")
    communes = json.loads(text)
    current = {one["code"] for one in communes if one["type"] == "commune-actuelle"}
    pairs = set()
    for one in communes:
        if one["type"] == "commune-actuelle":
            pairs |= {(former, one["code"]) for former in one.get("anciensCodes", [])}
        elif one["type"] in {"commune-deleguee", "commune-associee"}:
            pairs.add((one["code"], one["chefLieu"]))
    # A code of another département is older than 1976: no file of today carries it.
    rows = sorted(
        (former, code) for former, code in pairs if former not in current and former[:2] == code[:2]
    )
    with OUT.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["ancien", "code"])
        writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
