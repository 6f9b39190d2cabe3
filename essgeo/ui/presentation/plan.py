"""What a speaker prepared, as a file that reopens: a selection and steps in order."""

from __future__ import annotations

import json
from dataclasses import dataclass

from essgeo.errors import DataError
from essgeo.selection import Selection, parse
from essgeo.story import STEPS
from essgeo.text import one_line

#: What tells our files from others, and the version of their form.
_KIND, _VERSION = "presentation", 1

#: Bytes of a file at most: ours have a few hundred.
MOST_BYTES = 64_000


@dataclass(frozen=True)
class Plan:
    """A presentation.

    Parameters
    ----------
    selection
        What it is about.
    steps
        Keys of :data:`essgeo.story.STEPS`, in order, each once.
    """

    selection: Selection
    steps: tuple[str, ...]


def known_steps(text: str) -> tuple[str, ...]:
    """Read « france,region,leviers » and leave out what is not a step, or comes twice."""
    return tuple(dict.fromkeys(key for key in text.split(",") if key in STEPS))


def write_plan(plan: Plan) -> bytes:
    """Write a presentation."""
    content = {
        "essgeo": _KIND,
        "version": _VERSION,
        "selection": plan.selection.query(),
        "etapes": list(plan.steps),
    }
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode("utf-8")


def read_plan(name: str, content: bytes) -> Plan:
    """Read a presentation.

    Parameters
    ----------
    name
        Name of the file, for what is said of it.
    content
        Its bytes.

    Raises
    ------
    DataError
        It is no presentation of ours, or names a key or a step that does not exist.
    """
    said = one_line(name, 60)
    if len(content) > MOST_BYTES:
        raise DataError(f"{said} : trop grand pour une présentation ; choisissez un autre fichier.")
    try:
        found = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{said} : ce n'est pas une présentation enregistrée ici (JSON illisible)."
        ) from error
    if not isinstance(found, dict) or found.get("essgeo") != _KIND:
        raise DataError(f"{said} : ce n'est pas une présentation enregistrée ici.")
    if found.get("version") != _VERSION:
        raise DataError(f"{said} : version inconnue ; mettez essgeo à jour.")
    query, steps = found.get("selection"), found.get("etapes")
    if not isinstance(query, str) or not isinstance(steps, list):
        raise DataError(f"{said} : « selection » ou « etapes » manque ; enregistrez-la à nouveau.")
    unknown = [key for key in steps if not isinstance(key, str) or key not in STEPS]
    if unknown or not steps:
        wrong = f"étape inconnue « {one_line(str(unknown[0]), 30)} »" if unknown else "aucune étape"
        raise DataError(f"{said} : {wrong} ; étapes : {', '.join(STEPS)}.")
    parsed = parse(query)
    if parsed.problems:
        raise DataError(f"{said} : {parsed.problems[0]}.")
    return Plan(parsed.selection, tuple(dict.fromkeys(steps)))
