"""Where a neighbourhood is: what the file does not say, found from what it says.

The département is written in the code of a neighbourhood; a commune is found by its name within
the département; EPCI and EPT are those of its communes when all have the same.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from essgeo import nomenclatures
from essgeo.nomenclatures.communes import codes_of, communes, intercommunalites
from essgeo.readers import codes
from essgeo.readers.cells import replaced
from essgeo.readers.report import Journal
from essgeo.text import plural


def complete_places(table: pd.DataFrame, journal: Journal, unit: str = "quartier") -> None:
    """Complete, in place, the commune, département, region, EPCI and EPT of neighbourhoods.

    Parameters
    ----------
    table
        Contract columns of text, "" when unknown.
    journal
        Is told what was restored, derived or contradicts the code.
    unit
        What a row is, for messages.
    """
    table["insee_com"], restored = codes.several_communes(table["insee_com"])
    if restored:
        journal.inform(
            f"{plural(restored, unit)} dont un code commune avait perdu son zéro initial "
            "(1053 lu 01053) ; rétabli.",
            column="insee_com",
        )
    table["lib_com"] = replaced(table["lib_com"], r"\s*;\s*", ", ")
    _departements(table, journal, unit)
    _communes(table, journal, unit)
    _labels(table)
    _intercommunalities(table, journal, unit)


def _fill(table: pd.DataFrame, column: str, values: pd.Series) -> int:
    """Fill the empty cells of a column; return how many were."""
    filled = (table[column] == "") & (values != "")
    if filled.any():
        table[column] = table[column].mask(filled, values).astype("str")
    return int(filled.sum())


def _departements(table: pd.DataFrame, journal: Journal, unit: str) -> None:
    in_code = codes.departement_of_quartier(table["code_qp"])
    told = codes.normal_departement(table["insee_dep"])
    differ = (told != "") & (in_code != "") & (told != in_code)
    if differ.any():
        journal.warn(
            f"{plural(int(differ.sum()), unit)} dont le département n'est pas celui de son "
            f"code ({journal.some(table['code_qp'][differ].head(5))}) ; celui du fichier "
            "est gardé, vérifiez-le.",
            column="insee_dep",
        )
    table["insee_dep"] = told
    _fill(table, "insee_dep", in_code)
    _fill(table, "insee_dep", codes.departement_of_commune(table["insee_com"].str.slice(0, 5)))
    regions = nomenclatures.departements().set_index("code")["insee_reg"]
    known = set(nomenclatures.regions()["code"])
    told, _ = codes.padded(table["insee_reg"], 2)
    table["insee_reg"] = told.where(told.isin(known), "").astype("str")
    _fill(table, "insee_reg", table["insee_dep"].map(regions).fillna("").astype("str"))


def _communes(table: pd.DataFrame, journal: Journal, unit: str) -> None:
    """Find codes by names, and names by codes."""
    empty = np.flatnonzero(table["insee_com"] == "")
    if len(empty):
        found = codes.blank(len(table)).to_numpy(object)
        pairs = zip(table["lib_com"].iloc[empty], table["insee_dep"].iloc[empty], strict=True)
        found[empty] = [codes_of(name, dep) for name, dep in pairs]
        filled = _fill(table, "insee_com", pd.Series(found, dtype="str"))
        if filled:
            journal.inform(
                f"{plural(filled, unit)} dont le code commune est retrouvé par le nom et "
                "le département.",
                column="insee_com",
            )
        if filled < len(empty):
            journal.inform(
                f"{plural(len(empty) - filled, unit)} sans code commune : ni le fichier ni "
                "le nom ne le disent.",
                column="insee_com",
            )
    names = _said_of_communes(table, "lib_commune")

    def named(joined: str) -> str:
        found = [names.get(code, "") for code in joined.split(";")]
        return ", ".join(found) if all(found) else ""

    unnamed = table["insee_com"].where(table["lib_com"] == "", "")
    _fill(table, "lib_com", unnamed.map(named).astype("str"))


def _labels(table: pd.DataFrame) -> None:
    departements = nomenclatures.departements().set_index("code")["lib_dep"]
    regions = nomenclatures.regions().set_index("code")["lib_reg"]
    _fill(table, "lib_dep", table["insee_dep"].map(departements).fillna("").astype("str"))
    _fill(table, "lib_reg", table["insee_reg"].map(regions).fillna("").astype("str"))


def _intercommunalities(table: pd.DataFrame, journal: Journal, unit: str) -> None:
    """Complete EPCI and EPT; a neighbourhood across two keeps what the file says."""
    for code, label, noun in (
        ("siren_epci", "lib_epci", "EPCI"),
        ("code_ept", "lib_ept", "EPT"),
    ):
        table[code] = codes.whole(table[code])
        of_commune = _said_of_communes(table, code)
        shared = {joined: _shared(of_commune, joined) for joined in table["insee_com"].unique()}
        filled = _fill(table, code, table["insee_com"].map(shared).astype("str"))
        if filled:
            journal.inform(
                f"{plural(filled, unit)} dont l'{noun} est celui de sa commune "
                "(périmètres de 2026).",
                column=code,
            )
        _fill(table, label, table[code].map(dict(intercommunalites())).fillna("").astype("str"))


def _said_of_communes(table: pd.DataFrame, column: str) -> dict[str, str]:
    """Return what the reference table says of the communes that neighbourhoods name."""
    named = {code for joined in table["insee_com"].unique() for code in joined.split(";")}
    rows = communes().index.intersection(sorted(named))
    return dict(zip(rows, communes()[column].loc[rows].tolist(), strict=True))


def _shared(values: Mapping[str, str], joined: str) -> str:
    """Return the value that all the communes of a neighbourhood share, "" otherwise."""
    found = {values.get(code, "") for code in joined.split(";")}
    return found.pop() if len(found) == 1 else ""
