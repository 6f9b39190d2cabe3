"""Coordinates as people type and paste them, read into degrees or told to be doubtful.

Nothing is guessed: latitude comes first, as maps and public services write it; what is in France
only once swapped, or converted from a projection, is proposed and waits for an answer.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from essgeo.nomenclatures import qualites_xy
from essgeo.nomenclatures.territoires import territory_index
from essgeo.readers.projections import PROJECTIONS, in_degrees
from essgeo.text import NBSP, one_line

#: Most lines of a pasted list.
MOST_LINES = 2000
#: Longest text of one line that is looked at.
LONGEST = 300

#: A position that is sure, in the words of Insee's ``qualite_xy``.
SURE = "11"

#: Key of the proposal to swap; those of projections are their EPSG codes.
SWAPPED = "inverse"

_METRES_PER_DEGREE = 111_320.0

_NUMBER = r"[+-]?\d+(?:[.,]\d+)?"
_DOT = r"[+-]?\d+(?:\.\d+)?"
_COMMA = r"[+-]?\d+,\d+"
_DEGREES = (
    r"(?:(?P<sign{n}>[+-])?(?P<deg{n}>\d{{1,3}}(?:[.,]\d+)?)\s*[°º]?"
    r"(?:\s*(?P<min{n}>\d{{1,2}}(?:[.,]\d+)?)\s*['′’])?"
    r"(?:\s*(?P<sec{n}>\d{{1,2}}(?:[.,]\d+)?)\s*(?:\"|″|”|''|′′|’’))?)"
)
_LETTER = r"(?P<let{n}>[NSEWO])"
_BETWEEN = r"\s*(?:[,;]\s*|\s)\s*"


def _pair(one: str) -> re.Pattern[str]:
    both = _BETWEEN.join(one.replace("{n}", place) for place in "12")
    return re.compile(both.replace("{{", "{").replace("}}", "}"), re.IGNORECASE)


#: With letters after, then before; then degree signs alone.
_LETTERED = (_pair(rf"{_DEGREES}\s*{_LETTER}"), _pair(rf"{_LETTER}\s*{_DEGREES}"))
_SIGNED = _pair(_DEGREES)
_PLAIN = (
    re.compile(rf"({_DOT})(?:\s+|\s*,\s+)({_DOT})"),
    # A comma alone is a separator only where a point is the decimal sign.
    re.compile(r"([+-]?\d+\.\d+),([+-]?\d+(?:\.\d+)?)"),
    re.compile(rf"({_COMMA})(?:\s+|\s*,\s+)({_COMMA})"),
)
_NAMED = re.compile(r"\b(lat(?:itude)?|lon(?:gitude)?|lng)\s*[:=]\s*", re.IGNORECASE)
_GROUPS = re.compile(r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))")


@dataclass(frozen=True)
class Place:
    """Somewhere in France.

    Parameters
    ----------
    lon, lat
        WGS84 degrees.
    precision_m
        Metres around within which the place truly is.
    name
        What its owner calls it.
    quality
        Code of ``qualite_xy`` that is worth the same.
    """

    lon: float
    lat: float
    precision_m: float
    name: str = ""
    quality: str = SURE


@dataclass(frozen=True)
class Proposal:
    """What a doubtful text may mean: ``key`` tells it apart, ``label`` says it in French."""

    key: str
    label: str
    place: Place


@dataclass(frozen=True)
class Line:
    """One line read: a place; or why there is none, and what it may mean.

    Parameters
    ----------
    number
        Line in what was pasted, from 1.
    text
        As typed, on one printable line.
    place
        None when it cannot be told.
    problem
        One French sentence, empty when there is a place.
    proposals
        What the owner may choose among.
    """

    number: int
    text: str
    place: Place | None = None
    problem: str = ""
    proposals: tuple[Proposal, ...] = ()


@dataclass(frozen=True)
class _Value:
    """A number, half of the unit of its last digit, and its letter (N, S, E, O) if it has one."""

    value: float
    half: float
    letter: str = ""


@cache
def assumed_precision_m(quality: str = SURE) -> float:
    """Return the metres within which a position of some ``qualite_xy`` is assumed to be."""
    metres: float = qualites_xy()["precision_m"].to_dict()[quality]
    return metres


def place(
    lon: float, lat: float, precision_m: float = 0.0, name: str = "", quality: str = SURE
) -> Place | None:
    """Return a place, no surer than an address is; None outside every French territory."""
    if int(territory_index(np.array([lon]), np.array([lat]))[0]) < 0:
        return None
    return Place(lon, lat, max(precision_m, assumed_precision_m()), name, quality)


def read_line(text: str, *, number: int = 1, accept: str = "", reverse: bool = False) -> Line:
    """Read one place.

    Parameters
    ----------
    text
        « 48,58 ; 7,75 », « 48.58, 7.75 », « 48°34'48" N 7°45' E »; a name may stand beside two
        numbers set apart by semicolons or tabs.
    number
        Of the line.
    accept
        Key of a proposal that the owner has accepted: it is followed where it is made.
    reverse
        Whether the list says that longitude comes first.
    """
    shown = one_line(text, LONGEST)
    if not shown:
        return Line(number, shown, problem="ligne vide")
    name, found, reverse = _values(text[:LONGEST], reverse)
    if found is None:
        return Line(number, shown, problem=_unread(shown))
    first, second = found
    if first.letter or second.letter:
        return _lettered(Line(number, shown), first, second, name)
    lat, lon = (second, first) if reverse else (first, second)
    direct = _placed(lon, lat, name)
    if direct is not None:
        return Line(number, shown, direct)
    proposals = tuple(_proposals(first, second, lon, lat, name))
    chosen = next((one for one in proposals if one.key == accept), None)
    if chosen is not None:
        return Line(number, shown, chosen.place)
    return Line(number, shown, problem=_outside(lon.value, lat.value, proposals),
                proposals=proposals)  # fmt: skip


def read_list(text: str, *, accept: str = "") -> tuple[Line, ...]:
    """Read a pasted list, one place a line; empty lines are left out.

    A first line that names latitude and longitude is a header, and says which comes first.
    """
    lines = [
        (at, line) for at, line in enumerate(text.splitlines(), start=1) if one_line(line, LONGEST)
    ]
    reverse = False
    found = re.findall(r"\b(lat|lon|lng)", lines[0][1].lower()) if lines else []
    if len(set(found)) > 1 and not any(char.isdigit() for char in lines[0][1]):
        lines.pop(0)
        reverse = found[0] != "lat"
    return tuple(
        read_line(line, number=at, accept=accept, reverse=reverse)
        for at, line in lines[:MOST_LINES]
    )


def too_many(text: str) -> int:
    """Return how many lines of a pasted list are beyond what is read."""
    return max(0, sum(1 for line in text.splitlines() if line.strip()) - MOST_LINES)


def proposed(lines: Sequence[Line]) -> dict[str, tuple[str, int]]:
    """Return what is proposed for a list: key -> French label and number of lines."""
    out: dict[str, tuple[str, int]] = {}
    for line in lines:
        for one in line.proposals:
            out[one.key] = (one.label, out.get(one.key, ("", 0))[1] + 1)
    return dict(sorted(out.items(), key=lambda item: -item[1][1]))


# --- reading ------------------------------------------------------------------------------------


def _values(text: str, reverse: bool) -> tuple[str, tuple[_Value, _Value] | None, bool]:
    """Return the name, the two numbers in their order, and whether longitude comes first."""
    named = [one.lower()[:3] for one in _NAMED.findall(text)]
    if len(named) == 2 and len({one == "lat" for one in named}) == 2:
        text, reverse = _NAMED.sub(" ", text), named[0] != "lat"
    text = text.strip(" ()[]\t\r\n\ufeff").replace("−", "-")
    fields = [one.strip() for one in re.split(r"[;\t|]", text)]
    numbers = [_number(field) for field in fields]
    where = [at for at, one in enumerate(numbers) if one is not None]
    if len(where) == 2:
        first, second = (one for one in numbers if one is not None)
        name = " ".join(one for at, one in enumerate(fields) if at not in where and one)
        return one_line(name, 120), (first, second), reverse
    for pattern in _LETTERED:
        found = pattern.fullmatch(text)
        if found:
            return "", _sexagesimal(found), reverse
    if "°" in text or "º" in text:
        found = _SIGNED.fullmatch(text)
        return "", _sexagesimal(found) if found else None, reverse
    for pattern in _PLAIN:
        found = pattern.fullmatch(text)
        if found:
            one, other = _number(found[1]), _number(found[2])
            if one is not None and other is not None:
                return "", (one, other), reverse
    return "", None, reverse


def _number(text: str) -> _Value | None:
    bare = _GROUPS.sub("", text)
    if not re.fullmatch(_NUMBER, bare):
        return None
    bare = bare.replace(",", ".")
    return _Value(float(bare), 0.5 / 10 ** len(bare.partition(".")[2]))


def _sexagesimal(found: re.Match[str]) -> tuple[_Value, _Value] | None:
    """Return degrees, minutes and seconds as degrees; None when sixty is reached."""
    groups, out = found.groupdict(), []
    for place_ in "12":
        value, half = 0.0, 0.0
        for part, unit in (("deg", 1), ("min", 60), ("sec", 3600)):
            text = groups.get(f"{part}{place_}")
            if not text:
                continue
            read = _number(text)
            if read is None or (unit > 1 and read.value >= 60):
                return None
            value, half = value + read.value / unit, read.half / unit
        letter = (groups.get(f"let{place_}") or "").upper().replace("W", "O")
        negative = groups.get(f"sign{place_}") == "-"
        out.append(_Value(-value if negative or letter in ("S", "O") else value, half, letter))
    return out[0], out[1]


def _lettered(line: Line, first: _Value, second: _Value, name: str) -> Line:
    if {first.letter in "NS", second.letter in "NS"} != {True, False}:
        return Line(line.number, line.text, problem="deux latitudes ou deux longitudes : il faut "
                    "une lettre N ou S, et une lettre E ou O")  # fmt: skip
    lat, lon = (first, second) if first.letter in "NS" else (second, first)
    found = _placed(lon, lat, name)
    problem = "" if found else _outside(lon.value, lat.value, ())
    return Line(line.number, line.text, found, problem)


def _placed(lon: _Value, lat: _Value, name: str) -> Place | None:
    wide = lon.half * math.cos(math.radians(min(abs(lat.value), 90)))
    return place(lon.value, lat.value, max(lat.half, wide) * _METRES_PER_DEGREE, name)


# --- doubts -------------------------------------------------------------------------------------


def _proposals(
    first: _Value, second: _Value, lon: _Value, lat: _Value, name: str
) -> Iterator[Proposal]:
    swapped = _placed(lat, lon, name)
    if swapped is not None:
        yield Proposal(SWAPPED, "longitude et latitude inversées", swapped)
        return
    if max(abs(first.value), abs(second.value)) <= 180:
        return
    for epsg, label in PROJECTIONS.items():
        for x, y, order in ((first, second, ""), (second, first, ", nord puis est")):
            east, north = in_degrees(epsg, np.array([x.value]), np.array([y.value]))
            if not np.isfinite(east[0]):
                continue
            precision = max(x.half, y.half, assumed_precision_m())
            found = Place(float(east[0]), float(north[0]), precision, name)
            yield Proposal(str(epsg), f"{label} (EPSG:{epsg}{order})", found)
            break


def _unread(text: str) -> str:
    if re.fullmatch(r"\s*[+-]?\d+,\d+,[+-]?\d+,\d+\s*", text):
        return "virgules ambiguës : écrivez un point-virgule entre les deux nombres"
    return "deux nombres sont attendus, latitude puis longitude, comme « 48,58 ; 7,75 »"


def _outside(lon: float, lat: float, proposals: Sequence[Proposal]) -> str:
    if proposals and proposals[0].key == SWAPPED:
        return (
            "hors de tout territoire français, mais dedans une fois longitude et latitude "
            "échangées : à confirmer"
        )
    if proposals:
        return f"ce ne sont pas des degrés{NBSP}: sans doute des mètres, à confirmer"
    if max(abs(lon), abs(lat)) > 180:
        return "ce ne sont pas des degrés, ni des mètres d'une projection française connue"
    return "hors de tout territoire français"
