"""Atlas: a data folder loaded once, read-only, ready to be selected from.

Every establishment is given, once, an integer per axis (region, sector, size…); a selection is
then a few look-ups in small tables of booleans, whatever the number of establishments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar
from weakref import WeakMethod

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from essgeo import nomenclatures
from essgeo.axes import Mask, text_codes, types_bits
from essgeo.datafolder import DataFolder, read_folder
from essgeo.errors import DataError, EssgeoError
from essgeo.establishments import EMPLOYER as EMPLOYER
from essgeo.establishments import traits
from essgeo.generation import Generation, names_of, outlines_of, read_generation
from essgeo.join import Outlines
from essgeo.manifest import Manifest
from essgeo.selection import OWN_ZONES, TERRITORIES, VOCABULARY, Selection
from essgeo.sentences import REFERENCES, describe, not_comparable
from essgeo.settings import BAND_M

_T = TypeVar("_T")

#: Axes read from the establishment itself, whatever the generation of outlines.
OWN_AXES = ("secteur", "famille", "taille")

#: Keys that say what an establishment is, wherever it stands.
_CONTENT = (*OWN_AXES, "types", "employeurs", "champ")

#: Sirene covers only the public administrative sector there (Insee): no figure can be read.
OUT_OF_FIELD_DEP = "987"


def _nothing(_asked: Selection, _mask: Mask) -> tuple[str, ...]:
    return ()


def _weakly(method: Callable[[Selection], _T]) -> Callable[[Selection], _T]:
    """Call a method without holding its object: an atlas goes as soon as nobody looks at it.

    Otherwise it would wait for Python's collector, which is told to leave alone what lives long.
    """
    held = WeakMethod(method)

    def call(selection: Selection) -> _T:
        found = held()
        assert found is not None  # noqa: S101 - the caller went through the object
        return found(selection)

    return call


@dataclass(frozen=True)
class Resolved:
    """A selection applied to an atlas.

    Parameters
    ----------
    selection
        As asked, with the generation filled and what is unknown left out.
    mask
        shape (establishments,): which ones are selected.
    quartiers
        shape (outlines of the generation,): which lie in the selected territory.
    unknown
        One French sentence for each value that this data folder does not hold.
    notes
        What a reader must know of how the selection was applied.
    sentence
        The selection in words.
    """

    selection: Selection
    generation: Generation
    mask: Mask
    quartiers: Mask
    unknown: tuple[str, ...]
    notes: tuple[str, ...]
    sentence: str


class Atlas:
    """A data folder loaded once.

    Parameters
    ----------
    folder
        What :func:`essgeo.datafolder.read_folder` returned.
    prepared
        Outlines of its generations that were prepared already.

    Attributes
    ----------
    generations : Mapping[str, Generation]
        Newest first; a visitor's own zones last.
    knows_employment : bool
        Whether any establishment says if it employs.
    headcount : Headcount
        Employees of each establishment.
    siren_codes : numpy.ndarray
        shape (establishments,): one integer a SIREN, -1 where it is not known.
    siren_count : int
        How many there are, 0 when none is known.
    types_values : tuple[str, ...]
        Types in the order of the bits of :meth:`type_bits`.
    also : Callable
        Gives the notes that the maker of this atlas adds to those of a selection, from the
        selection and its mask; it must not hold the atlas.
    """

    def __init__(
        self, folder: DataFolder, prepared: Mapping[str, Outlines] = MappingProxyType({})
    ) -> None:
        self.folder = folder
        names = names_of(folder.quartiers)
        if not names:
            raise DataError(
                f"{folder.path} : la table des quartiers est vide ; reconstruisez le dossier."
            )
        # numpy and Arrow leave Python: what establishments are is read while they are attached.
        with ThreadPoolExecutor(1) as pool:
            described = pool.submit(traits, folder.etablissements)
            numbered = pool.submit(text_codes, folder.etablissements["siren"])
            attached = {
                name: read_generation(
                    folder,
                    name,
                    suffix="" if name == names[0] else f"_{name}",
                    prepared=prepared.get(name),
                )
                for name in names
            }
            self._traits = described.result()
            self.siren_codes = numbered.result()
        self.siren_count = int(self.siren_codes.max(initial=-1)) + 1
        self.headcount = self._traits.headcount
        self.knows_employment = not self._traits.axes["emploi"].mask(("inconnu",)).all()
        self.types_values, self._types_bits = types_bits(self._traits.types)
        self.generations: Mapping[str, Generation] = {
            name: replace(one, axes={**self._traits.axes, **one.axes})
            for name, one in attached.items()
        }
        self.also: Callable[[Selection, Mask], tuple[str, ...]] = _nothing
        self._remember()

    def _remember(self) -> None:
        """Keep the last answers.

        A resolved selection is a few booleans a row: keeping some makes every page and every
        facet of one rerun share one answer.
        """
        self.resolve = lru_cache(maxsize=32)(_weakly(self._resolve))
        self.mask = lru_cache(maxsize=32)(_weakly(self._mask))
        self._content = lru_cache(maxsize=4)(_weakly(self._content_mask))
        self.facets = lru_cache(maxsize=32)(_weakly(self._facets))

    def with_more_outlines(self, folder: DataFolder) -> Atlas:
        """Return an atlas of a folder that adds outlines to this one's, and nothing else.

        What does not hang on the added ones is shared: only they are joined.
        """
        more = copy(self)
        more.folder = folder
        added = [name for name in names_of(folder.quartiers) if name not in self.generations]
        read = {name: read_generation(folder, name, suffix=f"_{name}") for name in added}
        more.generations = {
            **self.generations,
            **{
                name: replace(one, axes={**self._traits.axes, **one.axes})
                for name, one in read.items()
            },
        }
        more._remember()
        return more

    @cached_property
    def points(self) -> pd.DataFrame:
        """Establishments: columns of the data dictionary, ``famille, secteur, taille, emploi``.

        Written at the first call, as counting does without; never to be changed.
        """
        return self._traits.complete(self.folder.etablissements)

    @property
    def manifest(self) -> Manifest:
        """What the data folder says of itself."""
        return self.folder.manifest

    @property
    def newest(self) -> Generation:
        """The newest generation of outlines."""
        return next(iter(self.generations.values()))

    def __len__(self) -> int:
        """Return the number of establishments."""
        return len(self.folder.etablissements)

    # Selecting ---------------------------------------------------------------------------

    def _masks(self, selection: Selection, generation: Generation) -> dict[str, Mask]:
        """Return the mask of each key that filters."""
        return self._standing(selection, generation) | self._being(selection, generation)

    def _standing(self, selection: Selection, generation: Generation) -> dict[str, Mask]:
        """Return the masks of the keys that say where establishments stand, and how surely."""
        masks = {}
        for key in (*TERRITORIES, "rattachement"):
            values = selection.get(key)
            if values:
                masks[key] = generation.axes[key].mask(values)
        if selection.certitude:
            axis = generation.axes["certitude"]
            # Without a position there is nothing to be sure of: `rattachement` decides alone.
            masks["certitude"] = axis.mask((*selection.certitude, ""))
        return masks

    def _being(self, selection: Selection, generation: Generation) -> dict[str, Mask]:
        """Return the masks of the keys that say what establishments are, wherever they stand."""
        masks = {}
        for key in OWN_AXES:
            values = selection.get(key)
            if values:
                masks[key] = generation.axes[key].mask(values)
        if selection.types:
            masks["types"] = self.types_mask(selection.types)
        if selection.employeurs == ("oui",) and self.knows_employment:
            masks["employeurs"] = generation.axes["emploi"].mask(EMPLOYER)
        if selection.champ == ("insee",):
            masks["champ"] = ~generation.axes["famille"].mask(("societe-commerciale",))
        return masks

    def _all(self, masks: Mapping[str, Mask], *, skip: str = "") -> Mask:
        first, *others = [mask for key, mask in masks.items() if key != skip] or [self._everyone]
        if not others:
            return first
        out = first & others[0]
        for mask in others[1:]:
            out &= mask
        return out

    @cached_property
    def _everyone(self) -> Mask:
        return np.ones(len(self), dtype=bool)

    def _mask(self, asked: Selection) -> Mask:
        """Return which establishments a selection keeps, that of a :class:`Resolved` or near it.

        All that :meth:`resolve` says besides is not made: it costs more than the mask.
        """
        generation = self.generations[asked.generation[0]]
        content = {key: asked.get(key) for key in _CONTENT}
        being = self._content(Selection(generation=asked.generation, **content))
        return self._all({"being": being} | self._standing(asked, generation))

    def _content_mask(self, asked: Selection) -> Mask:
        """Return which establishments are what a selection asks for, wherever they stand.

        One page looks at the same ones in a dozen territories.
        """
        return self._all(self._being(asked, self.generations[asked.generation[0]]))

    def types_mask(self, types: Iterable[str]) -> Mask:
        """Return which establishments have one of the types (one may have several)."""
        wanted = 0
        for value in types:
            if value in self.types_values:
                wanted |= 1 << self.types_values.index(value)
        found: Mask = (self._types_bits & wanted) != 0
        return found

    def type_bits(self) -> npt.NDArray[np.int64]:
        """Return the types of each establishment, one bit a type in the order of the values."""
        return self._types_bits

    def known(self, selection: Selection) -> tuple[Selection, list[str]]:
        """Keep what this folder knows of a selection, and name the rest.

        Returns
        -------
        tuple
            The selection with its generation filled and unknown values left out, and one French
            sentence for each of those.
        """
        problems = []
        name = selection.generation[0] if selection.generation else self.newest.name
        if name not in self.generations:
            problems.append(
                "aucune zone à vous n'est chargée"
                if name == OWN_ZONES
                else f"génération de contours {name} absente de ce dossier de données "
                f"(présentes : {', '.join(self.generations)})"
            )
            name = self.newest.name
        generation = self.generations[name]
        kept: dict[str, tuple[str, ...]] = {"generation": (name,)}
        for key in (*TERRITORIES, *OWN_AXES, "types"):
            values = selection.get(key)
            known = self.values(key, generation)
            missing = [value for value in values if value not in known]
            problems += [
                f"« {value} » inconnu pour « {key} » dans ce dossier de données"
                for value in missing
            ]
            if missing:
                kept[key] = tuple(value for value in values if value in known)
        return selection.with_(**kept), problems

    def values(self, key: str, generation: Generation | None = None) -> tuple[str, ...]:
        """Return the values that a key can take in this folder."""
        if key == "types":
            return self.types_values
        if key == "generation":
            return tuple(self.generations)
        if key in (generation or self.newest).axes:
            return (generation or self.newest).axes[key].values
        return VOCABULARY.get(key, ())

    def label(self, key: str, value: str, generation: Generation | None = None) -> str:
        """Return what people read for a value of a key."""
        if key == "types":
            return nomenclatures.labels("types").get(value, value)
        axes = (generation or self.newest).axes
        return axes[key].label(value) if key in axes else value

    def _resolve(self, selection: Selection) -> Resolved:
        asked, unknown = self.known(selection)
        generation = self.generations[asked.generation[0]]
        quartiers = self.quartiers_mask(asked, generation)
        notes = []
        if not self.knows_employment:
            notes.append(
                "Ces données ne disent pas qui emploie : tous les établissements sont comptés."
            )
        if generation is not self.newest:
            notes.append(not_comparable(generation.name, self.newest.name))
        notes += [f"Comparaisons faites avec {REFERENCES[kind]}." for kind in asked.reference]
        mask = self.mask(asked)
        notes += self.also(asked, mask)
        return Resolved(
            selection=asked,
            generation=generation,
            mask=mask,
            quartiers=quartiers,
            unknown=tuple(unknown),
            notes=tuple(notes),
            sentence=describe(
                asked,
                label=lambda key, value: self.label(key, value, generation),
                quartiers=int(quartiers.sum()),
                knows_employment=self.knows_employment,
            ),
        )

    def quartiers_mask(
        self, selection: Selection, generation: Generation, *, skip: str = ""
    ) -> Mask:
        """Return which outlines lie in the selected territory."""
        out = np.ones(len(generation.quartiers), dtype=bool)
        for key in TERRITORIES:
            values = selection.get(key)
            if values and key != skip:
                held = generation.outlines_in[key]
                inside = np.zeros_like(out)
                inside[[place for value in values for place in held.get(value, ())]] = True
                out &= inside
        return out

    def _facets(self, selection: Selection) -> Mapping[str, Mapping[str, int]]:
        """Count, for each value of each key, what choosing it alone would give.

        The key's own filter is left out, all the others apply: this is what makes filters
        narrow each other.
        """
        asked = self.resolve(selection).selection
        generation = self.generations[asked.generation[0]]
        masks = self._masks(asked, generation)
        chosen = np.flatnonzero(self._all(masks))

        def rows(key: str) -> npt.NDArray[np.intp]:
            """Return the rows that the other keys keep; all keys, when this one does not filter."""
            return np.flatnonzero(self._all(masks, skip=key)) if key in masks else chosen

        out: dict[str, Mapping[str, int]] = {}
        for key in (*TERRITORIES, *OWN_AXES, "rattachement", "certitude"):
            axis = generation.axes[key]
            counts = np.bincount(axis.codes[rows(key)] + 1, minlength=len(axis.values) + 1)[1:]
            out[key] = dict(zip(axis.values, counts.tolist(), strict=True))
        bits = self._types_bits[rows("types")]
        out["types"] = {
            value: int(np.count_nonzero(bits & (1 << place)))
            for place, value in enumerate(self.types_values)
        }
        return out

    def left_out(self, selection: Selection) -> dict[str, int]:
        """Count what the selection's own defaults leave out, and what cannot be told.

        Returns
        -------
        dict
            ``incertains``: positions too doubtful to be counted; ``non_employeurs`` and
            ``emploi_inconnu``: outside the count of employers; ``effectif_inconnu``: counted,
            but their headcount is not known; ``non_localises``: without a usable position, in
            the whole folder when no territory can tell.
        """
        resolved = self.resolve(selection)
        asked, axes, mask = resolved.selection, resolved.generation.axes, resolved.mask
        # Each holds all of the selection: what it has more is what the key leaves out.
        surer, wider, located = (
            self.mask(asked.with_(**unbound))
            for unbound in ({"certitude": ()}, {"employeurs": ("tous",)}, {"rattachement": ()})
        )
        emploi = axes["emploi"]

        def count(kept: Mask, *values: str) -> int:
            return int(np.count_nonzero(kept & emploi.mask(values)))

        return {
            "incertains": int(np.count_nonzero(surer)) - int(np.count_nonzero(mask)),
            "non_employeurs": count(wider, "non-employeur") - count(mask, "non-employeur"),
            "emploi_inconnu": count(wider, "inconnu") - count(mask, "inconnu"),
            "effectif_inconnu": count(mask, "employeur-inconnu", "inconnu"),
            "non_localises": int(
                np.count_nonzero(located & axes["rattachement"].mask(("non_localise",)))
            ),
        }


def open_atlas(path: Path) -> Atlas:
    """Open a data folder as an atlas.

    Raises
    ------
    DataError
        See :func:`essgeo.datafolder.read_folder`.
    """
    prepared: dict[str, Outlines] = {}

    def prepare(quartiers: gpd.GeoDataFrame) -> None:
        for name in quartiers["generation"].unique():
            # What cannot be joined to is refused when it is, in the order of reading.
            with suppress(EssgeoError):
                prepared[name] = Outlines(outlines_of(quartiers, name))
                prepared[name].prepare(BAND_M)

    return Atlas(read_folder(path, meanwhile=prepare), prepared)
