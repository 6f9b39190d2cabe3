"""Colours and classes: told apart by everyone, and stable under filters."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from essgeo.figures.classes import Classes, quantiles, steps
from essgeo.figures.palettes import BASE, FEWEST, MOST, palette, rgb, sequence

# Machado, Oliveira and Fernandes (2009), severity 1: what a dichromat sees of a linear RGB colour.
DICHROMATS = {
    "protanopie": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutéranopie": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopie": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
    "vision ordinaire": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
}
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
THEMES = ("clair", "sombre")


def linear(colour: str) -> np.ndarray:
    parts = np.array(rgb(colour)) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(colour: str, eye: str = "vision ordinaire") -> np.ndarray:
    seen = np.clip(np.array(DICHROMATS[eye]) @ linear(colour), 0, 1)
    ratio = XYZ @ seen / np.array([0.95047, 1, 1.08883])
    root = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def contrast(one: str, other: str) -> float:
    low, high = sorted(float(XYZ[1] @ linear(colour)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("count", range(FEWEST, MOST + 1))
def test_lightness_runs_one_way(theme, count):
    lightness = [lab(colour)[0] for colour in sequence(count, theme)]
    ordered = sorted(lightness, reverse=theme == "clair")
    assert lightness == ordered
    assert min(abs(high - low) for low, high in pairwise(ordered)) > 6


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("eye", DICHROMATS)
def test_five_classes_are_told_apart_by_every_eye(theme, eye):
    colours = [lab(colour, eye) for colour in sequence(5, theme)]
    assert min(np.linalg.norm(a - b) for a, b in combinations(colours, 2)) > 11


@pytest.mark.parametrize("theme", THEMES)
def test_texts_and_marks_stand_out(theme):
    colours = BASE[theme]
    assert contrast(colours["texte"], colours["papier"]) > 7
    assert contrast(colours["discret"], colours["papier"]) > 4.5
    assert contrast(colours["etiquette"], colours["terre"]) > 4.5
    assert contrast(colours["point_texte"], colours["point"]) > 4.5
    for mark in ("effectif", "choisi", "point", "hachure", "trait_quartier"):
        assert contrast(colours[mark], colours["terre"]) > 3, mark


def test_both_themes_name_the_same_colours():
    assert palette("clair").keys() == palette("sombre").keys()


@pytest.mark.parametrize("count", [1, 8])
def test_too_few_or_too_many_classes_are_refused(count):
    with pytest.raises(ValueError, match="classes"):
        sequence(count)


def test_quantiles_share_values_out():
    classes = quantiles(np.arange(100.0), 5)
    assert classes == Classes((20, 40, 59, 79))
    assert np.bincount(classes.place(np.arange(100.0))).tolist() == [20, 20, 19, 20, 21]
    assert classes.labels()[0] == "moins de 20"
    assert classes.labels()[-1] == "79 et plus"
    assert len(classes.labels()) == classes.count == 5


def test_a_value_that_is_not_known_has_no_class():
    assert Classes((1.0,)).place(np.array([0.5, 1.0, np.nan])).tolist() == [0, 1, -1]


@pytest.mark.parametrize("values", [[], [np.nan], [3.0, 3.0, 3.0], [0.01, 0.02]])
def test_values_too_much_alike_make_no_class(values):
    assert quantiles(np.array(values, dtype=float), 5, 1) is None


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60), st.integers(2, 7))
def test_no_class_is_empty_below_and_every_value_has_one(values, count):
    known = np.array(values)
    classes = quantiles(known, count, 1)
    if classes is None:
        return
    assert list(classes.inner) == sorted(set(classes.inner))
    placed = classes.place(known)
    assert placed.min() == 0
    assert placed.max() <= classes.count - 1 < count


def test_steps_are_round_and_reach_the_largest():
    assert steps(63) == (1, 2, 5, 10, 20, 50)
    assert steps(0) == steps(float("nan")) == (1,)
