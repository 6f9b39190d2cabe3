"""A territory that can be asked of the official services: its name, its communes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any, Literal, get_args

import geopandas as gpd

from essgeo import nomenclatures
from essgeo.errors import UsageError
from essgeo.nomenclatures.communes import communes, intercommunalites
from essgeo.nomenclatures.fusions import roll_up, today
from essgeo.text import one_line

Level = Literal["departement", "epci", "commune", "region"]
#: From the most to the least usual, in the order of the command line and of the app.
LEVELS: tuple[Level, ...] = get_args(Level)
LEVEL_WORDS: dict[Level, str] = {
    "departement": "Département",
    "epci": "Intercommunalité (EPCI)",
    "commune": "Commune",
    "region": "Région",
}

#: Codes of the arrondissements, which Sirene uses instead of that of their city.
ARRONDISSEMENTS = {
    "75056": tuple(f"751{number:02d}" for number in range(1, 21)),
    "69123": tuple(f"6938{number}" for number in range(1, 10)),
    "13055": tuple(f"132{number:02d}" for number in range(1, 17)),
}


@dataclass(frozen=True)
class Territory:
    """A territory of France.

    Parameters
    ----------
    level, code, label
        What it is.
    communes
        Codes of its communes as Sirene writes them: arrondissements instead of their city.
    """

    level: Level
    code: str
    label: str
    communes: tuple[str, ...]

    def __str__(self) -> str:
        """Return « Bas-Rhin (67) »."""
        return f"{self.label} ({self.code})"

    @property
    def departements(self) -> tuple[str, ...]:
        """Return the codes of the départements of its communes, in order."""
        codes = {communes()["insee_dep"].get(roll_up(code), "") for code in self.communes}
        return tuple(sorted(codes - {""}))

    def same(self, other: Territory) -> bool:
        """Whether another one is the same, whatever its communes have become."""
        return (self.level, self.code) == (other.level, other.code)

    def has(self, commune: str) -> bool:
        """Whether it holds a commune, by its code of any year or that of an arrondissement."""
        return not self._cities.isdisjoint(today(commune))

    @cached_property
    def _cities(self) -> frozenset[str]:
        return frozenset(roll_up(code) for code in self.communes)


@cache
def choices(level: Level) -> Mapping[str, str]:
    """Return the territories of a level: code -> name, in the order of the codes.

    Only those that hold a commune: nothing could be asked of the others.
    """
    pairs: list[tuple[Any, Any]]
    if level == "region":
        table = nomenclatures.regions()
        held = set(communes()["insee_dep"].map(_region_of()))
        pairs = list(zip(table["code"], table["lib_reg"], strict=True))
    elif level == "departement":
        table = nomenclatures.departements()
        held = set(communes()["insee_dep"])
        pairs = list(zip(table["code"], table["lib_dep"], strict=True))
    elif level == "epci":
        held = set(communes()["siren_epci"]) - {""}
        pairs = list(intercommunalites().items())
    else:
        held = set(communes().index)
        pairs = list(communes()["lib_commune"].items())
    return MappingProxyType({str(code): str(name) for code, name in sorted(pairs) if code in held})


def territory(level: Level, code: str) -> Territory:
    """Return a territory by its code.

    Raises
    ------
    UsageError
        No territory of this level has this code.
    """
    wanted = code.strip().upper()
    if level in ("departement", "region") and wanted.isdigit():
        wanted = wanted.zfill(2)
    if level == "commune" and wanted.isdigit():
        wanted = wanted.zfill(5)
    known = choices(level)
    if wanted not in known:
        hint = ""
        if roll_up(wanted) in known:
            hint = f" ; donnez la commune entière, {roll_up(wanted)}"
        raise UsageError(
            f"--{level} {one_line(code, 40)} : aucun territoire de ce code dans le code officiel "
            f"géographique{hint or ' ; donnez le code Insee (SIREN pour un EPCI)'}."
        )
    table = communes()
    if level == "commune":
        inside = [wanted]
    elif level == "region":
        inside = list(table.index[table["insee_dep"].map(_region_of()) == wanted])
    else:
        column = "insee_dep" if level == "departement" else "siren_epci"
        inside = list(table.index[table[column] == wanted])
    asked = [part for one in inside for part in ARRONDISSEMENTS.get(one, (one,))]
    return Territory(level, wanted, known[wanted], tuple(asked))


def outlines_within(outlines: gpd.GeoDataFrame, where: Territory) -> gpd.GeoDataFrame:
    """Keep the neighbourhoods of which a commune is in a territory, RangeIndex.

    Elsewhere nothing was asked: a neighbourhood would show none where there are some.
    """
    kept = [any(where.has(code) for code in codes.split(";")) for codes in outlines["insee_com"]]
    return gpd.GeoDataFrame(outlines[kept].reset_index(drop=True))


@cache
def _region_of() -> dict[str, str]:
    table = nomenclatures.departements()
    return dict(zip(table["code"], table["insee_reg"], strict=True))
