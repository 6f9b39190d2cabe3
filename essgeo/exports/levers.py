"""The catalogue of levers as records: the same for the command line, the page and files."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pandas as pd

from essgeo.levers import Catalogue, Lever
from essgeo.levers.diagnosis import Lead


def lever_record(catalogue: Catalogue, lever: Lever) -> dict[str, Any]:
    """Return a lever as people take it away: titles in place of identifiers.

    Returns
    -------
    dict
        Keys of the contract (``id`` to ``source``), then ``sources``, ``provenance``, ``ajouts``
        and ``origine``; a text that no document says is ``""``, a list ``[]``.
    """
    passages = [
        {"document": catalogue.title("documents", document), "passage": passage}
        for document, passage in catalogue.passages(lever.source).items()
    ]
    added = [
        name
        for name, field in (
            ("objectif", lever.objectif),
            ("instrument", lever.instrument),
            ("statut", lever.statut),
            ("note_vigueur", lever.note_vigueur),
        )
        if field.ajout
    ]
    return {
        "id": lever.id,
        "nature": lever.nature,
        "famille": lever.famille,
        "titre": lever.titre,
        "objectif": lever.objectif.texte,
        "acteurs": catalogue.titles("acteurs", lever.acteurs),
        "instrument": lever.instrument.texte,
        "financement": catalogue.titles("fonds", lever.fonds),
        "types": catalogue.titles("types", lever.types),
        "territoire": catalogue.title("territoires", lever.territoire),
        "statut": lever.statut.texte,
        "vigueur": catalogue.currency(lever),
        "objectifs_politique_ville": catalogue.titles("objectifs", lever.objectifs),
        "exemples": catalogue.titles("exemples", lever.exemples),
        "documents": catalogue.titles("renvois", lever.renvois),
        "source": passages[0],
        "sources": passages,
        "provenance": {name: list(source) for name, source in lever.provenance.items()},
        "ajouts": list(dict.fromkeys([*added, *lever.added])),
        "origine": "ajout local" if lever.local else "catalogue",
    }


def lever_records(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Return every lever, in the order of the catalogue."""
    return [lever_record(catalogue, lever) for lever in catalogue.leviers.values()]


def lever_frame(catalogue: Catalogue) -> pd.DataFrame:
    """Return the levers as a table: lists joined by « ; », one column « source »."""
    rows = []
    for record in lever_records(catalogue):
        sources = record.pop("sources")
        del record["provenance"]
        record["source"] = " ; ".join(
            f"{one['document']}, {one['passage']}" if one["passage"] else one["document"]
            for one in sources
        )
        rows.append(
            {
                name: " ; ".join(value) if isinstance(value, list) else value
                for name, value in record.items()
            }
        )
    return pd.DataFrame(rows)


def lead_records(leads: list[Lead]) -> list[dict[str, Any]]:
    """Return the leads of a diagnosis: keys of the contract."""
    return [
        {
            "id": lead.levier,
            "rang": lead.rang,
            "score": lead.score,
            "raisons": [asdict(reason) for reason in lead.raisons],
            "manquants": list(lead.manquants),
        }
        for lead in leads
    ]


def lead_frame(catalogue: Catalogue, leads: list[Lead]) -> pd.DataFrame:
    """Return the leads as a table, one row each."""
    return pd.DataFrame(
        {
            "rang": [lead.rang for lead in leads],
            "id": [lead.levier for lead in leads],
            "titre": [catalogue.leviers[lead.levier].titre for lead in leads],
            "score": [lead.score for lead in leads],
            "raisons": [" ; ".join(one.texte for one in lead.raisons) for lead in leads],
            "manquants": [" ; ".join(lead.manquants) for lead in leads],
        }
    )


def change_frame(catalogue: Catalogue, changes: pd.DataFrame, nature: str) -> pd.DataFrame:
    """Return what other rules change as a table: a title beside each lever, the nature at the end.

    Parameters
    ----------
    changes
        As :meth:`essgeo.levers.diagnosis.Diagnosis.changes` gives it.
    nature
        Of the data.
    """
    out = changes.assign(nature=nature)
    out.insert(1, "titre", [catalogue.leviers[one].titre for one in changes["levier"]])
    return out
