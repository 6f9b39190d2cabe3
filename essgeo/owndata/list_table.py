"""What is said of each row of a list: outcome, how it is known, why not, what to do."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from essgeo.axes import Mask
from essgeo.distinct import spread

#: Where a row is; one a row, they add up to the rows counted. A total is kept, not counted.
OUTCOMES = ("dedans", "proche", "hors", "non_place", "total")
INSIDE, NEAR, OUTSIDE, UNPLACED, TOTAL = range(len(OUTCOMES))

#: Columns added to those of the list, in order.
ADDED = (
    "essgeo_ligne",
    "essgeo_resultat",
    "essgeo_code_qp",
    "essgeo_lib_qp",
    "essgeo_distance_m",
    "essgeo_certitude",
    "essgeo_methode",
    "essgeo_cause",
    "essgeo_motif",
    "essgeo_que_faire",
    "essgeo_identifiant",
    "essgeo_siret",
    "essgeo_siren",
    "essgeo_nom_dossier",
    "essgeo_desaccord",
    "essgeo_organisme_public",
    "essgeo_longitude",
    "essgeo_latitude",
    "essgeo_generation",
    "essgeo_nature",
)

#: What a row's SIRET is worth against the folder -> what people read. One a row.
IDENTIFIERS = {
    "vide": "sans SIRET",
    "dossier": "SIRET dans le dossier",
    "zeros": "SIRET aux zéros rétablis, dans le dossier",
    "absent": "SIRET valide, absent du dossier",
    "siren": "SIREN à la place du SIRET",
    "abrege": "SIRET abrégé par un tableur, chiffres perdus",
    "impossible": "SIRET impossible (longueur ou clé de contrôle)",
}

#: What placed a row -> what people read.
METHODS = {
    "position": "position de la liste",
    "siret": "SIRET",
    "siret-zeros": "SIRET, zéros rétablis",
    "siren-seul": "SIREN, seul établissement du dossier",
    "siren-siege": "SIREN, siège retenu, à vérifier",
    "nom-commune": "nom exact dans la commune, à vérifier",
    "nom-departement": "nom exact dans le département, à vérifier",
}

#: Why a row is not placed -> what people read, and what to do. One a row not placed.
CAUSES = {
    "trouve-sans-position": (
        "établissement trouvé, sans position utilisable dans le dossier",
        "ajoutez sa longitude et sa latitude",
    ),
    "siret-abrege": (
        "SIRET abrégé par un tableur : les chiffres sont perdus",
        "reprenez le SIRET à sa source, dans une colonne de texte",
    ),
    "siret-impossible": (
        "SIRET impossible (longueur ou clé de contrôle)",
        "vérifiez le SIRET chiffre par chiffre",
    ),
    "siret-absent": (
        "SIRET valide, absent du dossier",
        "vérifiez s'il est fermé, déménagé ou hors de l'ESS ; sinon ajoutez sa position",
    ),
    "siren-impossible": ("SIREN impossible (clé de contrôle)", "vérifiez le SIREN"),
    "siren-absent": ("SIREN absent du dossier", "donnez la longitude et la latitude"),
    "siren-plusieurs": (
        "plusieurs établissements pour ce SIREN",
        "donnez le SIRET de l'établissement",
    ),
    "nom-plusieurs": ("plusieurs établissements de ce nom", "donnez le SIRET"),
    "nom-inconnu": ("nom absent du dossier à cet endroit", "donnez le SIRET ou la position"),
    "nom-sans-lieu": ("nom sans commune ni département", "donnez le SIRET ou la commune"),
    "position-illisible": ("position illisible", "corrigez la longitude et la latitude"),
    "position-zero": ("position (0, 0)", "corrigez la longitude et la latitude"),
    "position-hors-france": (
        "position hors de tout territoire français",
        "corrigez la longitude et la latitude",
    ),
    "position-hasard": (
        "position au hasard dans la commune",
        "donnez une position à l'adresse",
    ),
    "rien": ("ni identifiant, ni nom, ni position", "donnez un SIRET ou une position"),
}

#: How a public body is told -> what people read.
PUBLIC = {
    "oui-categorie": "oui, d'après la catégorie juridique",
    "oui-siren": "oui, d'après le SIREN (commence par 1 ou 2)",
    "non": "non",
}


def public_bodies(category: pd.Series, siren: pd.Series) -> npt.NDArray[np.int8]:
    """Tell public bodies: by legal category where it is known, else by the SIREN.

    Categories 4 (public law, subject to commercial law) and 7 (administrative law) are public
    (Insee, catégories juridiques, niveau I). Where no category is known, a SIREN that begins with
    1 or 2 is that of a public body: numbers of the directory are given in sequence, but for
    public bodies, which begin so.

    Parameters
    ----------
    category, siren
        Text columns of one length, empty where unknown.

    Returns
    -------
    numpy.ndarray
        Position in the keys of :data:`PUBLIC`, -1 where nothing tells.
    """
    cat, own = (pc.utf8_slice_codeunits(pa.array(one, pa.large_string()), 0, 1)
                for one in (category, siren))  # fmt: skip
    known = _flags(pc.match_substring_regex(pa.array(category, pa.large_string()), r"^\d{4}$"))
    nine = _flags(pc.match_substring_regex(pa.array(siren, pa.large_string()), r"^\d{9}$"))
    by_category = _flags(pc.is_in(cat, value_set=pa.array(["4", "7"], cat.type)))
    by_siren = _flags(pc.is_in(own, value_set=pa.array(["1", "2"], own.type)))
    out = np.full(len(category), -1, np.int8)
    out[nine] = np.where(by_siren[nine], 1, 2)
    out[known] = np.where(by_category[known], 0, 2)
    return out


def _flags(found: pa.Array) -> Mask:
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.bool_)


def texts(values: list[str], codes: npt.NDArray[np.integer]) -> pd.Series:
    """Write one of some texts in each row, nothing where the code is -1."""
    return spread(values, codes.astype(np.int32), pd.RangeIndex(len(codes)))


def together(*parts: pd.Series) -> pd.Series:
    """Join the filled cells of several columns with « ; »."""
    # Arrow's own way to skip what is missing drops the rows where everything is.
    columns = [pa.array(one, pa.large_string()) for one in parts]
    # Most parts say nothing of any row: joining them takes long all the same.
    columns = [one for one in columns if pc.any(pc.not_equal(one, "")).as_py()] or columns[:1]
    mark, nothing = (pa.scalar(text, pa.large_string()) for text in (" ; ", ""))
    marked = [
        pc.if_else(pc.equal(one, ""), nothing, pc.binary_join_element_wise(mark, one, nothing))
        for one in columns
    ]
    joined = pc.utf8_slice_codeunits(pc.binary_join_element_wise(*marked, nothing), 3)
    return pd.Series(pd.array(joined, dtype="str"))
