"""Reference tables, as data files, and their lookups.

Every table is a CSV file of this folder with its ``source`` and a ``note`` on what is assumption.
A code that is unknown is never dropped: it gets the slug ``non-classe`` (or ``inconnu``) and
:func:`non_classes` counts it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from essgeo.distinct import arrow, distinct
from essgeo.text import fold

FOLDER = Path(__file__).parent

#: Slug of a family or a sector that cannot be told.
NON_CLASSE = "non-classe"
#: Slug of a size or of an employment status that cannot be told.
INCONNU = "inconnu"
#: Slug of the size of a non-employer.
SANS_SALARIE = "sans-salarie"

Axis = Literal[
    "famille", "secteur", "taille", "types", "emploi", "rattachement", "certitude", "qualite_xy"
]


@cache
def _read(name: str) -> pd.DataFrame:
    """Read one of the tables as text; shared between callers, who must not change it."""
    return pd.read_csv(FOLDER / f"{name}.csv", dtype="str", keep_default_na=False)


# --- families and sectors -----------------------------------------------------------------------


@cache
def _families() -> tuple[dict[str, str], dict[str, str]]:
    table = _read("familles")
    pairs = dict(zip(table["code"], table["famille"], strict=True))
    exact = {code: famille for code, famille in pairs.items() if len(code) == 4}
    return exact, {code: famille for code, famille in pairs.items() if len(code) < 4}


def famille(code: str) -> str:
    """Return the family of ESS of a legal category: see :func:`familles`."""
    exact, prefixes = _families()
    code = code.strip()
    if code in exact:
        return exact[code]
    if len(code) == 4 and code.isdigit():
        for prefix, famille in prefixes.items():
            if code.startswith(prefix):
                return famille
    return NON_CLASSE


def familles(categorie_juridique: pd.Series) -> pd.Series:
    """Return the family of ESS of each legal category.

    Parameters
    ----------
    categorie_juridique
        Insee's legal categories, level III (four digits), as text.

    Returns
    -------
    Series
        ``association``, ``cooperative``, ``mutuelle``, ``fondation``, ``societe-commerciale``
        (any other 5xxx) or ``non-classe``; same index.

    Notes
    -----
    Source: loi n° 2014-856, art. 1, and Insee's legal categories (``familles.csv``). The category
    alone misses part of the ESS: a SCOP or SCIC registered as a plain SARL or SAS is a
    ``societe-commerciale`` here.
    """
    return distinct(categorie_juridique).changed(famille).series(categorie_juridique.index)


@cache
def _sectors() -> tuple[frozenset[str], dict[str, str]]:
    table = _read("secteurs")
    return (
        frozenset(_read("naf_rev2")["code"]),
        dict(zip(table["division"], table["secteur"], strict=True)),
    )


def naf(activite_principale: pd.Series) -> pd.Series:
    """Return activity codes written without a dot, upper case, their leading zero restored.

    Parameters
    ----------
    activite_principale
        ``88.99B``, ``8899B``, ``88.99b`` or ``113Z`` (a lost zero); other texts come back as
        they are, less blanks and dots.
    """
    return distinct(activite_principale).changed(_naf).series(activite_principale.index)


def _naf(code: str) -> str:
    bare = code.replace(".", "").replace(" ", "").replace("\u00a0", "").upper()
    if len(bare) == 4 and bare[:3].isdigit() and bare[3].isalpha():
        return f"0{bare}"
    return bare


def secteur(code: str) -> str:
    """Return the sector of an activity code: see :func:`secteurs`."""
    known, sectors = _sectors()
    bare = _naf(code)
    return sectors[bare[:2]] if bare in known else NON_CLASSE


def secteurs(activite_principale: pd.Series) -> pd.Series:
    """Return the sector of the ESS observatory of each activity code.

    Parameters
    ----------
    activite_principale
        NAF rev. 2 sub-classes, with or without the dot.

    Returns
    -------
    Series
        Slug of the sector; ``non-classe`` for what is no sub-class of NAF rev. 2. A code that only
        NAF 2025 has is therefore never taken for one of rev. 2; codes that both have are read as
        rev. 2, so a column of NAF 2025 is told by :func:`hors_naf_rev2`.

    Notes
    -----
    Source: NAF rev. 2 (décret n° 2007-1888). The grouping is our reconstruction from the
    headings that the observatory publishes (``secteurs.csv``).
    """
    return distinct(activite_principale).changed(secteur).series(activite_principale.index)


def hors_naf_rev2(activite_principale: pd.Series) -> float:
    """Return the share of filled rows whose code is no sub-class of NAF rev. 2 (NaN when none).

    A high share says that the column holds another nomenclature (NAF 2025, NAF rev. 1).
    """
    codes = naf(activite_principale)
    filled = codes[codes != ""]
    if filled.empty:
        return float("nan")
    return float((~filled.isin(list(_sectors()[0]))).mean())


def non_classes(codes: pd.Series, slugs: pd.Series) -> dict[str, int]:
    """Count the codes that got no class, most frequent first; the empty code counts as ``""``.

    Parameters
    ----------
    codes, slugs
        A column and what :func:`familles`, :func:`secteurs` or :func:`tailles` made of it.
    """
    lost = codes[slugs.isin([NON_CLASSE, INCONNU])].fillna("")
    counts = lost.value_counts()
    pairs = sorted(zip(counts.index, counts.tolist(), strict=True), key=lambda p: (-p[1], p[0]))
    return {str(code): int(count) for code, count in pairs}


# --- sizes and employment -----------------------------------------------------------------------


@cache
def _bands() -> pd.DataFrame:
    table = _read("bandes").set_index("code")
    for column in ("min", "max", "central"):
        table[column] = pd.to_numeric(table[column], errors="coerce").astype("float64")
    return table


def bandes() -> pd.DataFrame:
    """Return Sirene's workforce bands.

    Returns
    -------
    DataFrame
        Index ``code``; columns ``libelle``, ``taille`` (slug), ``min``, ``max``, ``central``
        (employees at 31 December; the open band ``53`` has no maximum and its central value is
        its lower bound), ``source``, ``note``. ``NN`` has no bounds: it may be a non-employer.
    """
    return _bands().copy()


def _band(code: str) -> str:
    bare = code.strip().upper()
    return f"0{bare}" if len(bare) == 1 and bare.isdigit() else bare


@cache
def _known_sizes() -> dict[str, str]:
    table = _bands()
    return {str(code): size for code, size in table["taille"].items() if size != INCONNU}


def bande(tranche: pd.Series) -> pd.Series:
    """Return the band of each row as Sirene writes it, ``""`` when it is not known (``NN`` too).

    A leading zero lost by a spreadsheet (``1`` for ``01``) is restored.
    """
    known = _known_sizes()
    return (
        distinct(tranche)
        .changed(lambda code: band if (band := _band(code)) in known else "")
        .series(tranche.index)
    )


def _letter(caractere: str) -> str:
    return caractere.strip().upper()


def taille(tranche: str, caractere: str) -> str:
    """Return the size of an establishment: see :func:`tailles`."""
    if _letter(caractere) == "N":
        return SANS_SALARIE
    return _known_sizes().get(_band(tranche), INCONNU)


def emploi(tranche: str, caractere: str) -> str:
    """Return the employment status of an establishment: see :func:`emplois`."""
    if _letter(caractere) == "N":
        return "non-employeur"
    if _band(tranche) in _known_sizes():
        return "employeur"
    return "employeur-inconnu" if _letter(caractere) == "O" else INCONNU


def tailles(tranche: pd.Series, caractere: pd.Series) -> pd.Series:
    """Return the size of each establishment.

    Parameters
    ----------
    tranche
        ``trancheEffectifsEtablissement`` (``NN``, ``00``…``53`` or empty).
    caractere
        ``caractereEmployeurEtablissement`` (``O``, ``N`` or empty), same index.

    Returns
    -------
    Series
        ``sans-salarie`` when the establishment is said not to employ, whatever its band; else the
        slug of its band; else ``inconnu``.
    """
    return distinct(tranche).paired(distinct(caractere), taille).series(tranche.index)


def emplois(tranche: pd.Series, caractere: pd.Series) -> pd.Series:
    """Return the employment status of each establishment: three states, and unknown.

    Returns
    -------
    Series
        ``non-employeur`` (``N``), ``employeur`` (a known band, ``O`` or nothing said),
        ``employeur-inconnu`` (``O`` without a known band) or ``inconnu`` (``NN`` alone, nothing).
    """
    return distinct(tranche).paired(distinct(caractere), emploi).series(tranche.index)


# --- types, positions, territories --------------------------------------------------------------


def regies(denomination: pd.Series) -> pd.Series:
    """Tell which names are those of a neighbourhood enterprise (« régie de quartier »).

    Neither a legal category nor an activity code says it: the rule is a name that holds both
    words RÉGIE and QUARTIER (singular or plural, accents and case ignored). The label of the
    network would be surer: this is an assumption.
    """
    # No accent in « quartier »: this quick pass loses nothing.
    names = arrow(denomination)
    likely = pc.match_substring(pc.ascii_lower(names), "quartier").fill_null(False)
    found = likely.to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(found)
    found[rows] = [_names_a_regie(str(name)) for name in denomination.iloc[rows]]
    return pd.Series(found, index=denomination.index)


def _names_a_regie(name: str) -> bool:
    words = set(fold(name).split())
    return bool({"regie", "regies"} & words and {"quartier", "quartiers"} & words)


def qualites_xy() -> pd.DataFrame:
    """Return Insee's qualities of position.

    Returns
    -------
    DataFrame
        Index ``code`` (``""``: quality not given); columns ``libelle``, ``precision_m`` (metres,
        assumptions of ours: Insee gives a distance for each row, not for each quality),
        ``usable``, ``exact_street``, ``random_in_street`` (bool), ``source``, ``note``.
    """
    table = _read("qualites_xy").set_index("code")
    table["precision_m"] = pd.to_numeric(table["precision_m"], errors="coerce").astype("float64")
    for column in ("usable", "exact_street", "random_in_street"):
        table[column] = table[column] == "oui"
    return table


def departements() -> pd.DataFrame:
    """Return départements and overseas collectivities: ``code``, ``lib_dep``, ``insee_reg``."""
    return _read("departements")[["code", "lib_dep", "insee_reg"]].copy()


def regions() -> pd.DataFrame:
    """Return regions and overseas collectivities: ``code``, ``lib_reg``."""
    return _read("regions")[["code", "lib_reg"]].copy()


def labels(axis: Axis) -> dict[str, str]:
    """Return the French labels of an axis, in the order of display.

    Raises
    ------
    KeyError
        The axis is none of those of :data:`Axis`.
    """
    return dict(_labels(axis))


@cache
def _labels(axis: str) -> tuple[tuple[str, str], ...]:
    if axis not in get_args(Axis):
        raise KeyError(axis)
    table = _read("libelles")
    rows = table[table["axe"] == axis]
    return tuple(zip(rows["slug"], rows["libelle"], strict=True))


def chiffres_publies() -> pd.DataFrame:
    """Return the figures that studies published on ESS and priority neighbourhoods.

    Returns
    -------
    DataFrame
        ``mesure``, ``modalite``, ``libelle``, ``valeur``, ``valeur_haute`` (float64;
        the second only when sources give a range), ``unite``, ``annee`` (of the
        publication), ``reference`` (date of the data), ``champ`` (``qpv``, ``qpv-300m`` or
        ``france``), ``generation`` of the outlines, ``territoire`` (``france``, ``hexagone``, a
        region's code, several joined by ``+``), ``source``,
        ``statut`` (``lu`` in the source named, ``2nd`` in a text that quotes it, ``calcul`` from
        other rows), ``note``.
    """
    table = _read("chiffres_publies").copy()
    for column in ("valeur", "valeur_haute"):
        table[column] = pd.to_numeric(table[column], errors="coerce").astype("float64")
    return table


def dictionnaire() -> pd.DataFrame:
    """Return the data dictionary: ``table, colonne, type, description, source``.

    Tables are ``quartiers``, ``etablissements`` (data folder and exports), ``communes``,
    ``denominateurs`` and ``summary`` (rows of indicators); columns in their order.
    """
    return _read("dictionnaire").copy()
