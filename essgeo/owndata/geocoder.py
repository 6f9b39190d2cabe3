"""An address asked of the public geocoder, when the visitor wants it and at no other time.

Service: Géoplateforme (IGN), ``/geocodage/search``; parameters ``q``, ``limit``, ``index``,
``autocomplete``; the answer is a GeoJSON whose properties are those of the Base adresse nationale
(``label``, ``type``: housenumber, street, locality, municipality, ``score``, ``citycode``); 50
requests a second at most, beyond which it answers 429.
https://geoservices.ign.fr/documentation/services/services-geoplateforme/geocodage,
https://adresse.data.gouv.fr/api-doc/adresse

The address is sent once, to that site only, and written nowhere.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from essgeo.errors import DataError
from essgeo.fetch import http
from essgeo.owndata.coordinates import Place, assumed_precision_m, place
from essgeo.text import one_line

SITE = "ESSGEO_SITE_GEOCODAGE"

#: Candidates asked for.
MOST = 5
#: Length of an address that the service accepts.
LENGTHS = (3, 200)
#: Seconds for the connection, between two bytes, and in all: somebody is waiting.
TIMEOUT = (5.0, 10.0)
LONGEST_S = 15.0
_MOST_BYTES = 1_000_000
#: Candidates whose score is below this share of the best one's are noise.
_WORTH = 0.6

#: ``type`` of an answer -> ``qualite_xy`` that is worth the same, and what people read. The
#: middle of a street is no better known than a point drawn at random in it.
KINDS = {
    "housenumber": ("11", "numéro dans la voie"),
    "street": ("12", "milieu de la voie"),
    "locality": ("22", "lieu-dit"),
}
#: A whole commune: no position to be answered about.
COMMUNE = "municipality"


@dataclass(frozen=True)
class Candidate:
    """One address that the service proposes.

    Parameters
    ----------
    label
        Address in full, on one printable line; from outside, to be escaped as any text.
    kind
        What was found, in French.
    place
        Where; its precision is that of the kind.
    """

    label: str
    kind: str
    place: Place


def site() -> str:
    """Return the name of the site that would be asked, for the words on screen."""
    return http.host(http.base_address(SITE))


def geocode(address: str) -> tuple[Candidate, ...]:
    """Ask where an address is.

    Parameters
    ----------
    address
        As typed.

    Returns
    -------
    tuple
        The likeliest first; empty when nothing was found.

    Raises
    ------
    UsageError
        The setting is no address.
    DataError
        The text is too short or too long, or the only answer is a whole commune.
    NetworkError
        No answer, a refusal, or another thing than an answer; the address is not in the text.
    """
    asked = one_line(address, LENGTHS[1] + 1)
    if not LENGTHS[0] <= len(asked) <= LENGTHS[1]:
        raise DataError(
            f"adresse{'' if asked else ' absente'} : donnez de {LENGTHS[0]} à {LENGTHS[1]} "
            "caractères, avec le numéro, la voie et la commune."
        )
    found = _features(asked)
    best = max((score for score, _, _ in found), default=0.0)
    kept = [one for score, _, one in found if one is not None and score >= _WORTH * best]
    if not kept and any(kind == COMMUNE for _, kind, _ in found):
        raise DataError(
            "le géocodeur n'a reconnu que la commune ; ajoutez le numéro et la voie, "
            "ou donnez des coordonnées."
        )
    return tuple(kept)


def _features(asked: str) -> list[tuple[float, str, Candidate | None]]:
    """Return score, kind and candidate of each usable answer."""
    content = _ask({"q": asked, "limit": MOST, "index": "address", "autocomplete": 0})
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list):
        raise _strange(http.base_address(SITE))
    return [one for feature in features[:MOST] if (one := _candidate(feature)) is not None]


def _candidate(feature: Any) -> tuple[float, str, Candidate | None] | None:
    """Read one answer, believed only where it makes sense."""
    try:
        lon, lat = (float(value) for value in feature["geometry"]["coordinates"][:2])
        said = feature["properties"]
        label, kind = one_line(str(said["label"]), 160), str(said["type"])
        score = float(said.get("score", 0.0))
    except (TypeError, KeyError, ValueError, AttributeError):
        return None
    if not (math.isfinite(lon) and math.isfinite(lat) and math.isfinite(score) and label):
        return None
    if kind not in KINDS:
        return score, kind, None
    quality, words = KINDS[kind]
    where = place(lon, lat, assumed_precision_m(quality), label, quality)
    return (score, kind, Candidate(label, words, where)) if where else None


def _ask(params: dict[str, str | int]) -> Any:
    address = f"{http.base_address(SITE)}/search"
    # One try: whoever waits can click again, and a log of tries would hold the address.
    session = http.open_session(retries=0)
    # What leaves goes to the site that the page names, and nowhere else.
    session.max_redirects = 0
    with (
        session,
        _unlogged(),
        http.get(session, address, params=params, stream=True, timeout=TIMEOUT) as answer,
    ):
        try:
            return json.loads(_body(answer, address))
        except requests.RequestException as error:
            raise http.NetworkError(http.explain(address, error)) from error
        except http.NetworkError:
            raise
        except (ValueError, RecursionError):
            raise _strange(address) from None


def _body(answer: requests.Response, address: str) -> bytes:
    held, until = bytearray(), time.monotonic() + LONGEST_S
    for piece in answer.iter_content(1 << 14):
        held += piece
        if len(held) > _MOST_BYTES:
            raise ValueError("endless")
        if time.monotonic() > until:
            raise http.NetworkError(http.explain(address, requests.exceptions.Timeout()))
    return bytes(held)


def _strange(address: str) -> http.NetworkError:
    return http.NetworkError(
        f"{http.host(address)} : la réponse n'est pas celle du géocodeur (page web d'un portail ou "
        "d'un serveur mandataire ?) ; réessayez plus tard, ou donnez des coordonnées."
    )


@contextmanager
def _unlogged() -> Iterator[None]:
    """Keep the library from writing the address that is asked in a log, whatever its level."""
    log = logging.getLogger("urllib3.connectionpool")

    def hidden(record: logging.LogRecord) -> bool:
        return "q=" not in record.getMessage()

    log.addFilter(hidden)
    try:
        yield
    finally:
        log.removeFilter(hidden)
