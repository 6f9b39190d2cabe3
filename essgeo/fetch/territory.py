"""The ESS of a territory, asked of the API Recherche d'entreprises, and proof that it is all there.

The API gives 10,000 results of a query at most, in pages whose order is not firm. A query is
therefore cut (by commune, section of activity, size) until each part fits and its pages hold as
many distinct units as it announces. The whole is then counted another way: by section over the
whole territory, whatever the communes asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import requests

from essgeo import nomenclatures
from essgeo.errors import DataError, OutputError
from essgeo.fetch import http
from essgeo.fetch.http import NetworkError
from essgeo.fetch.pages import Asker, Clock, Pace
from essgeo.files import cannot_write, sha256
from essgeo.sources import brut
from essgeo.sources import recherche_entreprises as api
from essgeo.sources.brut import RawFile
from essgeo.sources.kept import Kept, Query, key_of
from essgeo.sources.proof import PAGES_FILE, Part, Proof, State, Walk, read_proof, write_proof
from essgeo.sources.territory import Territory
from essgeo.text import NBSP, number

#: Called at every page with what is read, how much, and of how much when it is known; what it
#: raises stops the reading, which a later call takes up.
Progress = Callable[[str, int, int | None], None]

#: Suffix of the pages while they are not all there.
PART = ".part"
#: Age in seconds beyond which pages are not gone on from: they would not be of one state.
_STALE_S = 86_400
#: Times that a part is read, when its total changes meanwhile or its pages repeat themselves.
_READINGS = 5
#: By how much an estimated total may exceed the truth.
_ESTIMATE = 0.1
#: Pages of a hundred establishments of one unit, at most: the largest one has some ten thousand.
_MOST_WALKED = 1_000
#: Answers to a parameter that the service does not know or does not give.
_REFUSED = frozenset({400, 401, 403, 404, 422})

Cut = tuple[str, tuple[str, ...]]


def fetch_territory(
    where: Territory,
    out: Path,
    *,
    session: requests.Session | None = None,
    clock: Clock | None = None,
    progress: Progress = lambda *_: None,
    say: Callable[[str], None] = lambda _: None,
) -> Proof:
    """Ask for the ESS of a territory and keep it in a folder of raw files.

    Parameters
    ----------
    where
        The territory.
    out
        Folder of raw files; made, or taken up again where it stopped.
    session
        From `essgeo.fetch.http.open_session`, opened here by default.
    clock
        Where the pauses between requests take their time from.
    progress, say
        Told how far the reading is, and one French line at a time what there is to know.

    Returns
    -------
    Proof
        What was announced and what was read, part by part; also written in the folder.

    Raises
    ------
    DataError
        The folder holds another territory; the service fails, changes all the time, or does not
        give all that it announces: what is missing is said, and a later call asks for it again.
    OutputError
        The folder is not ours or cannot be written.
    """
    raw = brut.prepare(out)
    begun = read_proof(out)
    if begun and not begun.territory.same(where):
        raise DataError(
            f"{out} : ce dossier est celui de {begun.territory} ; choisissez-en un autre pour "
            f"{where}."
        )
    if begun and begun.complete and (out / PAGES_FILE).is_file():
        if api.ID not in raw.fichiers:
            _register(out, begun.address)
        say(f"{begun.sentence()} Déjà là{NBSP}: pour relire, choisissez un dossier neuf.")
        return begun
    address = http.base_address("ESSGEO_SITE_API") + "/search"
    write_proof(out, Proof(where, address))
    pages = out / f"{PAGES_FILE}{PART}"
    if pages.is_file() and time.time() - pages.stat().st_mtime > _STALE_S:
        say(f"{where} : lecture commencée il y a plus d'un jour, recommencée.")
        pages.unlink()
    with session or http.open_session() as asking:
        asker = Asker(asking, address, Kept(pages), Pace(clock) if clock else Pace())
        proof = _Reading(where, asker, progress, say).run()
    write_proof(out, proof)
    if not proof.complete:
        raise DataError(
            f"{where} : {proof.missing()} ; relancez la même commande, seul ce qui manque sera "
            "redemandé."
        )
    _keep(out, pages, address)
    say(proof.sentence())
    return proof


def _keep(out: Path, pages: Path, address: str) -> None:
    """Make complete pages a raw file of the folder."""
    target = out / PAGES_FILE
    try:
        pages.replace(target)
    except OSError as error:
        raise OutputError(cannot_write(target, error)) from error
    _register(out, address)


def _register(out: Path, address: str) -> None:
    target = out / PAGES_FILE
    known = RawFile(
        fichier=target.name,
        titre=api.TITRE,
        editeur=api.EDITEUR,
        page=api.PAGE,
        url=address,
        modifie=format_datetime(datetime.now(UTC), usegmt=True),
        octets=target.stat().st_size,
        sha256=sha256(target),
    )
    brut.write(out, brut.read(out).completed(api.ID, known))


@dataclass
class _Seen:
    """What is known of a unit from all the pages read."""

    #: Query of a page where it stands.
    query: Query
    filters: Mapping[str, str] = field(default_factory=dict)
    held: int | None = None
    sirets: set[str] = field(default_factory=set)
    #: Whether a page gave as many establishments as it may.
    full: bool = False

    @property
    def scattered(self) -> bool:
        """Whether a page cannot be sure to have given all its establishments."""
        return self.full or (self.held or 0) > api.MOST_ESTABLISHMENTS


class _Reading:
    """One territory being read."""

    def __init__(
        self, where: Territory, asker: Asker, progress: Progress, say: Callable[[str], None]
    ) -> None:
        self.where, self.asker, self.progress, self.say = where, asker, progress, say
        self.whole = api.territory_query(where)
        self.units: dict[str, _Seen] = {}
        self.parts: list[Part] = []
        self.expected: int | None = None

    def run(self) -> Proof:
        """Read everything and say what proves it."""
        sizes = tuple(str(code) for code in nomenclatures.bandes().index)
        finer: tuple[Cut, ...] = tuple(zip(api.FINER, (api.SECTIONS, sizes), strict=True))
        cuts = finer
        if len(self.where.communes) > 1:
            cuts = (("commune", self.where.communes), *finer)
        if self.where.level == "region":
            cuts = (("departement", self.where.departements), *cuts)
        before = self._page(self.whole, 1).total
        if before < api.MOST_RESULTS:
            self.expected = before
        self._part(self.whole, cuts)
        recount: list[Part] = []
        if len(self.parts) > 1 and len(self.units) != before:
            recount = self._recount(self.whole, finer)
        scattered = [siren for siren in sorted(self.units) if self.units[siren].scattered]
        walks = []
        for place, siren in enumerate(scattered):
            self.progress("grandes structures", place, len(scattered))
            walks.append(self._walk(siren))
        after = api.read_page(self.asker.ask({**self.whole, "page": "1", "per_page": "1"})).total
        if after != before:
            self.say(
                f"{self.where} : le total annoncé a changé pendant la lecture, de "
                f"{number(before)} à {number(after)} structures."
            )
        return Proof(
            self.where,
            self.asker.address,
            before=before,
            after=after,
            units=len(self.units),
            parts=tuple(self.parts),
            recount=tuple(recount),
            walks=tuple(walks),
            done=True,
        )

    # --- parts ------------------------------------------------------------------------------------

    def _part(self, query: Query, cuts: tuple[Cut, ...]) -> None:
        """Read a query, cut as long as it does not fit or does not give what it announces."""
        announced, read = self._page(query, 1).total, 0
        state: State = "coupee"
        if announced < api.MOST_RESULTS or not cuts:
            announced, read, state = self._read(query, again=not cuts)
        if cuts and state != "egale":
            self.parts.append(Part(_own(query), announced, read, "coupee"))
            (name, values), *rest = cuts
            if name == "commune":
                # Codes of communes begin with that of their département.
                values = tuple(
                    one for one in values if one.startswith(query.get("departement", ""))
                )
            for place, value in enumerate(values):
                if name == "commune":
                    self.progress("communes", place, len(values))
                self._part({**query, name: value}, tuple(rest))
            return
        self.parts.append(Part(_own(query), announced, read, state))
        if state == "incomplete":
            self._forget(query)

    def _read(self, query: Query, *, again: bool) -> tuple[int, int, State]:
        """Read all the pages of a query: what it announces, distinct units read, and the proof.

        Pages in a changing order repeat some units and hide others: with ``again`` the query is
        read several times, until all have been seen.
        """
        known: set[str] = set()
        announced = 0
        for attempt in range(_READINGS):
            pages: list[api.Page] = []
            while not _ended(pages):
                pages.append(self._page(query, len(pages) + 1, attempt))
            listed = [unit.siren for page in pages for unit in page.units]
            announced, first = pages[-1].total, pages[0].total
            known.update(listed)
            if announced != first or any(page.total != first for page in pages):
                self.say(
                    f"{_named(query)} : le total annoncé a changé pendant la lecture, de "
                    f"{number(first)} à {number(announced)} structures ; partie relue."
                )
                known.clear()
                continue
            if announced >= api.MOST_RESULTS:
                break
            if len(known) == announced:
                return announced, announced, "egale"
            # Every place of the list was read and none repeats another: no unit can be elsewhere,
            # it is the total that is an estimate.
            if announced > api.EXACT_UP_TO and len(set(listed)) == len(listed):
                return announced, len(known), "approchee"
            if not again:
                break
        return announced, len(known), "incomplete"

    def _forget(self, query: Query) -> None:
        """Forget the pages of a part, so that they are asked for again next time."""
        kept = self.asker.kept
        for attempt in range(_READINGS):
            place = 1
            while kept.has(key := key_of(_paged(query, place), attempt)):
                kept.put(key, None)
                place += 1

    def _page(self, query: Query, place: int, attempt: int = 0) -> api.Page:
        """Return a page of a query and note its units."""
        return self._noted(_paged(query, place), attempt)

    def _noted(self, query: Query, attempt: int = 0) -> api.Page:
        page = api.read_page(self.asker.page(query, attempt))
        for unit in page.units:
            seen = self.units.setdefault(unit.siren, _Seen(query))
            seen.filters, seen.held = unit.filters, unit.held
            seen.sirets.update(unit.sirets)
            seen.full = seen.full or len(unit.sirets) >= api.MOST_ESTABLISHMENTS
        self.progress("structures", len(self.units), self.expected)
        return page

    # --- counted another way ----------------------------------------------------------------------

    def _recount(self, query: Query, cuts: tuple[Cut, ...]) -> list[Part]:
        """Compare what was read with totals that do not depend on the list of communes."""
        (name, values), *rest = cuts
        found = []
        for value in values:
            finer = {**query, name: value}
            announced = self._page(finer, 1).total
            if announced > api.EXACT_UP_TO and rest:
                found += self._recount(finer, tuple(rest))
                continue
            if _short(self._among(finer), announced):
                # Units of a commune that the list does not have, or that changed meanwhile.
                self._part(finer, tuple(rest))
            read = self._among(finer)
            state: State = "egale" if read == announced else "approchee"
            if _short(read, announced):
                state = "incomplete"
                self._forget(finer)
            found.append(Part(_own(finer), announced, read, state))
        return found

    def _among(self, query: Query) -> int:
        """Count the units read that a query of `_recount` means."""
        asked = {name: query[name] for name in api.FINER if name in query}
        return sum(asked.items() <= seen.filters.items() for seen in self.units.values())

    # --- units too large for a page ---------------------------------------------------------------

    def _walk(self, siren: str) -> Walk:
        """Ask for the establishments of one unit, a hundred at a time, until there are no more."""
        seen = self.units[siren]
        by_siren = {**self.whole, "q": siren, "include_admin": "etablissements"}
        proven = self._walked(siren, by_siren, set(), 1)
        if not proven:
            # The same page again, with what follows of each unit.
            proven = self._walked(siren, seen.query, set(seen.sirets), 2)
        return Walk(siren, seen.held, len(seen.sirets), proven)

    def _walked(self, siren: str, query: Query, listed: set[str], first: int) -> bool:
        """Whether pages of establishments were read until there were no more."""
        held = self.units[siren].held
        for place in range(first, _MOST_WALKED):
            asked = {**query, "page_etablissements": str(place)}
            try:
                page = self._noted(asked)
            except NetworkError as error:
                if error.status in _REFUSED:
                    return False
                raise
            found = {siret for unit in page.units if unit.siren == siren for siret in unit.sirets}
            if not found:
                return bool(listed)
            if found <= listed:
                return False  # the service gives the same ones again
            listed |= found
            if held is not None and len(listed) >= held:
                return True
        return False


def _ended(pages: list[api.Page]) -> bool:
    """Whether the pages read of a query are all that it gives."""
    if not pages:
        return False
    last = pages[-1]
    if len(last.units) < api.PER_PAGE or len(pages) * api.PER_PAGE >= api.MOST_RESULTS:
        return True
    distinct = {unit.siren for page in pages for unit in page.units}
    return len(pages) >= last.pages and len(distinct) == last.total


def _short(read: int, announced: int) -> bool:
    """Whether fewer units were read than a total allows for, estimated as it may be."""
    exact = announced <= api.EXACT_UP_TO or announced >= api.MOST_RESULTS
    return read < announced * (1.0 if exact else 1 - _ESTIMATE)


def _paged(query: Query, place: int) -> dict[str, str]:
    return {**query, "page": str(place), "per_page": str(api.PER_PAGE)}


def _own(query: Query) -> dict[str, str]:
    """Return what distinguishes a query from the others."""
    return {key: value for key, value in query.items() if key not in api.QUERY}


def _named(query: Query) -> str:
    return ", ".join(f"{key}={value}" for key, value in _own(query).items())
