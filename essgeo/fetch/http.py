"""Asking official sites over HTTP: patient, polite, and one French line when it fails.

Proxies come from the environment (``HTTPS_PROXY``, ``HTTP_PROXY``, ``NO_PROXY``), as everywhere.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.util import Retry

from essgeo import __version__
from essgeo.errors import DataError, UsageError
from essgeo.settings import SETTINGS
from essgeo.text import one_line

#: Who asks, so that a site that minds can say so.
USER_AGENT = f"essgeo/{__version__} (donnees ouvertes ; python-requests)"
#: Seconds for the connection, then between two bytes.
TIMEOUT = (10.0, 60.0)
#: Tries after the first, with a pause that doubles each time.
RETRIES = 5
#: The same when nobody answers at all: an absent network is said at once.
_CONNECT_RETRIES = 2
#: Seconds of the first pause.
BACKOFF_S = 1.0
#: Longest pause, whatever a server asks for.
LONGEST_PAUSE_S = 120
#: Answers that a later try may better: too many requests, and faults of servers.
PASSING = frozenset({429, 500, 502, 503, 504})

_SCHEMES = ("http", "https")
_MOST_REDIRECTS = 5
#: A page of 25 companies weighs some hundreds of kilobytes.
_MOST_JSON_BYTES = 50_000_000


class NetworkError(DataError):
    """A site cannot be reached, refuses, or answers something else than what was asked for.

    Parameters
    ----------
    text
        One French line.
    status
        HTTP status; None when there was no answer.
    """

    def __init__(self, text: str, status: int | None = None) -> None:
        super().__init__(text)
        self.status = status


class Session(requests.Session):
    """A session that a redirection never takes from HTTP to something else, nor out of HTTPS."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return where an answer leads, once sure that it may be followed there."""
        target = super().get_redirect_target(resp)
        if target is not None:
            try:
                scheme = urlsplit(urljoin(resp.url, target)).scheme.lower()
            except ValueError:
                scheme = ""
            if scheme not in (urlsplit(resp.url).scheme.lower(), "https"):
                resp.close()
                raise requests.exceptions.InvalidSchema(f"redirection {scheme}")
        return target


def open_session(*, retries: int = RETRIES, backoff_s: float = BACKOFF_S) -> Session:
    """Open a session that tries again, with longer and longer pauses, what may pass.

    Parameters
    ----------
    retries
        Tries after the first.
    backoff_s
        Seconds of the first pause; a server's ``Retry-After`` wins, up to `LONGEST_PAUSE_S`.
    """
    session = Session()
    session.headers["User-Agent"] = USER_AGENT
    session.max_redirects = _MOST_REDIRECTS
    retry = Retry(
        total=retries,
        connect=min(retries, _CONNECT_RETRIES),
        status_forcelist=PASSING,
        allowed_methods=("GET", "HEAD"),
        backoff_factor=backoff_s,
        backoff_max=LONGEST_PAUSE_S,
        retry_after_max=LONGEST_PAUSE_S,
        raise_on_status=False,
    )
    for scheme in _SCHEMES:
        session.mount(f"{scheme}://", requests.adapters.HTTPAdapter(max_retries=retry))
    return session


def base_address(setting: str) -> str:
    """Return the address of a site, as set, without a final slash.

    Parameters
    ----------
    setting
        Name of a setting that holds an address.

    Raises
    ------
    UsageError
        Not http:// or https:// with a host; or it holds a user name, which would be written
        into what is kept of the downloads.
    """
    address = SETTINGS[setting].read().rstrip("/")
    try:
        parts = urlsplit(address)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        parts, named = urlsplit(""), False
    if parts.scheme not in _SCHEMES or not named or parts.username or parts.query or parts.fragment:
        raise UsageError(
            f"{setting} : « {one_line(address, 80)} » n'est pas une adresse ; "
            f"écrivez-la comme {SETTINGS[setting].default}."
        )
    return address


def get(
    session: requests.Session,
    address: str,
    *,
    params: Mapping[str, str | int] | None = None,
    headers: Mapping[str, str] | None = None,
    stream: bool = False,
    accept: tuple[int, ...] = (200,),
    timeout: tuple[float, float] | None = None,
) -> requests.Response:
    """Ask for an address.

    Parameters
    ----------
    session
        From `open_session`.
    address, params, headers
        What is asked for.
    stream
        Leave the body for the caller to read; the caller closes the answer.
    accept
        Statuses that are an answer; any other is an error.
    timeout
        Seconds for the connection, then between two bytes; those of `TIMEOUT` by default.

    Raises
    ------
    NetworkError
        No answer, a redirection that may not be followed, or another status; the text names the
        site and says what to do.
    """
    try:
        answer = session.get(
            address, params=params, headers=headers, stream=stream, timeout=timeout or TIMEOUT
        )
    except (requests.RequestException, UnicodeError) as error:
        raise NetworkError(explain(address, error)) from error
    if answer.status_code not in accept:
        answer.close()
        raise NetworkError(
            f"{host(address)} : {_refusal(answer.status_code)} [{one_line(address, 200)}]",
            answer.status_code,
        )
    return answer


def get_json(
    session: requests.Session,
    address: str,
    params: Mapping[str, str | int] | None = None,
    *,
    backoff_s: float = BACKOFF_S,
) -> Any:
    """Ask for an address that answers in JSON; an answer cut in the middle is asked for again.

    Parameters
    ----------
    session, address, params
        As `get`.
    backoff_s
        Seconds of the first pause after a cut.

    Raises
    ------
    NetworkError
        As `get`; or the answer is cut every time, endless, or not JSON (a page of a proxy, a
        portal of a hotel).
    """
    for tried in range(RETRIES + 1):
        with get(session, address, params=params, stream=True) as answer:
            try:
                return json.loads(_body(answer))
            except requests.RequestException as error:
                if tried == RETRIES:
                    raise NetworkError(explain(address, error), answer.status_code) from error
            except (ValueError, RecursionError):
                raise NetworkError(
                    f"{host(address)} : la réponse n'est pas celle du service (page web d'un "
                    "portail ou d'un serveur mandataire ?) ; ouvrez l'adresse dans un navigateur "
                    f"pour voir [{one_line(answer.url, 200)}].",
                    answer.status_code,
                ) from None
        time.sleep(min(backoff_s * 2**tried, LONGEST_PAUSE_S))
    raise AssertionError("the last try returns or raises")


def _body(answer: requests.Response) -> bytes:
    held = bytearray()
    for piece in answer.iter_content(1 << 16):
        held += piece
        if len(held) > _MOST_JSON_BYTES:
            raise ValueError("endless")
    return bytes(held)


def host(address: str) -> str:
    """Return the name of the site of an address, for messages."""
    return one_line(urlsplit(address).netloc.rpartition("@")[2], 80) or "adresse sans site"


def explain(address: str, error: BaseException) -> str:
    """Say in one French line why there was no answer, and what to do."""
    site = host(address)
    said = repr(error)
    if isinstance(error, requests.exceptions.InvalidSchema):
        return (
            f"{site} : redirection refusée, elle mène hors du web sécurisé ; "
            "vérifiez l'adresse réglée, ou réessayez plus tard."
        )
    if isinstance(error, requests.exceptions.ProxyError):
        return (
            f"{site} : le serveur mandataire ne répond pas ou refuse ; "
            "vérifiez HTTPS_PROXY et HTTP_PROXY."
        )
    if isinstance(error, requests.exceptions.SSLError):
        return (
            f"{site} : certificat de sécurité refusé ; vérifiez la date de l'ordinateur, ou donnez "
            "le certificat de votre réseau par REQUESTS_CA_BUNDLE."
        )
    if isinstance(error, requests.exceptions.TooManyRedirects):
        return f"{site} : trop de redirections ; réessayez plus tard."
    if isinstance(error, requests.exceptions.Timeout) or "timed out" in said:
        return f"{site} : pas de réponse à temps ; vérifiez le réseau, ou réessayez plus tard."
    if "NameResolutionError" in said or "getaddrinfo" in said:
        return (
            f"{site} : site introuvable ; vérifiez que l'ordinateur est relié à internet "
            "(derrière un serveur mandataire, réglez HTTPS_PROXY)."
        )
    if "refused" in said:
        return f"{site} : connexion refusée ; vérifiez l'adresse réglée, ou réessayez plus tard."
    return (
        f"{site} : la connexion a été coupée ({one_line(type(error).__name__, 40)}) ; "
        "relancez la même commande."
    )


def _refusal(status: int) -> str:
    if status in (404, 410):
        return f"ce fichier n'existe pas ou plus (réponse {status}) ; voyez la page de la source"
    if status in (401, 403, 407):
        return f"accès refusé (réponse {status}) ; un serveur mandataire filtre peut-être le site"
    if status == 429:
        return "trop de demandes (réponse 429) ; attendez quelques minutes puis relancez"
    if status >= 500:
        return f"le site est en panne (réponse {status}) ; relancez plus tard"
    return f"réponse inattendue ({status}) ; relancez plus tard ou voyez la page de la source"
