"""What each filter offers, and how many establishments each choice would give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from essgeo.atlas import Atlas
from essgeo.generation import TERRITORY_COLUMNS, Generation
from essgeo.nomenclatures import labels as labels_of
from essgeo.selection import TERRITORIES, Selection
from essgeo.text import NBSP, fold, number
from essgeo.ui.caching import by_atlas

#: Beyond this many choices a list helps nobody (and weighs on each change): a larger territory
#: is to be chosen first, or the name searched.
LONGEST = 400

#: Territories whose list may be that long.
LISTED_WHEN_SHORT = ("commune", "quartier")


@dataclass(frozen=True)
class Options:
    """Choices of one filter.

    Parameters
    ----------
    values
        Codes or slugs, in the order of display.
    labels
        What people read for each, its count included; all different.
    too_many
        How many choices were left out because there are too many.
    """

    values: tuple[str, ...]
    labels: Mapping[str, str]
    too_many: int = 0


def territory_options(atlas: Atlas, selection: Selection) -> dict[str, Options]:
    """Return the choices of each territory filter.

    A territory is narrowed by the larger ones and by what is not territory, never by the smaller
    ones: a visitor in a département can still change region.
    """
    resolved = atlas.resolve(selection)
    asked, generation = resolved.selection, resolved.generation
    here = np.flatnonzero(atlas.resolve(asked.without(*TERRITORIES)).mask)
    names = _names(atlas, generation.name)
    out = {}
    for key in TERRITORIES:
        axis = generation.axes[key]
        counts = np.bincount(axis.codes[here] + 1, minlength=len(axis.values) + 1)[1:]
        if atlas.manifest.secret:
            # What is offered must not say where there is somebody: outlines alone decide.
            larger = asked.without(*TERRITORIES[TERRITORIES.index(key) :])
            inside = _inside(generation, key, atlas.quartiers_mask(larger, generation))
            counts = np.array([value in inside for value in axis.values], dtype=np.int64)
        chosen = {axis.position(value) for value in asked.get(key)} - {-1}
        there = counts > 0
        there[list(chosen)] = True
        order = names[key].order
        places = order[there[order]].tolist()
        dropped = 0
        if key in LISTED_WHEN_SHORT and len(places) > LONGEST:
            dropped = len(places)
            places = [place for place in places if place in chosen]
        texts = names[key].texts
        out[key] = Options(
            tuple(axis.values[place] for place in places),
            {
                axis.values[place]: counted(atlas, texts[place], int(counts[place]))
                for place in places
            },
            dropped,
        )
        if chosen:
            here = here[np.isin(axis.codes[here], list(chosen))]
    return out


def own_options(atlas: Atlas, selection: Selection, key: str) -> Options:
    """Return the choices of a filter that is no territory (sector, family, size, types)."""
    resolved = atlas.resolve(selection)
    counts = own_counts(atlas, selection, key)
    chosen = resolved.selection.get(key)
    values = tuple(
        value
        for value in atlas.values(key, resolved.generation)
        if counts.get(value) or value in chosen or atlas.manifest.secret
    )
    axis = resolved.generation.axes.get(key)
    # Types are no axis: an establishment may have several.
    names = dict(zip(axis.values, axis.labels, strict=True)) if axis else labels_of("types")
    labels = {
        value: counted(atlas, names.get(value, value), counts.get(value, 0)) for value in values
    }
    return Options(values, labels)


def own_counts(atlas: Atlas, selection: Selection, key: str) -> dict[str, int]:
    """Count, for each value of a key that is no territory, what choosing it alone would give.

    The key's own filter is left out, all the others apply. A key that does not filter shares the
    rows of the selection itself, which are few: this is what keeps a change of filter quick.
    """
    asked = atlas.resolve(selection).selection
    wider = atlas.resolve(asked.with_(**{key: ()}) if asked.get(key) else asked)
    rows = np.flatnonzero(wider.mask)
    if key == "types":
        bits = atlas.type_bits()[rows]
        return {
            value: int(np.count_nonzero(bits & (1 << place)))
            for place, value in enumerate(atlas.types_values)
        }
    axis = wider.generation.axes[key]
    counts = np.bincount(axis.codes[rows] + 1, minlength=len(axis.values) + 1)[1:]
    return dict(zip(axis.values, counts.tolist(), strict=True))


def count(atlas: Atlas, selection: Selection) -> int:
    """Count the establishments of a selection."""
    return int(np.count_nonzero(atlas.resolve(selection).mask))


def narrow(atlas: Atlas, selection: Selection) -> tuple[Selection, tuple[str, ...]]:
    """Take away smaller territories that do not lie in the larger ones chosen.

    Returns
    -------
    tuple
        The selection, and one French sentence for each territory taken away.
    """
    resolved = atlas.resolve(selection)
    generation = resolved.generation
    kept, said = selection, []
    for place, key in enumerate(TERRITORIES):
        values = kept.get(key)
        larger = kept.without(*TERRITORIES[place:])
        if not values or larger == kept.without(*TERRITORIES):
            continue
        inside = _inside(generation, key, atlas.quartiers_mask(larger, generation))
        axis = generation.axes[key]
        # A commune without any neighbourhood is known by its establishments alone; doubtful
        # positions would put it anywhere.
        around = larger.with_(rattachement=(), employeurs=("tous",))
        found = axis.codes[atlas.resolve(around).mask & (not atlas.manifest.secret)]
        inside |= {axis.values[code] for code in np.unique(found[found >= 0])}
        out = [value for value in values if value not in inside]
        if out:
            kept = kept.with_(**{key: [value for value in values if value in inside]})
            said += [
                f"« {atlas.label(key, value, generation)} » n'est pas dans le territoire choisi "
                "et a été retiré"
                for value in out
            ]
    return kept, tuple(said)


def _inside(generation: Generation, key: str, mask: np.ndarray) -> set[str]:
    """Return the territories of a kind that some neighbourhoods lie in."""
    if key == "commune":
        return {
            code
            for codes, here in zip(generation.commune_of, mask, strict=True)
            if here
            for code in codes
        }
    column = "code_qp" if key == "quartier" else TERRITORY_COLUMNS[key][0]
    return set(generation.quartiers.loc[mask, column]) - {""}


@dataclass(frozen=True)
class _Names:
    """Texts of the values of an axis, all different, and their order of display."""

    texts: tuple[str, ...]
    order: npt.NDArray[np.intp]


@by_atlas(max_entries=4)
def _names(
    _atlas: Atlas,
    fingerprint: str,  # noqa: ARG001 - tells two atlases apart in the cache
    generation: str,
) -> dict[str, _Names]:
    found = _atlas.generations[generation]
    out = {}
    for key in TERRITORIES:
        axis = found.axes[key]
        texts = list(axis.labels)
        if key == "quartier":
            communes = found.quartiers["lib_com"].str.replace(";", ", ", regex=False)
            texts = [
                f"{name} — {commune}" if commune else name
                for name, commune in zip(texts, communes, strict=True)
            ]
        # Homonyms are told apart by their code: two choices must never read the same.
        seen = Counter(texts)
        texts = [
            f"{text} [{value}]" if seen[text] > 1 else text
            for text, value in zip(texts, axis.values, strict=True)
        ]
        folded = [fold(text) for text in texts]
        order = np.array(sorted(range(len(texts)), key=folded.__getitem__), dtype=np.intp)
        out[key] = _Names(tuple(texts), order)
    return out


def counted(atlas: Atlas, text: str, count: int) -> str:
    """Write a choice and how many establishments it gives; never under statistical secrecy."""
    return text if atlas.manifest.secret else f"{text}{NBSP}({number(count)})"
