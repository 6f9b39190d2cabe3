"""« Prêt pour la salle » : what would fail with the network cut, looked at beforehand."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from essgeo.atlas import Atlas
from essgeo.errors import EssgeoError
from essgeo.figures.assets import leaflet
from essgeo.story.model import Step
from essgeo.text import listing, plural


@dataclass(frozen=True)
class Check:
    """One thing looked at: whether it holds, and what to know or do."""

    held: bool
    text: str


def checks(
    atlas: Atlas, steps: tuple[str, ...], tell: Callable[[str], Step], basemap: str
) -> list[Check]:
    """Look at everything that a presentation shows.

    Parameters
    ----------
    atlas
        Data folder opened.
    steps
        Keys of the steps.
    tell
        Makes a step, pictures included; what it raises is said.
    basemap
        Online background of the map page, empty for none.
    """
    warnings = atlas.folder.warnings
    found = [
        Check(not warnings, f"Dossier de données entier{_said(warnings)}"),
        Check(bool(_leaflet()), "Carte : Leaflet installé sur cette machine"),
        Check(_font(), "Images : police installée sur cette machine"),
        Check(not basemap, "Fond de carte en ligne éteint" + (" : éteignez-le" if basemap else "")),
    ]
    dates = [source.date for source in atlas.manifest.sources if source.date]
    found.append(
        Check(
            bool(dates),
            f"Dates des sources : {listing(dates)}{aged(dates, date.today().year)}"  # noqa: DTZ011
            if dates
            else "Dates des sources : non dites",
        )
    )
    for key in steps:
        try:
            step = tell(key)
        except EssgeoError as error:
            found.append(Check(False, f"Étape « {key} » : {error}"))
            continue
        shown = bool(step.blocks)
        what = "" if shown else f" : rien à montrer ({step.sentence})"
        found.append(Check(shown, f"Étape « {step.title} »{what}"))
    return found


def aged(dates: Sequence[str], year: int) -> str:
    """Say how old the oldest source is, by the years that publishers write; empty without any."""
    years = [int(one) for text in dates for one in re.findall(r"\b20\d\d\b", text)]
    age = year - min(years, default=year)
    return f" (la plus ancienne : {min(years)}, il y a {plural(age, 'an')})" if age > 0 else ""


def _said(warnings: tuple[str, ...] | list[str]) -> str:
    return f" : {listing(list(warnings), limit=2)}" if warnings else ""


def _font() -> bool:
    """Whether the font of pictures comes with the libraries, as it should."""
    from matplotlib.font_manager import findfont

    from essgeo.figures.print.paper import FONT

    try:
        return bool(findfont(FONT, fallback_to_default=False))
    except ValueError:
        return False


def _leaflet() -> str:
    try:
        return str(leaflet())
    except EssgeoError:
        return ""
