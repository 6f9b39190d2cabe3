"""Attack: what can be computed from every table that the program prints of a secret source.

Each printed figure is a sum over a set of establishments; linear programs then bound what the rule
forbids to know. The attacker of jobs knows which establishments each figure counts; that of counts
knows every question asked and every answer, and that nothing is negative.
"""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
import secret_world
from scipy.optimize import linprog

from essgeo.atlas import Atlas, open_atlas
from essgeo.indicators import AXES, summary
from essgeo.secrecy import Rule
from essgeo.selection import TERRITORIES, Selection

RULE = Rule()
#: Values asked of each key.
VALUES = 3

QUESTIONS = [axis for axis in AXES if axis != "generation"]


def selections(atlas: Atlas) -> list[Selection]:
    """Return questions of all kinds: one value of each key, and some together."""
    base = Selection(generation=("2024",))
    out = [base]
    for key in (*TERRITORIES, "secteur", "famille", "taille"):
        codes = sorted(set(atlas.newest.axes[key].codes.tolist()) - {-1})[:VALUES]
        out += [base.with_(**{key: (atlas.newest.axes[key].values[code],)}) for code in codes]
    codes = list(secret_world.QUARTIERS)
    out += [base.with_(quartier=pair) for pair in list(itertools.combinations(codes, 2))[::8]]
    out += [
        base.with_(commune=("67218", "67482")),
        base.with_(region=("44",), secteur=("action-sociale", "enseignement")),
        base.with_(employeurs=("tous",)),
        base.with_(champ=("insee",)),
        base.with_(certitude=("sur",)),
        base.with_(certitude=("sur", "probable", "incertain")),
        base.with_(rattachement=("proche",)),
        base.with_(rattachement=("dedans", "proche")),
        base.with_(rattachement=("dedans", "proche", "hors", "non_localise")),
        base.with_(rattachement=("proche",), departement=("67",)),
        base.with_(rattachement=("proche",), secteur=("action-sociale",)),
        base.with_(generation=("2015",)),
    ]
    return out


def questions(atlas: Atlas) -> list[tuple[Selection, tuple[str, ...]]]:
    """Return selections along one axis, and the main ones along every two."""
    asked = selections(atlas)
    out = [(one, (axis,)) for one in asked for axis in QUESTIONS]
    pairs = list(itertools.combinations(QUESTIONS, 2))
    precise = next(one for one in asked if one.departement)
    return out + [(asked[0], pair) for pair in pairs] + [(precise, pair) for pair in pairs[::3]]


def members(atlas: Atlas, selection: Selection, axes: tuple[str, ...], code: object) -> np.ndarray:
    """Return the establishments that a row counts, found without the code that prints it."""
    resolved = atlas.resolve(selection)
    out = resolved.mask.copy()
    for axis, value in zip(axes, code if isinstance(code, list) else [code], strict=True):
        if axis == "france":
            continue
        if axis == "types":
            bits = atlas.type_bits()
            out &= atlas.types_mask((value,)) if value else bits == 0
            continue
        found = resolved.generation.axes[axis]
        out &= found.codes == found.position(value)
    return out


class Attack:
    """What a set of printed figures says of sums over the columns of one matrix."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.known: dict[bytes, float] = {}

    def learn(self, mask: np.ndarray, value: float) -> None:
        row = mask.astype(bool).tobytes()
        assert abs(self.known.setdefault(row, value) - value) < 1e-6  # one set, one figure
        self.known[row] = value

    def bounds(self, target: np.ndarray) -> tuple[float, float]:
        """Return the least and the most that a sum can be."""
        equal = np.array([np.frombuffer(row, bool) for row in self.known], float)
        values = np.array(list(self.known.values()))
        out = []
        for sign in (1, -1):
            done = linprog(sign * target, A_eq=equal, b_eq=values, bounds=(0, None))
            assert done.status in (0, 3), done.message
            out.append(sign * done.fun if done.status == 0 else np.inf)
        return out[0], out[1]


def units(atlas: Atlas) -> np.ndarray:
    return atlas.siren_codes


def forbidden(atlas: Atlas, mask: np.ndarray, jobs: np.ndarray) -> bool:
    """Whether the rule forbids to print a set, written once more and simply."""
    of_unit = pd.Series(jobs[mask]).groupby(units(atlas)[mask]).sum()
    return len(of_unit) < RULE.units or of_unit.max() > RULE.share * of_unit.sum()


def unsafe_cells(atlas: Atlas, jobs: np.ndarray) -> list[np.ndarray]:
    """Return sets that the rule forbids: each unit, and cells of territories, sectors and sizes."""
    base = atlas.resolve(Selection(rattachement=("dedans", "proche"))).mask
    out = [base & (units(atlas) == one) for one in np.unique(units(atlas)[base])]
    out += [mask & (atlas.resolve(Selection()).mask) for mask in out]
    axes = atlas.newest.axes
    for first, last in itertools.product(
        ("quartier", "commune", "departement"), ("secteur", "taille")
    ):
        for one, two in set(zip(axes[first].codes[base], axes[last].codes[base], strict=True)):
            out.append(base & (axes[first].codes == one) & (axes[last].codes == two))
    for one in set(axes["quartier"].codes[base]):
        for tie in ("dedans", "proche"):
            out.append(base & (axes["quartier"].codes == one) & axes["rattachement"].mask((tie,)))
    return [mask for mask in out if mask.any() and forbidden(atlas, mask, jobs)]


def attack_jobs(world: World, column: str, jobs: np.ndarray) -> list[str]:
    """Return the forbidden sets whose jobs are known too well from what the world prints."""
    atlas = world.atlas
    attack = Attack(len(atlas))
    for selection, axes, table in world.tables:
        for code, value in zip(table["code"], table[column], strict=True):
            if not np.isnan(value):
                attack.learn(members(atlas, selection, axes, code), float(value))
    leaks = []
    for mask in unsafe_cells(atlas, jobs):
        largest = pd.Series(jobs[mask]).groupby(units(atlas)[mask]).sum().max()
        low, high = attack.bounds(mask.astype(float))
        # The rule tolerates that a unit's jobs be bounded from above by what it is 85 % of.
        if largest > 0 and (
            high < largest / RULE.share - 1e-6 or high - low < (1 / RULE.share - 1) * largest - 1e-6
        ):
            leaks.append(f"{np.flatnonzero(mask)} : {largest} entre {low} et {high}")
    return leaks


def tables(atlas: Atlas, selection: Selection, axes: tuple[str, ...]) -> pd.DataFrame:
    """Return a printed table; of an open folder, with only the small cells left out."""
    table = summary(atlas, selection, axes)
    if atlas.manifest.secret:
        return table
    small = (table["etablissements"] < RULE.units) & (table["etablissements"] > 0)
    figures = table.select_dtypes("number").columns
    return table.assign(**{name: table[name].astype(float).where(~small) for name in figures})


class World:
    """A data folder and every table printed of it."""

    def __init__(self, atlas: Atlas) -> None:
        self.atlas = atlas
        self.tables = [(one, axes, tables(atlas, one, axes)) for one, axes in questions(atlas)]


#: Worlds attacked, each by one process: printing all the tables of one takes half a minute.
SEEDS = [pytest.param(seed, marks=pytest.mark.xdist_group(f"attaque{seed}")) for seed in (1, 2)]


@pytest.fixture(scope="module", params=SEEDS)
def worlds(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("secret")
    drawn = secret_world.drawn(request.param)
    return [
        World(open_atlas(secret_world.write(folder / str(secret), drawn, secret=secret)))
        for secret in (True, False)
    ]


@pytest.mark.parametrize("bound", ["min", "estime", "max"])
def test_no_forbidden_set_can_be_found_from_all_the_tables(worlds, bound):
    secret, _ = worlds
    head = secret.atlas.headcount
    jobs = {"min": head.low, "estime": head.central, "max": head.high}[bound]
    assert sum(table["effectif_min"].notna().sum() for _, _, table in secret.tables) > 100
    assert attack_jobs(secret, f"effectif_{bound}", np.nan_to_num(jobs)) == []


def test_the_attack_finds_what_hiding_small_cells_alone_lets_out(worlds):
    _, opened = worlds
    jobs = np.nan_to_num(opened.atlas.headcount.central)
    assert attack_jobs(opened, "effectif_estime", jobs)


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """Return an atlas with one establishment for each thing that a question can tell apart."""
    folder = tmp_path_factory.mktemp("cellules")
    return open_atlas(secret_world.write(folder / "d", secret_world.every_cell(), secret=False))


#: Questions that the cells do not tell apart; other tests see them refused.
BLIND = ("employeurs", "certitude", "generation", "champ")


def attack_counts(world: World, cells: Atlas, blind: tuple[str, ...] = ()) -> list[str]:
    """Return the small cells whose count is known too well from what the world prints."""
    attack, atlas = Attack(len(cells)), world.atlas
    default = Selection(generation=("2024",))
    for selection, axes, table in world.tables:
        if any(selection.get(key) != default.get(key) for key in (*BLIND, *blind)):
            continue
        if set(axes) & {*BLIND, *blind}:
            continue
        near = selection.with_(rattachement=("proche",))
        for code, count, beside in zip(
            table["code"], table["etablissements"], table["etablissements_proches"], strict=True
        ):
            for asked, value in ((selection, count), (near, beside)):
                if not np.isnan(value):
                    attack.learn(members(cells, asked, axes, code), float(value))
    assert attack.known
    leaks = []
    axes = atlas.newest.axes
    base = atlas.resolve(Selection(rattachement=("dedans", "proche"))).mask
    for quartier, tie in itertools.product(secret_world.QUARTIERS, ("dedans", "proche")):
        if quartier.startswith("QN987"):
            continue
        for sector in ("", "action-sociale", "enseignement", "sports-loisirs", "arts-spectacles"):
            chosen = {"quartier": quartier, "rattachement": tie}
            chosen |= {"secteur": sector} if sector else {}
            here, there = base.copy(), np.ones(len(cells), bool)
            for axis, value in chosen.items():
                here &= axes[axis].mask((value,))
                there &= cells.newest.axes[axis].mask((value,))
            count = len(np.unique(units(atlas)[here]))
            if count >= RULE.units:
                continue
            low, high = attack.bounds(there.astype(float))
            if low > 1e-6 or high < RULE.units - 1e-6:
                leaks.append(f"{chosen} : {count} entre {low} et {high}")
    return leaks


def test_no_small_count_can_be_told_from_another(worlds, cells):
    secret, _ = worlds
    assert attack_counts(secret, cells) == []


def test_the_attack_on_counts_finds_what_hiding_small_cells_alone_lets_out(worlds, cells):
    _, opened = worlds
    assert attack_counts(opened, cells, ("commune", "taille", "famille", "types"))


def test_the_list_of_rows_says_nothing(tmp_path):
    one, other = (
        open_atlas(
            secret_world.write(
                tmp_path / name,
                secret_world.drawn(1).iloc[rows].reset_index(drop=True),
                secret=True,
            )
        )
        for name, rows in (("a", slice(None)), ("b", slice(0, 20)))
    )
    for selection in (Selection(), Selection(quartier=("QN06703I",)), Selection(taille=("1-2",))):
        for axes in [(axis,) for axis in QUESTIONS] + list(itertools.combinations(QUESTIONS, 2))[
            ::4
        ]:
            first, last = (summary(atlas, selection, axes) for atlas in (one, other))
            assert list(first["code"]) == list(last["code"]), (selection, axes)
            geography = ["quartiers", "population"]
            pd.testing.assert_frame_equal(first[geography], last[geography])
