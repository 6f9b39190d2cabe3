"""Selection: what is looked at, as a query string and as an object; nothing else.

Labels, existence of values and figures belong to :mod:`essgeo.atlas`, which knows the data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from urllib.parse import parse_qsl, quote

from essgeo.manifest import OWN_ZONES as OWN_ZONES

#: Keys of the page's own view; they travel in the URL but select nothing.
VIEW_PREFIX = "vue."

#: Values that a key takes by itself, in the order of the documentation.
VOCABULARY: dict[str, tuple[str, ...]] = {
    "employeurs": ("oui", "tous"),
    "champ": ("loi2014", "insee"),
    "generation": ("2024", "2015", OWN_ZONES),
    "rattachement": ("dedans", "proche", "hors", "non_localise"),
    "certitude": ("sur", "probable", "incertain"),
    "reference": (
        "commune",
        "epci",
        "ept",
        "contrat",
        "departement",
        "region",
        "france",
        "semblables",
    ),
}

#: Keys that name a territory, from the largest to the smallest.
TERRITORIES = ("region", "departement", "epci", "ept", "contrat", "commune", "quartier")

#: Keys that take one value only: two would add figures that must not be added.
SINGLE = ("employeurs", "champ", "generation", "reference")


@dataclass(frozen=True)
class Selection:
    """What is looked at: hashable, with the contract's defaults.

    Every field is a tuple of codes or slugs; an empty tuple does not filter. An empty
    ``generation`` means the newest of the data folder.
    """

    region: tuple[str, ...] = ()
    departement: tuple[str, ...] = ()
    epci: tuple[str, ...] = ()
    ept: tuple[str, ...] = ()
    contrat: tuple[str, ...] = ()
    commune: tuple[str, ...] = ()
    quartier: tuple[str, ...] = ()
    secteur: tuple[str, ...] = ()
    famille: tuple[str, ...] = ()
    taille: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    employeurs: tuple[str, ...] = ("oui",)
    champ: tuple[str, ...] = ("loi2014",)
    generation: tuple[str, ...] = ()
    rattachement: tuple[str, ...] = ("dedans",)
    certitude: tuple[str, ...] = ("sur", "probable")
    reference: tuple[str, ...] = ()

    def get(self, key: str) -> tuple[str, ...]:
        """Return the values of a key."""
        values: tuple[str, ...] = getattr(self, key)
        return values

    def with_(self, **values: Iterable[str]) -> Selection:
        """Return the selection with some keys changed."""
        return replace(self, **{key: tuple(value) for key, value in values.items()})

    def without(self, *keys: str) -> Selection:
        """Return the selection with some keys back to their defaults."""
        return replace(self, **{key: DEFAULTS[key] for key in keys})

    def items(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return keys that differ from the defaults and their values, in the contract's order."""
        return [(key, self.get(key)) for key in KEYS if self.get(key) != DEFAULTS[key]]

    def query(self) -> str:
        """Return the canonical query string: defaults left out, values separated by commas."""
        return "&".join(
            f"{key}={','.join(quote(value, safe='') for value in values)}"
            for key, values in self.items()
        )

    def params(self) -> dict[str, str]:
        """Return what the URL of a page holds: key -> values separated by commas."""
        return {key: ",".join(values) for key, values in self.items()}


KEYS: tuple[str, ...] = tuple(item.name for item in fields(Selection))
DEFAULTS: Mapping[str, tuple[str, ...]] = {key: getattr(Selection(), key) for key in KEYS}


@dataclass(frozen=True)
class Parsed:
    """A query string read: the selection, and what was not understood, in French."""

    selection: Selection
    problems: tuple[str, ...] = ()
    view: Mapping[str, str] = field(default_factory=dict)


def parse(query: str | Iterable[tuple[str, str]]) -> Parsed:
    """Read a query string, or its pairs.

    Repeated keys and commas both give several values; an empty value means the default.
    Unknown keys, values outside :data:`VOCABULARY` and second values of a single-valued key
    are named in ``problems`` and ignored.

    Parameters
    ----------
    query
        ``region=44&secteur=action-sociale,sante``, with or without the leading ``?``.
    """
    pairs = (
        parse_qsl(query.strip().lstrip("?"), keep_blank_values=True)
        if isinstance(query, str)
        else list(query)
    )
    found: dict[str, list[str]] = {}
    view: dict[str, str] = {}
    problems: list[str] = []
    for key, text in pairs:
        if key.startswith(VIEW_PREFIX):
            view[key.removeprefix(VIEW_PREFIX)] = text
        elif key not in KEYS:
            problems.append(f"clé inconnue « {key} » (clés : {', '.join(KEYS)})")
        else:
            values = found.setdefault(key, [])
            values += [
                value for value in (part.strip() for part in text.split(",")) if value not in values
            ]
    chosen: dict[str, tuple[str, ...]] = {}
    for key, values in found.items():
        kept = [value for value in values if value]
        allowed = VOCABULARY.get(key)
        if allowed:
            problems += [
                f"valeur inconnue « {value} » pour « {key} » (valeurs : {', '.join(allowed)})"
                for value in kept
                if value not in allowed
            ]
            kept = [value for value in kept if value in allowed]
        if key in SINGLE and len(kept) > 1:
            problems.append(f"« {key} » ne prend qu'une valeur : « {kept[0]} » est gardée")
            kept = kept[:1]
        if kept:
            # One order for one meaning: two spellings of a selection are the same object.
            chosen[key] = (
                tuple(value for value in allowed if value in kept)
                if allowed
                else tuple(sorted(set(kept)))
            )
    return Parsed(Selection(**chosen), tuple(problems), view)
