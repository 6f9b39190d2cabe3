"""Which levers a neighbourhood's figures call to discuss, and why.

A lead is a proposition: its reason is always a figure of the neighbourhood beside those of similar
ones, never a judgement. A figure that is not known, masked, or that chance alone explains says
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

# The functions behind scipy.stats, whose own import would cost each command half a second.
from scipy import special

from essgeo.atlas import Atlas
from essgeo.axes import Mask
from essgeo.errors import UsageError
from essgeo.generation import Generation
from essgeo.indicators.similar import neighbours
from essgeo.levers.measures import Measure, measures
from essgeo.levers.rules import Condition, Indicator, Rule, Rules
from essgeo.sentences import in_outlines
from essgeo.text import NBSP, number, percent, plural

Floats = npt.NDArray[np.float64]

#: Leads proposed at most.
MOST = 5
#: Chance left to one side: 5 % in all.
RISK = 0.025
#: Expected number below which few or none says nothing (``exp(-3)`` is 5 %).
EXPECTED = 3.0
#: Similar neighbourhoods of known figure below which nothing is compared.
ENOUGH = 10

_PARTS = {0.25: "quart", 0.5: "moitié", 0.2: "cinquième", 0.1: "dixième"}


@dataclass(frozen=True)
class Reason:
    """Why a lead is proposed: one indicator, its value, its landmark, in words."""

    indicateur: str
    valeur: float
    repere: str
    texte: str


@dataclass(frozen=True)
class Lead:
    """A lever worth discussing.

    Parameters
    ----------
    levier
        Identifier in the catalogue.
    rang
        From 1.
    score
        Weight of the rule times how far the figures are; it orders, and means nothing else.
    raisons
        One a condition of the rule; for a selection, how many neighbourhoods it answers.
    manquants
        Indicators that would help to decide and that the data folder has not.
    """

    levier: str
    rang: int
    score: float
    raisons: tuple[Reason, ...]
    manquants: tuple[str, ...]


@dataclass(frozen=True)
class _Seen:
    """A condition looked at everywhere; arrays of shape (neighbourhoods,).

    Parameters
    ----------
    holds
        Whether it is met.
    strength
        0 at the threshold, 1 beyond all similar ones.
    low, high
        Quartiles of the similar ones.
    expected
        Number that similar ones lead to expect; NaN when nothing is counted.
    """

    holds: Mask
    strength: Floats
    low: Floats
    high: Floats
    expected: Floats


class Diagnosis:
    """All the rules on all the neighbourhoods of a generation.

    Parameters
    ----------
    atlas
        Data folder opened.
    rules
        What leads to what.
    generation
        Name of the outlines; the newest by default.

    Attributes
    ----------
    answers : numpy.ndarray
        shape (rules, neighbourhoods): whether a lever is worth discussing there.
    scores : numpy.ndarray
        Same shape; 0 where it is not.
    """

    def __init__(self, atlas: Atlas, rules: Rules, generation: str = "") -> None:
        self.rules = rules
        self.generation: Generation = atlas.generations[generation] if generation else atlas.newest
        secret = atlas.manifest.secret
        wanted = {
            name: one
            for name, one in rules.indicateurs.items()
            # Figures of a source under secrecy are never looked at one by one.
            if one.colonne or not secret
        }
        found = measures(atlas, self.generation, wanted)
        self._measures: Mapping[str, Measure | None] = {
            name: found.get(name) for name in rules.indicateurs
        }
        self._like = neighbours(atlas, self.generation.name)
        # Without population there is nobody to be compared with.
        self._alone = bool((self._like < 0).all())
        self._seen: dict[Condition, _Seen | None] = {}
        size = len(self.generation.quartiers)
        self._codes, self._names = (
            self.generation.quartiers[name].to_numpy() for name in ("code_qp", "lib_qp")
        )
        self.answers = np.zeros((len(rules.regles), size), dtype=bool)
        self.scores = np.zeros((len(rules.regles), size))
        for place, rule in enumerate(rules.regles):
            seen = [self._look(condition) for condition in rule.quand]
            known = [one for one in seen if one is not None]
            if len(known) < len(seen):
                continue
            self.answers[place] = np.all([one.holds for one in known], axis=0)
            strength = np.mean([one.strength for one in known], axis=0)
            self.scores[place] = np.where(
                self.answers[place], np.round(rule.poids * (1 + strength) / 2, 3), 0.0
            )

    # --- what comes out -------------------------------------------------------------------------

    def leads(self, code: str) -> list[Lead]:
        """Return the leads of a neighbourhood, the strongest first.

        Raises
        ------
        UsageError
            The generation has no such neighbourhood.
        """
        place = self._place(code)
        found: list[Lead] = []
        for row in self._ranked(self.scores[:, place]):
            rule = self.rules.regles[row]
            reasons = tuple(self._reason(one, place) for one in rule.quand)
            found.append(self._lead(rule, len(found) + 1, self.scores[row, place], reasons))
        return found

    def leads_of(self, chosen: Mask) -> list[Lead]:
        """Return the leads of several neighbourhoods: those that answer most of them.

        Parameters
        ----------
        chosen
            shape (neighbourhoods,).
        """
        total = self.scores[:, chosen].sum(axis=1)
        found: list[Lead] = []
        for row in self._ranked(total):
            answered = int(self.answers[row, chosen].sum())
            landmark = plural(int(chosen.sum()), "quartier de la sélection", "quartiers")
            text = f"répond à {plural(answered, 'quartier')} sur {number(int(chosen.sum()))}"
            reason = Reason("quartiers", float(answered), landmark, text)
            found.append(self._lead(self.rules.regles[row], len(found) + 1, total[row], (reason,)))
        return found

    def where(self, levier: str, chosen: Mask | None = None) -> pd.DataFrame:
        """Return the neighbourhoods where a lever answers, the strongest first.

        Returns
        -------
        pandas.DataFrame
            ``code_qp``, ``lib_qp``, ``score``, ``texte``; empty when no rule leads to the lever.
        """
        row, places = self._where(levier, chosen)
        return pd.DataFrame(
            {
                "code_qp": self._codes[places],
                "lib_qp": self._names[places],
                "score": self.scores[row, places],
                "texte": [self._why(row, place) for place in places.tolist()],
            }
        )

    def strongest(self, levier: str, chosen: Mask) -> tuple[str, str]:
        """Return the first of :meth:`where`: its name, or its code when it has none, and why.

        Raises
        ------
        IndexError
            The lever answers nowhere there.
        """
        row, places = self._where(levier, chosen)
        place = int(places[0])
        return str(self._names[place] or self._codes[place]), self._why(row, place)

    def counts(self, chosen: Mask) -> dict[str, int]:
        """Return how many of some neighbourhoods each lever answers; silent rules are left out.

        Parameters
        ----------
        chosen
            shape (neighbourhoods,).
        """
        silent = self.silent()
        found = self.answers[:, chosen].sum(axis=1)
        return {
            rule.levier: int(count)
            for rule, count in zip(self.rules.regles, found, strict=True)
            if rule.levier not in silent
        }

    def silent(self) -> dict[str, tuple[str, ...]]:
        """Return the levers whose rule cannot be looked at, and the indicators that it lacks."""
        return {
            rule.levier: self._named(lacking)
            for rule in self.rules.regles
            if (lacking := [one.indicateur for one in rule.quand if self._look(one) is None])
        }

    def changes(self, other: Diagnosis, chosen: Mask | None = None) -> pd.DataFrame:
        """Say what other rules change on the same data: neighbourhoods won and lost by lever.

        Parameters
        ----------
        other
            The same neighbourhoods under other rules.
        chosen
            shape (neighbourhoods,): those counted; all by default.
        """
        mine = {rule.levier: row for row, rule in enumerate(self.rules.regles)}
        theirs = {rule.levier: row for row, rule in enumerate(other.rules.regles)}
        nothing = np.zeros(len(self.generation.quartiers), dtype=bool)
        here = ~nothing if chosen is None else chosen
        rows = []
        for levier in dict.fromkeys([*mine, *theirs]):
            before = here & (self.answers[mine[levier]] if levier in mine else nothing)
            after = here & (other.answers[theirs[levier]] if levier in theirs else nothing)
            rows.append(
                {
                    "levier": levier,
                    "avant": int(before.sum()),
                    "apres": int(after.sum()),
                    "gagnes": int((after & ~before).sum()),
                    "perdus": int((before & ~after).sum()),
                }
            )
        return pd.DataFrame(rows)

    # --- how ------------------------------------------------------------------------------------

    def _where(self, levier: str, chosen: Mask | None) -> tuple[int, npt.NDArray[np.intp]]:
        """Return the row of a lever's rule and where it answers; nowhere when it has no rule."""
        row = next((row for row, one in enumerate(self.rules.regles) if one.levier == levier), -1)
        if row < 0:
            return row, np.array([], dtype=np.intp)
        here = self.answers[row] if chosen is None else self.answers[row] & chosen
        places = np.flatnonzero(here)
        return row, places[np.lexsort((self._codes[places], -self.scores[row, places]))]

    def _why(self, row: int, place: int) -> str:
        return " ; ".join(self._reason(one, place).texte for one in self.rules.regles[row].quand)

    def _place(self, code: str) -> int:
        place = self.generation.axes["quartier"].position(code)
        if place < 0:
            raise UsageError(f"quartier inconnu « {code} » {in_outlines(self.generation.name)}.")
        return place

    def _ranked(self, scores: Floats) -> list[int]:
        """Order the rules by score; those of one score by the order of the file."""
        order = np.argsort(-scores, kind="stable")
        return [int(row) for row in order if scores[row] > 0][:MOST]

    def _lead(self, rule: Rule, rank: int, score: float, reasons: tuple[Reason, ...]) -> Lead:
        lacking = [one for one in rule.utiles if self._measures[one] is None]
        return Lead(rule.levier, rank, round(float(score), 3), reasons, self._named(lacking))

    def _named(self, names: list[str]) -> tuple[str, ...]:
        found = [self.rules.indicateurs[one] for one in dict.fromkeys(names)]
        return tuple(f"{one.titre} ({one.source})" if one.source else one.titre for one in found)

    def _look(self, condition: Condition) -> _Seen | None:
        measure = self._measures[condition.indicateur]
        compared = condition.sens in ("bas", "haut") or (measure and measure.count is not None)
        if measure is None or (self._alone and compared):
            return None
        if condition not in self._seen:
            self._seen[condition] = _look(measure, condition, self._like)
        return self._seen[condition]

    def _reason(self, condition: Condition, place: int) -> Reason:
        measure, seen = self._measures[condition.indicateur], self._look(condition)
        if measure is None or seen is None:
            raise ValueError("a condition that was never looked at has no reason")
        return _reason(measure, condition, seen, place)


def _look(measure: Measure, condition: Condition, like: npt.NDArray[np.intp]) -> _Seen:
    """Compare every neighbourhood with those like it."""
    values = measure.values
    theirs = np.where(like >= 0, values[like], np.nan)
    known = ~np.isnan(theirs)
    enough = (known.sum(axis=1) >= ENOUGH) & ~np.isnan(values)
    low, high = _quartiles(theirs)
    expected = np.full(len(values), np.nan)
    if condition.sens == "present":
        return _Seen(values > 0, np.ones(len(values)), low, high, expected)
    if condition.sens == "absent" and measure.count is None:
        return _Seen(values == 0, np.ones(len(values)), low, high, expected)
    below = condition.sens in ("bas", "absent")
    with np.errstate(invalid="ignore"):
        nearer = (theirs < values[:, None]) if below else (theirs > values[:, None])
    rank = np.where(known & nearer, 1, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    threshold = condition.seuil or 1.0
    holds = enough & (rank < threshold)
    # Most neighbourhoods may have none: being among them is no distinction.
    same = np.where(known & (theirs == values[:, None]), 1, 0).sum(axis=1)
    holds &= rank + same / np.maximum(known.sum(axis=1), 1) < max(2 * threshold, 0.5) + 1e-9
    if measure.count is not None and measure.base is not None:
        counts = np.where(known, measure.count[like], 0).sum(axis=1)
        bases = np.where(known, measure.base[like], 0).sum(axis=1)
        rate = counts / np.where(bases > 0, bases, np.nan)
        expected = rate * measure.base
        if not condition.chance:
            few, many = _chances(measure, rate, expected)
            holds &= (few if below else many) < RISK
            holds &= (expected >= EXPECTED) if below else (measure.count >= EXPECTED)
        if condition.sens == "absent":
            holds &= measure.count == 0
    return _Seen(holds, 1 - rank / threshold, low, high, expected)


def _quartiles(theirs: Floats) -> tuple[Floats, Floats]:
    """Return the first and third quartiles of each row; NaN are left out.

    ``numpy.nanquantile`` would take the rows one by one.
    """
    ordered = np.sort(theirs, axis=1)  # NaN last
    last = np.maximum((~np.isnan(ordered)).sum(axis=1) - 1, 0)
    found = []
    for share in (0.25, 0.75):
        at = share * last
        under = np.floor(at).astype(np.intp)[:, None]
        left, right = (
            np.take_along_axis(ordered, place, axis=1)[:, 0]
            for place in (under, np.minimum(under + 1, last[:, None]))
        )
        found.append(left + (right - left) * (at - under[:, 0]))
    return found[0], found[1]


def _chances(measure: Measure, rate: Floats, expected: Floats) -> tuple[Floats, Floats]:
    """Return the chance of so few or fewer, and of so many or more, at the rate of similar ones.

    A number for inhabitants is taken as Poisson, a share of establishments as binomial.
    """
    assert measure.count is not None  # noqa: S101 - asked for counted measures only
    assert measure.base is not None  # noqa: S101 - same
    count, mean = measure.count, np.nan_to_num(expected)
    above = np.maximum(count - 1, 0)
    if measure.indicator.pour == "habitants":
        few = special.pdtr(count, mean)
        many = np.where(count > 0, special.pdtrc(above, mean), 1.0)
    else:
        share = np.clip(np.nan_to_num(rate), 0.0, 1.0)
        left = np.maximum(measure.base - count, 0)
        few = np.where(left > 0, special.betainc(np.maximum(left, 1), count + 1, 1 - share), 1.0)
        many = np.where(count > 0, special.betainc(above + 1, left + 1, share), 1.0)
    unknown = np.isnan(expected)
    return np.where(unknown, 1.0, few), np.where(unknown, 1.0, many)


def _reason(measure: Measure, condition: Condition, seen: _Seen, place: int) -> Reason:
    indicator, value = measure.indicator, float(measure.values[place])
    if condition.sens in ("absent", "present") and measure.count is None:
        said = "oui" if value > 0 else "non"
        return Reason(indicator.id, value, "", f"{indicator.titre}{NBSP}: {said}")
    if measure.count is not None and measure.count[place] == 0 and indicator.pour == "habitants":
        wanted = float(seen.expected[place])
        word = "attendus" if wanted >= 2 else "attendu"
        landmark = f"{number(wanted, 1)} {word} d'après les quartiers semblables"
        return Reason(indicator.id, 0.0, landmark, f"aucun {indicator.titre} ({landmark})")
    part = _PARTS.get(condition.seuil, percent(condition.seuil))
    side = "plus bas" if condition.sens == "bas" else "plus haut"
    side = side.replace("bas", "basse") if part == "moitié" else side
    side = side.replace("haut", "haute") if part == "moitié" else side
    low, high = (_written(indicator, float(bound[place])) for bound in (seen.low, seen.high))
    span = f"la moitié d'entre eux{NBSP}: de {low} à {high}"
    article = "la" if part == "moitié" else "le"
    landmark = f"{article} {part} {article} {side} des quartiers semblables ({span})"
    head = _headed(indicator, value)
    return Reason(indicator.id, value, landmark, f"{head}, dans {landmark}")


def _headed(indicator: Indicator, value: float) -> str:
    if indicator.pour == "habitants":
        # In French 1,9 is singular still.
        noun = (indicator.pluriel if value >= 2 else "") or indicator.titre
        return f"{_written(indicator, value)} {noun} pour 1{NBSP}000{NBSP}habitants"
    return f"{indicator.titre}{NBSP}: {_written(indicator, value)}"


def _written(indicator: Indicator, value: float) -> str:
    if indicator.pour == "etablissements":
        return percent(value)
    return number(value, 1 if value == 0 or value >= 1 else 2)
