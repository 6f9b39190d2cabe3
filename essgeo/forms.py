"""What a YAML file of ours may hold: JSON Schema, said in French with the line."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

from essgeo.errors import DataError
from essgeo.text import listing, one_line
from essgeo.yamlfile import Document, Path_

#: Validator of JSON Schema -> what people read.
_SAID = {
    "required": "il manque un champ",
    "additionalProperties": "champ inconnu",
    "enum": "valeur inconnue",
    "const": "valeur inattendue",
    "type": "forme inattendue",
    "pattern": "écriture inattendue",
    "minLength": "texte vide",
    "maxLength": "texte trop long",
    "minItems": "liste vide",
    "uniqueItems": "valeur en double",
    "oneOf": "il faut une source, ou « ajout: true », et pas les deux",
}


def check_form(path: Path, document: Document, schema: Path) -> None:
    """Refuse what a schema does not know.

    Parameters
    ----------
    path, document
        What was read, and from where.
    schema
        File of the JSON Schema.

    Raises
    ------
    DataError
        The text names the file, the line and the field.
    """
    validator = jsonschema.Draft202012Validator(_schema(schema))
    error = jsonschema.exceptions.best_match(validator.iter_errors(document.value))
    if error is None:
        return
    where: Path_ = tuple(error.absolute_path)
    if error.validator == "required" and isinstance(error.instance, dict):
        missing = [name for name in error.validator_value if name not in error.instance]
        said = f"il manque {listing(missing)}"
    elif error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = error.schema.get("properties", {})
        unknown = [name for name in error.instance if name not in known]
        where = (*where, unknown[0])
        said = f"champ inconnu « {one_line(unknown[0], 40)} » (connus : {', '.join(known)})"
    elif error.validator == "enum":
        said = (
            f"« {one_line(str(error.instance), 40)} » inconnu "
            f"(au choix : {', '.join(error.validator_value)})"
        )
    else:
        said = _SAID.get(str(error.validator), "forme inattendue")
    named = ".".join(str(part) for part in where if isinstance(part, str))
    raise DataError(f"{path.name}, ligne {document.line(where)} : {named or 'début'} : {said}.")


def check_known(
    path: Path,
    document: Document,
    where: Path_,
    wanted: Iterable[str],
    known: Collection[str],
    *,
    field: str = "",
    choices: bool = False,
) -> None:
    """Refuse an identifier that nothing defines.

    Parameters
    ----------
    path, document, where
        What was read, from where, and the place in it whose line is said.
    wanted, known
        Identifiers met, and those that are defined.
    field
        Name of the field, said first.
    choices
        Whether to list what is known.

    Raises
    ------
    DataError
        The text names the file, the line and the identifier.
    """
    for one in wanted:
        if one not in known:
            said = f"{field} : « {one} » inconnu" if field else f"« {one} » inconnu"
            end = f" (connus : {', '.join(known)})" if choices else ""
            raise DataError(f"{path.name}, ligne {document.line(where)} : {said}{end}.")


@cache
def _schema(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
