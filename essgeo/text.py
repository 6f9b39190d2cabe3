"""French numbers, and text from data made harmless."""

from __future__ import annotations

import html
import math
import re
import unicodedata
from functools import lru_cache

#: Narrow no-break space: thousands separator and space before « % » in French typography.
NNBSP = "\u202f"
NBSP = "\u00a0"

# A JavaScript template literal evaluates ${…} even after HTML escaping, and folium writes texts
# into such literals: the three characters that open or escape one are turned into entities too.
_JS_TEMPLATE = str.maketrans({"$": "&#36;", "`": "&#96;", "\\": "&#92;"})

#: What a spreadsheet runs: any white space (NBSP and line breaks included), then one of these.
FORMULA = re.compile(r"^[\s\u00a0\u202f\ufeff\u200b]*[=+\-@|%]|^[\t\r\n]")

#: Spaces that must not end a line: inside quotation marks, and before double punctuation.
_OPENED, _WIDE_MARK, _NARROW_MARK = (
    re.compile("« "),
    re.compile(" (?=[:»])"),
    re.compile(" (?=[;!?%])"),
)

#: What a search does not look at, accents aside.
_PUNCTUATION = re.compile(r"[^0-9a-z]+")


def escape(text: object) -> str:
    """Escape text from data for HTML, also inside a JavaScript template literal."""
    return html.escape(str(text), quote=True).translate(_JS_TEMPLATE)


def guard_formula(text: str) -> str:
    """Prefix with an apostrophe a text that a spreadsheet would run.

    Parameters
    ----------
    text
        A cell or a header; numbers never come through here.
    """
    return f"'{text}" if FORMULA.match(text) else text


def typeset(text: str) -> str:
    """Keep French punctuation on the line of the word that it follows or opens."""
    said = _OPENED.sub(f"«{NBSP}", text)
    return _WIDE_MARK.sub(NBSP, _NARROW_MARK.sub(NNBSP, said))


@lru_cache(maxsize=4096)  # a page writes a thousand, mostly those that it wrote before
def number(value: float | None, decimals: int = 0) -> str:
    """Write a number the French way: ``1 234,5``; « n. d. » when it is not known."""
    if value is None or math.isnan(value):
        return f"n.{NBSP}d."
    written = f"{value:,.{decimals}f}"
    if not written.strip("-0.,"):  # no « -0 »
        written = written.lstrip("-")
    return written.replace(",", NNBSP).replace(".", ",")


def percent(share: float | None, decimals: int = 0) -> str:
    """Write a share between 0 and 1 as a French percentage: ``12 %``."""
    if share is None or math.isnan(share):
        return f"n.{NBSP}d."
    return f"{number(share * 100, decimals)}{NNBSP}%"


def plural(count: float, singular: str, plural_form: str | None = None) -> str:
    """Write a count and its noun; in French 0 and 1 take the singular."""
    noun = singular if abs(count) < 2 else (plural_form or f"{singular}s")
    return f"{number(count)}{NBSP}{noun}"


def size(octets: float) -> str:
    """Write a number of bytes: ``2,2 Go``, ``705 Mo``, ``12 ko``."""
    for power, unit in ((1e9, "Go"), (1e6, "Mo"), (1e3, "ko")):
        if octets >= power:
            value = octets / power
            return f"{number(value, 1 if value < 10 else 0)}{NBSP}{unit}"
    return plural(octets, "octet")


def duration(seconds: float) -> str:
    """Write a time that is left: ``40 s``, ``3 min``, ``1 h 20``."""
    whole = round(seconds)
    if whole < 90:
        return f"{whole}{NBSP}s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes}{NBSP}min"
    return f"{minutes // 60}{NBSP}h{NBSP}{minutes % 60:02d}"


def listing(items: list[str], limit: int = 5) -> str:
    """Join items with commas and « et »; beyond ``limit`` say how many more there are."""
    if len(items) > limit:
        more = len(items) - limit
        return f"{', '.join(items[:limit])} et {more}{NBSP}autre{'s' if more > 1 else ''}"
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} et {items[-1]}"


@lru_cache(maxsize=1 << 16)
def fold(text: str) -> str:
    """Lower the case and drop accents and punctuation, for searching.

    The last texts are kept: the 35,000 communes are put in order once a generation of outlines.
    """
    if text.isascii():
        return _PUNCTUATION.sub(" ", text.lower()).strip()
    bare = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    kept = "".join(char for char in bare if not unicodedata.combining(char))
    return _PUNCTUATION.sub(" ", kept).strip()


def slug(text: str) -> str:
    """Make a short safe name for a file out of any text (letters, digits, hyphens)."""
    return fold(text).replace(" ", "-")[:60].strip("-") or "sans-nom"


def one_line(text: str, limit: int = 300) -> str:
    """Put a text from data or a library on one printable line."""
    flat = "".join(char if char.isprintable() else " " for char in text)
    flat = " ".join(flat.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
