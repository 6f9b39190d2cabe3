"""The plain tables of a data folder: its communes, and what its figures are divided by."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from essgeo.errors import DataError

#: Columns of the table of communes, all text but the population.
COMMUNE_COLUMNS = (
    "code_commune",
    "lib_commune",
    "insee_dep",
    "insee_reg",
    "siren_epci",
    "lib_epci",
    "code_ept",
    "lib_ept",
    "code_contrat",
    "lib_contrat",
)

#: Columns of the table of denominators: text, then numbers.
DENOMINATOR_COLUMNS = ("niveau", "code", "generation", "source")
DENOMINATOR_NUMBERS = ("etablissements", "emplois", "emplois_prives")

#: Levels of a line of the table of denominators.
LEVELS = ("france", "region", "departement", "epci", "ept", "contrat", "commune", "quartier")


def read_communes(file: Path | None) -> pd.DataFrame:
    """Read the table of communes of a data folder; without a file, an empty table.

    Returns
    -------
    DataFrame
        :data:`COMMUNE_COLUMNS` (``""`` when unknown) and ``population`` (NaN when unknown).

    Raises
    ------
    DataError
        The file cannot be read, has no code, or names a commune twice.
    """
    if file is None:
        empty = pd.DataFrame({name: pd.Series(dtype="str") for name in COMMUNE_COLUMNS})
        return empty.assign(population=pd.Series(dtype="float64"))
    table = _read_table(file, "communes", ("code_commune",))
    for name in COMMUNE_COLUMNS:
        table[name] = table[name].fillna("").astype("str") if name in table.columns else ""
    population = table["population"] if "population" in table.columns else None
    table["population"] = (
        pd.to_numeric(population, errors="coerce") if population is not None else float("nan")
    )
    doubled = table["code_commune"][table["code_commune"].duplicated()]
    if len(doubled):
        raise DataError(
            f"{file} : la commune {doubled.iloc[0]} y figure deux fois "
            "(colonne « code_commune ») ; gardez une seule ligne par commune."
        )
    return table.reset_index(drop=True)


def read_denominators(file: Path | None) -> pd.DataFrame:
    """Read all establishments and jobs of territories, of the ESS or not.

    Returns
    -------
    DataFrame
        :data:`DENOMINATOR_COLUMNS` (``generation`` is ``""`` but for neighbourhoods) and
        :data:`DENOMINATOR_NUMBERS` (NaN when unknown); without a file, an empty table.

    Raises
    ------
    DataError
        The file cannot be read, has no level or code, holds an unknown level, a territory twice,
        or something else than positive numbers.
    """
    if file is None:
        table = pd.DataFrame({name: pd.Series(dtype="str") for name in DENOMINATOR_COLUMNS})
        return table.assign(**{name: pd.Series(dtype="float64") for name in DENOMINATOR_NUMBERS})
    table = _read_table(file, "denominateurs", ("niveau", "code"))
    for name in DENOMINATOR_COLUMNS:
        table[name] = table[name].fillna("").astype("str") if name in table.columns else ""
    for name in DENOMINATOR_NUMBERS:
        said = table[name] if name in table.columns else pd.Series("", index=table.index)
        table[name] = pd.to_numeric(said, errors="coerce").astype("float64")
        wrong = table[name].isna() & said.notna() & (said.astype("str").str.strip() != "")
        wrong |= table[name] < 0
        if wrong.any():
            raise DataError(
                f"{file} : colonne « {name} », « {said[wrong].iloc[0]} » n'est pas un nombre "
                "positif ; laissez vide ce qui n'est pas connu."
            )
    strange = table["niveau"][~table["niveau"].isin(LEVELS)]
    if len(strange):
        raise DataError(
            f"{file} : niveau « {strange.iloc[0]} » inconnu (colonne « niveau ») ; "
            f"niveaux : {', '.join(LEVELS)}."
        )
    doubled = table[table.duplicated(["niveau", "code", "generation"])]
    if len(doubled):
        first = doubled.iloc[0]
        raise DataError(
            f"{file} : {first['niveau']} {first['code']} y figure deux fois "
            "(colonnes « niveau », « code », « generation ») ; gardez une seule ligne."
        )
    return table.reset_index(drop=True)


def _read_table(file: Path, name: str, needed: tuple[str, ...]) -> pd.DataFrame:
    """Read one of the plain tables: text as it is written, with the columns it needs."""
    try:
        table = (
            pd.read_parquet(file)
            if file.suffix == ".parquet"
            else pd.read_csv(file, dtype="str", keep_default_na=False, encoding="utf-8")
        )
    except (OSError, ValueError) as error:
        raise DataError(
            f"{file} : table des {name} illisible ({type(error).__name__}) ; "
            "reconstruisez le dossier."
        ) from error
    for column in needed:
        if column not in table.columns:
            raise DataError(f"{file} : la colonne « {column} » manque ; reconstruisez le dossier.")
    return table
